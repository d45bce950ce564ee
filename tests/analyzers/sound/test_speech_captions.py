"""Do captions end with sentences, at pauses, and before they are too long?"""

from dataclasses import dataclass

import pytest

from analyzers.sound.speech_captions import captions


@dataclass(frozen=True)
class Said:
    text: str
    start: float
    end: float


def said(text: str, gap: float = 0.0) -> list[Said]:
    """The words of `text`, half a second each, with `gap` seconds before each."""
    return [Said(" " + word, n * (0.5 + gap), n * (0.5 + gap) + 0.5) for n, word in enumerate(text.split())]


def texts(words: list[Said]) -> list[str]:
    return ["".join(word.text for word in group).strip() for group in captions(words)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Come here. Now!", ["Come here.", "Now!"]),
        ('He said "no." Then left', ['He said "no."', "Then left"]),
        ("It costs 3.50 today", ["It costs 3.50 today"]),
        ("¿Qué tal? Bien", ["¿Qué tal?", "Bien"]),
        ("我们走吧。 好的", ["我们走吧。", "好的"]),
    ],
)
def test_a_caption_ends_with_its_sentence(text, expected) -> None:
    assert texts(said(text)) == expected


def test_a_caption_ends_before_a_pause() -> None:
    words = [Said(" wait", 0.0, 0.5), Said(" for", 0.6, 0.9), Said(" it", 2.5, 2.8)]

    assert texts(words) == ["wait for", "it"]


def test_a_long_sentence_is_parted_after_a_comma() -> None:
    text = "when the sun came up over the hills we all went out, and nobody thought of the long way back that evening"

    parts = texts(said(text))

    assert parts[0] == "when the sun came up over the hills we all went out,"
    assert " ".join(parts) == text


@pytest.mark.parametrize("text", ["word " * 200, "字" * 30 + " " + "字" * 40 + " 字字"], ids=["latin", "chinese"])
def test_no_caption_is_longer_than_two_lines(text) -> None:
    parts = texts(said(text))

    assert all(len(part.replace("字", "字字")) <= 84 for part in parts)
    assert "".join(parts).replace(" ", "") == text.replace(" ", "")


def test_no_words_make_no_caption() -> None:
    assert list(captions([])) == []
