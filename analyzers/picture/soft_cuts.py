"""Where does one picture gradually become another, or come out of black or go into it?

A dissolve is a straight line between two pictures: every frame is a·A + (1−a)·B with a falling evenly from 1 to 0. So
halfway the thumbnail is the mean of both ends, and the contrast of most cells is half of theirs, since unrelated
details average out; motion of the camera or of things keeps its contrast. Windows of all usual lengths are tested for
both, and the line is then fitted to the best ones. A fade is the same line with black for one of its ends. Model:
Hampapur, Jain & Weymouth, "Production model based digital video segmentation" (1995); contrast: Lienhart, "Comparison
of automatic shot boundary detection algorithms" (1999).
"""

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from analyzers.media import FrameBatch
from analyzers.picture.hard_cuts import NEW_PICTURE
from analyzers.picture.likeness import DETAIL, Floats, Thumbnails, unexplained

Kind = Literal["dissolve", "fade_in", "fade_out"]
Indices = NDArray[np.int64]

#: Seconds: nothing gradual is shorter (but in slow frame rates, `_FEWEST` steps) or longer.
_SHORTEST, _LONGEST = 0.13, 4.5
_FEWEST = 3
#: Ratio between one window length and the next; the fitted line gives the exact extent.
_LENGTHEN = 1.35
#: Mean grey levels from which the two ends are different pictures.
_APART = 4.0
#: Where the frame halfway lies on the way from one end to the other: near the middle.
_HALFWAY = (0.25, 0.75)
#: Its distance from the line as a share of the line's length: two moving pictures blended stay below; a camera that
#: moved on to another place shows a third picture, at 0.87.
_OFF_LINE = 0.6
#: The same for transitions under half a second: in so little time only a whip pan gets further off, 0.45 and more.
_OFF_LINE_SHORT, _SHORT = 0.42, 0.5
#: Contrast halfway over the mean contrast of the ends: 0.5 for a blend, 1 for motion. Halfway between them.
_DIP = 0.75
#: Share of the cells with details whose contrast must dip; captions over the blend keep theirs.
_DIPPING = 0.65
#: Correlation of the blend's share with time: even, not a flicker.
_EVEN = 0.9
#: Mean and highest grey level of a thumbnail that counts as black.
_BLACK_MEAN, _BLACK_PEAK = 14.0, 40.0
#: Seconds between two dissolves that are one, through a plain colour.
_GAP = 0.1
#: Centres tested at once, to bound memory.
_CHUNK = 2048


@dataclass(frozen=True, slots=True)
class SoftCut:
    """A gradual transition."""

    kind: Kind
    #: Seconds: from the last frame of pure old picture (or black) to the first of pure new one.
    start: float
    end: float
    #: Fit 0–1 of the straight line.
    score: float


@dataclass(frozen=True, slots=True)
class _Window:
    """A stretch of frames that may be a transition."""

    start: int
    stop: int
    quality: float


@dataclass(frozen=True, slots=True)
class _Line:
    """A straight line from one thumbnail to another, fitted to the frames between."""

    kind: Kind
    #: Indices of the frames taken as its ends.
    between: tuple[int, int]
    #: Seconds at which the line meets its ends.
    start: float
    end: float
    #: Distance from the line as a share of its length.
    off: float
    #: Correlation of the share with time.
    evenness: float


def find_soft_cuts(frames: FrameBatch, thumbs: Thumbnails, hard: tuple[int, ...]) -> tuple[SoftCut, ...]:
    """The dissolves and fades of `frames` (RGB) with thumbnails `thumbs`, between the hard cuts at indices `hard`."""
    found = []
    for first, stop in pairwise((0, *hard, len(frames))):
        shot = (first, stop - 1)
        taken: list[SoftCut] = []
        for window in _windows(frames.times, thumbs, shot):
            soft = _soft_cut(frames, thumbs, shot, window)
            if soft is not None and all(soft.end <= other.start or other.end <= soft.start for other in taken):
                taken.append(soft)
        found += taken
    return _joined(sorted(found, key=lambda soft: soft.start))


