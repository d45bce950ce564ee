"""What does a network say of every picture of a view?

It is asked in parts, so that its answers can be boiled down before the next ones come, and once for pictures that
repeat: a still video is one picture to it.
"""

from collections.abc import Callable, Iterator
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from analyzers.media import FrameBatch
from analyzers.models.torch_model import TorchModel

Answer = TypeVar("Answer")
Kept = TypeVar("Kept")

#: Pictures asked for at once: as many as the largest batches on a card.
_AT_ONCE = 32


def watched(
    frames: FrameBatch, model: TorchModel[NDArray[np.uint8], Answer], keep: Callable[[Answer], Kept]
) -> tuple[Kept, ...]:
    """What `keep` makes of the answer of `model` to each picture of `frames`."""
    kept: list[Kept] = []
    groups = list(_repeating(frames))
    for first in range(0, len(groups), _AT_ONCE):
        part = groups[first : first + _AT_ONCE]
        for group, answer in zip(part, model.ask([frames.pixels[group[0]] for group in part]), strict=True):
            kept += [keep(answer)] * len(group)
    return tuple(kept)


def _repeating(frames: FrameBatch) -> Iterator[range]:
    """Runs of pictures that are the same to the last bit, in order."""
    begin = 0
    for index in range(1, len(frames) + 1):
        if index == len(frames) or not np.array_equal(frames.pixels[index], frames.pixels[begin]):
            yield range(begin, index)
            begin = index
