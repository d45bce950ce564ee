"""What do people do to a video before they post it again?"""

from collections.abc import Callable, Mapping
from fractions import Fraction

import cv2
import numpy as np
from numpy.typing import NDArray

from tests.analyzers.picture.stills import lettered

Picture = NDArray[np.uint8]


def part(picture: Picture, left: float, top: float, size: float) -> Picture:
    """The part of a picture from (left, top) on, `size` of its sides; sides even, as encoders like them."""
    height, width = picture.shape[:2]
    y, x = round(top * height), round(left * width)
    return picture[y : y + round(size * height) // 2 * 2, x : x + round(size * width) // 2 * 2]


def captioned(picture: Picture) -> Picture:
    """With two lines of large text a quarter from the bottom."""
    height, width = picture.shape[:2]
    return lettered(picture, "WAIT FOR IT\nyou won't believe", (width // 2, round(0.75 * height)), width // 10)


def mirrored(picture: Picture) -> Picture:
    return np.ascontiguousarray(picture[:, ::-1])


def letterboxed(picture: Picture) -> Picture:
    """Between black bars of a quarter of its height, above and below."""
    return np.pad(picture, ((picture.shape[0] // 8 * 2,) * 2, (0, 0), (0, 0)))


def half(picture: Picture) -> Picture:
    height, width = (side // 4 * 2 for side in picture.shape[:2])
    return cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)


def filtered(picture: Picture) -> Picture:
    """Warmer, darker, of more contrast."""
    return np.clip((picture.astype(np.float32) - 128) * [1.25, 1.15, 0.95] + [115, 105, 95], 0, 255).astype(np.uint8)


#: By name: what is done to each picture, and how the clip is coded (fps is a share of the original's).
COPIES: Mapping[str, tuple[Callable[[Picture], Picture], Mapping[str, float]]] = {
    "coded again at a low bitrate": (lambda picture: picture, {"bit_rate": 120_000}),
    "half the size": (half, {"bit_rate": 120_000}),
    "half the frame rate": (lambda picture: picture, {"every": 2}),
    "cropped by a tenth around the middle": (lambda picture: part(picture, 0.05, 0.05, 0.9), {}),
    "cropped by a tenth at two sides": (lambda picture: part(picture, 0.1, 0.0, 0.9), {}),
    "cropped by 7 % off the middle": (lambda picture: part(picture, 0.02, 0.05, 0.93), {}),
    "with a caption": (captioned, {}),
    "mirrored": (mirrored, {}),
    "between bars": (letterboxed, {}),
    "with a filter": (filtered, {}),
    "cropped, captioned, mirrored and badly coded": (
        lambda picture: captioned(mirrored(part(picture, 0.05, 0.05, 0.9))),
        {"bit_rate": 150_000},
    ),
}

#: Usual frame rate of the originals here.
FPS = Fraction(24)
