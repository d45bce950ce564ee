"""What lies behind: a plain backdrop, a colour for keying, a blur, or a place?

A backdrop is found without knowing what stands before it: one colour that holds most of the upper border, with
everything of that colour that hangs together with it. Key colours are saturated green or blue of one hue (their
brightness may vary with the light). A blur is told by its edges: blurring them once more changes them little (Zhuo &
Sim, "Defocus map estimation from a single image", 2011), and much less than the foreground's, which coding alone,
hitting both, does not make. All else is real.
"""

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

BackgroundType = Literal["real", "blur", "solid", "chroma", "replaced"]
Picture = NDArray[np.uint8]
Mask = NDArray[np.bool_]

#: Share of the height and width that is border, and of the height down to which it counts: below stand the people.
_BORDER, _UPPER = 0.08, 0.7
#: Share of that border that a backdrop holds, and of the picture.
_HELD, _COVERED = 0.75, 0.15
#: Times the spread along the border that still is the backdrop, and the least and the most that is, in luma and in
#: Cr and Cb.
_SPREADS, _LUMA, _CHROMA = 3.5, (12.0, 26.0), (5.0, 12.0)
#: Distance of Cr and Cb from grey from which a colour is one; then the light may vary: degrees of hue, and how many
#: times weaker or stronger the colour may be.
_COLOURED, _HUE, _WEAKER, _STRONGER = 25.0, 12.0, 0.45, 1.8
#: Grey levels of standard deviation around smooth light that a wall and a screen (it has folds) have at most: blurs and
#: skies have more.
_EVEN, _EVEN_SCREEN = 7.0, 11.0
#: Grey levels that a backdrop varies between neighbouring pixels at most, in the mean: a wall's grain, coding, noise.
_PLAIN = 3.5
#: Hues in degrees of green and blue screens, and the least saturation and value.
_GREEN, _BLUE, _SATURATED, _LIT = (75.0, 170.0), (200.0, 255.0), 0.45, 0.2
#: Pixels (Gaussian) of the picture that edges are compared on, and of blurring it once more; share of a region's pixels
#: that are its edges, and grey levels per pixel that these rise at least.
_ONCE, _MORE, _EDGES, _RISE = 1.0, 2.5, 0.15, 1.0
#: Pixels in which an edge is where it rises most, and such places at least.
_RIDGE, _FEWEST = 5, 15
#: Softness of a blur at least, as a share of the shorter side (what a phone's portrait mode leaves is 0.01 and more),
#: and times the foreground's.
_BLURRED, _BLURRED_OF_FRONT = 0.006, 2.0


@dataclass(frozen=True, slots=True)
class Backdrop:
    """A backdrop of one colour."""

    #: Which pixels are it.
    mask: Mask
    #: Its colour, sRGB 0–255.
    colour: tuple[int, int, int]
    #: Whether it is of a colour for keying.
    is_key: bool


def backdrop_of(picture: Picture) -> Backdrop | None:
    """The plain backdrop of a uint8 (h, w, 3) RGB picture, best about 100 pixels high or wide; None without one."""
    if min(picture.shape[:2]) < 16:
        return None
    split = _split(picture)
    border = _border(picture.shape[:2])
    main = _main_colour(split[border])
    if main is None:
        return None
    alike = _alike(split, main, border)
    key = is_key_colour(_median(picture, border & alike))
    whole = alike if key else _hanging_together(alike, border)
    if whole[border].mean() < _HELD or whole.mean() < _COVERED or not _is_plain(split[..., 0], whole, key):
        return None
    colour = _median(picture, whole)
    return Backdrop(whole, colour, is_key_colour(colour))


def is_key_colour(colour: tuple[int, int, int]) -> bool:
    """Whether an sRGB colour is one of those that screens for keying have."""
    red, green, blue = (level / 255 for level in colour)
    highest, lowest = max(red, green, blue), min(red, green, blue)
    if highest < _LIT or highest - lowest < _SATURATED * highest:
        return False
    if highest == green:
        hue = 120 + 60 * (blue - red) / (highest - lowest)
    elif highest == blue:
        hue = 240 + 60 * (red - green) / (highest - lowest)
    else:
        return False
    return _GREEN[0] <= hue <= _GREEN[1] or _BLUE[0] <= hue <= _BLUE[1]


def softness(picture: Picture, mask: Mask) -> float | None:
    """How far out of focus the edges of what is `mask` are, as a share of the shorter side; None without edges.

    As the width (sigma) of a Gaussian that blurs a sharp edge so: at an edge of width s the gradients of the picture
    blurred once and once more have the quotient R² = (s² + a² + b²) / (s² + a²). `picture` uint8 (h, w, 3) RGB or
    (h, w), best about 360 pixels high or wide; `mask` of the same size.
    """
    grey = (picture if picture.ndim == 2 else cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)).astype(np.float32)
    once = np.asarray(cv2.GaussianBlur(grey, (0, 0), _ONCE), np.float32)
    sharp, dull = _gradient(once), _gradient(np.asarray(cv2.GaussianBlur(once, (0, 0), _MORE), np.float32))
    ridges = sharp >= cv2.dilate(sharp, np.ones((_RIDGE, _RIDGE), np.uint8))
    if mask.sum() < 200:
        return None
    weak, strong = np.quantile(dull[mask], [0.3, 1 - _EDGES])
    edges = mask & ridges & (dull >= max(strong, _RISE))
    if edges.sum() < _FEWEST:
        return None
    # What gradient flat parts have is noise; edges have it, too.
    noise = float(np.square(sharp[mask & (dull <= weak)]).mean())
    quotients = np.maximum(np.square(sharp[edges]) - noise, 0) / np.square(dull[edges])
    # A place has depth: of one in focus a part is sharp, of a blur nothing.
    quotient = float(np.quantile(quotients, 0.75))
    width = _MORE**2 / max(quotient - 1, 1e-3) - _ONCE**2
    return float(max(0.0, width) ** 0.5 / min(grey.shape))


