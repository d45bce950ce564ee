"""What does the camera do, and when?

The steps of the camera's path become rates per second, all four on one scale (frame widths per second of the picture's
points), smoothed by a running median; each step gets the name of its largest rate, and runs of one name become moves.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from analyzers.picture.camera_path import Step
from analyzers.picture.cut_analysis import Shot

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


@dataclass(frozen=True, slots=True)
class CameraMove:
    """A stretch of one shot in which the camera does one thing."""

    #: Seconds, half-open.
    start: float
    end: float
    motion: Motion
    #: Frame widths per second, of pan, tilt and whip; 0 for the others. None for a whip too fast to follow: from four
    #: frame widths per second on, neighbouring pictures have too little in common.
    speed: float | None
    #: Growth of the picture per second, 0.1 = 10 % larger each second, negative when zooming out; 0 for the others.
    zoom_rate: float
    #: Degrees per second that the camera rolls, clockwise positive; 0 for the others.
    roll_rate: float
    #: Share 0–1 of the picture that moves along, that is, how sure it is.
    score: float


@dataclass(frozen=True, slots=True)
class Rates:
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


def mean_radius(width: int, height: int) -> float:
    y, x = np.mgrid[0:64, 0:64] / 63 - 0.5
    return float(np.hypot(x, y * height / width).mean())


def rates_of(steps: Sequence[Step], radius: float) -> Rates | None:
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
    return Rates(start, end, np.where(lost[:, None], 0.0, raw), smooth, tremor, whips, agreeing, radius)


def _filled(raw: Floats, gaps: NDArray[np.bool_]) -> Floats:
    """`raw` with zeros instead of whips and what is unknown, which would smear into the stretches beside."""
    return np.where(gaps[:, None], 0.0, raw)


def _smoothed(rates: Floats, times: Floats) -> Floats:
    """The median of the rates within `_SMOOTH` seconds around each step: it keeps the start of a move."""
    first = np.searchsorted(times, times - _SMOOTH / 2, side="left")
    last = np.searchsorted(times, times + _SMOOTH / 2, side="right")
    return np.array([np.median(rates[a:b], axis=0) for a, b in zip(first, last, strict=True)])


def moves_of(shot: Shot, rates: Rates) -> list[CameraMove]:
    """The shot in pieces with one name each."""
    names = [_name(rates, index) for index in range(len(rates.start))]
    pieces = _pieces(names)
    pieces = _joined([_led(rates, piece) for piece in pieces])
    pieces = _absorbed(pieces, rates)
    edges = [shot.start, *(float(rates.start[piece[0]]) for piece in pieces[1:]), shot.end]
    return [_move(rates, piece, edges[i], edges[i + 1]) for i, piece in enumerate(pieces)]


#: First and last+1 step, and the name.
_Piece = tuple[int, int, Motion]


def _name(rates: Rates, index: int) -> Motion:
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


def beside(whips: NDArray[np.bool_]) -> NDArray[np.bool_]:
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


def _led(rates: Rates, piece: _Piece) -> _Piece:
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


def _absorbed(pieces: list[_Piece], rates: Rates) -> list[_Piece]:
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


def _move(rates: Rates, piece: _Piece, start: float, end: float) -> CameraMove:
    first, stop, name = piece
    right, down, zoom, roll = np.median(rates.raw[first:stop], axis=0).tolist()
    zoom_rate = float(np.expm1(zoom / rates.radius)) if name.startswith("zoom") else 0.0
    # The content turns against the camera.
    roll_rate = -float(np.degrees(roll / rates.radius)) if name == "roll" else 0.0
    score = float(np.mean(rates.agreeing[first:stop]))
    speed = {"pan": abs(right), "til": abs(down)}.get(name[:3], 0.0)
    return CameraMove(
        start=start,
        end=end,
        motion=name,
        speed=_whip_speed(rates, first, stop) if name == "whip" else round(speed, 4),
        zoom_rate=round(zoom_rate, 4),
        roll_rate=round(roll_rate, 2),
        score=round(score, 3),
    )


def _whip_speed(rates: Rates, first: int, stop: int) -> float | None:
    if (rates.agreeing[first:stop] == 0).any():
        return None
    return round(float(np.median(np.hypot(rates.raw[first:stop, 0], rates.raw[first:stop, 1]))), 4)
