"""How much moves in the picture, and does it move by itself or because the camera does?

Between neighbouring pictures the old one is moved as the camera moved (`camera_analysis`), then dense optical flow to
the new one (DIS, Kroeger et al., "Fast optical flow using dense inverse search", 2016) tells what is left: the
foreground's own motion. Both together are the motion on the screen, the motion activity of MPEG-7 (Jeannin & Divakaran,
2001), here in frame widths per second, the mean over all points of the picture. Classical, no model. Own motion of over
half a frame width per second is underestimated: between two pictures it goes beyond the reach of the flow.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from analyzers.contract import Analyzer, Inputs, Needs, Result, Segment
from analyzers.media import FLOWING, FrameBatch
from analyzers.picture.camera_analysis import CameraAnalysis, CameraPath
from analyzers.picture.camera_path import grey_pictures, matrix_of

Pace = Literal["calm", "medium", "fast"]
Direction = Literal["still", "left", "right", "up", "down", "mixed"]
Grey = NDArray[np.uint8]
Flow = NDArray[np.float32]

#: Frame widths per second: below the first the average point takes over 20 s to cross the frame, above the second
#: under 4 s.
_CALM, _FAST = 0.05, 0.25
#: Pixels per step under which flow is noise: DIS answers camera noise and coding with up to half a pixel.
_NOISE = 0.5
#: Frame widths per second under which nothing moves.
_STILL = 0.003
#: Length of the mean motion over the mean length of motion, from which there is one direction: 1 for a pan, 0 where
#: everything moves about; 0.5 is where the spread of directions reaches a half circle.
_ONE_WAY = 0.5


@dataclass(frozen=True, slots=True)
class MotionSecond:
    """One second of the motion's curve; the last may be shorter."""

    #: Seconds, half-open.
    start: float
    end: float
    #: Frame widths per second on the screen, mean over the picture; None where no two pictures of a shot lie in it.
    energy: float | None
    #: The same without the camera's part; None also where the camera could not be followed.
    foreground: float | None
    #: Share 0–1 of the picture that moves by itself; None as `foreground`.
    moving_share: float | None


@dataclass(frozen=True, slots=True)
class MotionResult(Result):
    """The motion on the screen."""

    #: Frame widths per second, mean over picture and time.
    energy: float
    #: The same without the camera's part.
    foreground_energy: float
    #: Where the content of the picture moves on average, camera included; "mixed" without one direction.
    direction: Direction
    #: Of the whole video.
    pace: Pace
    #: Second by second.
    curve: tuple[MotionSecond, ...]

    def headline(self) -> str:
        own = f"{self.foreground_energy:.2f} of it by itself"
        way = "" if self.direction in ("still", "mixed") else f", mostly {self.direction}"
        return f"{self.pace}: {self.energy:.2f} frame widths per second, {own}{way}"

    def timeline(self) -> Sequence[Segment]:
        known = [second for second in self.curve if second.energy is not None]
        segments = []
        for pace, run in groupby(known, key=lambda second: _pace(second.energy or 0.0)):
            seconds = list(run)
            data = {
                "energy": _mean([each.energy for each in seconds]),
                "foreground": _mean([each.foreground for each in seconds]),
            }
            segments.append(Segment(seconds[0].start, seconds[-1].end, pace, data=data))
        return segments


class MotionAnalysis(Analyzer[MotionResult]):
    """Measures the motion on the screen and the foreground's own."""

    name = "motion_analysis"
    version = "1"
    summary = "How much moves on the screen and by itself, where to, and the pace second by second."
    kind = "picture"
    needs = Needs(frames=FLOWING, results=(CameraAnalysis,))

    def analyze(self, inputs: Inputs) -> MotionResult:
        frames = inputs.frames
        steps = _steps(frames, inputs.result(CameraAnalysis).path)
        energy = _rate(steps, [step.energy for step in steps])
        own = _rate(steps, [step.own for step in steps])
        return MotionResult(
            round(energy or 0.0, 4),
            round(own or 0.0, 4),
            _direction(steps),
            _pace(energy or 0.0),
            _curve(steps, frames.end),
        )


@dataclass(frozen=True, slots=True)
class _Step:
    """The motion between two neighbouring pictures, all in frame widths."""

    start: float
    end: float
    #: Mean length of the motion of the picture's points.
    energy: float
    #: The same without the camera's part, and the share of points that have any; None where that is unknown.
    own: float | None
    moving: float | None
    #: Mean motion right and down.
    right: float
    down: float


