"""Does a thing keep its number from picture to picture? The truth is how the paths were made."""

from itertools import pairwise

import pytest

from analyzers.models.detector import AT_LEAST
from analyzers.picture.box_tracker import follow
from tests.analyzers.picture.sightings import gliding, sightings

#: Two that walk towards each other and meet in the middle after three seconds.
CROSSING = {
    "person a": gliding((0.1, 0.5), (0.13, 0.0)),
    "person b": gliding((0.9, 0.52), (-0.13, 0.0)),
}
#: Two pairs that pass each other, and one who stands between them.
CROWD = {
    "person a": gliding((0.2, 0.30), (0.09, 0.01)),
    "person b": gliding((0.8, 0.36), (-0.10, 0.0)),
    "person c": gliding((0.3, 0.60), (0.08, 0.01)),
    "person d": gliding((0.7, 0.70), (-0.07, 0.0)),
    "person e": gliding((0.5, 0.5), (0.0, 0.0)),
}


def numbered(things, cuts=(), **how):
    """What each track was, picture by picture."""
    seen, truth = sightings(things, **how)
    tracks = follow(seen.found, seen.times, seen.aspect, list(cuts))
    return [[truth[picture][row] for picture, row in zip(each.pictures, each.rows, strict=True)] for each in tracks]


def switches(tracks):
    """How often a track goes over from one thing to another (MOT's identity switches)."""
    return sum(one != other for track in tracks for one, other in pairwise(track))


@pytest.mark.parametrize("tremble", [0.0, 0.03], ids=["exact boxes", "trembling boxes"])
@pytest.mark.parametrize("fps", [5, 4, 10])
def test_two_that_cross_keep_their_numbers(tremble, fps):
    tracks = numbered(CROSSING, tremble=tremble, fps=fps)

    assert (len(tracks), switches(tracks)) == (2, 0)


@pytest.mark.parametrize("hidden", [0.4, 0.8], ids=["two pictures", "four pictures"])
def test_one_that_passes_behind_another_keeps_its_number(hidden):
    behind = gliding((0.9, 0.52), (-0.13, 0.0), unseen=(3.0 - hidden / 2 + 0.01, 3.0 + hidden / 2 + 0.01))

    tracks = numbered({**CROSSING, "person b": behind}, tremble=0.02)

    assert (len(tracks), switches(tracks)) == (2, 0)


@pytest.mark.parametrize("seed", range(5))
def test_nobody_in_a_small_crowd_is_mistaken_for_another(seed):
    tracks = numbered(CROWD, tremble=0.02, seed=seed)

    assert (len(tracks), switches(tracks)) == (5, 0)


def test_a_fast_one_is_one():
    tracks = numbered({"dog a": gliding((0.05, 0.5), (0.5, 0.0), (0.15, 0.1))}, seconds=1.8)

    assert [len(track) for track in tracks] == [9]


def test_one_that_is_out_of_sight_for_longer_than_a_second_is_another():
    tracks = numbered({"person a": gliding((0.3, 0.5), (0.02, 0.0), unseen=(2.0, 3.4))})

    assert [len(track) for track in tracks] == [10, 13]


def test_one_in_pictures_that_stay_for_seconds_is_one():
    tracks = numbered({"person a": gliding((0.4, 0.5), (0.01, 0.0))}, fps=0.5, seconds=10.0)

    assert [len(track) for track in tracks] == [5]


def test_one_that_becomes_doubtful_is_still_followed():
    sure, doubtful = gliding((0.2, 0.5), (0.1, 0.0)), gliding((0.2, 0.5), (0.1, 0.0), score=AT_LEAST + 0.05)

    tracks = numbered({"person a": lambda t: doubtful(t) if 2 <= t < 4 else sure(t)})

    assert [len(track) for track in tracks] == [30]


def test_what_is_doubtful_throughout_is_not_followed():
    assert numbered({"person a": gliding((0.2, 0.5), (0.1, 0.0), score=AT_LEAST + 0.05)}) == []


def test_no_number_goes_on_across_a_cut():
    tracks = numbered({"person a": gliding((0.5, 0.5), (0.0, 0.0))}, cuts=[2.0, 4.0])

    assert [len(track) for track in tracks] == [10, 10, 10]


def test_the_picture_at_a_cut_belongs_to_the_new_shot():
    tracks = numbered({"person a": gliding((0.5, 0.5), (0.0, 0.0))}, cuts=[1.95])

    assert [len(track) for track in tracks] == [10, 20]


def test_a_rider_and_a_horse_keep_their_numbers():
    tracks = numbered(
        {
            "horse a": gliding((0.2, 0.6), (0.1, 0.0), (0.3, 0.3)),
            "person b": gliding((0.2, 0.5), (0.1, 0.0), (0.2, 0.35)),
        },
        tremble=0.02,
    )

    assert (len(tracks), switches(tracks)) == (2, 0)


def test_a_label_that_flickers_does_not_end_a_track():
    car, truck = gliding((0.2, 0.5), (0.08, 0.0), (0.3, 0.2)), gliding((0.2, 0.5), (0.08, 0.0), (0.3, 0.2))

    def at(t, flickering):
        return t in (1.0, 2.4) if flickering else t not in (1.0, 2.4)

    tracks = numbered(
        {
            "car a": lambda t: car(t) if at(round(t, 1), False) else None,
            "truck a": lambda t: truck(t) if at(round(t, 1), True) else None,
        }
    )

    assert [len(track) for track in tracks] == [30]


def test_two_far_apart_that_take_turns_are_not_one():
    tracks = numbered(
        {
            "person a": gliding((0.2, 0.3), (0.0, 0.0), during=(0.0, 2.0)),
            "person b": gliding((0.8, 0.7), (0.0, 0.0), during=(2.0, 6.0)),
        }
    )

    assert [set(track) for track in tracks] == [{"person a"}, {"person b"}]


def test_pictures_without_anything_have_no_tracks():
    assert numbered({}) == []
