"""How does someone hold their body, by where their joints are on the picture?

Angles and lengths of the body's own segments, measured against the torso: on a grown body thigh and shank are each 0.85
torsos long, an arm is 1.15 (Drillis & Contini 1966, after Winter, "Biomechanics and Motor Control of Human Movement").
A joint counts when the network is at least half sure of it. Known limits: what points at the camera is foreshortened
(someone who lies with the feet towards it looks as if sitting), and a tilted camera tilts everyone.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: Score from which a joint counts as seen.
SEEN = 0.5
#: Degrees by which a torso leans at least that is not upright, and that is upside down; and a thigh that stands.
_NOT_UPRIGHT, _UPSIDE_DOWN, _STANDING_THIGH = 60.0, 120.0, 40.0
#: Torso lengths from hip down to knee in someone who stands on that leg (0.85 when it is straight) …
_STANDING_DROP = 0.55
#: … from knee down to ankle in someone whose shank is not on the ground …
_SHANK_DROP = 0.35
#: … and from hip down to ankle in someone who crouches, the knees above the hips: less than in one who sits on
#: something (0.85), and more than in one who sits on the ground.
_CROUCHING_DROP = (0.05, 0.6)
#: Torso lengths: a wrist so far above its shoulder is above the mouth; one that is a hand (0.38) from an ear or the
#: nose lets the fingers touch it.
_RAISED, _AT_HEAD = 0.3, 0.4
#: Torso lengths: how near a hand is to what it rests on, and hands to each other that are together.
_RESTS, _TOGETHER = 0.4, 0.2
#: Degrees at the elbow of a straight arm, from the horizontal of one held out, and its length seen (1.15 in full).
_STRAIGHT, _LEVEL, _HELD_OUT = 150.0, 30.0, 0.8
#: Torso lengths in a shoulder's width, seen from the front: the measure where hips are out of the picture.
_TORSO_PER_SHOULDERS = 1.15

_NOSE, _EARS = 0, (3, 4)
_SHOULDERS, _ELBOWS, _WRISTS = (5, 6), (7, 8), (9, 10)
_HIPS, _KNEES, _ANKLES = (11, 12), (13, 14), (15, 16)


@dataclass(frozen=True, slots=True)
class Body:
    """The joints of one person on one picture, in one unit across and down."""

    #: float64 (17, 2); NaN where a joint isn't seen.
    at: Floats
    #: The middles of both; None when neither of the two is seen.
    shoulders: Floats | None
    hips: Floats | None
    #: From the shoulders to the hips; None without either.
    torso: Floats | None
    #: The length of its torso; 0 when it can't be told.
    unit: float

    @classmethod
    def from_points(cls, points: NDArray[np.float32], aspect: float) -> "Body":
        """Of key points (17, 3) of a picture whose width is `aspect` times its height."""
        at = points[:, :2].astype(np.float64) * np.array([aspect, 1.0])
        at[points[:, 2] < SEEN] = np.nan
        shoulders, hips = _middle(at, _SHOULDERS), _middle(at, _HIPS)
        if shoulders is None or hips is None:
            width = at[_SHOULDERS[0]] - at[_SHOULDERS[1]]
            seen = not np.isnan(width).any()
            return cls(at, shoulders, hips, None, float(np.hypot(*width)) * _TORSO_PER_SHOULDERS if seen else 0.0)
        return cls(at, shoulders, hips, hips - shoulders, float(np.hypot(*(hips - shoulders))))


def posture(body: Body) -> str:
    """Standing, sitting, crouching, kneeling, lying, "bent over", "upside down"; "legs unseen" or "unclear"."""
    torso = body.torso
    if torso is None or not body.unit:
        return "unclear" if body.shoulders is None else "legs unseen"
    lean = _from_down(torso)
    thighs = [body.at[knee] - body.at[hip] for hip, knee in zip(_HIPS, _KNEES, strict=True)]
    thighs = [thigh for thigh in thighs if not np.isnan(thigh[0])]
    if lean > _UPSIDE_DOWN:
        return "upside down"
    if lean > _NOT_UPRIGHT:
        return "bent over" if any(_from_down(thigh) < _STANDING_THIGH for thigh in thighs) else "lying"
    if not thighs:
        return "legs unseen"
    return _on_its_legs(body, max(float(thigh[1]) for thigh in thighs) / body.unit)


def gestures(body: Body) -> frozenset[str]:
    """What the hands do: "hand raised", "both hands raised", "hand at head", "arms crossed", "hands on hips", "hands
    together", "arm held out"; none when the torso isn't upright or its length can't be told.
    """
    torso = body.torso
    if not body.unit or (torso is not None and _from_down(torso) > _NOT_UPRIGHT):
        return frozenset()
    raised = sum(_raised(body, side) for side in (0, 1))
    told = {
        "hand raised": raised == 1,
        "both hands raised": raised == 2,
        "hand at head": any(_at_head(body, side) for side in (0, 1)),
        "arms crossed": _crossed(body),
        "hands on hips": all(_on_hip(body, side) for side in (0, 1)),
        "hands together": _together(body),
        "arm held out": any(_held_out(body, side) for side in (0, 1)),
    }
    return frozenset(name for name, true in told.items() if true)


def _on_its_legs(body: Body, thigh_drop: float) -> str:
    """The posture of an upright torso whose lower knee is `thigh_drop` torsos below its hip."""
    ankles, hips = _middle(body.at, _ANKLES), body.hips
    shanks = [body.at[ankle, 1] - body.at[knee, 1] for knee, ankle in zip(_KNEES, _ANKLES, strict=True)]
    shanks = [float(shank) / body.unit for shank in shanks if not np.isnan(shank)]
    if thigh_drop >= _STANDING_DROP:
        return "kneeling" if shanks and max(shanks) < _SHANK_DROP else "standing"
    if ankles is None or hips is None:
        return "sitting"
    foot_drop = float(ankles[1] - hips[1]) / body.unit
    under = abs(float(ankles[0] - hips[0])) / body.unit < _CROUCHING_DROP[1]
    low = _CROUCHING_DROP[0] < foot_drop < _CROUCHING_DROP[1]
    return "crouching" if thigh_drop < 0 and low and under else "sitting"


def _raised(body: Body, side: int) -> bool:
    wrist, shoulder = body.at[_WRISTS[side]], body.at[_SHOULDERS[side]]
    return bool(wrist[1] < shoulder[1] - _RAISED * body.unit) and not _at_head(body, side)


def _at_head(body: Body, side: int) -> bool:
    wrist = body.at[_WRISTS[side]]
    return any(_near(wrist, body.at[point], _AT_HEAD * body.unit) for point in (_NOSE, _EARS[side]))


def _crossed(body: Body) -> bool:
    """Whether each hand lies at the other arm's elbow, below the shoulders and above the hips."""
    left, right = (body.at[index] for index in _WRISTS)
    shoulders, torso = body.shoulders, body.torso
    if shoulders is None or np.isnan([left, right]).any():
        return False
    height = body.unit if torso is None else float(torso[1])
    low_enough = min(left[1], right[1]) > shoulders[1] + 0.1 * height
    high_enough = max(left[1], right[1]) < shoulders[1] + 0.95 * height
    width = body.at[_SHOULDERS[0], 0] - body.at[_SHOULDERS[1], 0]
    swapped = (left[0] - right[0]) * width < 0
    near = all(_near(body.at[_WRISTS[side]], body.at[_ELBOWS[1 - side]], _RESTS * body.unit) for side in (0, 1))
    return bool(low_enough and high_enough and swapped and near)


