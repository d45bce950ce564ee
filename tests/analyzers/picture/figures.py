"""How are bodies made whose posture is known: by joint angles, and the lengths that anatomy gives?

Lengths as shares of the body's height: Drillis & Contini (1966), as printed in Winter, "Biomechanics and Motor Control
of Human Movement".
"""

from dataclasses import dataclass

import numpy as np

from analyzers.models.pose_estimator import Bodies

TORSO, THIGH, SHANK, UPPER_ARM, FOREARM = 0.288, 0.245, 0.246, 0.186, 0.146
HALF_SHOULDERS, HALF_HIPS = 0.129, 0.0955
#: Width of a picture divided by its height.
ASPECT = 9 / 16


@dataclass(frozen=True)
class Figure:
    """A body by the angles of its parts on the picture, in degrees from straight down, rightwards positive.

    Of pairs the person's own left first, which is on the right of the picture.
    """

    torso: float = 0.0
    thighs: tuple[float, float] = (3.0, -3.0)
    shanks: tuple[float, float] = (0.0, 0.0)
    upper_arms: tuple[float, float] = (8.0, -8.0)
    forearms: tuple[float, float] = (5.0, -5.0)
    #: Share of their length that is seen of thighs which point at the camera.
    thighs_seen: float = 1.0
    #: The same of upper arms.
    upper_arms_seen: float = 1.0
    #: Share of the width of shoulders and hips that is seen: 1 from the front, 0.1 from the side.
    turned: float = 1.0
    #: Names of joints that are out of the picture.
    unseen: tuple[int, ...] = ()

    def points(self, hip: tuple[float, float] = (0.5, 0.5), height: float = 0.6, aspect: float = ASPECT) -> np.ndarray:
        """Key points (17, 3): the hips at `hip` (normalised), the body `height` picture heights tall when upright."""
        down = _direction(self.torso)
        across = np.array([down[1], -down[0]]) * self.turned
        at = np.zeros((17, 2))
        neck = -down * TORSO
        at[5], at[6] = neck + across * HALF_SHOULDERS, neck - across * HALF_SHOULDERS
        at[11], at[12] = across * HALF_HIPS, -across * HALF_HIPS
        at[0] = neck - down * 0.112
        at[1], at[2] = at[0] - down * 0.01 + across * 0.02, at[0] - down * 0.01 - across * 0.02
        at[3], at[4] = at[0] + across * 0.045, at[0] - across * 0.045
        for side in (0, 1):
            at[7 + side] = at[5 + side] + _direction(self.upper_arms[side]) * UPPER_ARM * self.upper_arms_seen
            at[9 + side] = at[7 + side] + _direction(self.forearms[side]) * FOREARM
            at[13 + side] = at[11 + side] + _direction(self.thighs[side]) * THIGH * self.thighs_seen
            at[15 + side] = at[13 + side] + _direction(self.shanks[side]) * SHANK
        points = np.zeros((17, 3), np.float32)
        points[:, :2] = np.array(hip) + at * height / np.array([aspect, 1.0])
        points[:, 2] = 0.9
        points[list(self.unseen), 2] = 0.1
        return points


STANDING = Figure()
WALKING = Figure(thighs=(25.0, -20.0), shanks=(-5.0, -30.0), turned=0.2)
SITTING_FROM_THE_SIDE = Figure(thighs=(85.0, 85.0), shanks=(0.0, 5.0), turned=0.1, torso=5.0)
SITTING_FROM_THE_FRONT = Figure(thighs=(20.0, -20.0), thighs_seen=0.3)
LYING = Figure(torso=-88.0, thighs=(92.0, 88.0), shanks=(90.0, 90.0), turned=0.3)
BENT_OVER = Figure(torso=-85.0, turned=0.2, upper_arms=(0.0, 0.0), forearms=(0.0, 0.0))
CROUCHING = Figure(torso=-15.0, thighs=(115.0, 115.0), shanks=(-55.0, -55.0), turned=0.2)
KNEELING = Figure(shanks=(-85.0, -85.0), turned=0.2)
HANDSTAND = Figure(torso=180.0, thighs=(178.0, -178.0), shanks=(180.0, 180.0))
UPPER_BODY = Figure(unseen=(13, 14, 15, 16))
BUST = Figure(unseen=(11, 12, 13, 14, 15, 16))

WAVING = Figure(upper_arms=(140.0, -8.0), forearms=(175.0, -5.0))
CHEERING = Figure(upper_arms=(150.0, -150.0), forearms=(170.0, -170.0))
PHONING = Figure(upper_arms=(20.0, -8.0), forearms=(-163.0, -5.0), upper_arms_seen=0.5)
ARMS_CROSSED = Figure(upper_arms=(-8.0, 8.0), forearms=(-98.0, 98.0))
AKIMBO = Figure(upper_arms=(42.0, -42.0), forearms=(-48.0, 48.0))
PRAYING = Figure(upper_arms=(5.0, -5.0), forearms=(-100.0, 100.0))
ARMS_OUT = Figure(upper_arms=(88.0, -92.0), forearms=(92.0, -88.0))
POINTING = Figure(upper_arms=(85.0, -8.0), forearms=(90.0, -5.0))


def _direction(degrees: float) -> np.ndarray:
    angle = np.radians(degrees)
    return np.array([np.sin(angle), np.cos(angle)])


def bodies(*people: np.ndarray, score: float = 0.8) -> Bodies:
    """What the estimator says of a picture with the people whose key points are given."""
    if not people:
        return Bodies(np.zeros((0, 4), np.float32), np.zeros(0, np.float32), np.zeros((0, 17, 3), np.float32))
    boxes = [np.concatenate((each[:, :2].min(0) - 0.02, each[:, :2].max(0) + 0.02)).clip(0, 1) for each in people]
    return Bodies(
        np.array(boxes, np.float32), np.full(len(people), score, np.float32), np.stack(people).astype(np.float32)
    )
