"""How does the camera move?

The camera's path (`camera_path`: tracked corners and a robust similarity between neighbouring pictures, never across a
cut) is smoothed and named piece by piece. Directions are the camera's: `pan_right` means that it turns right, so the
picture's content moves left; `tilt_up` that it turns up, so the content moves down. A slide sideways looks like a pan
and is called one. Speeds are in frame widths per second. Names follow Hasan et al., "CAMHID" (2014) and CameraBench
(2025).
Classical, no model.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from analyzers.contract import Analyzer, Inputs, Needs, Result, Segment
from analyzers.media import FLOWING
from analyzers.picture.camera_path import Step, camera_path
from analyzers.picture.cut_analysis import CutAnalysis, Shot

Motion = Literal[
    "static", "pan_left", "pan_right", "tilt_up", "tilt_down", "zoom_in", "zoom_out", "roll", "handheld", "whip"
]
Floats = NDArray[np.float64]

#: Seconds over which the path is smoothed: shorter than a deliberate move, longer than a tremor (2 Hz and faster).
_SMOOTH = 0.7
#: Frame widths per second: slower is standing still. A move through the whole picture then takes two minutes.
_STILL = 0.008
#: Frame widths per second of tremor from which a standing camera is in a hand: a swing of 0.3 % of the frame at 1 Hz.
_TREMOR = 0.02
#: Frame widths per second from which a pan or tilt is a whip: the whole picture is exchanged in under 0.7 s.
_WHIP = 1.5
#: Frame widths (or the zoom or roll that moves the picture so far) a move must lead, or it was sway; from a tripod and
#: from a hand.
_LEADS, _LEADS_BY_HAND = 0.02, 0.08
#: Seconds: shorter pieces join their neighbours, but for whips.
_SHORTEST = 0.4
#: Frame widths per second of tremor that halve the stability.
_HALF_STABLE = 0.05


@dataclass(frozen=True, slots=True)
class CameraMove:
    """A stretch of one shot in which the camera does one thing."""

    #: Seconds, half-open.
    start: float
    end: float
    motion: Motion
    #: Frame widths per second, of pan, tilt and whip; 0 for the others, and for a whip too fast to follow.
    speed: float
    #: Growth of the picture per second, 0.1 = 10 % larger each second, negative when zooming out; 0 for the others.
    zoom_rate: float
    #: Degrees per second that the camera rolls, clockwise positive; 0 for the others.
    roll_rate: float
    #: Share 0–1 of the picture that moves along, that is, how sure it is.
    score: float


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
        seconds: dict[str, float] = defaultdict(float)
        for move in self.moves:
            seconds[move.motion] += move.end - move.start
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
    version = "1"
    summary = "Camera motion: static, pan, tilt, zoom, roll, handheld, whip, with speed and stability."
    kind = "picture"
    needs = Needs(frames=FLOWING, results=(CutAnalysis,))

    def analyze(self, inputs: Inputs) -> CameraResult:
        frames = inputs.frames
        cuts = inputs.result(CutAnalysis)
        steps = camera_path(frames, [shot.start for shot in cuts.shots[1:]])
        radius = _mean_radius(frames.pixels.shape[2], frames.pixels.shape[1])
        moves: list[CameraMove] = []
        tremors: list[Floats] = []
        for shot in cuts.shots:
            rates = _rates([step for step in steps if shot.start <= step.start < shot.end], radius)
            if rates is not None:
                moves += _moves(shot, rates)
                tremors.append(rates.tremor[~_beside(rates.whips)])
        tremor = np.concatenate(tremors) if tremors else np.zeros(0)
        shake = float(np.sqrt(np.mean(tremor**2))) if len(tremor) else 0.0
        return CameraResult(tuple(moves), _dominant(moves), round(1 / (1 + shake / _HALF_STABLE), 3), _path(steps))


@dataclass(frozen=True, slots=True)
class _Rates:
    """What happens per second, step by step, in one shot; (n, 4): right, down, zoom, roll of the content.

    All four in frame widths per second: a zoom or roll counts as the mean speed that it gives to the picture's points.
    """

    start: Floats
    end: Floats
    raw: Floats
    smooth: Floats
    #: Frame widths per second around the smooth motion.
    tremor: Floats
    whips: NDArray[np.bool_]
    agreeing: Floats
    #: Frame widths between the picture's middle and its points, on average.
    radius: float


def _mean_radius(width: int, height: int) -> float:
    y, x = np.mgrid[0:64, 0:64] / 63 - 0.5
    return float(np.hypot(x, y * height / width).mean())


def _rates(steps: Sequence[Step], radius: float) -> _Rates | None:
    """The rates of one shot; None for a shot of one picture."""
    if not steps:
        return None
    start, end = np.array([step.start for step in steps]), np.array([step.end for step in steps])
    moved = np.array([(step.dx, step.dy, step.zoom * radius, step.roll * radius) for step in steps])
    raw = moved / (end - start)[:, None]
    lost = np.isnan(raw[:, 0])
    smeared = np.array([step.smeared for step in steps])
    whips = (lost & smeared) | (np.hypot(raw[:, 0], raw[:, 1]) >= _WHIP)
    calm = _filled(raw, whips | lost)
    smooth = _smoothed(calm, (start + end) / 2)
    tremor = np.linalg.norm(calm - smooth, axis=1)
    agreeing = np.array([step.agreeing for step in steps])
    return _Rates(start, end, np.where(lost[:, None], 0.0, raw), smooth, tremor, whips, agreeing, radius)


def _filled(raw: Floats, gaps: NDArray[np.bool_]) -> Floats:
    """`raw` with zeros instead of whips and what is unknown, which would smear into the stretches beside."""
    return np.where(gaps[:, None], 0.0, raw)


def _smoothed(rates: Floats, times: Floats) -> Floats:
    """The median of the rates within `_SMOOTH` seconds around each step: it keeps the start of a move."""
    first = np.searchsorted(times, times - _SMOOTH / 2, side="left")
    last = np.searchsorted(times, times + _SMOOTH / 2, side="right")
    return np.array([np.median(rates[a:b], axis=0) for a, b in zip(first, last, strict=True)])


def _moves(shot: Shot, rates: _Rates) -> list[CameraMove]:
    """The shot in pieces with one name each."""
    names = [_name(rates, index) for index in range(len(rates.start))]
    pieces = _pieces(names)
    pieces = _joined([_led(rates, piece) for piece in pieces])
    pieces = _absorbed(pieces, rates)
    edges = [shot.start, *(float(rates.start[piece[0]]) for piece in pieces[1:]), shot.end]
    return [_move(rates, piece, edges[i], edges[i + 1]) for i, piece in enumerate(pieces)]


#: First and last+1 step, and the name.
_Piece = tuple[int, int, Motion]


def _name(rates: _Rates, index: int) -> Motion:
    if rates.whips[index]:
        return "whip"
    near = (np.abs(rates.start - rates.start[index]) <= _SMOOTH) & ~rates.whips
    tremor = float(np.median(rates.tremor[near]))
    right, down, zoom, roll = rates.smooth[index]
    speeds: dict[Motion, float] = {
        "pan_left" if right > 0 else "pan_right": abs(right),
        "tilt_up" if down > 0 else "tilt_down": abs(down),
        "zoom_in" if zoom > 0 else "zoom_out": abs(zoom),
        "roll": abs(roll),
    }
    name = max(speeds, key=lambda each: speeds[each])
    if speeds[name] >= max(_STILL, tremor):
        return name
    return "handheld" if tremor >= _TREMOR else "static"


def _beside(whips: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The whips and the steps beside them, in which they began and ended."""
    return np.asarray(np.convolve(whips, [1, 1, 1], mode="same") > 0)


