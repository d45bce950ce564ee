"""Are people told by slot, with what they did when? The truth is how they were moved."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from analyzers.contract import Inputs
from analyzers.media import VideoInfo
from analyzers.models.body_sightings import BodySightings, SeenBodies
from analyzers.picture.body_pose import BodyPose
from analyzers.picture.cut_analysis import CutAnalysis, CutResult, Shot
from tests.analyzers.picture import figures
from tests.analyzers.picture.figures import ASPECT, bodies

FPS = 5.0


def posed(scene, seconds=6.0, cuts=(), lacks=()):
    """The result for what `scene(t)` says of the picture at t: the key points of each person."""
    times = np.arange(round(seconds * FPS)) / FPS
    seen = SeenBodies(times, seconds, ASPECT, tuple(bodies(*scene(round(float(t), 3))) for t in times))
    shots = tuple(Shot(start, end) for start, end in pairwise([0.0, *cuts, seconds]))
    results = {BodySightings: seen}
    if not lacks:
        results[CutAnalysis] = CutResult((), shots, 0.0, 0.0)
    video = VideoInfo(Path("clip.mp4"), seconds, 1080, 1920, 30.0, 0, "h264", 0, 0, None, 0, 0)
    return BodyPose().analyze(Inputs(video, results=results, lacks=lacks))


def spans(told):
    return [(each.label, each.start, each.end) for each in told]


def test_one_who_stands_and_then_sits_is_told_with_times():
    def scene(t):
        return [(figures.STANDING if t < 2.4 else figures.SITTING_FROM_THE_FRONT).points(hip=(0.5, 0.5))]

    (person,) = posed(scene).people

    assert spans(person.postures) == [("standing", 0.0, 2.4), ("sitting", 2.4, 6.0)]
    assert (person.slot, person.posture, person.start, person.end) == (1, "sitting", 0.0, 6.0)


def test_a_gesture_is_told_with_its_times():
    (person,) = posed(lambda t: [(figures.WAVING if 1 <= t < 3 else figures.STANDING).points()]).people

    assert spans(person.gestures) == [("hand raised", 1.0, 3.0)]


def test_a_slip_of_one_picture_is_no_posture_and_no_gesture():
    (person,) = posed(lambda t: [(figures.CHEERING if t == 2.0 else figures.STANDING).points()]).people
    (other,) = posed(lambda t: [(figures.KNEELING if t == 2.0 else figures.STANDING).points()]).people

    assert (person.gestures, spans(other.postures)) == ((), [("standing", 0.0, 6.0)])


def test_the_largest_person_of_a_shot_has_slot_one():
    def scene(_):
        return [figures.STANDING.points((0.25, 0.5), 0.3), figures.WAVING.points((0.7, 0.5), 0.7)]

    result = posed(scene)

    assert [(each.slot, bool(each.gestures)) for each in result.people] == [(1, True), (2, False)]
    assert result.most_at_once == 2


def test_slots_are_of_one_shot():
    result = posed(lambda _: [figures.STANDING.points()], cuts=[3.0])

    assert [(each.slot, each.start, each.end) for each in result.people] == [(1, 0.0, 3.0), (1, 3.0, 6.0)]


def test_one_who_stands_still_has_no_motion_energy():
    assert posed(lambda _: [figures.STANDING.points()]).motion_energy == 0.0


def test_motion_energy_is_in_box_lengths_per_second():
    result = posed(lambda t: [figures.STANDING.points(hip=(0.2 + 0.1 * t, 0.5), height=0.6)])

    length = 0.6 * (figures.TORSO + 0.112 + 0.01 + figures.THIGH + figures.SHANK) + 0.04
    assert result.motion_energy == pytest.approx(0.1 * ASPECT / length, rel=0.03)


def test_who_moves_the_arms_has_more_energy_than_who_stands():
    def scene(t):
        return [(figures.CHEERING if round(t * FPS) % 2 else figures.STANDING).points()]

    assert posed(scene).motion_energy > 0.2


def test_poses_are_kept_once_per_second_with_seventeen_points():
    (person,) = posed(lambda _: [figures.STANDING.points()]).people

    assert len(person.poses) == 7
    assert {len(pose.points) for pose in person.poses} == {17}
    assert person.poses[0].points[11][:2] == pytest.approx((0.5 + figures.HALF_HIPS * 0.6 / ASPECT, 0.5), abs=2e-3)


def test_of_a_long_stretch_twenty_poses_are_kept():
    (person,) = posed(lambda _: [figures.STANDING.points()], seconds=60.0).people

    assert len(person.poses) == 20


def test_a_video_without_people_is_an_answer():
    result = posed(lambda _: [])

    assert (result.people, result.most_at_once, result.motion_energy, result.timeline()) == ((), 0, None, [])
    assert result.headline() == "no person"
    assert result.degraded_because() == ""


def test_a_video_of_one_picture_is_answered():
    result = posed(lambda _: [figures.WAVING.points()], seconds=0.2)

    (person,) = result.people
    assert (person.posture, spans(person.gestures)) == ("standing", [("hand raised", 0.0, 0.2)])
    assert (person.motion_energy, result.motion_energy) == (None, None)


def test_the_headline_and_the_timeline_tell_what_is_done():
    result = posed(lambda t: [(figures.AKIMBO if t >= 4 else figures.STANDING).points()])

    assert result.headline() == "1 person, mostly standing, hands on hips"
    assert [(each.label, each.start, each.end, each.data) for each in result.timeline()] == [
        ("standing", 0.0, 6.0, {"slot": 1}),
        ("hands on hips", 4.0, 6.0, {"slot": 1}),
    ]


def test_without_cuts_it_answers_with_less_and_says_why():
    result = posed(lambda _: [figures.STANDING.points()], lacks=["cut_analysis is failed: it broke"])

    assert result.degraded_because() == "cut_analysis is failed: it broke"
    assert len(result.people) == 1


def test_a_crowd_is_told_by_its_thirty_largest():
    def scene(_):
        places = [(0.1 + 0.13 * (number % 7), 0.1 + 0.14 * (number // 7)) for number in range(40)]
        return [figures.STANDING.points(place, 0.08 + 0.0005 * number) for number, place in enumerate(places)]

    result = posed(scene, seconds=1.0)

    assert (len(result.people), result.most_at_once) == (30, 40)