def _windows(times: NDArray[np.float64], thumbs: Thumbnails, shot: tuple[int, int]) -> list[_Window]:
    """Windows within frames `shot` whose middle is a blend of their ends, best first, without those that overlap."""
    first, last = shot
    if last - first < _FEWEST + 1:
        return []
    period = float(np.median(np.diff(times)))
    found: list[_Window] = []
    seconds = _SHORTEST
    half = 0
    while seconds <= _LONGEST and 2 * half <= last - first:
        longer = max(round(seconds / period / 2), 2)
        if longer > half:
            half = longer
            centres = np.arange(first + half, last - half + 1, max(1, half // 4))
            for start in range(0, len(centres), _CHUNK):
                found += _blends(thumbs, centres[start : start + _CHUNK], half)
        seconds *= _LENGTHEN
    return _best(found)


def _blends(thumbs: Thumbnails, centres: Indices, half: int) -> list[_Window]:
    """Which windows of 2 · `half` frames around `centres` look like a blend."""
    centres = centres[_apart(thumbs, centres, half) >= _APART]
    share, off = _midway(thumbs, centres, half, 0)
    centres = centres[(share > _HALFWAY[0]) & (share < _HALFWAY[1]) & (off <= _OFF_LINE)]
    centres = centres[_dipping(thumbs.contrasts, centres, half) >= _DIPPING]
    _, off = _midway(thumbs, centres, half, 0)
    quality = _apart(thumbs, centres, half) * (1 - off) * _evenness(thumbs, centres, half)
    return [
        _Window(centre - half, centre + half, good)
        for centre, good in zip(centres.tolist(), quality.tolist(), strict=True)
        if good > 0
    ]


def _apart(thumbs: Thumbnails, centres: Indices, half: int) -> Floats:
    """Mean grey levels between both ends of each window."""
    apart: Floats = np.abs(thumbs.colours[centres + half] - thumbs.colours[centres - half]).mean(axis=(1, 2))
    return apart


def _evenness(thumbs: Thumbnails, centres: Indices, half: int) -> Floats:
    """1 where the blend goes as far before the middle as after it and at an even rate, down to 0."""
    aside = half // 2
    early, _ = _midway(thumbs, centres, half, -aside)
    late, _ = _midway(thumbs, centres, half, aside)
    expected = aside / half / 2
    uneven = np.maximum(np.abs(early - 0.5 + expected), np.abs(late - 0.5 - expected))
    even: Floats = np.clip(1 - 3 * uneven, 0, 1)
    return even


def _midway(thumbs: Thumbnails, centres: Indices, half: int, aside: int) -> tuple[Floats, Floats]:
    """`_on_line` for the frame `aside` frames from the middle of each window."""
    old, new, here = (thumbs.colours[centres + offset] for offset in (-half, half, aside))
    return _on_line(here, old, new)


def _on_line(here: Floats, old: Floats, new: Floats) -> tuple[Floats, Floats]:
    """How far along the way from `old` to `new` each thumbnail is (0–1), and how far off, as a share of its length."""
    way, rest = new - old, here - old
    length = np.maximum(np.einsum("ijk,ijk->i", way, way), 1e-6)
    share = np.einsum("ijk,ijk->i", rest, way) / length
    beside = rest - share[:, None, None] * way
    return share, np.sqrt(np.einsum("ijk,ijk->i", beside, beside) / length)


def _dipping(contrasts: Floats, centres: Indices, half: int) -> Floats:
    """The share of cells with details whose contrast dips halfway; 1 where nothing has details."""
    ends = (contrasts[centres - half] + contrasts[centres + half]) / 2
    detailed = ends >= DETAIL
    dips = (contrasts[centres] < _DIP * ends) & detailed
    count = detailed.sum(axis=1)
    share: Floats = np.where(count >= 0.1 * ends.shape[1], dips.sum(axis=1) / np.maximum(count, 1), 1.0)
    return share


def _best(windows: list[_Window]) -> list[_Window]:
    """The best windows, none overlapping a better one by more than half of its own length."""
    kept: list[_Window] = []
    for window in sorted(windows, key=lambda each: -each.quality):
        common = (min(window.stop, other.stop) - max(window.start, other.start) for other in kept)
        if all(2 * shared <= window.stop - window.start for shared in common):
            kept.append(window)
    return kept


def _soft_cut(frames: FrameBatch, thumbs: Thumbnails, shot: tuple[int, int], window: _Window) -> SoftCut | None:
    """The transition in `window`, inside the shot of frames `shot`; None if it is none."""
    # The second time between the ends that the first line tells, so that motion beyond is left out.
    line = _fitted(frames.times, thumbs.colours, shot, window.start, window.stop)
    if line is not None:
        start = int(np.searchsorted(frames.times, line.start, side="right")) - 1
        line = _fitted(frames.times, thumbs.colours, shot, start, int(np.searchsorted(frames.times, line.end)))
    return None if line is None else _judged(frames, shot, line)


def _judged(frames: FrameBatch, shot: tuple[int, int], line: _Line) -> SoftCut | None:
    """`line` as a transition; None where it is not straight, or leads nowhere new."""
    straight = line.off <= (_OFF_LINE_SHORT if line.end - line.start < _SHORT else _OFF_LINE)
    if not straight or line.evenness < _EVEN:
        return None
    if line.kind == "dissolve" and not _other_picture(frames, shot, *line.between):
        return None
    period = float(np.median(np.diff(frames.times)))
    begin = max(line.start, float(frames.times[shot[0]]))
    end = min(max(line.end, begin + period), float(frames.times[shot[1]]) + period)
    return SoftCut(line.kind, begin, end, round((1 - line.off) * line.evenness, 3))


def _ends(old: Floats, new: Floats) -> tuple[Kind, Floats, Floats]:
    """What kind of transition leads from one thumbnail to the other, and its two ends."""
    if _is_black(new) and not _is_black(old):
        return "fade_out", old, np.zeros_like(new)
    if _is_black(old) and not _is_black(new):
        return "fade_in", np.zeros_like(old), new
    return "dissolve", old, new


def _is_black(thumb: Floats) -> bool:
    return bool(thumb.mean() <= _BLACK_MEAN and thumb.max() <= _BLACK_PEAK)


def _fitted(times: NDArray[np.float64], colours: Floats, shot: tuple[int, int], start: int, stop: int) -> _Line | None:
    """The line that frames `start` to `stop` and a little around follow; None if they don't get from end to end."""
    margin = max(1, (stop - start) // 10)
    start, stop = max(shot[0], start - margin), min(shot[1], stop + margin)
    kind, old, new = _ends(colours[start], colours[stop])
    share, off = _on_line(colours[start : stop + 1], old[None], new[None])
    middle = (share > 0.1) & (share < 0.9)
    if middle.sum() < 2:
        return None
    when, share = times[start : stop + 1][middle], share[middle]
    rate, at_zero = np.polyfit(when, share, 1)
    if rate <= 0:
        return None
    even = 1.0 if len(when) == 2 else float(np.corrcoef(when, share)[0, 1])
    off_line = float(np.median(off[middle]))
    return _Line(kind, (start, stop), float(-at_zero / rate), float((1 - at_zero) / rate), off_line, even)


def _other_picture(frames: FrameBatch, shot: tuple[int, int], start: int, stop: int) -> bool:
    """Whether the picture after is another one than before, however moved or lit, and not one that comes back."""
    margin = max(1, round(0.2 / float(np.median(np.diff(frames.times)))))
    before, after = max(shot[0], start - margin), min(shot[1], stop + margin)
    pairs = ((start, stop), (before, stop), (start, after), (before, after))
    return all(unexplained(frames.pixels[a], frames.pixels[b]) >= NEW_PICTURE for a, b in pairs)


def _joined(found: list[SoftCut]) -> tuple[SoftCut, ...]:
    """Dissolves that follow each other without a picture between (a dip to white) become one."""
    joined: list[SoftCut] = []
    for soft in found:
        last = joined[-1] if joined else None
        if last and last.kind == soft.kind == "dissolve" and soft.start - last.end <= _GAP:
            joined[-1] = replace(last, end=soft.end, score=min(last.score, soft.score))
        else:
            joined.append(soft)
    return tuple(joined)
