"""In what rhythm do new pictures come?

Frames that repeat the one before, or that are the mean of their neighbours (material slowed down by repeating or
blending), against those that bring something new. A shot is parted into stretches of one pattern each — every frame
new, two frames each, three and two in turn … — or of rest, by the most likely path through all patterns (Viterbi,
"Error bounds for convolutional codes", 1967). Drawings held for two frames have a rhythm, too, and so has film in a
file of more frames: what it means is for others to say. Only where the picture clearly moves is there one to see.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from analyzers.picture.frame_steps import Floats, FrameSteps

#: New frames and frames of every pattern; their quotient is the frames per new frame.
_PATTERNS = (
    *((1, 1), (5, 6), (4, 5), (3, 4), (2, 3), (5, 8), (3, 5)),
    *((1, 2), (2, 5), (1, 3), (1, 4), (1, 5), (1, 6), (1, 8), (1, 10)),
)
#: Frames to each side whose second strongest step (the strongest may be a flash) a step is measured by.
_AROUND = 10
#: Share of it under which a step more likely brings nothing new, how the odds rise with the logarithm of the share, and
#: where they end (a step tells no more than that).
_OLD, _ODDS, _MOST = 0.25, 1.0, 1.5
#: Log odds against a change of pattern at any one frame: some eight clear frames pay for one.
_CHANGE = 10.0
#: Grey levels of a strong step: less is noise and coding. Beats of a rhythm at least.
_STRONG, _BEATS = 1.0, 4


@dataclass(frozen=True, slots=True)
class Rhythm:
    """A stretch of frames in which new ones come regularly."""

    #: Numbers of the first frame, a new one, and of the one after the last.
    first: int
    last: int
    #: Frames from one new frame to the next, on average; 1 where every frame is new.
    period: float
    #: Numbers of its new frames.
    beats: tuple[int, ...]
    #: How clearly new frames stand out from old ones, 0–1; 0 where every frame is new.
    clarity: float
    #: Whether old frames repeat the one before; else they are blended.
    repeats: bool = True


@dataclass(frozen=True, slots=True)
class _States:
    """All places in all patterns, one behind the other; the first is rest, in which nothing is new."""

    #: Whether a frame at this place is new; which place comes before; whether a stretch may begin here; which pattern.
    new: NDArray[np.bool_]
    before: NDArray[np.int64]
    entry: NDArray[np.bool_]
    pattern: NDArray[np.int64]


def rhythms(steps: FrameSteps, first: int, last: int) -> tuple[Rhythm, ...]:
    """The rhythms within the shot of frames `first` to `last`, in order; between them the picture rests."""
    even: tuple[Rhythm, ...] = (Rhythm(first, last, 1.0, tuple(range(first, last)), 0.0),)
    if last - first < 2 * _BEATS:
        return even
    best, gained = even, 0.0
    for measure in (steps.mean, steps.bend):  # repeated, or blended
        odds = _odds(measure[first:last], in_step=measure is steps.mean)
        if odds is None:
            continue
        path, score = _likeliest(odds)
        gain = score + float(odds.sum())  # beyond that of every frame being new
        if gain > gained + _CHANGE:
            best, gained = tuple(_stretches(path, odds, first, measure is steps.mean)), gain
    return best


@cache
def _states() -> _States:
    new, before, pattern = [False], [0], [-1]
    for number, (fresh, length) in enumerate(_PATTERNS):
        start = len(new)
        # Where k · length / fresh, rounded down, is a whole number of frames: as editors repeat.
        places = {int(k * length / fresh) for k in range(fresh)}
        new += [place in places for place in range(length)]
        before += [start + length - 1, *range(start, start + length - 1)]
        pattern += [number] * length
    states = np.array(pattern)
    entry = np.array(new)
    entry[0] = True
    return _States(np.array(new), np.array(before), entry, states)


def _odds(measure: Floats, *, in_step: bool) -> NDArray[np.float64] | None:
    """The log odds of every frame that it brings nothing new; None where too little moves to tell."""
    values = measure.astype(np.float64)
    if in_step:
        values[0] = values[1:].max()  # the cut, or the beginning, is new
    else:
        values[[0, -1]] = values[1:-1].max()
    near = np.lib.stride_tricks.sliding_window_view(np.pad(values, _AROUND, mode="reflect"), 2 * _AROUND + 1)
    strong = np.partition(near, -2, axis=1)[:, -2]
    if float(np.median(strong)) < _STRONG:
        return None
    share = np.maximum(values, 1e-3) / np.maximum(strong, _STRONG)
    odds = np.clip(_ODDS * (np.log(_OLD) - np.log(share)), -_MOST, _MOST)
    return np.asarray(np.where(strong < _STRONG, 0.0, odds))


def _likeliest(odds: NDArray[np.float64]) -> tuple[NDArray[np.int64], float]:
    """The place of every frame on the likeliest path, and the log odds of that path."""
    states = _states()
    sign = np.where(states.new, -1.0, 1.0)
    score = np.where(states.entry, 0.0, -np.inf) + sign * odds[0]
    came_from = np.empty((len(odds), len(sign)), np.int64)
    for index in range(1, len(odds)):
        best = int(np.argmax(score))
        onwards, changed = score[states.before], score[best] - _CHANGE
        change = states.entry & (changed > onwards)
        came_from[index] = np.where(change, best, states.before)
        score = np.where(change, changed, onwards) + sign * odds[index]
    path = np.empty(len(odds), np.int64)
    path[-1] = int(np.argmax(score))
    for index in range(len(odds) - 1, 0, -1):
        path[index - 1] = came_from[index, path[index]]
    return path, float(score.max())


def _stretches(path: NDArray[np.int64], odds: NDArray[np.float64], offset: int, repeats: bool) -> Iterator[Rhythm]:
    """The stretches of one pattern each on a path, but for rests and what is too short."""
    states = _states()
    pattern = states.pattern[path]
    edges = [0, *(np.flatnonzero(np.diff(pattern)) + 1).tolist(), len(path)]
    for first, last in pairwise(edges):
        number = int(pattern[first])
        beats = np.flatnonzero(states.new[path[first:last]]) + first
        if number < 0 or len(beats) < _BEATS:
            continue
        fresh, length = _PATTERNS[number]
        old = np.setdiff1d(np.arange(first, last), beats)
        told = float(odds[old].mean() - odds[beats].mean()) / (2 * _MOST) if len(old) else 0.0
        yield Rhythm(
            first + offset,
            last + offset,
            length / fresh,
            tuple((beats + offset).tolist()),
            round(min(1.0, max(0.0, told)), 3),
            repeats,
        )
