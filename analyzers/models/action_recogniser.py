"""What do hands do with things, over a few seconds?

V-JEPA 2 ViT-L (Assran et al. 2025, https://arxiv.org/abs/2506.09985; MIT) with an attentive probe trained on
Something-Something v2: 174 movements such as "Pouring [something] into [something]", seen in 16 pictures.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from analyzers.models.pixels import normalised, planes, resized
from analyzers.models.torch_model import TorchModel

if TYPE_CHECKING:
    from analyzers.models import ModelSource

#: Mean and standard deviation of each channel, as published (ImageNet's).
_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
#: The shorter side before the square is cut out of its middle, over the side of that square, as published.
_AROUND = 256 / 224


class ActionRecogniser(TorchModel[NDArray[np.uint8], NDArray[np.float32]]):
    """Answers to `pictures` pictures of one stretch, uint8 (t, h, w, 3), with a probability (labels,) of each label."""

    role: ClassVar[str] = "action"
    max_batch: ClassVar[int] = 4

    def __init__(self, network: Any, source: "ModelSource") -> None:
        #: How many pictures it sees of each stretch.
        self.pictures: int = network.config.frames_per_clip
        names = network.config.id2label
        #: What it can tell, in its publisher's words.
        self.labels: tuple[str, ...] = tuple(names[number] for number in range(len(names)))
        super().__init__(network, source)

    @classmethod
    def load(cls, source: "ModelSource") -> Self:
        from transformers import VJEPA2ForVideoClassification

        folder = source.folder(cls)
        return cls(
            VJEPA2ForVideoClassification.from_pretrained(folder, local_files_only=True, use_safetensors=True), source
        )

    def forward(self, network: Any, items: Sequence[NDArray[np.uint8]]) -> list[NDArray[np.float32]]:
        import torch

        clips = torch.stack([prepared(item, network.config.crop_size, network.device) for item in items])
        logits = network(pixel_values_videos=clips.to(network.dtype)).logits
        return list(logits.float().softmax(dim=-1).cpu().numpy())


def prepared(pictures: NDArray[np.uint8], side: int, device: Any) -> Any:
    """`pictures` (t, h, w, 3) as the network sees them: (t, 3, side, side) from the middle, normalised."""
    import torch

    height, width = pictures.shape[1:3]
    shorter = int(side * _AROUND)
    scale = shorter / min(height, width)
    larger = (shorter, int(width * scale)) if height <= width else (int(height * scale), shorter)
    images = resized(planes(list(pictures), device, torch.float32), *larger, mode="bilinear")
    top, left = round((larger[0] - side) / 2), round((larger[1] - side) / 2)
    return normalised(images[..., top : top + side, left : left + side], _MEAN, _STD)
