"""How do pictures become what a network was trained on?

On the network's own device, in torch: bytes go over, everything else happens there. Sources give the sizes and the
normalisation; the arithmetic is the one of the published processors.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


def planes(pictures: Sequence[NDArray[np.uint8]], device: Any, dtype: Any) -> Any:
    """Pictures of one size, (h, w, 3) uint8 RGB each, as a tensor (n, 3, h, w) in 0…1 on `device`."""
    import torch

    stacked = torch.from_numpy(np.ascontiguousarray(np.stack(pictures)))
    return stacked.to(device, non_blocking=True).permute(0, 3, 1, 2).to(dtype) / 255


def resized(images: Any, height: int, width: int, mode: str = "bicubic") -> Any:
    """`images` (n, 3, h, w) at another size, without aliasing when it shrinks; `mode` "bicubic" or "bilinear"; 0…1."""
    import torch

    if tuple(images.shape[-2:]) == (height, width):
        return images
    larger = torch.nn.functional.interpolate(
        images.float(), (height, width), mode=mode, align_corners=False, antialias=True
    )
    return larger.clamp(0, 1).to(images.dtype)


def normalised(images: Any, mean: Sequence[float], std: Sequence[float]) -> Any:
    """`images` (n, 3, h, w) in 0…1 minus `mean`, divided by `std`, per channel."""
    import torch

    def per_channel(values: Sequence[float]) -> Any:
        return torch.tensor(values, dtype=images.dtype, device=images.device).view(1, -1, 1, 1)

    return (images - per_channel(mean)) / per_channel(std)


def letterboxed(images: Any, side: int, fill: float) -> tuple[Any, float, int, int]:
    """`images` (n, 3, h, w) scaled to fit into `side` x `side`, centred on `fill`: (n, 3, side, side).

    Also the scale, and the pixels added at the left and at the top: x_in = x_out / scale after they are taken off.
    """
    import torch

    height, width = images.shape[-2:]
    scale = side / max(height, width)
    new_height, new_width = max(1, round(height * scale)), max(1, round(width * scale))
    left, top = (side - new_width) // 2, (side - new_height) // 2
    padding = (left, side - new_width - left, top, side - new_height - top)
    inside = resized(images, new_height, new_width)
    return torch.nn.functional.pad(inside, padding, value=fill), scale, left, top
