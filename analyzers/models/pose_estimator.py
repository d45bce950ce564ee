"""Which people are on a picture, and where are their joints?

A YOLO network with key points: YOLO26-pose, or YOLO11-pose by `MODEL_CHOICE` (Ultralytics, AGPL-3.0), trained on the
17 points of COCO. People are found in every picture anew; who they are is not asked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from analyzers.models.torch_model import TorchModel
from analyzers.models.yolo_network import letterboxed, load, rows, undone

if TYPE_CHECKING:
    from analyzers.models import ModelSource

#: The order of the key points; left and right are the person's own.
KEY_POINTS = (
    "nose", "left_eye", "right_eye", "left_ear", "right_ear",
    "left_shoulder", "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist",
    "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle",
)  # fmt: skip
#: Score from which someone is told at all; as the detector.
AT_LEAST = 0.1


@dataclass(frozen=True, slots=True)
class Bodies:
    """The people on one picture, best first."""

    #: float32 (n, 4): x1, y1, x2, y2, normalised 0–1.
    boxes: NDArray[np.float32]
    #: float32 (n,), 0–1, AT_LEAST or more, falling.
    scores: NDArray[np.float32]
    #: float32 (n, 17, 3), in the order of KEY_POINTS: x, y normalised 0–1, and how surely the point is seen, 0–1.
    points: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.scores)


class PoseEstimator(TorchModel[NDArray[np.uint8], Bodies]):
    """Answers a picture, uint8 (h, w, 3) RGB, with the people on it."""

    role: ClassVar[str] = "pose"

    @classmethod
    def load(cls, source: "ModelSource") -> Self:
        """Raises: Unavailable, with the command that mends it."""
        network, _ = load(cls, source, "pose")
        return cls(network, source)

    def forward(self, network: Any, items: Sequence[NDArray[np.uint8]]) -> list[Bodies]:
        import torch

        images, placement = letterboxed(network, items, self.spec.input_size)
        found, _ = rows(network, images, AT_LEAST)
        answers = []
        for each in found:
            points = each[:, 6:].reshape(len(each), len(KEY_POINTS), 3)
            placed = torch.cat((undone(points[..., :2], placement), points[..., 2:]), -1)
            corners = undone(each[:, :4].reshape(-1, 2, 2), placement).reshape(-1, 4)
            answers.append(Bodies(corners.cpu().numpy(), each[:, 4].cpu().numpy(), placed.cpu().numpy()))
        return answers
