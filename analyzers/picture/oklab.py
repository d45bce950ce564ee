"""How do sRGB colours become numbers whose distances look even to the eye?

OKLab (Björn Ottosson, "A perceptual color space for image processing", 2020): lightness 0–1, a from green to red,
b from blue to yellow. sRGB's transfer curve is that of IEC 61966-2-1.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ],
    dtype=np.float32,
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ],
    dtype=np.float32,
)
_FROM_LAB = np.linalg.inv(_TO_LAB.astype(np.float64)).astype(np.float32)
_FROM_LMS = np.linalg.inv(_TO_LMS.astype(np.float64)).astype(np.float32)


def linear(srgb: Floats) -> Floats:
    """Light intensities 0–1 of sRGB values 0–1, any shape."""
    low = srgb / np.float32(12.92)
    high = ((np.maximum(srgb, 0) + np.float32(0.055)) / np.float32(1.055)) ** np.float32(2.4)
    return np.where(srgb <= 0.04045, low, high).astype(np.float32)


def oklab(srgb: Floats) -> Floats:
    """(..., 3) L, a, b of (..., 3) sRGB values 0–1."""
    return np.asarray(np.cbrt(linear(srgb) @ _TO_LMS.T) @ _TO_LAB.T, dtype=np.float32)


def srgb_of(lab: Floats) -> Floats:
    """(..., 3) sRGB values of (..., 3) OKLab, cut to 0–1."""
    light = np.clip(((lab @ _FROM_LAB.T) ** 3) @ _FROM_LMS.T, 0, 1)
    low = light * 12.92
    high = 1.055 * light ** (1 / 2.4) - 0.055
    return np.clip(np.where(light <= 0.0031308, low, high), 0, 1).astype(np.float32)


def hex_of(lab: Floats) -> str:
    """`#rrggbb` of one OKLab colour."""
    red, green, blue = np.rint(srgb_of(lab) * 255).astype(int).tolist()
    return f"#{red:02x}{green:02x}{blue:02x}"
