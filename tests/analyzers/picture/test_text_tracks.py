"""Is a lone digit believed only where there is reason to?"""

import numpy as np
import pytest

from analyzers.picture.text_reading import Line
from analyzers.picture.text_tracks import follow


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
