"""Do lines read in single pictures become the texts they are, over time?"""

import numpy as np
import pytest

from analyzers.picture.text_reading import Line
from analyzers.picture.text_tracks import edit_distance, follow, joined, plain


def line(text, score=0.95, x=100.0, y=200.0, height=30.0):
    box = (x, y, x + 15 * len(text), y + height)
    return Line(box, height, text, score, np.zeros((4, 4), np.uint8))


@pytest.mark.parametrize(
    ("one", "other", "distance"),
    [("kitten", "sitting", 3), ("", "abc", 3), ("flaw", "lawn", 2), ("same", "same", 0)],
)
def test_the_edit_distance_is_levenshteins(one, other, distance):
    assert edit_distance(one, other) == edit_distance(other, one) == distance


def test_misread_letters_do_not_break_a_text_and_the_commonest_reading_wins():
    readings = ["Link in bio now", "Lirik in bio now", "Link in bio now", "Link in bio n0w"]

    tracks = follow([[line(text)] for text in readings], 1024)

    assert [(track.text, track.first, track.last) for track in tracks] == [("Link in bio now", 0, 3)]


def test_a_text_missed_in_one_picture_goes_on():
    tracks = follow([[line("steady")], [], [line("steady")], [], [], [line("steady")]], 1024)

    assert [(track.first, track.last) for track in tracks] == [(0, 2), (5, 5)]


def test_the_same_words_in_two_places_are_two_texts():
    tracks = follow([[line("again"), line("again", y=800)]] * 3, 1024)

    assert [(track.text, track.box[1]) for track in tracks] == [("again", 200), ("again", 800)]


@pytest.mark.parametrize("text", ["X", "一", "...", ""], ids=["letter", "bar", "signs", "nothing"])
def test_what_is_no_word_is_no_text(text):
    assert follow([[line(text)]] * 3, 1024) == []


def test_a_doubtful_reading_is_no_text():
    assert follow([[line("rnlvw", score=0.5)]] * 3, 1024) == []


def test_lines_of_different_times_are_not_joined():
    pictures = [[line("first line")], [line("first line")], [line("second", y=235)], [line("second", y=235)]]

    assert [len(text) for text in joined(follow(pictures, 1024))] == [1, 1]


def test_comparing_ignores_case_width_and_signs():
    assert plain("ＬＩＮＫ, in-Bio!") == plain("link in bio")


def digit(text: str, score: float = 0.95, x: float = 100.0) -> tuple[Line, ...]:
    return (Line((x, 200.0, x + 30, 240.0), 40.0, text, score, np.zeros((4, 4), np.uint8)),)


def texts(pictures) -> list[tuple[str, int, int]]:
    return [(track.text, track.first, track.last) for track in follow(pictures, 1024)]


def test_a_lone_digit_in_one_picture_is_something_round_in_the_scene():
    assert texts([(), digit("0"), ()]) == []


def test_a_lone_digit_that_stays_is_a_text():
    assert texts([(), digit("7"), digit("7"), ()]) == [("7", 1, 2)]


def test_a_doubtful_digit_is_none_even_if_it_stays():
    assert texts([digit("0", 0.8), digit("0", 0.8)]) == []


def test_digits_that_count_in_one_place_are_texts():
    assert texts([digit("3"), digit("2"), digit("1")]) == [("3", 0, 0), ("2", 1, 1), ("1", 2, 2)]


@pytest.mark.parametrize(
    "pictures",
    [[digit("0"), digit("8", x=600)], [digit("0"), (), (), digit("8")]],
    ids=["elsewhere", "much later"],
)
def test_digits_apart_from_each_other_do_not_count(pictures):
    assert texts(pictures) == []
