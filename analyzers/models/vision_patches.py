"""How do pictures become the patches that a Qwen-VL network sees?

Two pictures make one step of time; patches of `patch` pixels are ordered so that `merge` x `merge` neighbours, which
the network joins into one token, follow each other. The numbers are those of transformers' Qwen2VLVideoProcessor and
Qwen3VLVideoProcessor, computed on the network's device.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analyzers.models.pixels import normalised, planes, resized

#: Steps of time, rows and columns of patches.
Grid = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Patching:
    """How one network cuts its pictures."""

    #: Pixels of a patch's side.
    patch: int
    #: Patches in a row, and in a column, that make one token.
    merge: int
    #: Pictures in one step of time.
    temporal: int
    #: Per channel, of values in 0…1.
    mean: tuple[float, ...]
    std: tuple[float, ...]

    @property
    def token_side(self) -> int:
        """Pixels of the side of what makes one token."""
        return self.patch * self.merge


def size_for(height: int, width: int, longest: int, side: int) -> tuple[int, int]:
    """Height and width in whole tokens of `side` pixels: the longer one at most `longest`, never scaled up, never none.

    The aspect is kept as nearly as whole tokens allow.
    """
    most = max(longest // side, 1) * side
    scale = min(1.0, most / max(height, width))

    def whole(pixels: int) -> int:
        return min(max(round(pixels * scale / side), 1) * side, most)

    return whole(height), whole(width)


def tokens_of(grid: Grid, merge: int) -> int:
    """Tokens that the pictures of `grid` take."""
    return grid[0] * grid[1] * grid[2] // merge**2


def grid_for(pictures: int, size: tuple[int, int], patching: Patching) -> Grid:
    """The grid of so many pictures of `size` (height, width) in whole tokens."""
    return -(-pictures // patching.temporal), size[0] // patching.patch, size[1] // patching.patch


def patches_of(pictures: Sequence[NDArray[np.uint8]], size: tuple[int, int], patching: Patching, device: Any) -> Any:
    """`pictures` of one size, (h, w, 3) uint8 RGB each, scaled to `size`: float32 (patches, numbers of a patch).

    A last picture without a partner is doubled.
    """
    import torch

    images = resized(planes(pictures, device, torch.float32), *size)
    levels = (images * 255).round() / 255  # the networks were trained on pictures scaled as bytes
    images = normalised(levels, patching.mean, patching.std)
    steps, rows, columns = grid_for(len(pictures), size, patching)
    if missing := steps * patching.temporal - len(pictures):
        images = torch.cat([images, images[-1:].expand(missing, -1, -1, -1)])
    merge, patch = patching.merge, patching.patch
    # time, picture, channel, row of tokens, row in it, pixel, column of tokens, column in it, pixel
    parts = images.reshape(
        steps, patching.temporal, 3, rows // merge, merge, patch, columns // merge, merge, patch
    ).permute(0, 3, 6, 4, 7, 2, 1, 5, 8)
    return parts.reshape(steps * rows * columns, -1)
