"""Which of AudioSet's 527 kinds of sound are heard?

The Audio Spectrogram Transformer (Gong, Chung & Glass 2021; BSD-3-Clause), finetuned on AudioSet, through transformers.
It hears 10.24 s at once; each kind has a probability of its own.
"""

import json
from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from analyzers.models.mel import HOP, RATE, kaldi_spectra
from analyzers.models.torch_model import TorchModel

if TYPE_CHECKING:
    from analyzers.models import ModelSource

Samples = NDArray[np.float32]
#: Probability 0–1 of each of the labels: float32 (labels,).
Scores = NDArray[np.float32]


class SoundTagger(TorchModel[Samples, Scores]):
    """Says what is heard in windows of sound; safe to call from several threads."""

    role: ClassVar[str] = "tagger"

    def __init__(self, network: Any, source: "ModelSource", mean: float, deviation: float) -> None:
        """`mean` and `deviation`: of the spectra that it was trained on."""
        config = network.config
        self._bands, self._frames = config.num_mel_bins, config.max_length
        self._mean, self._deviation = mean, deviation
        #: The kinds of sound it knows, as AudioSet writes them.
        self.labels = tuple(str(config.id2label[number]) for number in range(len(config.id2label)))
        super().__init__(network, source)

    @classmethod
    def load(cls, source: "ModelSource") -> Self:
        """Raises: Unavailable, with the command that fetches the weights."""
        folder = source.folder(cls)
        from transformers import ASTForAudioClassification

        network = ASTForAudioClassification.from_pretrained(folder, local_files_only=True, use_safetensors=True)
        heard = json.loads((folder / "preprocessor_config.json").read_text())
        return cls(network, source, heard["mean"], heard["std"])

    @property
    def longest(self) -> float:
        """Seconds that it hears at once."""
        return float(self._frames * HOP / RATE)

    def shape(self, item: Samples) -> Hashable:
        return item.ndim  # of whatever length: what is shorter is filled up

    def forward(self, network: Any, items: Sequence[Samples]) -> list[Scores]:
        spectra = kaldi_spectra(items, self._bands, self._frames, network.device)
        # The publisher scales by twice the deviation.
        seen = (spectra - self._mean) / (2 * self._deviation)
        scores = network(input_values=seen.to(network.dtype)).logits.float().sigmoid().cpu().numpy()
        return list(scores)
