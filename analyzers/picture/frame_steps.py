"""How does each frame differ from the one before?

Cheap measures of every step between neighbouring frames, shared by what looks for freezes, flashes, rhythms and bursts.
The speed is that of normal flow (Horn & Schunck, "Determining optical flow", 1981) over a small, smooth picture: the
change in time divided by the change in space, linear up to about four hundredths of the width per step.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from analyzers.media import FrameBatch

Floats = NDArray[np.float32]

#: Cells along the shorter side of the small picture, and pixels of a block whose change is a mean.
_CELLS, _BLOCK = 24, 4
#: Share of the blocks that change most, whose mean is the peak; and grey levels from which a block changes at all.
_MOST, _CHANGE = 0.02, 0.5
#: Frames looked at together; memory stays small for any length.
_CHUNK = 256


@dataclass(frozen=True, slots=True)
class FrameSteps:
    """Measures of every frame and of its step from the frame before (0 for the first), float32."""

    #: (n, cells, 3): mean colours 0–255 over a coarse grid.
    cells: Floats
    #: (n,): grey levels, mean over the picture and mean of the blocks that change most.
    mean: Floats
    peak: Floats
    #: (n,): share 0–1 of the picture that changes at all, be it by noise.
    share: Floats
    #: (n,): frame widths that the content moves, by normal flow; 0 without details.
    speed: Floats
    #: (n,): grey levels between a frame and the mean of its two neighbours; 0 for the first and the last.
    bend: Floats


def frame_steps(frames: FrameBatch) -> FrameSteps:
    """The measures of RGB `frames`, best of the view `EVERY_FRAME`."""
    count = len(frames)
    height, width = frames.pixels.shape[1:3]
    grid = _scaled((width, height), _CELLS)
    cells = np.zeros((count, grid[0] * grid[1], 3), np.float32)
    mean, peak, share, speed, bend = (np.zeros(count, np.float32) for _ in range(5))
    for start, grey in _greys(frames):
        stop = start + len(grey)
        small = np.empty((len(grey), grid[1], grid[0], 3), np.float32)
        for index, frame in enumerate(frames.pixels[start:stop]):
            small[index] = cv2.resize(frame, grid, interpolation=cv2.INTER_AREA)
        cells[start:stop] = small.reshape(len(grey), -1, 3)
        mean[start + 1 : stop], peak[start + 1 : stop], share[start + 1 : stop] = _changes(grey)
        speed[start + 1 : stop] = _speeds(small.mean(axis=3)) / np.float32(grid[0])
        if len(grey) > 2:
            bend[start + 1 : stop - 1] = _bends(grey)
    return FrameSteps(cells, mean, peak, share, speed, bend)


def _scaled(size: tuple[int, int], shorter: int) -> tuple[int, int]:
    scale = min(1.0, shorter / min(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _greys(frames: FrameBatch) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    """Number of the first, and grey pictures of runs of frames that share two frames with the run before."""
    height, width = frames.pixels.shape[1:3]
    start = 0
    while True:
        part = frames.pixels[start : start + _CHUNK]
        grey = cv2.cvtColor(np.ascontiguousarray(part).reshape(-1, width, 3), cv2.COLOR_RGB2GRAY)
        yield start, np.asarray(grey, np.uint8).reshape(-1, height, width)
        if start + _CHUNK >= len(frames):
            return
        start += _CHUNK - 2


def _changes(grey: NDArray[np.uint8]) -> tuple[Floats, Floats, Floats]:
    """Mean change, mean of the most changed blocks, and share of changed blocks, of each step within `grey`."""
    height, width = grey.shape[1:]
    size = (max(1, width // _BLOCK), max(1, height // _BLOCK))
    most = max(1, round(_MOST * size[0] * size[1]))
    mean, peak, share = np.empty((3, len(grey) - 1), np.float32)
    for index in range(len(grey) - 1):
        change = cv2.absdiff(grey[index + 1], grey[index])
        blocks = cv2.resize(change.astype(np.float32), size, interpolation=cv2.INTER_AREA).ravel()
        mean[index] = blocks.mean()
        peak[index] = np.partition(blocks, -most)[-most:].mean()
        share[index] = (blocks > _CHANGE).mean()
    return mean, peak, share


def _speeds(small: Floats) -> Floats:
    """Cells that the content moves in each step within float32 (n, height, width)."""
    if min(small.shape[1:]) < 3:
        return np.zeros(len(small) - 1, np.float32)
    middle = (small[1:] + small[:-1]) / 2
    across = (middle[:, 1:-1, 2:] - middle[:, 1:-1, :-2]) / 2
    down = (middle[:, 2:, 1:-1] - middle[:, :-2, 1:-1]) / 2
    changed = np.square(small[1:] - small[:-1])[:, 1:-1, 1:-1].mean(axis=(1, 2))
    slopes = (np.square(across) + np.square(down)).mean(axis=(1, 2)) / 2
    return np.asarray(np.sqrt(changed / np.maximum(slopes, 1.0)), np.float32)


def _bends(grey: NDArray[np.uint8]) -> Floats:
    """Mean grey levels between each frame within `grey` and the mean of its neighbours, but for the first and last."""
    bend = np.empty(len(grey) - 2, np.float32)
    for index in range(1, len(grey) - 1):
        between = cv2.addWeighted(grey[index - 1], 0.5, grey[index + 1], 0.5, 0)
        bend[index - 1] = cv2.absdiff(grey[index], between).mean()
    return bend
