"""How are moving pictures edited so that the effect is known to the frame?"""

from collections.abc import Sequence
from functools import lru_cache

import cv2
import numpy as np

from analyzers.media import FrameBatch
from analyzers.picture.frame_steps import FrameSteps, frame_steps
from tests.analyzers.picture.scenes import UPRIGHT, Camera, Pixels, batch, handheld, noisy, shot

#: Sizes, frame rates and bit rates (None: high quality) at which effects are tried after encoding.
ENCODINGS = {
    "small and upright at 30 per second": ((320, 180), 30, None),
    "upright at 24 per second, coarsely coded": ((640, 360), 24, 240_000),
    "wide at 60 per second": ((480, 854), 60, None),
}


def panning(t: float) -> tuple[float, float, float, float]:
    """A quarter of the frame width per second."""
    return 0.25 * t - 0.5, 0.0, 1.0, 0.0


@lru_cache(maxsize=8)
def filmed_by(
    camera: Camera | None, seconds: float = 4.0, fps: int = 30, size: tuple[int, int] = UPRIGHT, seed: int = 7
) -> Pixels:
    """A noisy shot by a moving camera."""
    pixels = noisy(shot(seed, seconds, fps=fps, size=size, camera=camera, span=4.0), 2)
    pixels.flags.writeable = False
    return pixels


HAND = handheld(3, 0.01)


def frozen(pixels: Pixels, first: int, last: int) -> Pixels:
    """Frames `first` to `last` (half-open) repeat the one before."""
    pixels = pixels.copy()
    pixels[first:last] = pixels[first - 1]
    return pixels


def slowed(pixels: Pixels, first: int, last: int, times: float, *, blended: bool = False) -> Pixels:
    """Frames `first` to `last` run so many times slower, by repeated or blended frames; then it goes on at once."""
    middle = []
    for number in range(last - first):
        at = first + number / times
        share = at - int(at) if blended else 0.0
        picture = (1 - share) * pixels[int(at)] + share * pixels[int(at) + 1]
        middle.append(picture.round().astype(np.uint8))
    rest = pixels[first + round((last - first) / times) :]
    return np.concatenate([pixels[:first], np.stack(middle), rest])[: len(pixels)]


def enlarged_about_the_middle(pixels: Pixels, factor: float) -> Pixels:
    height, width = pixels.shape[1:3]
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), 0, factor)
    return np.stack([cv2.warpAffine(picture, matrix, (width, height)) for picture in pixels])


def measured(pixels: Pixels, fps: float = 30, times: Sequence[float] | None = None) -> tuple[FrameBatch, FrameSteps]:
    frames = batch(pixels, fps, times)
    return frames, frame_steps(frames)
