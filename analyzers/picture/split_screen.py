"""Is the screen split between pictures that have nothing to do with each other?

Two side by side, two above each other, or four. A seam is a straight line near the middle, from end to end, at which
the picture leaps in frame after frame, though both sides move as a whole, each in its own way (their motion, by
gradients after Lucas & Kanade, 1981, has little in common). The edge of a thing leaps as long only where the camera
rests, and then neither side moves as a whole; where the camera moves, both sides move together and the edge with them.
Beginning and end are those of the stretches between sudden changes of the picture. Known limits: seams elsewhere
than in the middle, slanted ones, a half that stands still or is filmed from a tripod, sides of the same
colours, and splits that slide in or out, which are true to half a second only.
"""

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import median_filter

from analyzers.media import FrameBatch
from analyzers.picture.frame_steps import FrameSteps

#: Shares of the side between which the seam lies.
_MIDDLE = (0.465, 0.535)
#: Pixels across which pixels are compared: the line between may be blended, or drawn.
_ACROSS = 3
#: Seconds of a piece that is judged as one, at least and at most; that a split lasts; and frames looked at of a piece.
_SHORTEST, _LONGEST, _LASTS, _LOOKS = 0.5, 3.0, 1.0, 60
#: Seconds between two stretches of one split, cut by a sudden change on one side.
_GAP = 0.1
#: Grey levels, and times the usual step, from which a change is sudden; frames that are usual.
_SUDDEN, _TIMES, _USUAL = 3.0, 2.0, 17
#: How much larger the leap at a seam is than beside it, in all frames together and in most of them, and those frames.
_LEAP, _EACH, _MOST = 1.2, 1.05, 0.75
#: Grey levels that noise adds to any leap.
_NOISE = 1.0
#: Grey levels of standard deviation over time from which a pixel changes, and share of the pixels along a line that do.
_CHANGES, _LIVELY = 4.0, 0.6
#: Share of the screen on each side whose motion is measured, and how much smaller it is then.
_STRIP, _SMALLER = 0.35, 3
#: Grey levels of detail, and pixels per step, of a side whose motion can be told.
_DETAIL, _MOVES = 3.0, 0.08
#: Correlation of pixels across the seam, and of the motions of both sides, at most; and how much these differ, as a
#: share of the larger one, at least.
_STRANGERS, _DIFFER = 0.6, 0.6

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Split:
    """A stretch with a split screen."""

    #: Seconds, half-open.
    start: float
    end: float
    #: How many pictures lie side by side and above each other: 2 and 1, 1 and 2, or 2 and 2.
    columns: int
    rows: int
    #: How little both sides have to do with each other, 0–1.
    score: float


@dataclass(frozen=True, slots=True)
class _Piece:
    """Frames `first` to `last` with the scores of an upright and a lying seam; 0 for none."""

    first: int
    last: int
    upright: float
    lying: float


def find_splits(frames: FrameBatch, steps: FrameSteps) -> tuple[Split, ...]:
    """The stretches of RGB `frames` with a split screen, in order of time."""
    if min(frames.pixels.shape[1:3]) < 32 or len(frames) < 8:
        return ()
    found: list[Split] = []
    for first, last in _pieces(frames, steps):
        piece = _judged(frames, first, last)
        if not (piece.upright or piece.lying):
            continue
        start = round(float(frames.times[first]), 4)
        end = round(float(frames.times[last]) if last < len(frames) else frames.end, 4)
        score = round(min(each for each in (piece.upright, piece.lying) if each), 3)
        split = Split(start, end, 2 if piece.upright else 1, 2 if piece.lying else 1, score)
        before = found[-1] if found else None
        if before and split.start - before.end <= _GAP and (before.columns, before.rows) == (split.columns, split.rows):
            found[-1] = Split(before.start, end, split.columns, split.rows, min(before.score, score))
        else:
            found.append(split)
    return tuple(split for split in found if split.end - split.start >= _LASTS)


