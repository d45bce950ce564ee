"""Which of the sampled pictures are worth reading?

Reading costs fifty times what looking costs, so a picture is read only when something with the fine contrast of text
came, went or changed since the last one that is read. A still picture, a talking head before a plain wall and a slow
fade cost one reading; a moving texture costs one per picture.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from analyzers.media import FrameBatch

Picture = NDArray[np.uint8]

#: Pixels: the shorter side of what is compared, and the side of its blocks (a line of 50 px in 1080 is as high).
_SIDE, _BLOCK = 288, 16
#: Grey levels (of 255) that a block's pixels must differ by on average; noise and coding stay under 3.
_CHANGED = 5.0
#: Grey levels per pixel: the mean horizontal gradient of a block that may hold text; a line of text has 15 and more.
_TEXT_LIKE = 8.0
#: How much more contrast a block must have for something new to stand there.
_RISES = 1.5
#: Seconds after which a picture is read even if nothing seems to have changed: faint text is too weak to notice.
_AT_LEAST_EVERY = 5.0


def pictures_worth_reading(frames: FrameBatch) -> list[int]:
    """Indices into `frames` (RGB), the first always among them, increasing."""
    chosen = [0]
    seen = _look(frames.pixels[0])
    for index in range(1, len(frames)):
        now = _look(frames.pixels[index])
        waited = frames.times[index] - frames.times[chosen[-1]]
        if waited >= _AT_LEAST_EVERY or _text_may_differ(seen, now):
            chosen.append(index)
            seen = now
    return chosen


def fresh_detail(picture: Picture, others: Sequence[Picture]) -> NDArray[np.bool_]:
    """The blocks (rows, columns) of a picture (RGB) with the contrast of text where none of `others` has as much.

    What merely moves there has about the same contrast as before; letters that came have more.
    """
    now, then = _look(picture), [_look(other) for other in others]
    detail = _detail(now)
    before = np.maximum.reduce([_detail(other) for other in then])
    changed = np.logical_and.reduce([_blocks(cv2.absdiff(now, other)) > _CHANGED for other in then])
    return np.asarray((detail > _TEXT_LIKE) & (detail > _RISES * before) & changed)


def _look(picture: Picture) -> NDArray[np.uint8]:
    """The picture in grey, its shorter side _SIDE at most."""
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    scale = min(1.0, _SIDE / min(grey.shape))
    size = (max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale)))
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _text_may_differ(before: NDArray[np.uint8], now: NDArray[np.uint8]) -> bool:
    changed = _blocks(cv2.absdiff(before, now)) > _CHANGED
    if not changed.any():
        return False
    return bool((changed & (np.maximum(_detail(before), _detail(now)) > _TEXT_LIKE)).any())


def _detail(grey: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The mean step between horizontal neighbours in each block."""
    return _blocks(cv2.absdiff(grey, np.roll(grey, 1, axis=1)))


def _blocks(levels: NDArray[np.generic]) -> NDArray[np.float32]:
    """The mean of each block."""
    height, width = levels.shape
    size = (max(1, width // _BLOCK), max(1, height // _BLOCK))
    return np.asarray(cv2.resize(np.asarray(levels, dtype=np.float32), size, interpolation=cv2.INTER_AREA))
