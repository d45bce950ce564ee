"""How sharp, noisy, blocky, banded and well exposed is one picture?

All measures take luma at the size it was coded, uint8 (h, w), full range, for scaling hides what they look for.
"""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

Luma = NDArray[np.uint8]

#: Rows of a strip, a multiple of the patches', and strips that large pictures are judged by.
_STRIP, _STRIPS = 128, 4
#: Pixels: the two Gaussians edges are compared under; and the variance that Sobel's own smoothing adds to both.
_FINE, _COARSE, _SOBEL = 1.0, 2.0, 0.4
#: Percent of the pixels that are no edge; and levels per pixel that an edge has at least.
_NO_EDGE, _WEAKEST_EDGE = 99.5, 1.0
#: Pixels at the border that the Gaussians spoil.
_BORDER = 4
#: Pixels of blur at which sharpness is a half.
_HALF_SHARP = 2.0
#: Immerkær's kernel: the difference of two Laplacians, which a plane or a straight edge doesn't excite.
_IMMERKAER = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], dtype=np.float32)
#: Pixels: the side of the blocks that noise and banding are judged in.
_PATCH = 32
#: Share of patches, the smoothest, that noise is read from.
_SMOOTHEST = 0.25
#: The smoothest quarter of patches of equal noise is smoother by chance by this factor.
_BY_CHANCE = 0.95
#: Pixels: the grid of the transforms of MPEG codecs, and the largest step (levels) that coding leaves on it.
_GRID, _GRID_STEP = 8, 12
#: Levels: values this close to the ends are clipped.
_CLIPPED = 1


def sharpness(luma: Luma) -> float | None:
    """1 / (1 + (s / 2)²), where s is the blur of the edges in pixels: 0 (blurred) – 1 (sharp); None without edges.

    The blur is the deviation of the Gaussian that an ideal edge would have met. It follows from how much the gradient
    on the strongest edges shrinks from one added Gaussian to a wider one (after Zhuo & Sim, "Defocus map estimation
    from a single image", 2011). Unlike the variance of the Laplacian it grows neither with contrast nor with noise.
    """
    fine = coarse = 0.0
    for strip in _strips(luma):
        if min(strip.shape) <= 4 * _BORDER:
            return None
        levels = strip.astype(np.float32)
        one, other = _gradient(levels, _FINE), _gradient(levels, _COARSE)
        edges = other >= max(_WEAKEST_EDGE, float(np.percentile(other[::3, ::3], _NO_EDGE)))
        fine, coarse = fine + float(one[edges].sum()), coarse + float(other[edges].sum())
    if coarse == 0.0:
        return None
    shrinks = max(1.001, fine / coarse) ** 2
    blur = max(0.0, (_COARSE**2 + _SOBEL) - shrinks * (_FINE**2 + _SOBEL)) / (shrinks - 1)
    return 1 / (1 + blur / _HALF_SHARP**2)


def noise_sigma(luma: Luma) -> float:
    """Standard deviation of the noise in levels of 255 (Immerkær 1996), read where the picture is smoothest."""
    responses: list[NDArray[np.float32]] = []
    for strip in _strips(luma):
        if min(strip.shape) >= 3:
            mean = _patches(np.abs(cv2.filter2D(strip, cv2.CV_32F, _IMMERKAER)[1:-1, 1:-1]))
            level = _patches(strip[1:-1, 1:-1].astype(np.float32))
            # Clipping cuts noise off; patches near black or white know nothing about it.
            responses.append(mean[(level > 8) & (level < 247)])
    usable = np.sort(np.concatenate(responses)) if responses else np.empty(0)
    if not len(usable):
        return 0.0
    smoothest = float(usable[: max(1, round(_SMOOTHEST * len(usable)))].mean())
    return math.sqrt(math.pi / 2) / 6 * smoothest / _BY_CHANCE


def blockiness(luma: Luma) -> float:
    """How much larger steps on the coding grid of 8 pixels are than beside it, 0 (not) – 1 (only there)."""
    excess = 0.0
    for axis in (0, 1):
        if luma.shape[axis] <= _GRID:
            continue
        profile = np.minimum(_steps(luma, axis), _GRID_STEP).mean(axis=1 - axis)
        phases = [float(profile[phase::_GRID].mean()) for phase in range(_GRID)]
        beside = (sum(phases) - phases[_GRID - 1]) / (_GRID - 1)
        excess += max(0.0, (phases[_GRID - 1] - beside) / (phases[_GRID - 1] + beside + 0.1)) / 2
    return excess


def banding(luma: Luma) -> float:
    """Share of the picture where a gradient falls in visible flat steps, 0–1.

    Counted are patches of 32 pixels that are flat but for a few steps of two to twelve levels; a smooth gradient in
    8 bits has steps of one, a dithered one isn't flat.
    """
    return float(np.mean([_banded(strip) for strip in _strips(luma)]))


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
    luma = luma[::4, ::4]
    rows, columns = np.flatnonzero(luma.max(axis=1) > 24), np.flatnonzero(luma.max(axis=0) > 24)
    if not len(rows) or not len(columns):
        return float(luma.mean()) / 255
    return float(luma[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].mean()) / 255


def _strips(luma: Luma) -> list[Luma]:
    """Rows enough to judge a picture by: all of a small one, evenly spread strips of a large one."""
    height = luma.shape[0]
    if height < 2 * _STRIP * _STRIPS:
        return [luma]
    return [luma[top : top + _STRIP] for top in np.linspace(0, height - _STRIP, _STRIPS).astype(int)]


def _gradient(levels: NDArray[np.float32], deviation: float) -> NDArray[np.float32]:
    """Levels per pixel under a Gaussian of `deviation` pixels, without the border."""
    smooth = cv2.GaussianBlur(levels, (0, 0), deviation)
    across, down = (cv2.Sobel(smooth, cv2.CV_32F, *order, ksize=3, scale=1 / 8) for order in ((1, 0), (0, 1)))
    inner = slice(_BORDER, -_BORDER)
    return np.asarray(cv2.magnitude(across, down)[inner, inner], dtype=np.float32)


def _banded(luma: Luma) -> float:
    if min(luma.shape) < 2:
        return 0.0
    steps = np.maximum(_steps(luma, 0)[:, 1:], _steps(luma, 1)[1:, :])
    stepped, total = _patches((steps > 0).astype(np.float32)), _patches(steps.astype(np.float32))
    largest = _patches(steps, highest=True)
    visible = (total / np.maximum(stepped, 1e-6) >= 2.0) & (largest <= 12)
    return float(((stepped > 0.01) & (stepped < 0.2) & visible).mean())


def _steps(luma: Luma, axis: int) -> Luma:
    """The absolute difference of neighbours along `axis`, one shorter there."""
    one, other = (luma[1:], luma[:-1]) if axis == 0 else (luma[:, 1:], luma[:, :-1])
    return np.asarray(cv2.absdiff(one, other), dtype=np.uint8) if one.size else one


def _patches(values: NDArray[np.generic], *, highest: bool = False) -> NDArray[np.float32]:
    """The mean (or the highest value) of each patch, (rows, columns); a rest at the edges is left out."""
    height, width = (max(1, size // _PATCH) for size in values.shape)
    tall, wide = min(_PATCH, values.shape[0]), min(_PATCH, values.shape[1])
    blocks = values[: height * tall, : width * wide].reshape(height, tall, width, wide)
    return np.asarray(blocks.max(axis=(1, 3)) if highest else blocks.mean(axis=(1, 3)), dtype=np.float32)
