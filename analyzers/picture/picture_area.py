"""Which part of the frame is the picture, to the pixel, and is it set between bars or on a blurred copy of itself?

Bars of one colour are found as in `bars.py` at a small size, and their edges then looked up in the coded luma: the line
from which half of the pixels that the picture reaches leave the bar's level. A blurred fill is two smooth bands that
end in one straight step, with detail beyond: rows are compared by their mean difference between neighbouring pixels.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import cv2
import numpy as np
from numpy.typing import NDArray

from analyzers.media import FrameBatch
from analyzers.picture.bars import Bars, find_bars

Luma = NDArray[np.uint8]
Floats = NDArray[np.float64]

#: Pixels of the shorter side at which bars are found, and pictures pooled to look up their edges.
_SIDE, _POOLED = 144, 5
#: Grey levels off a bar's level that coding reaches.
_TOLERANCE = 16
#: Blurred bands: shares of a side, narrowest and widest; how unlike the two may be.
_NARROWEST, _WIDEST, _UNLIKE = 0.04, 0.46, 0.06
#: Detail that a blurred band has at most, as a share of the picture's; levels its pixels spread at least, else it is
#: a plain bar or nothing.
_SMOOTH, _SPREAD = 0.4, 3.0
#: Grey levels of the step at a band's end, the share of its pixels that have it, and how much more than in the band.
_STEP, _STEPPED, _LEAP = 5.0, 0.5, 4.0


@dataclass(frozen=True, slots=True)
class Area:
    """Where the picture lies for some time."""

    #: Seconds, half-open.
    start: float
    end: float
    #: "bars" or "blur".
    fill: str
    #: Pixels of the coded frame that are no picture.
    top: int
    bottom: int
    left: int
    right: int


def picture_areas(frames: FrameBatch, spans: Sequence[tuple[float, float]]) -> tuple[Area, ...]:
    """The stretches in which the picture does not fill the frame, in order of time.

    `frames` are luma at native size; `spans` (seconds) are the shots: blurred fills are looked for in each.
    """
    height, width = frames.pixels.shape[1:3]
    if min(height, width) < 32:
        return ()
    small = _small(frames)
    bars = [_exact(frames, each) for each in find_bars(small)]
    found = list(bars)
    for start, end in spans:
        inside = np.flatnonzero((frames.times >= start - 1e-6) & (frames.times < end))
        if len(inside) and not any(each.start < end and each.end > start for each in bars):
            # Most pictures have none, and at the small size that is seen for a fraction of the cost.
            likely = _blurred_fill(_pooled(small.pixels[..., 0], inside)) is not None
            blur = _blurred_fill(_pooled(frames.pixels, inside)) if likely else None
            if blur is not None:
                found.append(Area(start, end, "blur", *blur))
    return tuple(sorted(found, key=lambda area: area.start))


def _small(frames: FrameBatch) -> FrameBatch:
    """The view at a small size, grey as RGB."""
    height, width = frames.pixels.shape[1:3]
    scale = min(1.0, _SIDE / min(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = np.stack([cv2.resize(picture, size, interpolation=cv2.INTER_AREA) for picture in frames.pixels])
    return FrameBatch(np.repeat(small[..., None], 3, axis=3), frames.times, frames.end)


def _pooled(pixels: Luma, indices: NDArray[np.int64]) -> Luma:
    return np.asarray(pixels[np.unique(indices[np.linspace(0, len(indices) - 1, _POOLED).astype(int)])])


def _exact(frames: FrameBatch, bars: Bars) -> Area:
    """`bars` with their edges looked up in the coded pictures."""
    height, width = frames.pixels.shape[1:3]
    inside = np.flatnonzero((frames.times >= bars.start - 1e-6) & (frames.times < bars.end))
    reach = ceil(2 * max(1.0, min(height, width) / _SIDE)) + 1
    levels = _pooled(frames.pixels, inside).astype(np.int16)
    off = np.asarray((np.abs(levels - bars.colour[0]) > _TOLERANCE).any(axis=0))
    rows = off[:, round(bars.left * width) : width - round(bars.right * width)].mean(axis=1)
    columns = off[round(bars.top * height) : height - round(bars.bottom * height)].mean(axis=0)
    return Area(
        start=round(bars.start, 3),
        end=round(bars.end, 3),
        fill="bars",
        top=_edge(rows, round(bars.top * height), reach),
        bottom=_edge(rows[::-1], round(bars.bottom * height), reach),
        left=_edge(columns, round(bars.left * width), reach),
        right=_edge(columns[::-1], round(bars.right * width), reach),
    )


def _edge(shares: Floats, about: int, reach: int) -> int:
    """Lines of bar, of which there are `about` so many; `shares` of each line's pixels are picture."""
    if about == 0:
        return 0
    low, high = max(1, about - reach), min(len(shares) - 1, about + reach)
    full = float(shares[about : high + 2].max(initial=0))
    leaps = np.flatnonzero(shares[low : high + 1] >= 0.5 * full)
    return low + int(leaps[0]) if len(leaps) and full > 0.1 else about


def _blurred_fill(pictures: Luma) -> tuple[int, int, int, int] | None:
    """Rows at the top and bottom, and columns at the left and right, that are a blurred fill; None without one."""
    upright = _bands(pictures)
    if upright is not None:
        return upright[0], upright[1], 0, 0
    lying = _bands(pictures.transpose(0, 2, 1))
    return (0, 0, lying[0], lying[1]) if lying is not None else None


def _bands(pictures: Luma) -> tuple[int, int] | None:
    """Rows of the smooth bands above and below the picture; None where there are none."""
    levels = pictures.astype(np.float32)
    detail = np.abs(np.diff(levels, axis=2)).mean(axis=(0, 2)).astype(np.float64)
    steps = np.abs(np.diff(levels, axis=1)).mean(axis=0)
    top = _band(detail, steps)
    bottom = _band(detail[::-1], steps[::-1])
    height = len(detail)
    if top is None or bottom is None or abs(top - bottom) > _UNLIKE * height:
        return None
    bands = (levels[:, :top], levels[:, height - bottom :])
    return (top, bottom) if all(float(band.std()) >= _SPREAD for band in bands) else None


def _band(detail: Floats, steps: NDArray[np.float32]) -> int | None:
    """Rows of the smooth band at the beginning: where the straightest step is, with detail beyond; None without one.

    `detail` of each row (h,); `steps` (h - 1, w) from each row to the next.
    """
    height = len(detail)
    first, last = max(2, round(_NARROWEST * height)), round(_WIDEST * height)
    straight = (steps[first - 1 : last] >= _STEP).mean(axis=1)
    row = first + int(straight.argmax())
    if straight.max() < _STEPPED:
        return None
    usual = float(np.median(steps[: row - 1].mean(axis=1)))
    inside = float(np.median(detail[row : height - row]))
    smooth = float(np.quantile(detail[: row - 1], 0.9)) <= _SMOOTH * inside
    return row if smooth and float(steps[row - 1].mean()) >= _LEAP * max(usual, 0.25) else None
