"""Where does the picture stop within moving material?

A freeze is a run of repeated frames that begins or ends abruptly inside a shot whose other frames move: at full motion
one frame, none at all the next. What comes to rest by itself slows down first; rooms without anybody, stills, slides
and screens that mostly stand are not moving material; frames held in a rhythm are one (`cadence`). Coding does not
count: whatever a keyframe changes in a picture that stands. A frame that lasts long, as where an editor dropped the
repeated ones, is a freeze too. Known limits: not found are a freeze under a moving title or zoom, one of material in
which less than a tenth of the picture moves (a talking head on a tripod), one of a tripod's picture with which the shot
ends, and one that fills the shot from cut to cut, which is a still picture.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from analyzers.media import FrameBatch
from analyzers.picture.frame_steps import Floats, FrameSteps

#: Grey levels of the most changed blocks up to which a frame repeats the one before: B-frames of one picture reach 1.
_STILL = 1.0
#: Share of the motion around it up to which a step still counts as coding, and the grey levels where that ends.
_CODING, _CODING_MOST = 0.25, 4.0
#: Grey levels of the most changed blocks from which material moves: the noise and breath of a quiet room reach 4.
_MOVING = 5.0
#: Share of the picture that moves when all of it does; and the least for a freeze that is abrupt on both sides.
_ALL_MOVES, _SOME_MOVES = 0.3, 0.1
#: Seconds that a freeze lasts at least; that are looked at beside it; and that tell whether the material moves.
_SHORTEST, _BESIDE, _AROUND = 0.25, 0.5, 4.0
#: Repeated frames at least: at a few frames per second two can be alike by chance.
_FEWEST = 4
#: Share of the motion beside it that a step at the edge must have: what stops by itself slows down before. And steps
#: under it, at most, in which the coder still refines the first frame that stands.
_ABRUPT, _REFINED = 0.5, 3
#: Share of the squared change that may be left when one moment is made to fit the other by gain and offset in a fade.
_LIGHT = 0.05
#: Share of the time around that may stand still, too.
_IDLE = 0.3
#: Frames of a pop of the coder within a freeze, and the correlation of the pictures on both sides of it.
_POP, _SAME = 2, 0.95
#: How many times longer than it the shorter and the longer run beside it are: in a rhythm both are short.
_SHORTER, _LONGER = 4, 12
#: How many times longer than the other standing runs around it a freeze is; those are a rhythm.
_OUT_OF_RHYTHM = 3.0


@dataclass(frozen=True, slots=True)
class Freeze:
    """A stretch in which one frame stands."""

    #: Seconds: the first repeated frame, and the first that moves again.
    start: float
    end: float
    #: How abruptly it comes and how much it stops, 0–1.
    score: float


@dataclass(frozen=True, slots=True)
class _Run:
    """Steps that repeat, within one shot: those to frames `start` to `stop`."""

    start: int
    stop: int


def find_freezes(frames: FrameBatch, steps: FrameSteps, shots: Sequence[int]) -> tuple[Freeze, ...]:
    """The freezes within the shots that begin at frames `shots` (sorted, the first is 0), in order of time."""
    found: list[Freeze] = []
    for first, last in pairwise([*shots, len(frames)]):
        runs = _runs(frames, steps, first, last)
        standing = _standing(frames, runs)
        for run in runs:
            if _is_long(frames, run):
                score = _judged(frames, steps, run, (first, last), standing)
                if score > 0 and _out_of_rhythm(frames, runs, run):
                    found.append(_freeze(frames, run, score))
    return tuple(found)


def _runs(frames: FrameBatch, steps: FrameSteps, first: int, last: int) -> list[_Run]:
    """The runs of repeated frames of one shot, over pops of the coder, and frames that last."""
    peaks = steps.peak[first + 1 : last]
    if len(peaks) < 2:
        return []
    moving = peaks[peaks > _STILL]
    level = float(np.median(moving)) if len(moving) else 0.0
    limit = min(max(_STILL, _CODING * level), _CODING_MOST)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], peaks <= limit, [0]]).astype(int))).reshape(-1, 2)
    runs: list[_Run] = []
    for start, stop in (edges + first + 1).tolist():
        if runs and start - runs[-1].stop <= _POP and _same(steps, runs[-1], _Run(start, stop)):
            runs[-1] = _Run(runs[-1].start, stop)
        else:
            runs.append(_Run(start, stop))
    refined = [_refined(steps, run, first) for run in runs]
    return sorted([*refined, *_long_frames(frames, first, last)], key=lambda run: run.start)


def _refined(steps: FrameSteps, run: _Run, first: int) -> _Run:
    """`run` with the steps before it in which the coder made its first frame better, after a clear stop."""
    for start in range(run.start - 1, max(first + 3, run.start - _REFINED) - 1, -1):
        level = float(np.median(steps.peak[max(first + 1, start - 8) : start]))
        stop, refining = float(steps.peak[start - 1]), steps.peak[start : run.start]
        falling = bool((np.diff(refining) <= 0.1 * refining[:-1]).all())
        if falling and level >= 2 * _MOVING and stop >= max(_ABRUPT * level, 2 * float(refining[0])):
            return _Run(start, run.stop)
    return run


def _same(steps: FrameSteps, one: _Run, other: _Run) -> bool:
    """Whether a pop of the coder, not a motion, lies between two runs that are much longer than it."""
    gap, lengths = other.start - one.stop, (one.stop - one.start, other.stop - other.start)
    if min(lengths) < _SHORTER * gap or max(lengths) < _LONGER * gap:
        return False
    before, after = (steps.cells[index].mean(axis=1) for index in (one.stop - 1, other.start - 1))
    before, after = before - before.mean(), after - after.mean()
    size = float(np.linalg.norm(before) * np.linalg.norm(after))
    return size < 1e-6 or float(before @ after) / size >= _SAME


def _long_frames(frames: FrameBatch, first: int, last: int) -> list[_Run]:
    """Frames before the last that last as long as a freeze, and much longer than most; they are runs without a step."""
    lasting = np.diff(frames.times)
    if len(lasting) < 2:
        return []
    usual = float(np.median(lasting))
    return [_Run(n + 1, n + 1) for n in range(first, last - 1) if lasting[n] >= max(_SHORTEST, 4 * usual) + usual]


def _is_long(frames: FrameBatch, run: _Run) -> bool:
    return _seconds(frames, run) >= _SHORTEST and (run.stop - run.start >= _FEWEST or run.start == run.stop)


def _seconds(frames: FrameBatch, run: _Run) -> float:
    start, end = _span(frames, run)
    return end - start


def _span(frames: FrameBatch, run: _Run) -> tuple[float, float]:
    end = float(frames.times[run.stop]) if run.stop < len(frames) else frames.end
    if run.start == run.stop:  # the first of the frames that were dropped
        return float(frames.times[run.start - 1]) + float(np.median(np.diff(frames.times))), end
    return float(frames.times[run.start]), end


def _standing(frames: FrameBatch, runs: Sequence[_Run]) -> NDArray[np.bool_]:
    """Which frames stand with the ones beside them long enough to be seen."""
    standing = np.zeros(len(frames), bool)
    for run in runs:
        if _seconds(frames, run) >= _SHORTEST / 2:
            standing[run.start : run.stop] = True
    return standing


def _judged(
    frames: FrameBatch, steps: FrameSteps, run: _Run, shot: tuple[int, int], standing: NDArray[np.bool_]
) -> float:
    """How surely `run` is a freeze, 0–1; 0 when it is none."""
    start, end = _span(frames, run)
    around = (frames.times >= start - _AROUND) & (frames.times < end + _AROUND)
    around[: shot[0] + 1] = around[shot[1] :] = around[run.start : run.stop] = False
    if not around.any() or standing[around].mean() > _IDLE:
        return 0.0
    sides = [
        _side(frames, steps, np.arange(run.start - 1, shot[0], -1)),
        _side(frames, steps, np.arange(run.stop, shot[1])),
    ]
    told = [side for side in sides if side is not None]
    if not told or not all(told):
        return 0.0
    share = min(side for side in told if side)
    if share >= _ALL_MOVES:
        return 0.9 if len(told) == 2 else 0.8
    return 0.6 if share >= _SOME_MOVES and len(told) == 2 else 0.0


def _side(frames: FrameBatch, steps: FrameSteps, outwards: NDArray[np.int64]) -> float | None:
    """The share of the picture that moves right beside a run, given the steps outwards from it.

    None where the shot ends or begins there; 0 where motion isn't abrupt.
    """
    if len(outwards) < 2:
        return None
    near = outwards[np.abs(frames.times[outwards] - frames.times[outwards[0]]) <= _BESIDE]
    peaks, shares = steps.peak[near], steps.share[near]
    moving = peaks > _STILL  # repeated frames of a rhythm left out
    if not moving.any():
        return 0.0
    if _only_light(steps.cells[near.min() - 1], steps.cells[near.max()]):
        return 0.0
    level = float(np.median(peaks[moving]))
    abrupt = float(peaks[:3].max()) >= _ABRUPT * level and bool((peaks[:3] > _STILL).any())
    return float(np.median(shares[moving])) if abrupt and level >= _MOVING else 0.0


def _only_light(one: Floats, other: Floats) -> bool:
    """Whether one moment is the other in another light, as in a fade, and nothing has moved."""
    before, after = one.ravel() - one.mean(), other.ravel() - other.mean()
    gain = float(before @ after) / max(float(before @ before), 1e-3)
    left = float(np.square(after - gain * before).sum())
    return left <= _LIGHT * float(np.square(other - one).sum())


def _out_of_rhythm(frames: FrameBatch, runs: Sequence[_Run], run: _Run) -> bool:
    """Whether `run` is much longer than the runs around it, so that it isn't one beat of slow motion or drawing."""
    start, end = _span(frames, run)
    others = [
        other.stop - other.start
        for other in runs
        if other is not run and start - 2.0 <= frames.times[other.start] <= end + 2.0
    ]
    if len(others) < 3 or run.start == run.stop:
        return True
    return run.stop - run.start >= _OUT_OF_RHYTHM * float(np.median(others))


def _freeze(frames: FrameBatch, run: _Run, score: float) -> Freeze:
    start, end = _span(frames, run)
    return Freeze(round(start, 4), round(end, 4), score)
