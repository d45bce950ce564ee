"""How sharp, noisy, blocky, banded and well exposed is one picture?

All measures take luma at the size it was coded, uint8 (h, w), full range, for scaling hides what they look for.
"""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

Luma = NDArray[np.uint8]

#: Pixels: the length of the blur that sharpness is judged against.
_REBLUR = 9
#: Mean step between neighbours below which a picture is too flat to be sharp or not.
_FLAT = 0.5
#: Immerkær's kernel: the difference of two Laplacians, which a plane or a straight edge doesn't excite.
_IMMERKAER = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], dtype=np.float32)
#: Pixels: the side of the blocks that noise and banding are judged in.
_PATCH = 32
#: Share of patches, the smoothest, that noise is read from.
_SMOOTHEST = 0.25
#: Pixels: the grid of the transforms of MPEG codecs, and the largest step (levels) that coding leaves on it.
_GRID, _GRID_STEP = 8, 12
#: Levels: values this close to the ends are clipped.
_CLIPPED = 1


def sharpness(luma: Luma) -> float | None:
    """1 minus the blur effect of Crété-Roffet et al. (2007), 0 (blurred) – 1 (sharp); None for a flat picture.

    The share of the differences between neighbours that vanishes under a blur of 9 pixels: a sharp picture loses
    most of them, a blurred one hardly any. Unlike the variance of the Laplacian it doesn't grow with contrast.
    """
    kept = []
    for axis, kernel in ((1, (_REBLUR, 1)), (0, (1, _REBLUR))):
        if luma.shape[axis] <= _REBLUR:
            return None
        steps = _steps(luma, axis)
        lost = cv2.subtract(steps, _steps(np.asarray(cv2.blur(luma, kernel), dtype=np.uint8), axis))
        total = float(steps.mean())
        kept.append(float(lost.mean()) / total if total > 0 else 0.0)
        if total < _FLAT:
            return None
    return min(kept)


def noise_sigma(luma: Luma) -> float:
    """Standard deviation of the noise in levels of 255 (Immerkær 1996), read where the picture is smoothest."""
    if min(luma.shape) < 3:
        return 0.0
    response = np.abs(cv2.filter2D(luma, cv2.CV_32F, _IMMERKAER)[1:-1, 1:-1])
    mean, level = _patches(response), _patches(luma[1:-1, 1:-1].astype(np.float32))
    # Clipping cuts noise off; patches near black or white know nothing about it.
    usable = mean[(level > 8) & (level < 247)]
    smoothest = np.sort(usable)[: max(1, round(_SMOOTHEST * len(usable)))]
    return math.sqrt(math.pi / 2) / 6 * float(smoothest.mean()) if len(smoothest) else 0.0


def blockiness(luma: Luma) -> float:
    """How much larger steps on the coding grid of 8 pixels are than beside it, 0 (not) – 1 (only there)."""
    excess = 0.0
    for axis in (0, 1):
        profile = np.minimum(_steps(luma, axis), _GRID_STEP).mean(axis=1 - axis)
        phases = [float(profile[phase::_GRID].mean()) for phase in range(_GRID) if len(profile) > phase]
        if len(phases) < _GRID:
            continue
        beside = (sum(phases) - phases[_GRID - 1]) / (_GRID - 1)
        excess += max(0.0, (phases[_GRID - 1] - beside) / (phases[_GRID - 1] + beside + 0.1)) / 2
    return excess


def banding(luma: Luma) -> float:
    """Share of the picture where a gradient falls in visible flat steps, 0–1.

    Counted are patches of 32 pixels that are flat but for a few steps of two to twelve levels; a smooth gradient in
    8 bits has steps of one, a dithered one isn't flat.
    """
    steps = np.maximum(_steps(luma, 0)[:, 1:], _steps(luma, 1)[1:, :])
    stepped = _patches((steps > 0).astype(np.float32))
    height = _patches(steps.astype(np.float32)) / np.maximum(stepped, 1e-6)
    largest = _patches(steps.astype(np.float32), highest=True)
    banded = (stepped > 0.01) & (stepped < 0.2) & (height >= 2.0) & (largest <= 12)
    return float(banded.mean())


def clipped(luma: Luma) -> tuple[float, float]:
    """Shares of the pixels without any detail left: in black, and in white."""
    dark, bright = int((luma <= _CLIPPED).sum()), int((luma >= 255 - _CLIPPED).sum())
    return dark / luma.size, bright / luma.size


def spatial_information(luma: Luma) -> float:
    """SI of ITU-T P.910 for one picture: the standard deviation of its Sobel gradient, in levels."""
    if min(luma.shape) < 3:
        return 0.0
    across, down = (cv2.Sobel(luma, cv2.CV_32F, *order, ksize=3) for order in ((1, 0), (0, 1)))
    _, deviation = cv2.meanStdDev(cv2.magnitude(across, down)[1:-1, 1:-1])
    return float(deviation[0, 0])


def exposure(luma: Luma) -> float:
    """Mean luma 0–1 within black bars."""
    rows, columns = np.flatnonzero(luma.max(axis=1) > 24), np.flatnonzero(luma.max(axis=0) > 24)
    if not len(rows) or not len(columns):
        return float(luma.mean()) / 255
    return float(luma[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].mean()) / 255


def _steps(luma: Luma, axis: int) -> Luma:
    """The absolute difference of neighbours along `axis`, one shorter there."""
    one, other = (luma[1:], luma[:-1]) if axis == 0 else (luma[:, 1:], luma[:, :-1])
    return np.asarray(cv2.absdiff(one, other), dtype=np.uint8)


def _patches(values: NDArray[np.float32], *, highest: bool = False) -> NDArray[np.float32]:
    """The mean (or the highest value) of each patch, (rows, columns); a rest at the edges is left out."""
    height, width = (max(1, size // _PATCH) for size in values.shape)
    tall, wide = min(_PATCH, values.shape[0]), min(_PATCH, values.shape[1])
    blocks = values[: height * tall, : width * wide].reshape(height, tall, width, wide)
    return np.asarray(blocks.max(axis=(1, 3)) if highest else blocks.mean(axis=(1, 3)), dtype=np.float32)
