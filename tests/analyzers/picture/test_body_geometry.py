"""Is a posture told by the angles it was made of?"""

import numpy as np
import pytest

from analyzers.picture.body_geometry import Body, gestures, posture
from tests.analyzers.picture import figures
from tests.analyzers.picture.figures import ASPECT

POSTURES = {
    "standing": figures.STANDING,
    "walking": figures.WALKING,
    "sitting, from the side": figures.SITTING_FROM_THE_SIDE,
    "sitting, from the front": figures.SITTING_FROM_THE_FRONT,
    "lying": figures.LYING,
    "bent over": figures.BENT_OVER,
    "crouching": figures.CROUCHING,
    "kneeling": figures.KNEELING,
    "upside down": figures.HANDSTAND,
    "legs unseen": figures.UPPER_BODY,
    "legs unseen, only shoulders": figures.BUST,
}
GESTURES = {
    "nothing, arms hanging": (figures.STANDING, set()),
    "one hand raised": (figures.WAVING, {"hand raised"}),
    "both hands raised": (figures.CHEERING, {"both hands raised"}),
    "a phone at the ear": (figures.PHONING, {"hand at head"}),
    "arms crossed": (figures.ARMS_CROSSED, {"arms crossed"}),
    "hands on hips": (figures.AKIMBO, {"hands on hips"}),
    "hands together": (figures.PRAYING, {"hands together"}),
    "both arms held out": (figures.ARMS_OUT, {"arm held out"}),
    "one arm held out": (figures.POINTING, {"arm held out"}),
}


def told(name):
    return name.split(",")[0].replace("walking", "standing")


def body(figure, **where):
    return Body.from_points(figure.points(**where), ASPECT)


@pytest.mark.parametrize("name", POSTURES)
def test_a_posture_is_told(name):
    assert posture(body(POSTURES[name])) == told(name)


@pytest.mark.parametrize("name", POSTURES)
def test_a_posture_is_the_same_near_and_far_and_seen_from_the_other_side(name):
    points = POSTURES[name].points(hip=(0.3, 0.4), height=0.2)
    points[:, 0] = 1 - points[:, 0]

    assert posture(Body.from_points(points, ASPECT)) == told(name)


@pytest.mark.parametrize("name", POSTURES)
def test_a_posture_survives_trembling_joints(name):
    chance = np.random.default_rng(5)
    right = 0
    for _ in range(40):
        points = POSTURES[name].points(height=0.6)
        points[:, :2] += chance.normal(0, 0.01 * 0.6, (17, 2)) / np.array([ASPECT, 1.0])
        right += posture(Body.from_points(points, ASPECT)) == told(name)

    assert right >= 36


@pytest.mark.parametrize("name", GESTURES)
def test_a_gesture_is_told_and_no_other(name):
    figure, expected = GESTURES[name]

    assert gestures(body(figure)) == expected


@pytest.mark.parametrize("name", GESTURES)
def test_a_gesture_is_the_same_in_a_mirror(name):
    figure, expected = GESTURES[name]
    points = figure.points()
    points[:, 0] = 1 - points[:, 0]

    assert gestures(Body.from_points(points, ASPECT)) == expected


def test_a_raised_hand_is_seen_on_a_bust_too():
    bust = figures.Figure(upper_arms=(140.0, -8.0), forearms=(175.0, -5.0), unseen=figures.BUST.unseen)

    assert gestures(body(bust)) == {"hand raised"}


def test_who_lies_makes_no_gestures():
    assert gestures(body(figures.LYING)) == set()


def test_nothing_is_told_of_joints_that_are_not_seen():
    nobody = figures.Figure(unseen=tuple(range(17)))

    assert (posture(body(nobody)), gestures(body(nobody))) == ("unclear", set())


def test_joints_that_all_lie_in_one_place_are_no_posture():
    points = figures.STANDING.points(height=0.0)

    assert (posture(Body.from_points(points, ASPECT)), gestures(Body.from_points(points, ASPECT))) == (
        "legs unseen",
        set(),
    )
