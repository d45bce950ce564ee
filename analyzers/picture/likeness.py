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
#: Pixels that neighbouring blocks may move apart and still move together.
_ASTRAY = 2
_AROUND = tuple((down, right) for down in (-1, 0, 1) for right in (-1, 0, 1) if down or right)
#: Grey levels that the mean colour of a found block may be off, after the light's overall gain is taken out.
_COLOUR = 24.0
#: Enlargements tried before a picture counts as new: zooms within one frame step, 8 % apart.
_ZOOMS = tuple(float(zoom) for zoom in np.geomspace(0.5, 2.0, 19) if abs(zoom - 1) > 0.01)
#: Correlation of two pictures, or share of one's variance that follows from the other, from which they can be one.
_SAME = 0.85
#: Share of the variance of its details that must follow, too. A bright sky over dark ground makes any two landscapes
#: alike, but their details share under 0.19; those of one picture, lit or enlarged otherwise, mostly over 0.5.
_SAME_DETAILS = 0.2
#: Pixels over which a mean is taken away to leave the details.
_COARSE = 13
#: Share that must be missing from a picture for it to be another one.
_NEW = 0.5
#: Squared grey levels between neighbouring pixels from which there is a detail; noise and coding reach 10.
DETAIL = 15.0
#: Grey levels in which the old picture is sorted to see whether the new one follows from it.
_TONES = 32


@dataclass(frozen=True, slots=True)
class Rigour:
    """What it takes for a part of one picture to count as found in another."""

    #: Neighbours of a found block that must have moved like it.
    company: int
    #: Grey levels that the mean colour of a block without texture may be off: it has only that to be known by.
    flat_colour: float
    #: Grey levels that a pixel of an unchanged place may be off, at most.
    unchanged: float


#: For the next picture of one shot: what is the same moves together, and skies of two shots in one light are further
#: apart than noise and coding make them. Of 200 cuts between landscapes in the same light 49 passed for the same
#: picture when every block was looked for alone, 5 do so now.
SAME_SHOT = Rigour(company=2, flat_colour=6.0, unchanged=4.0)
#: For two shots of one place: another lens and another angle scatter what both show.
SAME_PLACE = Rigour(company=0, flat_colour=_COLOUR, unchanged=12.0)


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


def unexplained(before: NDArray[np.uint8], after: NDArray[np.uint8], rigour: Rigour = SAME_SHOT) -> float:
    """The share 0–1 of picture `after` (uint8 RGB) that is not in `before`, though moved, zoomed or lit otherwise.

    Bars of one colour that both share (letterbox) don't count as picture.
    """
    old, new = _without_bars(_small(before), _small(after))
    missing = _missing(old, new, rigour)
    if missing > 0.25 and (_is_relit(old, new) or _is_zoomed(old, new, rigour)):
        return 0.0
    return missing


def has_details(picture: NDArray[np.uint8]) -> bool:
    """Whether a picture (uint8 RGB) is more than a plain colour or a smooth slope."""
    return _detailed(_small(picture)) >= 0.05


def _small(picture: NDArray[np.uint8]) -> Floats:
    """`picture` as float32 RGB with a shorter side of `_SIDE` pixels."""
    size = _scaled((picture.shape[1], picture.shape[0]), _SIDE)
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype(np.float32)


def _without_bars(old: Floats, new: Floats) -> tuple[Floats, Floats]:
    """Both pictures without the rows and columns that have one and the same colour in both."""
    corner = new[0, 0]
    marks = [np.abs(picture - corner).max(axis=2) >= 12 for picture in (old, new)]
    rows = (marks[0] | marks[1]).any(axis=1)
    columns = (marks[0] | marks[1]).any(axis=0)
    inside = np.ix_(rows, columns)
    # Text on a plain card is no picture between bars: there the card's colour fills much of what is left, too.
    if min(rows.sum(), columns.sum()) < _BLOCK or min(mark[inside].mean() for mark in marks) < 0.6:
        return old, new
    return np.ascontiguousarray(old[inside]), np.ascontiguousarray(new[inside])


def _missing(old: Floats, new: Floats, rigour: Rigour) -> float:
    """The share of the pixels of `new` that are in no block found near in `old`, and have changed."""
    lit = old * np.clip(np.median((new + 4) / (old + 4)), 0.5, 2.0)
    grey_old, grey_new = old.mean(axis=2), new.mean(axis=2)
    tolerance = np.clip(grey_old.std() / 4, 2, rigour.unchanged)
    known = np.abs(new - old).max(axis=2) < tolerance
    tops, lefts = _starts(new.shape[0]), _starts(new.shape[1])
    shifts: dict[tuple[int, int], tuple[int, int]] = {}
    for row, top in enumerate(tops):
        for column, left in enumerate(lefts):
            there = _found_at(grey_old, grey_new, top, left)
            if there is not None and _has_colour(old, lit, there, new, (top, left), rigour.flat_colour):
                shifts[row, column] = there[0] - top, there[1] - left
    for row, column in shifts:
        if _company(shifts, row, column) >= rigour.company:
            known[tops[row] : tops[row] + _BLOCK, lefts[column] : lefts[column] + _BLOCK] = True
    return 1.0 - float(known.mean())


def _company(shifts: dict[tuple[int, int], tuple[int, int]], row: int, column: int) -> int:
    """How many neighbours of a block were found in the same direction; a horizon alone is like any other one."""
    y, x = shifts[row, column]
    alike = 0
    for down, right in _AROUND:
        other = shifts.get((row + down, column + right))
        alike += other is not None and abs(other[0] - y) <= _ASTRAY and abs(other[1] - x) <= _ASTRAY
    return alike


