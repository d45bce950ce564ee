"""Which few colours is a set of pixels made of?

Pixels are counted in cells of the RGB cube, then the cells are grouped by k-means in OKLab (Lloyd 1982), weighted by
their pixels. It is seeded without chance: the commonest cell first, then always the one that the chosen ones explain
least. Groups too alike to tell apart are merged.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analyzers.picture.oklab import Floats, hex_of, oklab

#: Colours at most.
_COLOURS = 8
#: OKLab distance below which two colours look like shades of one.
_ALIKE = 0.06
#: Share below which a colour is an edge or a speck; its pixels count for no colour.
_SPECK = 0.01
#: Cells of a group that may be its commonest shade: those with the most pixels.
_CANDIDATES = 32
#: Rounds of k-means at most; it has settled long before.
_ROUNDS = 20


@dataclass(frozen=True, slots=True)
class Colour:
    """One colour of a palette."""

    #: sRGB, such as "#ff8800".
    hex: str
    #: Share of the pixels, 0–1.
    share: float


def palette_of(pixels: NDArray[np.uint8]) -> tuple[Colour, ...]:
    """The colours of (n, 3) sRGB `pixels`, at most eight, the commonest first. Their shares sum to 1 at most."""
    cells, weights = _cells(pixels)
    centres = _settled(cells, weights, _seeds(cells, weights))
    centres = _settled(cells, weights, _merged(cells, weights, centres))
    nearest = _nearest(cells, centres)
    shares = np.bincount(nearest, weights, len(centres)) / weights.sum()
    colours = []
    for index in np.argsort(-shares, kind="stable"):
        if shares[index] >= _SPECK:
            group = nearest == index
            colours.append(Colour(hex_of(_shade(cells[group], weights[group])), round(float(shares[index]), 3)))
    return tuple(colours)


def _cells(pixels: NDArray[np.uint8]) -> tuple[Floats, Floats]:
    """The mean OKLab colour, (m, 3), and the number of pixels, (m,), of every cell of 8x8x8 levels in use."""
    quantised = pixels.astype(np.int32) >> 3
    codes = (quantised[:, 0] << 10) | (quantised[:, 1] << 5) | quantised[:, 2]
    counts = np.bincount(codes, minlength=1 << 15)
    used = np.flatnonzero(counts)
    sums = np.stack([np.bincount(codes, pixels[:, channel], 1 << 15)[used] for channel in range(3)], axis=1)
    means = (sums / counts[used, np.newaxis] / 255).astype(np.float32)
    return oklab(means), counts[used].astype(np.float32)


def _seeds(cells: Floats, weights: Floats) -> Floats:
    chosen = [int(np.argmax(weights))]
    distance = ((cells - cells[chosen[0]]) ** 2).sum(axis=1)
    while len(chosen) < _COLOURS and float(distance.max()) > _ALIKE**2:
        chosen.append(int(np.argmax(weights * distance)))
        distance = np.minimum(distance, ((cells - cells[chosen[-1]]) ** 2).sum(axis=1))
    return cells[chosen]


def _settled(cells: Floats, weights: Floats, centres: Floats) -> Floats:
    """`centres` moved by k-means until they rest; centres that no cell is nearest to are dropped."""
    for _ in range(_ROUNDS):
        nearest = _nearest(cells, centres)
        mass = np.bincount(nearest, weights, len(centres))
        sums = np.stack([np.bincount(nearest, weights * cells[:, axis], len(centres)) for axis in range(3)], axis=1)
        moved = (sums[mass > 0] / mass[mass > 0, np.newaxis]).astype(np.float32)
        if moved.shape == centres.shape and np.abs(moved - centres).max() < 1e-4:
            break
        centres = moved
    return centres


def _merged(cells: Floats, weights: Floats, centres: Floats) -> Floats:
    """`centres` of which the closest pair is made one, again and again, while it is alike."""
    mass = np.bincount(_nearest(cells, centres), weights, len(centres))
    while len(centres) > 1:
        apart = np.sqrt(((centres[:, np.newaxis] - centres) ** 2).sum(axis=2)) + np.eye(len(centres)) * 9
        one, other = np.unravel_index(int(np.argmin(apart)), apart.shape)
        if apart[one, other] >= _ALIKE:
            break
        both = mass[one] + mass[other]
        centres[one] = (mass[one] * centres[one] + mass[other] * centres[other]) / max(both, 1e-9)
        mass[one] = both
        centres, mass = np.delete(centres, other, axis=0), np.delete(mass, other)
    return centres


def _nearest(cells: Floats, centres: Floats) -> NDArray[np.intp]:
    return np.asarray(np.argmin(((cells[:, np.newaxis] - centres) ** 2).sum(axis=2), axis=1), dtype=np.intp)


def _shade(cells: Floats, weights: Floats) -> Floats:
    """The commonest shade of a group: what lies between two colours of the picture, on their edge, doesn't sway it."""
    candidates = cells[np.argsort(-weights, kind="stable")[:_CANDIDATES]]
    near = ((candidates[:, np.newaxis] - cells) ** 2).sum(axis=2) < (_ALIKE / 2) ** 2
    close = near[int(np.argmax(near @ weights))]
    return np.asarray(np.average(cells[close], axis=0, weights=weights[close]), dtype=np.float32)
