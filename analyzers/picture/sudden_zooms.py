"""Where does the picture suddenly jump closer or back?

A punch zoom: from one frame to the next, or within a third of a second, the same picture is there enlarged or shrunk
about its middle, while beside that it moves much less. The frames before and after are compared at several
enlargements, as `likeness` compares shots, by the correlation of their details. Known limits: a punch of less than 6 %
or more than double, one that is not about the middle third, and one in the midst of fast motion are not found.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import median_filter

from analyzers.media import FrameBatch
from analyzers.picture.frame_steps import Floats, FrameSteps

#: Seconds that the jump takes at most.
_LONGEST = 0.34
#: Grey levels, and times the usual step, from which a step is a jump; frames that are usual.
_JUMP, _TIMES, _USUAL = 3.0, 1.8, 15
#: Enlargements tried, and pixels of the shorter side on which they are.
_ZOOMS = np.geomspace(1.06, 2.0, 18)
_SIDE = 64
#: Where the middle of the zoom may lie off the middle, as shares of the side.
_OFF_MIDDLE = tuple((x, y) for x in (-0.12, 0.0, 0.12) for y in (-0.12, 0.0, 0.12) if x or y)
#: Correlation about the middle from which other centres are tried, too, and how near in the logarithm of the zoom.
_HINT, _NEAR = 0.3, 0.15
#: Correlation of the details from which it is the same picture, and how much more it is than without a zoom.
_SAME, _MORE = 0.65, 0.15
#: Pixels over which a mean is taken away to leave the details.
_COARSE = 9
#: Jumps looked at in one video at most, the strongest ones.
_LOOKED_AT = 40


@dataclass(frozen=True, slots=True)
class SuddenZoom:
    """A jump of the picture's scale."""

    #: Seconds: the first frame that is closer, and the first at the new scale; equal for a jump from frame to frame.
    start: float
    end: float
    #: Times larger after it; less than 1 for a jump back.
    factor: float
    #: Correlation of both pictures, 0–1.
    score: float


def find_sudden_zooms(frames: FrameBatch, steps: FrameSteps) -> tuple[SuddenZoom, ...]:
    """The sudden zooms of RGB `frames`, in order of time."""
    if len(frames) < 4 or min(frames.pixels.shape[1:3]) < 32:
        return ()
    found = []
    for jump in sorted(_jumps(frames, steps)):
        strongest = jump[0] + int(np.argmax(steps.mean[jump[0] : jump[1] + 1]))
        # A jump from frame to frame may lie in a hasty movement of the hand.
        for first, last in dict.fromkeys([jump, (strongest, strongest)]):
            zoom = _zoom(_details(frames.pixels[first - 1]), _details(frames.pixels[last]))
            if zoom is None:
                continue
            start, end = round(float(frames.times[first]), 4), round(float(frames.times[last]), 4)
            found.append(SuddenZoom(start, end, round(zoom[0], 3), round(zoom[1], 3)))
            break
    return tuple(found)


def _jumps(frames: FrameBatch, steps: FrameSteps) -> Sequence[tuple[int, int]]:
    """First and last frame of steps that stand out, short as they are."""
    usual = median_filter(steps.mean, size=_USUAL, mode="nearest")
    out = steps.mean >= np.maximum(_JUMP, _TIMES * usual)
    runs = np.flatnonzero(np.diff(np.concatenate([[0], out, [0]]).astype(int))).reshape(-1, 2)
    jumps = [
        (first, stop - 1)
        for first, stop in runs.tolist()
        if first > 0 and frames.times[stop - 1] - frames.times[first - 1] <= _LONGEST
    ]
    return sorted(jumps, key=lambda jump: -float(steps.mean[jump[0] : jump[1] + 1].sum()))[:_LOOKED_AT]


def _details(picture: NDArray[np.uint8]) -> Floats:
    """What `picture` has, small and grey, beside its large light and dark areas."""
    height, width = picture.shape[:2]
    scale = _SIDE / min(height, width)
    size = (round(width * scale), round(height * scale))
    grey = cv2.cvtColor(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY).astype(np.float32)
    return np.asarray(grey - cv2.blur(grey, (_COARSE, _COARSE)), np.float32)


def _zoom(before: Floats, after: Floats) -> tuple[float, float] | None:
    """The enlargement between two pictures, and how alike they are then; None where there is no such."""
    closer, back = _best(before, after), _best(after, before)
    factor, alike = closer if closer[1] >= back[1] else (1 / back[0], back[1])
    return (factor, alike) if alike >= max(_SAME, _correlation(before, after) + _MORE) else None


def _best(small: Floats, large: Floats) -> tuple[float, float]:
    """The enlargement that makes `small` most like `large`, and how alike it makes them."""
    middle = [(float(factor), _alike(small, large, factor, 0.0, 0.0)) for factor in _ZOOMS]
    best = max(middle, key=lambda each: each[1])
    if best[1] < _HINT or best[1] >= _SAME:
        return best
    near = [factor for factor in _ZOOMS if abs(np.log(factor / best[0])) < _NEAR]
    off = [(float(factor), _alike(small, large, factor, x, y)) for factor in near for x, y in _OFF_MIDDLE]
    return max([best, *off], key=lambda each: each[1])


def _alike(small: Floats, large: Floats, factor: float, x: float, y: float) -> float:
    """How alike `large` is to `small` enlarged by `factor` about a point off the middle."""
    height, width = small.shape
    centre = ((width - 1) * (0.5 + x), (height - 1) * (0.5 + y))
    moved = cv2.warpAffine(small, cv2.getRotationMatrix2D(centre, 0, float(factor)), (width, height))
    return _correlation(np.asarray(moved, np.float32), large)


def _correlation(one: Floats, other: Floats) -> float:
    size = float(np.linalg.norm(one) * np.linalg.norm(other))
    return float((one * other).sum()) / size if size > 1e-3 else 0.0
