"""A clip of nine shots, each with one move of the camera."""

from dataclasses import dataclass

import numpy as np

from benchmarks.truth.conditions import Picture, Pictures
from benchmarks.truth.scenes import TEXTURED, Camera, Shot, trembling


@dataclass(frozen=True, slots=True)
class Move:
    """One move, as it is named and measured."""

    motion: str
    camera: Camera
    #: Frame widths per second for pans and tilts, change of size per second for zooms, degrees per second for rolls.
    speed: float = 0.0


MOVES = (
    Move("pan_right", lambda t: (0.25 * t - 0.25, 0.0, 1.0, 0.0), 0.25),
    Move("pan_left", lambda t: (0.25 - 0.12 * t, 0.0, 1.0, 0.0), 0.12),
    Move("tilt_up", lambda t: (0.0, 0.2 - 0.2 * t, 1.0, 0.0), 0.2),
    Move("tilt_down", lambda t: (0.0, 0.1 * t - 0.1, 1.0, 0.0), 0.1),
    Move("zoom_in", lambda t: (0.0, 0.0, 1.15**t, 0.0), 0.15),
    Move("zoom_out", lambda t: (0.0, 0.0, 1.3 * 0.88**t, 0.0), -0.12),
    Move("roll", lambda t: (0.0, 0.0, 1.2, np.radians(12) * t), 12.0),
    Move("static", lambda _: (0.0, 0.0, 1.0, 0.0)),
    Move("handheld", trembling(3, 0.012)),
)
#: Seconds of each shot.
EACH = 2.0


@dataclass(frozen=True, slots=True)
class Moved(Pictures):
    """Eighteen seconds; `seed` chooses the landscapes."""

    seed: int
    seconds: float = EACH * len(MOVES)

    def at(self, time: float, size: tuple[int, int]) -> Picture:
        number = min(int(time / EACH), len(MOVES) - 1)
        return Shot(11 * self.seed + number, MOVES[number].camera, TEXTURED).at(time - number * EACH, size)