def _pieces(frames: FrameBatch, steps: FrameSteps) -> list[tuple[int, int]]:
    """First and last+1 frame of what lies between sudden changes; long pieces are divided, short ones left out."""
    usual = median_filter(steps.mean, size=_USUAL, mode="nearest")
    sudden = np.flatnonzero(steps.mean >= np.maximum(_SUDDEN, _TIMES * usual)).tolist()
    pieces: list[tuple[int, int]] = []
    for first, last in pairwise(sorted({0, *sudden, len(frames)})):
        end = float(frames.times[last]) if last < len(frames) else frames.end
        seconds = end - float(frames.times[first])
        if seconds >= _SHORTEST and last - first >= 6:
            parts = min(max(1, int(seconds / _LONGEST)), (last - first) // 6)
            pieces += pairwise(np.linspace(first, last, parts + 1).round().astype(int).tolist())
    return pieces


def _judged(frames: FrameBatch, first: int, last: int) -> _Piece:
    picked = frames.pixels[first : last : max(1, (last - first) // _LOOKS)].astype(np.float32)
    return _Piece(first, last, _seam(picked), _seam(picked.transpose(0, 2, 1, 3)))


def _seam(pixels: Floats) -> float:
    """How clearly (n, h, w, 3) pixels are parted by an upright seam in the middle, 0–1; 0 without a seam."""
    width = pixels.shape[2]
    first, last = (round(share * width) for share in _MIDDLE)
    # Every other pixel along the line will do.
    around = pixels[:, ::2, first - 3 * _ACROSS : last + 4 * _ACROSS]
    leaps = np.abs(around[:, :, _ACROSS:] - around[:, :, :-_ACROSS]).mean(axis=3)
    total = np.median(leaps.mean(axis=0), axis=0) + _NOISE
    grey, best = pixels[:, ::2].mean(axis=3), 0.0
    for place in range(3 * _ACROSS, 3 * _ACROSS + last - first - _ACROSS):
        usual = max(float(np.median(total[side])) for side in _beside(place))
        clear = float(total[place]) / usual
        if clear >= max(_LEAP, 1 + best) and _stays(leaps, place) and _parts(grey, place + first - 3 * _ACROSS):
            best = clear - 1
    return min(1.0, 0.5 + best / 4) if best else 0.0


def _beside(place: int) -> tuple[slice, slice]:
    """Lines close to the one at `place`, on either side, that don't cross it."""
    return slice(place - 3 * _ACROSS, place - _ACROSS), slice(place + _ACROSS + 1, place + 3 * _ACROSS + 1)


def _stays(leaps: Floats, place: int) -> bool:
    """Whether the line at `place` is there in most frames."""
    each = np.median(leaps[:, :, place], axis=1) + _NOISE
    usual = np.max([np.median(leaps[:, :, side], axis=(1, 2)) + _NOISE for side in _beside(place)], axis=0)
    return float((each >= _EACH * usual).mean()) >= _MOST


def _parts(grey: Floats, place: int) -> bool:
    """Whether the line at `place` parts what moves by itself on each side."""
    near = [pixels - pixels.mean(axis=0) for pixels in (grey[:, :, place], grey[:, :, place + _ACROSS])]
    spread = np.sqrt([np.square(pixels).mean(axis=0) for pixels in near])
    lively = spread.min(axis=0) >= _CHANGES
    if float(lively.mean()) < _LIVELY:
        return False
    if float(np.median((near[0] * near[1]).mean(axis=0)[lively] / spread.prod(axis=0)[lively])) > _STRANGERS:
        return False
    broad = round(_STRIP * grey.shape[2])
    sides = (grey[:, :, max(0, place - broad) : place], grey[:, :, place + _ACROSS + 1 : place + _ACROSS + 1 + broad])
    one, other = (_motion(side) for side in sides)
    if one is None or other is None:
        return False
    sizes = [float(np.sqrt(np.square(motion).sum(axis=1).mean())) for motion in (one, other, one - other)]
    if min(sizes[:2]) < _MOVES or sizes[2] < _DIFFER * max(sizes[:2]):
        return False
    together = float((one * other).sum()) / float(np.linalg.norm(one) * np.linalg.norm(other))
    return together <= _STRANGERS


def _motion(side: Floats) -> NDArray[np.float64] | None:
    """(steps, 2): pixels that a side moves right and down in each step; None without detail."""
    size = (max(3, side.shape[2] // _SMALLER), max(3, side.shape[1] // _SMALLER))
    small = np.stack([cv2.resize(np.ascontiguousarray(each), size, interpolation=cv2.INTER_AREA) for each in side])
    middle = (small[1:] + small[:-1]) / 2
    right = (middle[:, 1:-1, 2:] - middle[:, 1:-1, :-2]) / 2
    down = (middle[:, 2:, 1:-1] - middle[:, :-2, 1:-1]) / 2
    later = (small[1:] - small[:-1])[:, 1:-1, 1:-1]
    if min(float(np.sqrt(np.square(each).mean())) for each in (right, down)) < _DETAIL:
        return None
    rr, dd, rd = ((a * b).mean(axis=(1, 2)) for a, b in ((right, right), (down, down), (right, down)))
    rl, dl = ((a * later).mean(axis=(1, 2)) for a in (right, down))
    area = np.maximum(rr * dd - rd * rd, 1e-3)
    motion = np.stack([rd * dl - dd * rl, rd * rl - rr * dl], axis=1) / area[:, None]
    return np.asarray(np.clip(motion, -2, 2) * _SMALLER, dtype=np.float64)