def _gradient(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(np.hypot(*(cv2.Sobel(picture, cv2.CV_32F, x, 1 - x, ksize=3) / 8 for x in (0, 1))), np.float32)


def is_blurred(behind: float | None, front: float | None) -> bool | None:
    """Whether a background of softness `behind` is out of focus, as against a foreground of softness `front`.

    None where one of them can't be told.
    """
    if behind is None or front is None:
        return None
    return behind >= max(_BLURRED, _BLURRED_OF_FRONT * front)


def plain_colour(picture: Picture, mask: Mask) -> tuple[int, int, int] | None:
    """The colour of what is `mask` in a small RGB picture, where that is one colour; else None."""
    if mask.sum() < 50:
        return None
    split = _split(picture)
    main = _main_colour(split[mask])
    if main is None:
        return None
    alike = _alike(split, main, mask) & mask
    colour = _median(picture, alike)
    held = float(alike.sum() / mask.sum())
    return colour if held >= _HELD + 0.1 and _is_plain(split[..., 0], alike, is_key_colour(colour)) else None


def _split(picture: Picture) -> NDArray[np.float32]:
    """Luma, Cr and Cb, with less noise."""
    return np.asarray(cv2.cvtColor(cv2.blur(picture, (3, 3)), cv2.COLOR_RGB2YCrCb), np.float32)


def _median(picture: Picture, mask: Mask) -> tuple[int, int, int]:
    if not mask.any():
        return 0, 0, 0
    red, green, blue = np.median(picture[mask], axis=0).round().astype(int).tolist()
    return red, green, blue


def _border(size: tuple[int, ...]) -> Mask:
    height, width = size[:2]
    border = np.ones((height, width), bool)
    rows, columns = max(2, round(_BORDER * height)), max(2, round(_BORDER * width))
    border[rows:, columns : width - columns] = False
    border[round(_UPPER * height) :] = False
    return border


def _main_colour(pixels: NDArray[np.float32]) -> NDArray[np.float32] | None:
    """The commonest Y, Cr, Cb, if it holds a good part of `pixels`: the mode of a coarse histogram, made finer."""
    bins = (pixels // 24).astype(np.int64) @ np.array([1, 16, 256])
    values, counts = np.unique(bins, return_counts=True)
    inside = pixels[bins == values[int(np.argmax(counts))]]
    main = np.median(inside, axis=0)
    near = np.abs(pixels - main).max(axis=1) <= 24
    if near.mean() < _HELD / 3:
        return None
    return np.asarray(np.median(pixels[near], axis=0), np.float32)


def _alike(split: NDArray[np.float32], main: NDArray[np.float32], where: Mask) -> Mask:
    """Which pixels have the main colour that `where` has; of a strong colour the light may vary."""
    red, blue = main[1] - 128, main[2] - 128
    strength = float(np.hypot(red, blue))
    off = split - main
    near = np.abs(off[where])
    near = near[(near <= (_LUMA[1], _CHROMA[1], _CHROMA[1])).all(axis=1)]
    spread = 1.4826 * np.median(near, axis=0) if len(near) else np.zeros(3)
    luma = float(np.clip(_SPREADS * spread[0], *_LUMA))
    chroma = float(np.clip(_SPREADS * max(spread[1], spread[2]), *_CHROMA))
    same = (np.abs(off[..., 0]) <= luma) & (np.hypot(off[..., 1], off[..., 2]) <= chroma)
    if strength < _COLOURED:
        return np.asarray(same)
    there = split[..., 1] - 128, split[..., 2] - 128
    strengths = np.hypot(*there)
    across = (there[0] * red + there[1] * blue) / np.maximum(strengths * strength, 1e-3)
    hue = across >= np.cos(np.radians(_HUE))
    return np.asarray(same | (hue & (strengths >= _WEAKER * strength) & (strengths <= _STRONGER * strength)))


def _hanging_together(alike: Mask, border: Mask) -> Mask:
    """The parts of `alike` that reach the border."""
    _, parts = cv2.connectedComponents(alike.astype(np.uint8), connectivity=4)
    reached = np.unique(parts[border & alike])
    return np.asarray(np.isin(parts, reached) & alike)


def _is_plain(luma: NDArray[np.float32], mask: Mask, key: bool) -> bool:
    """Whether `mask` has hardly any grain and, but for key colours, is evenly lit."""
    inner = cv2.erode(mask.astype(np.uint8), np.ones((5, 5), np.uint8)).astype(bool)
    if inner.sum() < 20:
        return False
    across = np.abs(np.diff(luma, axis=1, append=luma[:, -1:]))
    down = np.abs(np.diff(luma, axis=0, append=luma[-1:]))
    if float((across + down)[inner].mean() / 2) > _PLAIN:
        return False
    # Light that falls off smoothly, as from a lamp or a window: a parabola.
    y, x = (place.astype(np.float32) / max(luma.shape) for place in np.nonzero(inner))
    light = np.column_stack([np.ones_like(x), x, y, x * x, x * y, y * y])
    levels = luma[inner]
    fitted = light @ np.linalg.lstsq(light, levels, rcond=None)[0]
    return float((levels - fitted).std()) <= (_EVEN_SCREEN if key else _EVEN)
