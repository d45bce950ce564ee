"""Do paths, times and speeds come out as the things were moved?"""

import pytest

from analyzers.picture.object_tracking import ObjectTracking
from tests.analyzers.picture.sightings import gliding, inputs, sightings


def tracked(things, cuts=(), lacks=(), **how):
    return ObjectTracking().analyze(inputs(sightings(things, **how)[0], cuts, lacks))


def test_a_track_tells_its_label_times_and_path():
    (track,) = tracked({"dog a": gliding((0.2, 0.4), (0.1, 0.05), during=(1.0, 5.0))}).tracks

    assert (track.track_id, track.label, track.start, track.end, track.dwell_s) == (1, "dog", 1.0, 5.0, 4.0)
    assert (track.path[0].t, track.path[0].x, track.path[0].y) == pytest.approx((1.0, 0.3, 0.45), abs=1e-3)
    assert (track.path[-1].t, track.path[-1].x, track.path[-1].y) == pytest.approx((4.8, 0.68, 0.64), abs=1e-3)


@pytest.mark.parametrize("tremble", [0.0, 0.03], ids=["exact boxes", "trembling boxes"])
@pytest.mark.parametrize("fps", [5, 3])
def test_speed_is_in_frame_widths_per_second(tremble, fps):
    (track,) = tracked({"person a": gliding((0.2, 0.5), (0.1, 0.0))}, tremble=tremble, fps=fps).tracks

    assert track.speed == pytest.approx(0.1, abs=0.012)


def test_speed_upwards_is_measured_by_the_width_too():
    (track,) = tracked({"person a": gliding((0.5, 0.2), (0.0, 0.09))}, aspect=9 / 16).tracks

    assert track.speed == pytest.approx(0.09 * 16 / 9, abs=0.005)


def test_one_that_stands_still_while_its_box_trembles_hardly_moves():
    (track,) = tracked({"person a": gliding((0.5, 0.5), (0.0, 0.0))}, tremble=0.03).tracks

    assert track.speed < 0.02


def test_numbers_count_from_one_and_start_anew_after_a_cut():
    result = tracked({"person a": gliding((0.5, 0.5), (0.0, 0.0))}, cuts=[3.0])

    assert [(track.track_id, track.start, track.end) for track in result.tracks] == [(1, 0.0, 3.0), (2, 3.0, 6.0)]


def test_a_track_ends_at_the_cut_between_two_pictures():
    result = tracked({"person a": gliding((0.5, 0.5), (0.0, 0.0))}, cuts=[2.93])

    assert [(track.start, track.end) for track in result.tracks] == [(0.0, 2.93), (3.0, 6.0)]


def test_a_chance_sighting_is_no_track():
    assert tracked({"bird a": gliding((0.5, 0.5), (0.0, 0.0), during=(2.0, 2.1))}).tracks == ()


def test_a_sighting_in_the_only_picture_of_a_shot_is_a_track():
    result = tracked({"bird a": gliding((0.5, 0.5), (0.0, 0.0), during=(2.0, 2.1))}, cuts=[1.9, 2.1])

    assert [(track.start, track.end) for track in result.tracks] == [(2.0, 2.1)]


def test_the_label_is_that_of_most_sightings():
    bus, truck = gliding((0.5, 0.5), (0, 0), (0.4, 0.3)), gliding((0.5, 0.5), (0, 0), (0.4, 0.3))

    (track,) = tracked(
        {"bus a": lambda t: bus(t) if t > 1.5 else None, "truck b": lambda t: truck(t) if t <= 1.5 else None}
    ).tracks

    assert track.label == "bus"


def test_a_long_path_is_told_in_forty_points():
    (track,) = tracked({"cat a": gliding((0.1, 0.5), (0.01, 0.0))}, seconds=60.0).tracks

    assert len(track.path) == 40
    assert (track.path[0].t, track.path[-1].t) == (0.0, 59.8)


def test_nothing_to_follow_is_an_answer():
    result = tracked({})

    assert (result.tracks, result.total, result.timeline()) == ((), 0, ())
    assert result.headline() == "nothing to follow"


def test_without_cuts_it_answers_with_less_and_says_why():
    result = tracked({"person a": gliding((0.5, 0.5), (0, 0))}, lacks=["cut_analysis is failed: it broke"])

    assert len(result.tracks) == 1
    assert result.degraded_because() == "cut_analysis is failed: it broke"


def test_the_timeline_names_each_track():
    result = tracked({"person a": gliding((0.3, 0.5), (0, 0)), "dog b": gliding((0.7, 0.7), (0, 0), during=(1.0, 9.0))})

    assert [(each.label, each.start, each.data["track_id"]) for each in result.timeline()] == [
        ("person", 0.0, 1),
        ("dog", 1.0, 2),
    ]
    assert result.headline() == "2 tracks (1 × person, 1 × dog), the longest 6.0 s"
