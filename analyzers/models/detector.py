"""What things are on a picture, where, and which of its pixels are theirs?

A YOLO network with masks: YOLO26-seg, or YOLO11-seg by `MODEL_CHOICE` (Ultralytics, AGPL-3.0), trained on the 80
kinds of things of COCO. What it has no word for it doesn't see.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from analyzers.models.torch_model import TorchModel
from analyzers.models.yolo_network import Placement, letterboxed, load, rows, undone

if TYPE_CHECKING:
    from analyzers.models import ModelSource

#: Score from which something is told at all: what is followed over time needs the doubtful ones too (ByteTrack's lower
#: threshold); who counts things takes those of `SURE`.
AT_LEAST = 0.1
#: Score from which a single picture is believed: the publisher's default.
SURE = 0.25


@dataclass(frozen=True, slots=True)
class Detections:
    """What is on one picture, best first."""

    #: float32 (n, 4): x1, y1, x2, y2, normalised 0–1.
    boxes: NDArray[np.float32]
    #: float32 (n,), 0–1, AT_LEAST or more, falling.
    scores: NDArray[np.float32]
    #: What each is, such as "person".
    labels: tuple[str, ...]
    #: bool (n, h, w): its pixels, on the whole picture at a fourth of the size the network saw; None when dropped.
    masks: NDArray[np.bool_] | None = None

    def __len__(self) -> int:
        return len(self.labels)


class ObjectDetector(TorchModel[NDArray[np.uint8], Detections]):
    """Answers a picture, uint8 (h, w, 3) RGB, with what is on it."""

    role: ClassVar[str] = "detector"

    def __init__(self, network: Any, names: tuple[str, ...], source: "ModelSource") -> None:
        super().__init__(network, source)
        #: The kinds of things it knows.
        self.names = names

    @classmethod
    def load(cls, source: "ModelSource") -> Self:
        """Raises: Unavailable, with the command that mends it."""
        network, names = load(cls, source, "segment")
        return cls(network, names, source)

    def forward(self, network: Any, items: Sequence[NDArray[np.uint8]]) -> list[Detections]:
        images, placement = letterboxed(network, items, self.spec.input_size)
        found, prototypes = rows(network, images, AT_LEAST)
        size = (images.shape[-2], images.shape[-1])
        return [
            self._detections(each, prototype.float(), placement, size)
            for each, prototype in zip(found, prototypes, strict=True)
        ]

    def _detections(self, found: Any, prototype: Any, placement: Placement, size: tuple[int, int]) -> Detections:
        corners = undone(found[:, :4].reshape(-1, 2, 2), placement).reshape(-1, 4)
        return Detections(
            boxes=corners.cpu().numpy(),
            scores=found[:, 4].cpu().numpy(),
            labels=tuple(self.names[int(number)] for number in found[:, 5].tolist()),
            masks=_masks(found, prototype, placement, size),
        )


def _masks(found: Any, prototype: Any, placement: Placement, size: tuple[int, int]) -> NDArray[np.bool_]:
    """Where the weighted sum of prototypes is positive inside the box (Bolya et al., YOLACT, 2019), without padding."""
    import torch

    channels, height, width = prototype.shape
    shrink = torch.tensor([width / size[1], height / size[0]] * 2, dtype=found.dtype, device=found.device)
    x1, y1, x2, y2 = (found[:, :4] * shrink)[:, :, None, None].unbind(1)
    columns = torch.arange(width, device=found.device)[None, None, :]
    lines = torch.arange(height, device=found.device)[None, :, None]
    inside = (columns >= x1) & (columns < x2) & (lines >= y1) & (lines < y2)
    masks = ((found[:, 6:] @ prototype.view(channels, -1)).view(-1, height, width) > 0) & inside
    down, across = height / size[0], width / size[1]
    top, left = round(placement.top * down), round(placement.left * across)
    tall, wide = max(1, round(placement.height * down)), max(1, round(placement.width * across))
    cut: NDArray[np.bool_] = masks[:, top : top + tall, left : left + wide].cpu().numpy()
    return cut
