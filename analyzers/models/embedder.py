"""Which words fit a picture, for any words?

SigLIP 2 base (Tschannen et al. 2025, https://arxiv.org/abs/2502.14786; Apache-2.0) turns pictures and words into unit
vectors of one space. How well they fit is the sigmoid of their cosine times a learned scale plus a learned bias.
A picture is squashed to a square, as the network was trained.
"""

import json
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from analyzers.models.pixels import normalised, planes, resized
from analyzers.models.torch_model import TorchModel
from analyzers.models.word_tokens import GemmaWords

if TYPE_CHECKING:
    from analyzers.models import ModelSource

Floats = NDArray[np.float32]

#: Mean and standard deviation of each channel, as published.
_HALF = (0.5, 0.5, 0.5)
#: Pillow's numbers for the two ways of resizing, as preprocessor_config.json names them.
_RESIZING = {2: "bilinear", 3: "bicubic"}


class PictureWordEmbedder(TorchModel[NDArray[Any], Floats]):
    """Pictures, uint8 (h, w, 3), and words, int64 (length,), stand in one line: each batch is of one kind."""

    role: ClassVar[str] = "embedder"
    max_batch: ClassVar[int] = 16

    def __init__(self, network: Any, source: "ModelSource", words: GemmaWords, resizing: str) -> None:
        """`resizing`: "bilinear" or "bicubic"."""
        #: A cosine times `scale` plus `bias` is the log-odds that words describe a picture.
        self.scale, self.bias = float(network.logit_scale.detach().exp()), float(network.logit_bias.detach())
        self._words, self._resizing = words, resizing
        self._known: dict[str, Floats] = {}
        self._reading = threading.Lock()
        super().__init__(network, source)

    @classmethod
    def load(cls, source: "ModelSource") -> Self:
        from transformers import SiglipModel

        folder = source.folder(cls)
        network: Any = SiglipModel.from_pretrained(folder, local_files_only=True, use_safetensors=True)
        words = GemmaWords(folder / "tokenizer.json", network.config.text_config.max_position_embeddings)
        return cls(network, source, words, _resizing_of(folder / "preprocessor_config.json"))

    def pictures(self, pictures: Sequence[NDArray[np.uint8]]) -> Floats:
        """The unit vectors (n, d) of `pictures`, uint8 RGB (h, w, 3) each."""
        return np.stack(self.ask(pictures))

    def words(self, texts: Sequence[str]) -> Floats:
        """The unit vectors (n, d) of `texts`; each text is worked out once, for analyzers ask for fixed lists."""
        with self._reading:
            unknown = [text for text in dict.fromkeys(texts) if text not in self._known]
            vectors = self.ask([self._words.numbers(text) for text in unknown])
            self._known.update(zip(unknown, vectors, strict=True))
            return np.stack([self._known[text] for text in texts])

    def forward(self, network: Any, items: Sequence[NDArray[Any]]) -> list[Floats]:
        import torch

        are_pictures = items[0].ndim == 3
        features = self._of_pictures(network, items) if are_pictures else _of_words(network, items)
        return list(torch.nn.functional.normalize(features.float(), dim=-1).cpu().numpy())

    def _of_pictures(self, network: Any, pictures: Sequence[NDArray[np.uint8]]) -> Any:
        images = prepared(pictures, network.config.vision_config.image_size, self._resizing, network.device)
        return network.get_image_features(pixel_values=images.to(network.dtype)).pooler_output


def prepared(pictures: Sequence[NDArray[np.uint8]], side: int, resizing: str, device: Any) -> Any:
    """`pictures` of one size as the network sees them: (n, 3, side, side) in −1…1."""
    import torch

    return normalised(resized(planes(pictures, device, torch.float32), side, side, resizing), _HALF, _HALF)


def _of_words(network: Any, numbers: Sequence[NDArray[np.int64]]) -> Any:
    import torch

    return network.get_text_features(input_ids=torch.from_numpy(np.stack(numbers)).to(network.device)).pooler_output


def _resizing_of(published: Path) -> str:
    """How pictures were resized for the network's training; bilinear where its publication doesn't say."""
    if not published.is_file():
        return "bilinear"
    return _RESIZING.get(json.loads(published.read_text()).get("resample", 2), "bilinear")
