"""How does the camera move?

The camera's path (`camera_path`: tracked corners and a robust similarity between neighbouring pictures, never across a
cut) is smoothed and named piece by piece. Directions are the camera's: `pan_right` means that it turns right, so the
picture's content moves left; `tilt_up` that it turns up, so the content moves down. A slide sideways looks like a pan
and is called one. Speeds are in frame widths per second. Names follow Hasan et al., "CAMHID" (2014) and CameraBench
(2025). Classical, no model. Known limit: where there is nothing but smooth slopes (dunes at night), a slow move is
taken for a standing camera.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analyzers.contract import Analyzer, Inputs, Needs, Result, Segment
from analyzers.media import FLOWING
from analyzers.picture.camera_moves import CameraMove, Floats, Motion, beside, mean_radius, moves_of, rates_of
from analyzers.picture.camera_path import Step, camera_path
from analyzers.picture.cut_analysis import CutAnalysis

#: Frame widths per second of tremor that halve the stability.
_HALF_STABLE = 0.05
#: Frame widths per second from which more tremor makes no difference, so that one misread step doesn't either.
_SHAKEN = 0.25


@dataclass(frozen=True, slots=True)
class CameraPath:
    """The motion of the content between neighbouring pictures, step by step; all tuples are equally long."""

    #: Seconds at which each step starts and ends.
    start: tuple[float, ...]
    end: tuple[float, ...]
    #: Frame widths the content moves right and down per step; None where it could not be followed.
    dx: tuple[float | None, ...]
    dy: tuple[float | None, ...]
    #: Logarithm of the content's enlargement per step.
    zoom: tuple[float, ...]
    #: Radians the content turns clockwise per step.
    roll: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class CameraResult(Result):
    """The camera's moves."""

    #: In order of time; they cover every shot that has at least two pictures.
    moves: tuple[CameraMove, ...]
    #: The motion that takes most time.
    dominant: Motion
    #: 0–1: 1 for a tripod, 0.5 for a tremor of 0.05 frame widths per second.
    stability: float
    path: CameraPath

    def headline(self) -> str:
        seconds = _seconds(self.moves)
        total = sum(seconds.values())
        if total == 0:
            return "too few pictures to tell"
        parts = sorted(seconds.items(), key=lambda item: -item[1])[:3]
        shares = ", ".join(f"{name.replace('_', ' ')} {share / total:.0%}" for name, share in parts)
        return f"{shares}; stability {self.stability:.2f}"

    def timeline(self) -> Sequence[Segment]:
        return [
            Segment(
                move.start,
                move.end,
                move.motion,
                move.score,
                data={"speed": move.speed, "zoom_rate": move.zoom_rate, "roll_rate": move.roll_rate},
            )
            for move in self.moves
        ]


class CameraAnalysis(Analyzer[CameraResult]):
    """Names what the camera does, and how fast."""

    name = "camera_analysis"
    version = "2"
    summary = "Camera motion: static, pan, tilt, zoom, roll, handheld, whip, with speed and stability."
    kind = "picture"
    needs = Needs(frames=FLOWING, results=(CutAnalysis,))

    def analyze(self, inputs: Inputs) -> CameraResult:
        frames = inputs.frames
        cuts = inputs.result(CutAnalysis)
        steps = camera_path(frames, [shot.start for shot in cuts.shots[1:]])
        radius = mean_radius(frames.pixels.shape[2], frames.pixels.shape[1])
        moves: list[CameraMove] = []
        tremors: list[Floats] = []
        for shot in cuts.shots:
            rates = rates_of([step for step in steps if shot.start <= step.start < shot.end], radius)
            if rates is not None:
                moves += moves_of(shot, rates)
                tremors.append(rates.tremor[~beside(rates.whips)])
        tremor = np.concatenate(tremors) if tremors else np.zeros(0)
        shake = float(np.minimum(tremor, _SHAKEN).mean()) if len(tremor) else 0.0
        return CameraResult(tuple(moves), _dominant(moves), round(1 / (1 + shake / _HALF_STABLE), 3), _path(steps))


def _seconds(moves: Sequence[CameraMove]) -> dict[Motion, float]:
    """How long each motion lasts in all."""
    seconds: dict[Motion, float] = defaultdict(float)
    for move in moves:
        seconds[move.motion] += move.end - move.start
    return seconds


def _dominant(moves: Sequence[CameraMove]) -> Motion:
    seconds = _seconds(moves)
    return max(seconds, key=lambda name: seconds[name], default="static")


def _path(steps: Sequence[Step]) -> CameraPath:
    def shifts(values: Sequence[float]) -> tuple[float | None, ...]:
        return tuple(None if np.isnan(value) else round(value, 5) for value in values)

    return CameraPath(
        start=tuple(round(step.start, 4) for step in steps),
        end=tuple(round(step.end, 4) for step in steps),
        dx=shifts([step.dx for step in steps]),
        dy=shifts([step.dy for step in steps]),
        zoom=tuple(round(step.zoom, 5) for step in steps),
        roll=tuple(round(step.roll, 5) for step in steps),
    )
