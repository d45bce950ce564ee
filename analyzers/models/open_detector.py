"""Where in a picture is what words name?

OWLv2 base, ensemble of its training stages (Minderer et al. 2023, https://arxiv.org/abs/2306.09683; Apache-2.0): the
picture, made a square by black at its right or bottom, is cut into patches; each proposes a box and is compared with
every phrase. One thing may be found by several patches: overlapping boxes are left to the caller.
"""

import threading
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from analyzers.models.pixels import normalised, planes
from analyzers.models.torch_model import TorchModel
from analyzers.models.word_tokens import ClipWords

if TYPE_CHECKING:
    from analyzers.models import ModelSource

Floats = NDArray[np.float32]
Phrases = tuple[str, ...]

#: Mean and standard deviation of each channel, as published (CLIP's).
_MEAN, _STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
#: Score 0–1 up to which a patch has found nothing, as in its publisher's examples.
FLOOR = 0.1


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """What was found in one picture, unsorted."""

    #: Which phrase, int (n,).
    phrases: NDArray[np.int64]
    #: 0–1, float32 (n,), over FLOOR.
    scores: Floats
    #: x1, y1, x2, y2 normalised 0–1, float32 (n, 4).
    boxes: Floats


@dataclass(frozen=True, slots=True, eq=False)
class _Look:
    """One picture and what is looked for in it."""

    #: uint8 (h, w, 3).
    picture: NDArray[np.uint8]
    phrases: Phrases


class OpenDetector(TorchModel[Any, Any]):
    """Looks, and words as int64 (length,), stand in one line: each batch is of one kind and for the same phrases."""

    role: ClassVar[str] = "open_detector"
    max_batch: ClassVar[int] = 4

    def __init__(self, network: Any, source: "ModelSource", words: ClipWords) -> None:
        self._words = words
        self._known: dict[Phrases, Floats] = {}
        self._reading = threading.Lock()
        super().__init__(network, source)

    @classmethod
    def load(cls, source: "ModelSource") -> Self:
        from transformers import Owlv2ForObjectDetection

        folder = source.folder(cls)
        network: Any = Owlv2ForObjectDetection.from_pretrained(folder, local_files_only=True, use_safetensors=True)
        return cls(network, source, ClipWords(folder, network.config.text_config.max_position_embeddings))

    def find(self, pictures: Sequence[NDArray[np.uint8]], phrases: Phrases) -> list[Found]:
        """Where in each of `pictures`, uint8 RGB (h, w, 3), things are that `phrases` name, such as "a photo of a cup".

        The phrases are worked out once, for analyzers ask for fixed lists.
        """
        with self._reading:
            if phrases not in self._known:
                self._known[phrases] = np.stack(self.ask([self._words.numbers(phrase) for phrase in phrases]))
        return self.ask([_Look(picture, phrases) for picture in pictures])

    def shape(self, item: Any) -> Hashable:
        return (item.picture.shape, item.phrases) if isinstance(item, _Look) else item.shape

    def forward(self, network: Any, items: Sequence[Any]) -> list[Any]:
        if not isinstance(items[0], _Look):
            return _queries(network, items)
        height, width = items[0].picture.shape[:2]
        images = prepared([item.picture for item in items], network.config.vision_config.image_size, network.device)
        seen, _ = network.image_embedder(pixel_values=images.to(network.dtype))
        patches = seen.flatten(1, 2)
        logits = network.class_predictor(patches, self._queries_for(network, items))[0].float()
        boxes = network.box_predictor(patches, seen).float()
        return [_found(*each, height, width) for each in zip(logits, boxes, strict=True)]

    def _queries_for(self, network: Any, looks: Sequence[_Look]) -> Any:
        """(looks, phrases, d) on the device of `network`."""
        import torch

        known = torch.from_numpy(self._known[looks[0].phrases]).to(network.device, network.dtype)
        return known.expand(len(looks), *known.shape)


def prepared(pictures: Sequence[NDArray[np.uint8]], side: int, device: Any) -> Any:
    """`pictures` of one size as the network sees them: (n, 3, side, side), black to the right or below, normalised.

    Shrunk as its publisher does: blurred by a Gaussian that grows with the factor, then sampled bilinearly.
    """
    import torch

    images = planes(pictures, device, torch.float32)
    height, width = images.shape[-2:]
    square = max(height, width)
    images = torch.nn.functional.pad(images, (0, square - width, 0, square - height))
    images = _blurred(images, (square / side - 1) / 2)
    images = torch.nn.functional.interpolate(images, (side, side), mode="bilinear", align_corners=False)
    return normalised(images, _MEAN, _STD)


def _blurred(images: Any, sigma: float) -> Any:
    """`images` (n, 3, h, w) under a Gaussian of `sigma` pixels, mirrored at the edges."""
    import torch

    if sigma <= 0:
        return images
    reach = int(np.ceil(3 * sigma))
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    kernel = torch.tensor(weights / weights.sum(), dtype=images.dtype, device=images.device)
    images = torch.nn.functional.pad(images, (reach, reach, reach, reach), mode="reflect")
    for shape in ((1, 1, -1, 1), (1, 1, 1, -1)):
        images = torch.nn.functional.conv2d(
            images, kernel.view(shape).expand(3, *kernel.view(shape).shape[1:]), groups=3
        )
    return images


def _queries(network: Any, numbers: Sequence[NDArray[np.int64]]) -> list[Floats]:
    """The unit vectors of phrases."""
    import torch

    ids = torch.from_numpy(np.stack(numbers)).to(network.device)
    features = network.owlv2.get_text_features(input_ids=ids, attention_mask=(ids > 0).long()).pooler_output
    return list(torch.nn.functional.normalize(features.float(), dim=-1).cpu().numpy())


def _found(logits: Any, boxes: Any, height: int, width: int) -> Found:
    """What is over FLOOR. `logits` (patches, phrases); `boxes` (patches, 4): middle and size in the square."""
    best, phrases = logits.max(dim=-1)
    scores = best.sigmoid()
    over = scores > FLOOR
    x, y, wide, high = boxes[over].unbind(-1)
    corners = np.stack(
        [side.cpu().numpy() for side in (x - wide / 2, y - high / 2, x + wide / 2, y + high / 2)], axis=-1
    )
    square = max(height, width)
    corners *= np.array([square / width, square / height] * 2, np.float32)
    return Found(phrases[over].cpu().numpy(), scores[over].cpu().numpy(), corners.clip(0, 1))
