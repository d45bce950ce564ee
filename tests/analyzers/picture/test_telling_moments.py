"""Are the few pictures that a model sees those that tell most, by the written rule?"""

from itertools import pairwise

import numpy as np
import pytest

from analyzers.media import FrameBatch
from analyzers.models.vision_language import Moment
from analyzers.picture.cut_analysis import Shot
from analyzers.picture.telling_moments import telling_moments


def moments(seconds: float, cuts: list[float], count: int, fps: float = 2.0) -> tuple[Moment, ...]:
    times = np.arange(0, seconds, 1 / fps)
    # Each picture tells its number.
    pixels = np.arange(len(times), dtype=np.uint16).view(np.uint8).reshape(-1, 1, 1, 2)
    edges = [0.0, *cuts, seconds]
    shots = [Shot(start, end) for start, end in pairwise(edges)]
    return telling_moments(FrameBatch(pixels, times, seconds), shots, count)


def numbers(found: tuple[Moment, ...]) -> list[list[int]]:
    return [[int(picture.view(np.uint16)[0, 0, 0]) for picture in moment.pictures] for moment in found]


def times(found: tuple[Moment, ...]) -> list[float]:
    return [moment.time for moment in found]


def test_every_shot_is_seen_while_there_are_moments_enough():
    cuts = [2.0, 7.0, 11.0, 12.0]
    found = times(moments(20, cuts, 6))

    shots = np.searchsorted(cuts, found)

    assert set(shots) == {0, 1, 2, 3, 4}


def test_of_too_many_shots_the_first_and_the_longest_are_seen():
    cuts = [1.0, 3.0, 4.0, 9.0, 10.0, 16.0]
    found = times(moments(17, cuts, 3))

    assert [int(np.searchsorted(cuts, time)) for time in found] == [0, 3, 5]


def test_longer_shots_have_more_moments():
    found = times(moments(33, [3.0, 11.0], 10))

    assert sum(time >= 11 for time in found) >= 2 * sum(3 <= time < 11 for time in found) > 0


def test_the_first_three_seconds_are_denser():
    found = times(moments(60, [], 16))
    opening = sum(time < 3 for time in found) / 3
    rest = sum(time >= 3 for time in found) / 57

    assert opening > rest


@pytest.mark.parametrize("seconds", [5.0, 60.0, 600.0])
def test_the_first_three_seconds_are_seen_however_long_the_video_is(seconds):
    assert times(moments(seconds, [], 4))[0] < 3


def test_moments_of_a_shot_are_spread_evenly():
    found = np.diff([time for time in times(moments(103, [], 9)) if time >= 3])

    assert found.max() - found.min() <= 1.0


def test_a_moment_is_two_neighbours():
    assert all(second == first + 1 for first, second in numbers(moments(30, [], 8)))


@pytest.mark.parametrize("seconds", [1.0, 2.5, 3.5, 4.0, 12.0])
def test_no_picture_is_shown_twice(seconds):
    shown = [number for pair in numbers(moments(seconds, [], 16)) for number in pair]

    assert len(shown) == len(set(shown))


@pytest.mark.parametrize("cuts", [[2.0], [0.6, 1.2, 1.4], [1.0, 2.6, 2.7, 4.9], [0.1, 9.9]])
def test_no_moment_holds_pictures_of_two_shots(cuts):
    for pair in numbers(moments(10, cuts, 12)):
        assert len({int(np.searchsorted(cuts, number / 2, side="right")) for number in pair}) == 1


def test_a_single_picture_is_a_moment_of_its_own():
    assert numbers(moments(0.04, [], 16)) == [[0]]


def test_a_short_video_has_no_more_moments_than_pairs_of_pictures():
    assert numbers(moments(2.0, [], 16)) == [[0, 1], [2, 3]]


@pytest.mark.parametrize("count", [1, 2, 5, 16])
@pytest.mark.parametrize("cuts", [[], [3.0], list(np.arange(0.7, 29, 0.7))], ids=["one shot", "two", "forty"])
def test_there_are_never_more_moments_than_asked_for_and_they_are_in_order(count, cuts):
    found = times(moments(30, cuts, count))

    assert 1 <= len(found) <= count
    assert found == sorted(set(found))


def test_the_time_of_a_moment_is_the_mean_of_its_pictures():
    assert times(moments(2.0, [], 1)) == [0.75]
