"""Are sounds told without telling the gender or the age of whoever makes them?"""

import re

import pytest

from analyzers.sound.sound_labels import told_as


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("Male speech, man speaking", "Speech"),
        ("Female speech, woman speaking", "Speech"),
        ("Child speech, kid speaking", "Speech"),
        ("Male singing", "Singing"),
        ("Female singing", "Singing"),
        ("Child singing", "Singing"),
        ("Baby laughter", "Laughter"),
        ("Baby cry, infant cry", "Crying, sobbing"),
        ("Children shouting", "Shout"),
        ("Babbling", "Speech"),
    ],
)
def test_a_voice_is_told_as_its_sound(label: str, expected: str) -> None:
    assert told_as(label) == expected


@pytest.mark.parametrize("label", ["Children playing", "Woman sighing", "Boys' choir", "Two men arguing", "Toddler"])
def test_what_is_only_about_who_it_is_is_not_told(label: str) -> None:
    assert told_as(label) == ""


@pytest.mark.parametrize(
    "label",
    [
        "Laughter",
        "Crying, sobbing",
        "Human voice",
        "Choir",
        "Mantra",
        "Cowbell",
        "Mandolin",
        "Speech",
        "Dog",
        "Emergency vehicle",
        "Sad music",
        "Romantic music",
        "Chicken, rooster",
    ],
)
def test_sounds_keep_their_name(label: str) -> None:
    assert told_as(label) == label


def test_no_label_that_is_told_names_a_gender_or_an_age() -> None:
    telling = re.compile(r"\b(male|female|man|woman|men|women|child|children|kid|baby|infant|boy|girl)\b", re.I)
    labels = [
        "Male speech, man speaking",
        "Baby cry, infant cry",
        "Children playing",
        "Child singing",
        "Girls giggling",
    ]

    assert [label for label in labels if telling.search(told_as(label))] == []
