"""Where does the material run slower or faster than the rest of its shot?

Two honest signs. A rhythm (`cadence`): within a shot, frames begin to be repeated or blended regularly, and what moves
covers less ground per second by as much. (Where it covers as much as before, it is not slower but drawn or filmed with
fewer pictures: animation on twos, film in a file of more frames.) Or a leap: the motion of the whole picture, steady
before and after, changes by half or more from one frame to the next. A gradual change of rhythm, or a stretch that a
leap makes faster, is a ramp. The shot's own speed is the one it returns to, else the one it has longest. Known limits:
a shot that is slow as a whole, slow motion filmed as such, and speeds that change smoothly at a constant rhythm look
like real motion and are not told; a leap shows only where the whole picture moves steadily, as from a gliding camera;
blended frames are found in well coded clips only, repeated ones wherever the coder left them alike.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from analyzers.media import FrameBatch
from analyzers.picture.cadence import Rhythm, rhythms
from analyzers.picture.frame_steps import FrameSteps

#: Clarity from which a rhythm is believed, of repeated and of blended frames (B-frames of few bits look blended: 0.4).
_REPEATED, _BLENDED = 0.5, 0.45
#: Times slower or faster at least: by rhythm, and by a leap, which hands and legs make of a third, too.
_SLOWER, _LEAP = 1.3, 1.5
#: Seconds on each side of a change that are compared, and steps at least.
_BESIDE, _STEPS = 0.4, 8
#: Share of a leap's logarithm that speeds on either side may be off their median.
_STEADY = 0.3
#: Frame widths per second, and share of the picture, that must move on both sides of a leap.
_MOVES, _WHOLE = 0.04, 0.5
#: A leap beyond is a start or a stop.
_START = 8.0
#: Frames between two rhythms that still follow each other.
_GAP = 2


@dataclass(frozen=True, slots=True)
class SpeedChange:
    """A stretch at another speed than the rest of its shot."""

    #: Seconds: its first frame, and the first one after it.
    start: float
    end: float
    kind: Literal["slow_motion", "speed_ramp"]
    #: Times the speed of the rest: 0.5 is half as fast. The slowest for a gradual ramp.
    factor: float
    #: 0–1.
    score: float


def find_speed_changes(frames: FrameBatch, steps: FrameSteps, shots: Sequence[int]) -> tuple[SpeedChange, ...]:
    """The changes within the shots that begin at frames `shots` (sorted, the first is 0), in order of time."""
    found: list[SpeedChange] = []
    for first, last in pairwise([*shots, len(frames)]):
        told = rhythms(steps, first, last)
        by_rhythm = list(_slowed(frames, steps, told))
        found += by_rhythm or _leaps(frames, steps, told, (first, last))
    return tuple(sorted(found, key=lambda change: change.start))


def _slowed(frames: FrameBatch, steps: FrameSteps, told: Sequence[Rhythm]) -> Iterator[SpeedChange]:
    """Stretches that one rhythm, or a row of them, makes slower than their neighbours."""
    slow = [_is_slower(frames, steps, told, index) for index in range(len(told))]
    own = min((each.period for each in told), default=1.0)
    index = 0
    while index < len(told):
        stop = index
        while stop < len(told) and slow[stop] and (stop == index or _follow(told[stop - 1], told[stop])):
            stop += 1
        if stop > index:
            row = told[index:stop]
            varied = len(row) > 1 and max(each.period for each in row) >= _SLOWER * min(each.period for each in row)
            yield SpeedChange(
                round(float(frames.times[row[0].first]), 4),
                round(_time(frames, row[-1].last), 4),
                "speed_ramp" if varied else "slow_motion",
                round(own / max(each.period for each in row), 3),
                round(min(each.clarity for each in row), 3),
            )
        index = max(stop, index + 1)


def _is_slower(frames: FrameBatch, steps: FrameSteps, told: Sequence[Rhythm], index: int) -> bool:
    """Whether a rhythm is slower than the one before or after it: fewer new frames, and less ground per second."""
    rhythm = told[index]
    if rhythm.clarity < (_REPEATED if rhythm.repeats else _BLENDED):
        return False
    for beside in (index - 1, index + 1):
        if not 0 <= beside < len(told):
            continue
        other = told[beside]
        factor = rhythm.period / other.period
        if factor < _SLOWER or not _follow(*sorted((rhythm, other), key=lambda each: each.first)):
            continue
        seconds = max(_BESIDE, 3 * rhythm.period * _period(frames))
        covered = _speed(frames, steps, rhythm, seconds, at_start=beside < index)
        if covered < _speed(frames, steps, other, seconds, at_start=beside > index) / factor**0.5:
            return True
    return False


def _follow(one: Rhythm, other: Rhythm) -> bool:
    return other.first - one.last <= _GAP


def _period(frames: FrameBatch) -> float:
    return float(np.median(np.diff(frames.times))) if len(frames) > 1 else 1.0


def _time(frames: FrameBatch, index: int) -> float:
    return float(frames.times[index]) if index < len(frames) else frames.end


def _speed(frames: FrameBatch, steps: FrameSteps, rhythm: Rhythm, seconds: float, *, at_start: bool) -> float:
    """Frame widths per second at the start or the end of a rhythm, over whole beats."""
    beats = [*rhythm.beats, rhythm.last]
    count = max(3, round(seconds / (_period(frames) * rhythm.period)))
    beats = beats[: count + 1] if at_start else beats[-count - 1 :]
    first, last = beats[0] + 1, beats[-1]
    # The step to a new frame belongs to the beat before it, whose last step is the one to the next beat.
    far = float(steps.speed[first : last + 1].sum())
    return far / max(_time(frames, last) - _time(frames, beats[0]), 1e-6)


def _leaps(
    frames: FrameBatch, steps: FrameSteps, told: Sequence[Rhythm], shot: tuple[int, int]
) -> Iterator[SpeedChange]:
    """Stretches at another steady speed, where one rhythm goes through the whole shot."""
    if len(told) != 1 or told[0].last - told[0].first < shot[1] - shot[0] - _STEPS:
        return
    beats = np.array([beat for beat in told[0].beats if beat > shot[0]])
    if len(beats) < 2 * _STEPS:
        return
    seconds = frames.times[beats] - frames.times[np.concatenate([[shot[0]], beats[:-1]])]
    speed = np.maximum(steps.speed[beats] / seconds, 1e-6)
    leaps = _leap_places(speed, steps.share[beats], max(_STEPS, round(_BESIDE / float(np.median(seconds)))))
    if not leaps:
        return
    edges = [0, *(place for place, _ in leaps), len(beats)]
    levels = [float(np.median(speed[a:b])) for a, b in pairwise(edges)]
    own = _own(levels, [b - a for a, b in pairwise(edges)])
    shown = np.concatenate([[shot[0]], beats])  # the first frame of every step
    for number, (a, b) in enumerate(pairwise(edges)):
        factor = levels[number] / own
        if max(factor, 1 / factor) < _LEAP:
            continue
        start, end = float(frames.times[shown[a]]), _time(frames, int(shown[b]) if b < len(beats) else shot[1])
        score = min(certain for place, certain in leaps if place in (a, b))
        kind: Literal["slow_motion", "speed_ramp"] = "slow_motion" if factor < 1 else "speed_ramp"
        yield SpeedChange(round(start, 4), round(end, 4), kind, round(factor, 3), round(score, 3))


def _own(levels: Sequence[float], lengths: Sequence[int]) -> float:
    """The shot's own speed: that which it returns to, else the one it has longest."""
    if len(levels) > 2 and max(levels[0], levels[-1]) < _LEAP * min(levels[0], levels[-1]):
        return float((levels[0] * levels[-1]) ** 0.5)
    return levels[int(np.argmax(lengths))]


def _leap_places(speed: NDArray[np.float64], share: NDArray[np.float32], size: int) -> list[tuple[int, float]]:
    """The first step of each new speed, and how certain it is, 0–1."""
    logs = np.log(speed)
    found: list[tuple[int, float]] = []
    for place in range(size, len(logs) - size + 1):
        before, after = logs[place - size : place], logs[place : place + size]
        levels = float(np.median(before)), float(np.median(after))
        leap = abs(levels[1] - levels[0])
        if not np.log(_LEAP) <= leap <= np.log(_START) or min(levels) < np.log(_MOVES):
            continue
        if min(np.median(share[place - size : place]), np.median(share[place : place + size])) < _WHOLE:
            continue
        off = float(max(np.abs(before - levels[0]).max(), np.abs(after - levels[1]).max()))
        if off > _STEADY * leap:
            continue
        certain = 1 - off / leap
        if found and place - found[-1][0] < size:
            found[-1] = max(found[-1], (place, certain), key=lambda each: each[1])
        else:
            found.append((place, certain))
    return found
