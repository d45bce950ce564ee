"""How bright, contrasty, saturated, colourful and warm is a set of pixels?

Colourfulness is M of Hasler & Süsstrunk ("Measuring colourfulness in natural images", 2003). The colour temperature is
McCamy's cubic (1992) of the mean chromaticity, as if the scene were grey on average, and is given only where such a
number has a meaning: within 0.05 of the Planckian locus (CIE 15; distance after Ohno 2014).
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analyzers.picture.oklab import Floats, linear, oklab

#: Luma of BT.709, of values with transfer curve.
_LUMA = np.array([0.2126, 0.7152, 0.0722], dtype=np.float32)
#: CIE XYZ of linear sRGB (IEC 61966-2-1), D65.
_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
#: Ohno's polynomial of the Planckian locus in CIE 1960 u, v, highest power first.
_LOCUS = (-0.00616793, 0.0893944, -0.5179722, 1.5317403, -2.4243787, 1.925865, -0.471106)
#: Largest distance to the locus, and the range in kelvin, where a colour temperature is defined and the cubic holds.
_OFF_LOCUS, _COLDEST, _HOTTEST = 0.05, 2000.0, 12500.0
#: Share of full light below which chromaticity is noise.
_DARK = 0.003
#: Values below this have no saturation worth the name.
_BLACK = 0.04
#: OKLab units along the axis from blue to orange (60°) from which a picture is warm, or cool when negative.
_TINT = 0.015
_ORANGE = (math.cos(math.radians(60)), math.sin(math.radians(60)))


@dataclass(frozen=True, slots=True)
class Look:
    """The tone of some pixels."""

    #: Mean luma, 0–1.
    brightness: float
    #: Standard deviation of luma (RMS contrast), 0–0.5.
    contrast: float
    #: Mean saturation as in HSV, 0–1.
    saturation: float
    #: M of Hasler & Süsstrunk: 0 grey, 15 slightly, 33 moderately, 59 quite, 109 extremely colourful.
    colourfulness: float
    #: Mean OKLab colour.
    lab: tuple[float, float, float]
    #: Shares of pixels darker than 0.2 and brighter than 0.8 in luma.
    dark: float
    bright: float


def look_of(pixels: NDArray[np.uint8]) -> Look:
    """The look of (n, 3) sRGB `pixels`."""
    srgb = pixels.astype(np.float32) / np.float32(255)
    luma = srgb @ _LUMA
    highest, lowest = srgb.max(axis=1), srgb.min(axis=1)
    saturation = np.where(highest > _BLACK, (highest - lowest) / np.maximum(highest, _BLACK), 0)
    lightness, a, b = oklab(srgb).mean(axis=0, dtype=np.float64).tolist()
    return Look(
        brightness=float(luma.mean()),
        contrast=float(luma.std()),
        saturation=float(saturation.mean()),
        colourfulness=_colourfulness(srgb * np.float32(255)),
        lab=(lightness, a, b),
        dark=float((luma < 0.2).mean()),
        bright=float((luma > 0.8).mean()),
    )


def _colourfulness(levels: Floats) -> float:
    red, green, blue = levels.T
    red_green, yellow_blue = red - green, (red + green) / 2 - blue
    spread = math.hypot(float(red_green.std()), float(yellow_blue.std()))
    return spread + 0.3 * math.hypot(float(red_green.mean()), float(yellow_blue.mean()))


def temperature_of(pixels: NDArray[np.uint8]) -> float | None:
    """The correlated colour temperature in kelvin of (n, 3) sRGB `pixels`; None where it has no meaning."""
    light = linear(pixels.astype(np.float32) / np.float32(255)).mean(axis=0, dtype=np.float64)
    big_x, big_y, big_z = (_XYZ @ light).tolist()
    total = big_x + big_y + big_z
    if big_y < _DARK:
        return None
    x, y = big_x / total, big_y / total
    n = (x - 0.3320) / (0.1858 - y)
    kelvin = 449.0 * n**3 + 3525.0 * n**2 + 6823.3 * n + 5520.33
    if not _COLDEST <= kelvin <= _HOTTEST or abs(_off_locus(x, y)) > _OFF_LOCUS:
        return None
    return float(round(kelvin))


def _off_locus(x: float, y: float) -> float:
    """Distance of a chromaticity to the Planckian locus in CIE 1960 u, v; positive towards green."""
    scale = -2 * x + 12 * y + 3
    du, dv = 4 * x / scale - 0.292, 6 * y / scale - 0.24
    radius = math.hypot(du, dv)
    angle = math.acos(max(-1.0, min(1.0, du / radius)))
    return radius - float(np.polyval(_LOCUS, angle))


def tint_of(look: Look) -> str:
    """`warm`, `cool` or `neutral`: on which side of grey the mean colour lies, between orange and blue."""
    _, a, b = look.lab
    warmth = a * _ORANGE[0] + b * _ORANGE[1]
    if abs(warmth) < _TINT:
        return "neutral"
    return "warm" if warmth > 0 else "cool"


def key_of(look: Look) -> str:
    """`high key` (bright, hardly a dark part), `low key` (dark, hardly a bright part) or `mid key`."""
    if look.brightness >= 0.65 and look.dark <= 0.05:
        return "high key"
    if look.brightness <= 0.3 and look.bright <= 0.05:
        return "low key"
    return "mid key"


def grade_of(look: Look) -> str:
    """Tint and key in words, such as `warm low key`; `monochrome` for pictures without colour."""
    tint = "monochrome" if look.colourfulness < 5 else tint_of(look)
    key = key_of(look)
    return tint if key == "mid key" else f"{tint} {key}"