def _pieces(names: Sequence[Motion]) -> list[_Piece]:
    return _joined([(index, index + 1, name) for index, name in enumerate(names)])


def _joined(pieces: Sequence[_Piece]) -> list[_Piece]:
    """Neighbours of one name as one."""
    joined: list[_Piece] = []
    for start, stop, name in pieces:
        if joined and joined[-1][2] == name:
            joined[-1] = (joined[-1][0], stop, name)
        else:
            joined.append((start, stop, name))
    return joined


def _led(rates: _Rates, piece: _Piece) -> _Piece:
    """`piece`, renamed where its move leads nowhere: then it was the sway of a hand, or nothing at all."""
    start, stop, name = piece
    if name in ("static", "handheld", "whip"):
        return piece
    seconds = (rates.end - rates.start)[start:stop, None]
    far = float(np.abs((rates.raw[start:stop] * seconds).sum(axis=0)).max())
    by_hand = float(np.median(rates.tremor[start:stop])) >= _TREMOR
    if far >= (_LEADS_BY_HAND if by_hand else _LEADS):
        return piece
    return start, stop, "handheld" if by_hand else "static"


def _absorbed(pieces: list[_Piece], rates: _Rates) -> list[_Piece]:
    """Short pieces given to their longer neighbour, shortest first."""
    pieces = list(pieces)
    while len(pieces) > 1:
        lengths = [float(rates.end[stop - 1] - rates.start[start]) for start, stop, _ in pieces]
        short = [i for i, piece in enumerate(pieces) if piece[2] != "whip" and lengths[i] < _SHORTEST]
        beside = [i for i in short if any(pieces[k][2] != "whip" for k in _neighbours(i, pieces))]
        if not beside:
            break
        index = min(beside, key=lambda i: lengths[i])
        calm = [k for k in _neighbours(index, pieces) if pieces[k][2] != "whip"]
        heir = max(calm, key=lambda k: lengths[k])
        pieces[index] = (*pieces[index][:2], pieces[heir][2])
        pieces = _joined(pieces)
    return pieces


def _neighbours(index: int, pieces: Sequence[_Piece]) -> list[int]:
    return [k for k in (index - 1, index + 1) if 0 <= k < len(pieces)]


def _move(rates: _Rates, piece: _Piece, start: float, end: float) -> CameraMove:
    first, stop, name = piece
    right, down, zoom, roll = np.median(rates.raw[first:stop], axis=0).tolist()
    speed = 0.0
    if name.startswith(("pan", "tilt")):
        speed = abs(right) if name.startswith("pan") else abs(down)
    elif name == "whip":
        speed = float(np.median(np.hypot(rates.raw[first:stop, 0], rates.raw[first:stop, 1])))
    zoom_rate = float(np.expm1(zoom / rates.radius)) if name.startswith("zoom") else 0.0
    # The content turns against the camera.
    roll_rate = -float(np.degrees(roll / rates.radius)) if name == "roll" else 0.0
    score = float(np.mean(rates.agreeing[first:stop]))
    return CameraMove(start, end, name, round(speed, 4), round(zoom_rate, 4), round(roll_rate, 2), round(score, 3))


def _dominant(moves: Sequence[CameraMove]) -> Motion:
    seconds: dict[Motion, float] = defaultdict(float)
    for move in moves:
        seconds[move.motion] += move.end - move.start
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
