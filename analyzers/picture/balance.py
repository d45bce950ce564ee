"""Where does the eye go first in a picture, is it the same on both sides, and does its subject lie on the thirds?

Saliency: the spectral residual of Hou & Zhang ("Saliency detection: a spectral residual approach", CVPR 2007) at 64
pixels; what stands out is what exceeds three times the mean. Symmetry: correlation of the picture with its mirror image
after the mean of every row is taken away, since sky over ground is alike on both sides whatever stands in it. Rule of
thirds: nearness to the closest of the four points where the third lines cross (Mai et al., ISM 2011).
"""

import cv2
import numpy as np
from numpy.typing import NDArray

Luma = NDArray[np.uint8]

#: Pixels of the longer side for saliency, and the shorter for symmetry.
_SALIENCY_SIDE, _SYMMETRY_SIDE = 64, 96
#: Grey levels of standard deviation under which there is nothing to look at.
_PLAIN = 2.0
#: Times the mean from which a place stands out (Hou & Zhang).
_STANDS_OUT = 3.0


def salient_point(luma: Luma) -> tuple[float, float] | None:
    """The middle (x, y), shares of the picture, of what stands out in uint8 (h, w); None in a plain picture."""
    scale = _SALIENCY_SIDE / max(luma.shape)
    size = max(1, round(luma.shape[1] * scale)), max(1, round(luma.shape[0] * scale))
    small = cv2.resize(luma.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    if min(small.shape) < 8 or float(small.std()) < _PLAIN:
        return None
    waves = np.fft.fft2(small)
    strength = np.log(np.abs(waves) + 1e-6)
    usual = cv2.blur(strength, (3, 3), borderType=cv2.BORDER_REFLECT_101)
    unusual = np.abs(np.fft.ifft2(np.exp(strength - usual + 1j * np.angle(waves)))) ** 2
    saliency = cv2.GaussianBlur(unusual, (0, 0), 2.5)
    seen = np.where(saliency >= min(_STANDS_OUT * saliency.mean(), 0.8 * saliency.max()), saliency, 0)
    total = float(seen.sum())
    y, x = np.mgrid[0 : seen.shape[0], 0 : seen.shape[1]] + 0.5
    return float((seen * x).sum() / total / seen.shape[1]), float((seen * y).sum() / total / seen.shape[0])


def symmetry(luma: Luma) -> float | None:
    """1 where the right half mirrors the left, 0 where it has nothing of it; None where every row is plain."""
    scale = min(1.0, _SYMMETRY_SIDE / min(luma.shape))
    size = max(2, round(luma.shape[1] * scale)), max(1, round(luma.shape[0] * scale))
    small = cv2.resize(luma.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    inside = small - small.mean(axis=1, keepdims=True)
    power = float((inside**2).sum())
    if power / inside.size < _PLAIN**2:
        return None
    return max(0.0, float((inside * inside[:, ::-1]).sum()) / power)


def on_thirds(x: float, y: float) -> float:
    """1 for a point (shares of the picture) where third lines cross, falling to 0 a sixth of the picture away."""
    off = min(np.hypot(x - third, y - other) for third in (1 / 3, 2 / 3) for other in (1 / 3, 2 / 3))
    return max(0.0, 1 - 6 * float(off))
