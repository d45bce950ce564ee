"""Which few pictures tell most about a video?

The rule: every shot has one moment while there are enough (else the first shot and then the longest ones); each further
moment goes to the shot with the most seconds per moment (the method of d'Hondt). The first 3 seconds, where a viewer
stays or leaves, are a shot of their own and count double. Within a shot the moments stand in the middles of equal
parts. A moment is two neighbouring samples of one shot where there are two: a network that joins two pictures sees what
moves, never two shots at once.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from analyzers.media import FrameBatch
from analyzers.models.vision_language import Moment
from analyzers.picture.cut_analysis import Shot

#: Numbers of neighbouring pictures.
Samples = NDArray[np.intp]

#: Seconds of the beginning that count more, and how much more.
_OPENING, _WEIGHT = 3.0, 2.0


def telling_moments(frames: FrameBatch, shots: Sequence[Shot], count: int) -> tuple[Moment, ...]:
    """At most `count` moments in order of time, at least one; `shots` cover the video."""
    edges = np.searchsorted(frames.times, sorted({_OPENING, *(shot.start for shot in shots[1:])}))
    runs = [run for run in np.split(np.arange(len(frames)), edges) if len(run)]
    weights = [_weight(frames, run) for run in runs]
    shares = _shares(weights, [max(len(run) // 2, 1) for run in runs], count)
    return tuple(
        _moment(frames, pair) for run, share in zip(runs, shares, strict=True) for pair in _pairs(frames, run, share)
    )


def _weight(frames: FrameBatch, run: Samples) -> float:
    """Seconds that the samples of `run` stand for; those of the beginning count more."""
    return float(_weighted(_end(frames, run)) - _weighted(frames.times[run[0]]))


def _end(frames: FrameBatch, run: Samples) -> float:
    return float(frames.times[run[-1] + 1]) if run[-1] + 1 < len(frames) else frames.end


def _weighted(seconds: float) -> float:
    return seconds + (_WEIGHT - 1) * min(seconds, _OPENING)


def _shares(weights: Sequence[float], most: Sequence[int], count: int) -> list[int]:
    """How many moments each shot gets, `most` at most."""
    order = sorted(range(len(weights)), key=lambda shot: (shot > 0, -weights[shot]))
    shares = [0] * len(weights)
    for shot in order[:count]:
        shares[shot] = 1
    while sum(shares) < count:
        open_ones = [shot for shot in range(len(weights)) if 0 < shares[shot] < most[shot]]
        if not open_ones:
            break
        neediest = max(open_ones, key=lambda shot: weights[shot] / (shares[shot] + 1))
        shares[neediest] += 1
    return shares


def _pairs(frames: FrameBatch, run: Samples, share: int) -> list[Samples]:
    """`share` pairs of neighbours of `run`, in the middles of parts of equal weight; none is in two of them."""
    if share == 0:
        return []
    starts = np.array([_weighted(float(time)) for time in frames.times[run]])
    begin, end = starts[0], _weighted(_end(frames, run))
    middles = begin + (np.arange(share) + 0.5) / share * (end - begin)
    # What a pair stands for has its second sample in the middle.
    firsts = np.maximum(np.abs(starts[:, None] - middles).argmin(axis=0) - 1, 0)
    # Two samples each: pushed apart from the left, then back inside from the right.
    for place in range(1, share):
        firsts[place] = max(firsts[place], firsts[place - 1] + 2)
    last = len(run) - 2
    for place in reversed(range(share)):
        firsts[place] = max(min(firsts[place], last), 0)
        last = firsts[place] - 2
    return [run[first : first + 2] for first in firsts]


def _moment(frames: FrameBatch, pair: Samples) -> Moment:
    return Moment(round(float(frames.times[pair].mean()), 2), tuple(frames.pixels[index] for index in pair))
