"""What remains of a picture when it is coded again, and is told from other pictures by?

Two digests of its luma. The perceptual hash of Zauner ("Implementation and benchmarking of perceptual image hash
functions", 2010): 64 signs of low frequencies of a discrete cosine transform, for indexes. And a sketch of 16 x 16
cells of 64 levels, from which crops and mirrors can still be tried (`video_likeness.py`). A plain picture (one colour,
a slope of brightness) has neither: its signs would be those of coding noise, and every other plain picture has them.
"""

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.fft import dctn

Floats = NDArray[np.float64]

#: Cells of a sketch along each side.
CELLS = 16
#: Levels of a cell, and how many standard deviations to each side of the mean they span.
_LEVELS, _SPAN = 64, 3.0
#: Grey levels of standard deviation that must remain when the best quadratic surface is taken away; coding leaves 1.
_PLAIN = 2.0
#: The digits of base 64 (RFC 4648) as ASCII, and the level of each character; -1 for those that are none.
_DIGITS = np.frombuffer(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", np.uint8)
_VALUES = np.full(256, -1)
_VALUES[_DIGITS] = np.arange(_LEVELS)
#: Pixels of the picture that is transformed, and frequencies kept of it along each side.
_HASHED, _FREQUENCIES = 32, 8


def is_plain(luma: NDArray[np.uint8]) -> bool:
    """Whether a picture, uint8 (h, w), is nothing but a smooth change of brightness."""
    left = _without_slopes(_cells(luma).reshape(1, -1))
    return bool(left.std() < _PLAIN)


def perceptual_hash(luma: NDArray[np.uint8] | Floats) -> str:
    """16 hex digits of a picture (h, w); the Hamming distance of two unrelated ones is about 32 of 64."""
    small = cv2.resize(luma.astype(np.float32), (_HASHED, _HASHED), interpolation=cv2.INTER_AREA)
    waves = dctn(small, norm="ortho")[1 : _FREQUENCIES + 1, 1 : _FREQUENCIES + 1].ravel()
    bits = np.packbits(waves > np.median(waves))
    return bits.tobytes().hex()


def hamming(one: str, other: str) -> int:
    """Bits that differ between two hashes of the same length."""
    return (int(one, 16) ^ int(other, 16)).bit_count()


def sketch(luma: NDArray[np.uint8]) -> str:
    """The sketch of a picture (h, w): 256 digits of base 64, one per cell, row by row."""
    cells = _cells(luma).ravel()
    spread = max(float(cells.std()), 1e-6)
    levels = np.rint((cells - cells.mean()) / spread * (_LEVELS / (2 * _SPAN)) + (_LEVELS - 1) / 2)
    digits: bytes = _DIGITS[np.clip(levels, 0, _LEVELS - 1).astype(int)].tobytes()
    return digits.decode()


def unpacked(text: str) -> Floats:
    """The cells of a sketch, (256,), row by row, levels 0–63. Raises: ValueError when it is none."""
    levels = _VALUES[np.frombuffer(text.encode(), np.uint8)]
    if len(levels) != CELLS * CELLS or levels.min() < 0:
        raise ValueError(f"a sketch is {CELLS * CELLS} digits of base 64, not {text[:20]!r}… ({len(text)} in all)")
    return levels.astype(np.float64)


def without_slopes() -> Floats:
    """The matrix (256, 256) that takes the best quadratic surface away from cells."""
    slopes = _slopes()
    return np.asarray(np.eye(CELLS * CELLS) - slopes @ slopes.T)


def _cells(luma: NDArray[np.uint8]) -> Floats:
    small = cv2.resize(luma.astype(np.float32), (CELLS, CELLS), interpolation=cv2.INTER_AREA)
    return np.asarray(small, dtype=np.float64)


def _without_slopes(cells: Floats) -> Floats:
    slopes = _slopes()
    return np.asarray(cells - (cells @ slopes) @ slopes.T)


@lru_cache(maxsize=1)
def _slopes() -> Floats:
    """An orthonormal basis (256, 6) of the quadratic surfaces over the cells."""
    y, x = np.mgrid[-1 : 1 : CELLS * 1j, -1 : 1 : CELLS * 1j]
    surfaces = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=-1).reshape(-1, 6)
    basis, _ = np.linalg.qr(surfaces)
    return np.asarray(basis, dtype=np.float64)