def _on_hip(body: Body, side: int) -> bool:
    """Whether the hand rests at its hip and the elbow stands out."""
    wrist, elbow, hip = body.at[_WRISTS[side]], body.at[_ELBOWS[side]], body.at[_HIPS[side]]
    middle = body.hips
    if middle is None or np.isnan([wrist, elbow, hip]).any():
        return False
    stands_out = abs(elbow[0] - middle[0]) > abs(wrist[0] - middle[0]) + 0.1 * body.unit
    return _near(wrist, hip, _RESTS * body.unit) and bool(stands_out) and bool(elbow[1] < wrist[1])


def _together(body: Body) -> bool:
    """Whether the hands meet above the hips, and the arms are not crossed."""
    left, right = (body.at[index] for index in _WRISTS)
    shoulders = body.shoulders
    if shoulders is None or _crossed(body) or not _near(left, right, _TOGETHER * body.unit):
        return False
    return bool((left[1] + right[1]) / 2 < shoulders[1] + 0.8 * body.unit)


def _held_out(body: Body, side: int) -> bool:
    """Whether the arm is straight, level, and not pointing at the camera."""
    shoulder, elbow, wrist = (body.at[joints[side]] for joints in (_SHOULDERS, _ELBOWS, _WRISTS))
    arm = wrist - shoulder
    if np.isnan([arm, elbow]).any() or np.hypot(*arm) < _HELD_OUT * body.unit:
        return False
    level = abs(90 - _from_down(arm)) < _LEVEL
    return level and _angle(shoulder - elbow, wrist - elbow) > _STRAIGHT


def _middle(at: Floats, pair: tuple[int, int]) -> Floats | None:
    """Between the two joints; the one that is seen where only one is; None without any."""
    one, other = at[pair[0]], at[pair[1]]
    if np.isnan(one[0]):
        return None if np.isnan(other[0]) else other
    return one if np.isnan(other[0]) else np.asarray((one + other) / 2)


def _near(one: Floats, other: Floats, reach: float) -> bool:
    return bool(np.hypot(*(one - other)) <= reach)  # what isn't seen is near to nothing


def _from_down(vector: Floats) -> float:
    """Degrees between `vector` and straight down, 0–180."""
    return float(np.degrees(np.arctan2(abs(vector[0]), vector[1])))


def _angle(one: Floats, other: Floats) -> float:
    """Degrees between two vectors, 0–180."""
    size = float(np.hypot(*one) * np.hypot(*other))
    return float(np.degrees(np.arccos(np.clip(one @ other / max(size, 1e-12), -1, 1))))
