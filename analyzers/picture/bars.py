"""Where does the picture lie between bars of one colour, and how broad are they?

Bars lie on two opposite sides (or all four), in one colour that does not change, and meet the picture in a straight
line; captions may stand in them. Frames whose outermost lines are of one colour are pooled over half seconds: what ever
leaves the colour of the bars is picture, and its box is found where the share of picture along a line leaps from almost
none to most. So black in a dark scene is none: it ends raggedly. Pooling after FFmpeg's `cropdetect`. Extents are true
to one pixel of the view asked, times to one frame. Known limits: a bar on one side alone is none, nor is a fill by a
blurred copy of the picture, nor bars around a picture that is never brighter than they are.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analyzers.media import FrameBatch

#: Grey levels off the colour of a bar that coding reaches at low bitrates, and pictures leave at once.
_TOLERANCE = 16
#: Share of a side: narrower bars are the frayed edge of an old tape, not a format.
_NARROWEST = 0.02
#: Share of outermost pixels that may be of another colour: a speck, a corner logo.
_SPECKS = 0.03
#: Shares of a line's pixels: from the one on it is picture, up to the other it is bar.
_PICTURE, _BAR = 0.6, 0.15
#: Share of an end without bar that is picture at least.
_REACHES = 0.3
#: Share of a bar's pixels that captions cover at most.
_CAPTIONS = 0.35
#: Seconds over which frames are pooled, frames pooled of them, and seconds that bars last at least.
_POOL, _POOLED, _SHORTEST = 0.5, 6, 0.3

Lines = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Bars:
    """A stretch of video whose picture lies between bars."""

    #: Seconds, half-open.
    start: float
    end: float
    #: Shares 0–1 of the height (top, bottom) and width (left, right) that are bar; 0 where there is none.
    top: float
    bottom: float
    left: float
    right: float
    #: Their colour, sRGB 0–255.
    colour: tuple[int, int, int]
    #: How clearly bar and picture part, 0–1.
    score: float


@dataclass(frozen=True, slots=True)
class _Box:
    """The picture between bars, in pixels of the view; half-open."""

    top: int
    bottom: int
    left: int
    right: int
    score: float

    @property
    def edges(self) -> tuple[int, int, int, int]:
        return self.top, self.bottom, self.left, self.right

    @property
    def area(self) -> int:
        return (self.bottom - self.top) * (self.right - self.left)

    def near(self, other: "_Box") -> bool:
        """Whether it is the same one to a pixel."""
        return max(abs(a - b) for a, b in zip(self.edges, other.edges, strict=True)) <= 1


def find_bars(frames: FrameBatch) -> tuple[Bars, ...]:
    """The stretches of uint8 RGB `frames` with bars, in order of time; any view will do, larger ones are more exact."""
    if min(frames.pixels.shape[1:3]) < 16:
        return ()
    found: list[Bars] = []
    for start, stop, colour in _framed(frames.pixels):
        boxes = _boxes(frames, start, stop, colour)
        if boxes:
            found += _stretches(frames, start, _assigned(frames.pixels[start:stop], boxes, colour), boxes, colour)
    return tuple(found)


def _framed(pixels: NDArray[np.uint8]) -> Iterator[tuple[int, int, Lines]]:
    """First and last+1 frame of each run whose outermost lines, on two opposite sides, are of one colour; and that."""
    height, width = pixels.shape[1:3]
    rows, columns = max(2, round(_NARROWEST * height)), max(2, round(_NARROWEST * width))
    upright, upright_colour = _of_one_colour(pixels[:, :rows], pixels[:, -rows:])
    lying, lying_colour = _of_one_colour(pixels[:, :, :columns], pixels[:, :, -columns:])
    colours = np.where(upright[:, None], upright_colour, lying_colour)
    start: int | None = None
    for index, framed in enumerate(upright | lying):
        if start is not None and (not framed or np.abs(colours[index] - colours[start]).max() > _TOLERANCE):
            yield start, index, np.median(colours[start:index], axis=0)
            start = None
        if framed and start is None:
            start = index
    if start is not None:
        yield start, len(pixels), np.median(colours[start:], axis=0)


def _of_one_colour(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> tuple[NDArray[np.bool_], Lines]:
    """Per frame, whether two bands of it share one colour, and which."""
    both = np.concatenate([band.reshape(len(band), -1, 3) for band in (one, other)], axis=1)
    colour = np.median(both, axis=1)
    specks = (np.abs(both - colour[:, None].astype(np.int16)).max(axis=2) > _TOLERANCE).mean(axis=1)
    return specks <= _SPECKS, colour


def _boxes(frames: FrameBatch, start: int, stop: int, colour: Lines) -> list[_Box]:
    """The different boxes that pictures of frames `start` to `stop` have."""
    boxes: list[_Box] = []
    first = start
    while first < stop:
        last = min(stop, max(first + 1, int(np.searchsorted(frames.times, frames.times[first] + _POOL))))
        step = max(1, (last - first) // _POOLED)
        pooled = np.asarray(_off(frames.pixels[first:last:step], colour).any(axis=0))
        box = _box(pooled)
        if box is not None and not any(box.near(other) for other in boxes):
            boxes.append(box)
        first = last
    return boxes


def _off(pixels: NDArray[np.uint8], colour: Lines) -> NDArray[np.bool_]:
    """Which pixels have another colour than the bars."""
    return np.asarray((np.abs(pixels.astype(np.int16) - colour.astype(np.int16)) > _TOLERANCE).any(axis=-1))


def _box(picture: NDArray[np.bool_]) -> _Box | None:
    """The box of the pixels that are `picture`; None where it has no straight edges with bars beyond."""
    height, width = picture.shape
    top, bottom, left, right = 0, height, 0, width
    for full in (None, _PICTURE):  # at first the height and width of the box aren't known
        top, bottom = _edges(picture[:, left:right].mean(axis=1), full) or (0, height)
        left, right = _edges(picture[top:bottom].mean(axis=0), full) or (0, width)
    upright, lying = top > 0 and bottom < height, left > 0 and right < width
    if not (upright or lying):
        return None
    contrasts = []
    if upright:
        contrasts += _contrasts(picture[:, left:right].mean(axis=1), top, bottom)
    if lying:
        contrasts += _contrasts(picture[top:bottom].mean(axis=0), left, right)
    if not _reaches(picture[top:bottom, left:right], upright=upright, lying=lying):
        return None
    outside = picture.sum() - picture[top:bottom, left:right].sum()
    if outside > _CAPTIONS * (picture.size - (bottom - top) * (right - left)):
        return None
    return _Box(top, bottom, left, right, float(np.mean(contrasts)))


def _reaches(inside: NDArray[np.bool_], *, upright: bool, lying: bool) -> bool:
    """Whether the picture reaches the border where there is no bar: something before a backdrop does not."""
    ends = [] if upright else [inside[:3].any(axis=0), inside[-3:].any(axis=0)]
    ends += [] if lying else [inside[:, :3].any(axis=1), inside[:, -3:].any(axis=1)]
    return all(float(end.mean()) >= _REACHES for end in ends)


def _edges(shares: Lines, full: float | None) -> tuple[int, int] | None:
    """First and last+1 line of the picture, given the share of picture along each; None without bars on both sides."""
    threshold = _PICTURE * float(np.quantile(shares, 0.9)) if full is None else full
    if threshold < _BAR * 2:
        return None
    before, after = _edge(shares, threshold), _edge(shares[::-1], threshold)
    if before is None or after is None:
        return None
    return (before, len(shares) - after) if before + after < len(shares) else None


def _edge(shares: Lines, threshold: float) -> int | None:
    """Lines of bar before the picture; None where it does not begin with a leap."""
    narrowest = max(2, round(_NARROWEST * len(shares)))
    for line in np.flatnonzero(shares >= threshold):
        # The line between may hold some of both.
        if line >= narrowest and shares[max(0, line - 3) : line - 1].max(initial=0) <= _BAR:
            return int(line)
        if line < narrowest or shares[line - 1] < threshold:
            return None
    return None


def _contrasts(shares: Lines, first: int, last: int) -> list[float]:
    outer = (shares[max(0, first - 3) : first - 1], shares[last + 1 : last + 3])
    inner = (shares[first : first + 2], shares[last - 2 : last])
    return [float(a.mean() - (b.mean() if len(b) else 0.0)) for a, b in zip(inner, outer, strict=True)]


def _assigned(pixels: NDArray[np.uint8], boxes: list[_Box], colour: Lines) -> NDArray[np.int64]:
    """Per frame, the number of the smallest box that holds its picture; -1 for none."""
    assigned = np.full(len(pixels), -1)
    for number in sorted(range(len(boxes)), key=lambda each: -boxes[each].area):
        assigned[_fits(pixels, boxes[number], colour)] = number
    return assigned


def _fits(pixels: NDArray[np.uint8], box: _Box, colour: Lines) -> NDArray[np.bool_]:
    """In which frames the lines just outside `box` are bar."""
    top, bottom, left, right = box.edges
    height, width = pixels.shape[1:3]
    rings = (
        pixels[:, max(0, top - 3) : max(0, top - 1), left:right],
        pixels[:, bottom + 1 : bottom + 3, left:right] if bottom < height else pixels[:, :0],
        pixels[:, top:bottom, max(0, left - 3) : max(0, left - 1)],
        pixels[:, top:bottom, right + 1 : right + 3] if right < width else pixels[:, :0],
    )
    fits = np.ones(len(pixels), bool)
    for ring in rings:
        if ring.size:
            fits &= _off(ring, colour).mean(axis=(1, 2)) <= _BAR
    return fits


def _stretches(
    frames: FrameBatch, offset: int, assigned: NDArray[np.int64], boxes: list[_Box], colour: Lines
) -> list[Bars]:
    """Runs of frames with one box; short ones (a dark moment, bars that still slide) join a neighbour."""
    runs: list[list[int]] = []
    for index, number in enumerate(assigned.tolist()):
        if runs and runs[-1][2] == number:
            runs[-1][1] = index + 1
        else:
            runs.append([index, index + 1, number])
    ends = np.append(frames.times[1:], frames.end)
    while len(runs) > 1:
        lengths = [float(ends[offset + stop - 1] - frames.times[offset + start]) for start, stop, _ in runs]
        shortest = int(np.argmin(lengths))
        if lengths[shortest] >= _SHORTEST:
            break
        beside = [each for each in (shortest - 1, shortest + 1) if 0 <= each < len(runs)]
        runs[shortest][2] = runs[max(beside, key=lambda each: lengths[each])][2]
        runs = _merged(runs)
    made = [_bars(frames, offset, run, boxes[run[2]], colour) for run in runs if run[2] >= 0]
    whole = (float(frames.times[0]), frames.end)
    return [bars for bars in made if bars.end - bars.start >= _SHORTEST or (bars.start, bars.end) == whole]


def _merged(runs: list[list[int]]) -> list[list[int]]:
    merged: list[list[int]] = []
    for start, stop, number in runs:
        if merged and merged[-1][2] == number:
            merged[-1][1] = stop
        else:
            merged.append([start, stop, number])
    return merged


def _bars(frames: FrameBatch, offset: int, run: list[int], box: _Box, colour: Lines) -> Bars:
    height, width = frames.pixels.shape[1:3]
    stop = offset + run[1]
    red, green, blue = (round(float(level)) for level in colour)
    return Bars(
        start=float(frames.times[offset + run[0]]),
        end=float(frames.times[stop]) if stop < len(frames) else frames.end,
        top=round(box.top / height, 4),
        bottom=round(1 - box.bottom / height, 4),
        left=round(box.left / width, 4),
        right=round(1 - box.right / width, 4),
        colour=(red, green, blue),
        score=round(min(1.0, max(0.0, box.score)), 3),
    )
