"""How much of one picture can still be found in another?

Two measures, cheap and thorough. `thumbnails` averages every frame over a coarse grid; distances between them say
quickly how different two moments are. `unexplained` looks for every block of one picture in the other, moved,
brightened or enlarged: what can't be found is new. Block matching by normalised cross-correlation: Lewis, "Fast
normalized cross-correlation" (1995).
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

#: Cells of a thumbnail along the shorter side: fine enough to tell pictures apart, coarse enough to forgive tremor.
CELLS = 12
#: Pixels of the shorter side on which blocks are searched.
_SIDE = 48
#: Pixels of a block, of the step between blocks, and of the search to each side (a quarter of the picture).
_BLOCK, _STEP, _REACH = 16, 8, 12
#: Grey levels of standard deviation under which a block has no texture to search for (noise and coding reach 3).
_FLAT = 4.0
#: Correlation from which a block counts as found. Unrelated natural blocks reach about 0.6 at their best place.
_FOUND = 0.75
#: Grey levels that the mean colour of a found block may be off, after the light's overall gain is taken out.
_COLOUR = 24.0
#: Enlargements tried before a picture counts as new: zooms within one frame step.
_ZOOMS = (0.55, 0.67, 0.8, 0.9, 1.12, 1.25, 1.5, 1.8)


@dataclass(frozen=True, slots=True)
class Thumbnails:
    """Every frame of a view, averaged over a coarse grid of square cells."""

    #: float32 (n, cells, 3): mean colour 0–255 of each cell.
    colours: Floats
    #: float32 (n, cells): mean squared difference between neighbouring pixels in each cell, squared grey levels.
    contrasts: Floats


def thumbnails(pixels: NDArray[np.uint8]) -> Thumbnails:
    """The thumbnails of uint8 (n, height, width, 3) RGB frames, `CELLS` cells along the shorter side."""
    height, width = pixels.shape[1:3]
    small, grid = _scaled((width, height), _SIDE), _scaled((width, height), CELLS)
    colours = np.empty((len(pixels), grid[1], grid[0], 3), np.float32)
    contrasts = np.empty((len(pixels), grid[1], grid[0]), np.float32)
    for frame, colour, contrast in zip(pixels, colours, contrasts, strict=True):
        view = cv2.resize(frame, small, interpolation=cv2.INTER_AREA).astype(np.float32)
        cv2.resize(view, grid, dst=colour, interpolation=cv2.INTER_AREA)
        grey = cv2.cvtColor(view, cv2.COLOR_RGB2GRAY)
        slopes = np.diff(grey, axis=0)[:, 1:] ** 2 + np.diff(grey, axis=1)[1:] ** 2
        cv2.resize(slopes, grid, dst=contrast, interpolation=cv2.INTER_AREA)
    count = len(pixels)
    return Thumbnails(colours.reshape(count, -1, 3), contrasts.reshape(count, -1))


def _scaled(size: tuple[int, int], shorter: int) -> tuple[int, int]:
    """(width, height) in the proportions of `size` with a shorter side of `shorter` pixels."""
    scale = shorter / min(size)
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def unexplained(before: NDArray[np.uint8], after: NDArray[np.uint8]) -> float:
    """The share 0–1 of picture `after` (uint8 RGB) that is not in `before`, though moved, zoomed or lit otherwise.

    Bars of one colour that both share (letterbox) don't count as picture.
    """
    old, new = _small(before), _small(after)
    old *= _gain(old, new)
    missing = _missing_blocks(old, new)
    if missing > 0.25 and _is_zoomed(old, new):
        return 0.0
    return missing


def _small(picture: NDArray[np.uint8]) -> Floats:
    """`picture` as float32 RGB with a shorter side of `_SIDE` pixels."""
    size = _scaled((picture.shape[1], picture.shape[0]), _SIDE)
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype(np.float32)


def _gain(old: Floats, new: Floats) -> float:
    """How much more light `new` has; bounded, for a black frame is not a dim one."""
    return float(np.clip((new.mean() + 1) / (old.mean() + 1), 0.5, 2.0))


def _missing_blocks(old: Floats, new: Floats) -> float:
    grey_old, grey_new = old.mean(axis=2), new.mean(axis=2)
    inside = _picture_area(old, new)
    found: list[bool] = []
    for top in range(0, new.shape[0] - _BLOCK + 1, _STEP):
        for left in range(0, new.shape[1] - _BLOCK + 1, _STEP):
            if inside[top : top + _BLOCK, left : left + _BLOCK].mean() >= 0.5:
                found.append(_is_found(old, new, grey_old, grey_new, top, left))
    return 1.0 - float(np.mean(found)) if found else 0.0


def _picture_area(old: Floats, new: Floats) -> NDArray[np.bool_]:
    """Which pixels belong to the picture and not to bars: rows and columns of one colour in both pictures."""
    corner = new[0, 0]
    bar = (np.abs(old - corner).max(axis=2) < 12) & (np.abs(new - corner).max(axis=2) < 12)
    inside: NDArray[np.bool_] = ~(bar.all(axis=1)[:, None] | bar.all(axis=0)[None, :])
    # Text on a plain card is no picture between bars: there the card's colour fills most of what is left, too.
    filled = [(np.abs(picture - corner).max(axis=2) >= 12)[inside] for picture in (old, new)]
    if inside.mean() < 0.15 or min(each.mean() for each in filled) < 0.6:
        return np.ones_like(inside)
    return inside


def _is_found(old: Floats, new: Floats, grey_old: Floats, grey_new: Floats, top: int, left: int) -> bool:
    """Whether the block of `new` at (top, left) is somewhere near in `old`."""
    block = grey_new[top : top + _BLOCK, left : left + _BLOCK]
    y, x = max(0, top - _REACH), max(0, left - _REACH)
    around = grey_old[y : top + _BLOCK + _REACH, x : left + _BLOCK + _REACH]
    colour = new[top : top + _BLOCK, left : left + _BLOCK].mean(axis=(0, 1))
    if block.std() < _FLAT:
        there = old[top : top + _BLOCK, left : left + _BLOCK]
        return bool(np.abs(there.mean(axis=(0, 1)) - colour).max() < _COLOUR and _spread(there) < 3 * _FLAT)
    scores = cv2.matchTemplate(around, block, cv2.TM_CCOEFF_NORMED)
    _, best, _, (dx, dy) = cv2.minMaxLoc(scores)
    if best < _FOUND:
        return False
    there = old[y + dy : y + dy + _BLOCK, x + dx : x + dx + _BLOCK]
    return bool(np.abs(there.mean(axis=(0, 1)) - colour).max() < _COLOUR)


def _spread(block: Floats) -> float:
    return float(block.mean(axis=2).std())


def _is_zoomed(old: Floats, new: Floats) -> bool:
    """Whether `new` is `old` enlarged or shrunk about its middle."""
    height, width = old.shape[:2]
    for zoom in _ZOOMS:
        shrunk = min(zoom, 1.0)
        rows, columns = round(height * shrunk / 2), round(width * shrunk / 2)
        matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), 0, zoom)
        moved = cv2.warpAffine(old, matrix, (width, height)).astype(np.float32)
        window = np.s_[height // 2 - rows : height // 2 + rows, width // 2 - columns : width // 2 + columns]
        if _correlation(moved[window], new[window]) > 0.85:
            return True
    return False


def _correlation(one: Floats, other: Floats) -> float:
    """Correlation −1…1 of two pictures' grey levels; 0 when one is flat."""
    a, b = one.mean(axis=2), other.mean(axis=2)
    a, b = a - a.mean(), b - b.mean()
    size = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float((a * b).sum()) / size if size > 1e-6 else 0.0