def _steps(frames: FrameBatch, path: CameraPath) -> list[_Step]:
    grey = grey_pictures(frames)
    flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)
    first = np.searchsorted(frames.times, np.asarray(path.start) - 1e-3)
    steps = []
    for number, index in enumerate(first.tolist()):
        old, new = grey(index), grey(index + 1)
        matrix = _camera(path, number, (old.shape[1], old.shape[0]))
        energy, own, moving, right, down = _measured(flow, old, new, matrix)
        steps.append(_Step(path.start[number], path.end[number], energy, own, moving, right, down))
    return steps


def _camera(path: CameraPath, number: int, size: tuple[int, int]) -> NDArray[np.float64] | None:
    """Where the camera moves the picture's points, a 2 x 3 matrix in pixels; None where that is unknown."""
    dx, dy = path.dx[number], path.dy[number]
    if dx is None or dy is None:
        return None
    return matrix_of(dx, dy, path.zoom[number], path.roll[number], size=size)


def _measured(
    flow: cv2.DISOpticalFlow, old: Grey, new: Grey, matrix: NDArray[np.float64] | None
) -> tuple[float, float | None, float | None, float, float]:
    """Energy, the foreground's own, the share that moves, and the mean motion right and down, in frame widths."""
    height, width = old.shape
    if matrix is None:
        motion = _flow(flow, old, new)
        energy, _ = _energy(motion, np.ones(old.shape, np.bool_))
        return energy, None, None, *_mean_motion(motion)
    moved = cv2.warpAffine(old, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE).astype(np.uint8, copy=False)
    there = cv2.warpAffine(np.ones_like(old), matrix, (width, height)) > 0
    own = _flow(flow, moved, new)
    own_energy, moving = _energy(own, there)
    whole = own + _field(matrix, (width, height))
    return _energy(whole, there)[0], own_energy, moving, *_mean_motion(whole)


def _flow(flow: cv2.DISOpticalFlow, old: Grey, new: Grey) -> Flow:
    """Pixels right and down that each point of `old` moves: float32 (height, width, 2)."""
    return flow.calc(old, new, np.zeros((*old.shape, 2), np.float32)).astype(np.float32, copy=False)


def _field(matrix: NDArray[np.float64], size: tuple[int, int]) -> Flow:
    """How far the camera moves each point, pixels: float32 (height, width, 2)."""
    y, x = np.mgrid[0 : size[1], 0 : size[0]].astype(np.float32)
    turn = (matrix - np.eye(2, 3)).astype(np.float32)
    return np.stack([turn[i, 0] * x + turn[i, 1] * y + turn[i, 2] for i in (0, 1)], axis=2)


def _energy(motion: Flow, there: NDArray[np.bool_]) -> tuple[float, float]:
    """Mean length of the motion, frame widths, and the share of points that move, among those that are `there`."""
    lengths = np.hypot(motion[..., 0], motion[..., 1])[there]
    if not len(lengths):
        return 0.0, 0.0
    moving = lengths >= _NOISE
    return float(lengths[moving].sum()) / len(lengths) / motion.shape[1], float(moving.mean())


def _mean_motion(motion: Flow) -> tuple[float, float]:
    right, down = motion.mean(axis=(0, 1)) / motion.shape[1]
    return float(right), float(down)


def _rate(steps: Sequence[_Step], values: Sequence[float | None]) -> float | None:
    """`values` per second over the steps that have one; None when none has."""
    known = [(value, step.end - step.start) for step, value in zip(steps, values, strict=True) if value is not None]
    return sum(value for value, _ in known) / sum(seconds for _, seconds in known) if known else None


def _direction(steps: Sequence[_Step]) -> Direction:
    energy = _rate(steps, [step.energy for step in steps])
    if energy is None or energy < _STILL:
        return "still"
    right, down = sum(step.right for step in steps), sum(step.down for step in steps)
    if float(np.hypot(right, down)) < _ONE_WAY * sum(step.energy for step in steps):
        return "mixed"
    if abs(right) >= abs(down):
        return "right" if right > 0 else "left"
    return "down" if down > 0 else "up"


def _curve(steps: Sequence[_Step], end: float) -> tuple[MotionSecond, ...]:
    curve = []
    for second in range(int(np.ceil(end))):
        inside = [step for step in steps if second <= (step.start + step.end) / 2 < second + 1]
        moving = [step.moving for step in inside if step.moving is not None]
        curve.append(
            MotionSecond(
                float(second),
                min(second + 1.0, end),
                _rounded(_rate(inside, [step.energy for step in inside])),
                _rounded(_rate(inside, [step.own for step in inside])),
                _rounded(float(np.mean(moving)) if moving else None),
            )
        )
    return tuple(curve)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return round(float(np.mean(known)), 4) if known else None


def _pace(energy: float) -> Pace:
    if energy < _CALM:
        return "calm"
    return "medium" if energy < _FAST else "fast"