def _starts(length: int) -> list[int]:
    """Where blocks begin along a side of `length` pixels; the last one touches its end."""
    return sorted({*range(0, length - _BLOCK + 1, _STEP), length - _BLOCK})


def _found_at(grey_old: Floats, grey_new: Floats, top: int, left: int) -> tuple[int, int] | None:
    """Where the block of the new picture at (top, left) is in the old one; None where it is not."""
    block = grey_new[top : top + _BLOCK, left : left + _BLOCK]
    if block.std() < _FLAT:
        flat = grey_old[top : top + _BLOCK, left : left + _BLOCK].std() < 3 * _FLAT
        return (top, left) if flat else None
    y, x = max(0, top - _REACH), max(0, left - _REACH)
    around = grey_old[y : top + _BLOCK + _REACH, x : left + _BLOCK + _REACH]
    _, best, _, (dx, dy) = cv2.minMaxLoc(cv2.matchTemplate(around, block, cv2.TM_CCOEFF_NORMED))
    return (y + dy, x + dx) if best >= _FOUND else None


def _has_colour(
    old: Floats, lit: Floats, there: tuple[int, int], new: Floats, here: tuple[int, int], flat_colour: float
) -> bool:
    """Whether two blocks have about the same mean colour, in the old light or, if they have texture, in the new."""
    one, other = (picture[y : y + _BLOCK, x : x + _BLOCK] for picture, (y, x) in ((old, there), (new, here)))
    colour = other.mean(axis=(0, 1))
    flat = other.mean(axis=2).std() < _FLAT
    if np.abs(one.mean(axis=(0, 1)) - colour).max() < (flat_colour if flat else _COLOUR):
        return True
    relit = lit[there[0] : there[0] + _BLOCK, there[1] : there[1] + _BLOCK].mean(axis=(0, 1))
    return bool(not flat and np.abs(relit - colour).max() < _COLOUR)


def _is_relit(old: Floats, new: Floats) -> bool:
    """Whether one picture is the other through some curve of tones per colour: a flash, a strobe, a filter.

    The correlation ratio: which share of the variance follows from the other picture's tone at the same place. Two
    smooth slopes always follow from each other, so there must be details, and they must follow too.
    """
    if max(_detailed(old), _detailed(new)) < 0.05:
        return False
    # Blurred, so that a hand's tremor between the two does not matter.
    old, new = (cv2.blur(picture, (5, 5)).astype(np.float32) for picture in (old, new))
    return _follows(old, new) or _follows(new, old)


def _follows(cause: Floats, effect: Floats) -> bool:
    """Whether `effect` is `cause` through a curve of tones per colour, in the large and in its details."""
    expected = _through_curves(cause, effect)
    for channel in range(3):
        variance = float(effect[..., channel].var())
        off = float((effect[..., channel] - expected[..., channel]).var())
        if variance <= 4 or 1 - off / variance < _SAME:
            return False
    rest, own = _details(effect - expected), _details(effect)
    return float((rest**2).sum()) <= (1 - _SAME_DETAILS) * float((own**2).sum())


def _detailed(picture: Floats) -> float:
    """The share 0–1 of pixels that differ from a neighbour by more than noise."""
    grey = picture.mean(axis=2)
    slopes = np.diff(grey, axis=0)[:, 1:] ** 2 + np.diff(grey, axis=1)[1:] ** 2
    return float((slopes >= DETAIL).mean())


def _through_curves(cause: Floats, effect: Floats) -> Floats:
    """`cause` through the curves of tones, one per colour, that come nearest to `effect`."""
    expected = np.empty_like(effect)
    for channel in range(3):
        tones = (cause[..., channel] * (_TONES / 256)).astype(np.int64)
        count = np.bincount(tones.ravel(), minlength=_TONES)
        total = np.bincount(tones.ravel(), weights=effect[..., channel].ravel(), minlength=_TONES)
        expected[..., channel] = (total / np.maximum(count, 1))[tones]
    return expected


def _details(picture: Floats) -> Floats:
    """What `picture` has beside its large light and dark areas."""
    return picture - cv2.blur(picture, (_COARSE, _COARSE)).astype(np.float32)


def _is_zoomed(old: Floats, new: Floats, rigour: Rigour) -> bool:
    """Whether `new` is `old` enlarged or shrunk about its middle."""
    height, width = old.shape[:2]
    for zoom in _ZOOMS:
        shrunk = min(zoom, 1.0)
        rows, columns = round(height * shrunk / 2), round(width * shrunk / 2)
        matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), 0, zoom)
        moved = cv2.warpAffine(old, matrix, (width, height)).astype(np.float32)
        window = np.s_[height // 2 - rows : height // 2 + rows, width // 2 - columns : width // 2 + columns]
        if _correlation(moved[window], new[window]) >= _SAME:
            shared = _correlation(_details(moved[window]), _details(new[window]))
            if shared > 0 and shared**2 >= _SAME_DETAILS and _missing(moved[window], new[window], rigour) < _NEW:
                return True
    return False


def _correlation(one: Floats, other: Floats) -> float:
    """Correlation −1…1 of two pictures' grey levels; 0 when one is flat."""
    a, b = one.mean(axis=2), other.mean(axis=2)
    a, b = a - a.mean(), b - b.mean()
    size = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float((a * b).sum()) / size if size > 1e-6 else 0.0
