"""What is said in a stretch of speech, in which language, and when is each word said?

Whisper (Radford et al. 2022; MIT or Apache-2.0, by size) through transformers. Windows of up to 30 s are encoded once,
batched over videos; the language is the likeliest by the mean over a video's first windows; then each window is written
down without times, and its words are placed by attention (`whisper_timing.py`). A window is written again at the next
temperature while its text is doubtful, and dropped where nobody seems to speak (`whisper_doubt.py`). It hears speech in
silence and music: give it only what a voice detector let through.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from analyzers.models.mel import HOP, whisper_spectra
from analyzers.models.torch_model import TorchModel
from analyzers.models.whisper_doubt import TEMPERATURES, is_doubtful, why_dropped
from analyzers.models.whisper_timing import POSITIONS, Matrix, follow_sound, token_starts
from analyzers.models.whisper_vocabulary import Vocabulary
from analyzers.models.whisper_writing import Draft, write

if TYPE_CHECKING:
    from analyzers.models import ModelSource

Samples = NDArray[np.float32]

#: Windows from the first on whose languages count.
_FIRST_WINDOWS = 3


@dataclass(frozen=True, slots=True)
class Impression:
    """What the encoder made of one window."""

    #: Tensor (positions, width) on the device.
    states: Any
    #: Encoder positions that hold sound.
    length: int
    #: Probability 0–1 of each of the vocabulary's languages; empty when it knows only English.
    languages: tuple[float, ...]
    #: Probability 0–1 that nobody speaks.
    no_speech: float


@dataclass(frozen=True, slots=True)
class Dictation:
    """One window to be written down."""

    impression: Impression
    language: str
    temperature: float


@dataclass(frozen=True, slots=True)
class Written:
    """What was written for one window."""

    draft: Draft
    #: Attention of each token and of the end to the sound (tokens + 1, positions).
    attention: Matrix


@dataclass(frozen=True, slots=True)
class HeardWord:
    """One word."""

    #: With the space before it, in languages that have spaces.
    text: str
    #: Seconds from the start of its window, start <= end.
    start: float
    end: float
    #: Mean probability of its tokens, 0–1.
    probability: float


@dataclass(frozen=True, slots=True)
class HeardWindow:
    """What one window says."""

    #: In order; empty when nothing was understood.
    words: tuple[HeardWord, ...]
    #: Probability 0–1 that nobody speaks.
    no_speech: float
    #: Why its words were dropped; empty when they were not.
    dropped: str


@dataclass(frozen=True, slots=True)
class Heard:
    """What all windows of one video say."""

    #: ISO code, such as "en".
    language: str
    #: Probability 0–1 of the language.
    certainty: float
    #: One per window, in their order.
    windows: tuple[HeardWindow, ...]


class SpeechRecogniser(TorchModel[Samples | Dictation, Any]):
    """Writes speech down; safe to call from several threads."""

    role: ClassVar[str] = "speech"
    lane: ClassVar[str] = "language"

    def __init__(self, network: Any, source: "ModelSource", vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._bands = network.config.num_mel_bins
        self._positions = network.config.max_source_positions
        super().__init__(network, source)

    @classmethod
    def load(cls, source: "ModelSource") -> Self:
        """Raises: Unavailable, with the command that fetches the weights."""
        folder = source.folder(cls)
        from transformers import WhisperForConditionalGeneration

        network = WhisperForConditionalGeneration.from_pretrained(folder, local_files_only=True, use_safetensors=True)
        return cls(network, source, Vocabulary.read(folder))

    @property
    def longest(self) -> float:
        """Seconds of the longest window it can hear at once."""
        return float(self._positions / POSITIONS)

    def transcribe(self, windows: Sequence[Samples]) -> Heard:
        """What `windows` of one video say, float32 (n,) each at 16 kHz, at least one, up to `longest` seconds long."""
        impressions: list[Impression] = self.ask(windows)
        language, certainty = self._language(impressions)
        written = self._written(impressions, language)
        heard = [self._heard(each, text, language) for each, text in zip(impressions, written, strict=True)]
        return Heard(language, certainty, tuple(heard))

    def shape(self, item: Samples | Dictation) -> Hashable:
        return "dictation" if isinstance(item, Dictation) else "sound"

    def forward(self, network: Any, items: Sequence[Samples | Dictation]) -> list[Any]:
        dictations = [item for item in items if isinstance(item, Dictation)]
        if dictations:
            return self._write(network, dictations)
        return self._listen(network, [item for item in items if not isinstance(item, Dictation)])

    def _listen(self, network: Any, windows: Sequence[Samples]) -> list[Impression]:
        import torch

        device, dtype = network.device, network.dtype
        spectra = whisper_spectra(windows, self._bands, 2 * self._positions, device).to(dtype)
        states = network.model.encoder(spectra).last_hidden_state
        begun = torch.full((len(windows), 1), self._vocabulary.start, device=device)
        decoded = network.model.decoder(input_ids=begun, encoder_hidden_states=states, use_cache=False)
        logits = network.proj_out(decoded.last_hidden_state[:, -1]).float()
        no_speech = logits.softmax(dim=-1)[:, self._vocabulary.no_speech].tolist()
        languages = logits[:, list(self._vocabulary.language_tokens)].softmax(dim=-1).tolist()
        lengths = [min(self._positions, max(1, ceil(len(window) / (2 * HOP)))) for window in windows]
        parts = zip(states, lengths, languages, no_speech, strict=True)
        return [Impression(part.clone(), length, tuple(each), nobody) for part, length, each, nobody in parts]

    def _write(self, network: Any, items: Sequence[Dictation]) -> list[Written]:
        import torch

        states = torch.stack([item.impression.states for item in items]).to(network.device, network.dtype)
        prompts = [self._vocabulary.prompt(item.language) for item in items]
        drafts = write(network, states, prompts, [item.temperature for item in items], self._vocabulary)
        lengths = [item.impression.length for item in items]
        texts = [draft.tokens for draft in drafts]
        attention = follow_sound(network, states, texts, prompts, lengths, self._vocabulary)
        return [Written(draft, matrix) for draft, matrix in zip(drafts, attention, strict=True)]

    def _language(self, impressions: Sequence[Impression]) -> tuple[str, float]:
        if not self._vocabulary.languages:
            return "en", 1.0
        mean = np.mean([each.languages for each in impressions[:_FIRST_WINDOWS]], axis=0)
        likeliest = int(mean.argmax())
        return self._vocabulary.languages[likeliest], float(mean[likeliest])

    def _written(self, impressions: Sequence[Impression], language: str) -> list[Written]:
        """Each window at the first temperature whose text can be believed, or at the last one."""
        written: dict[int, Written] = {}
        doubtful = list(range(len(impressions)))
        for temperature in TEMPERATURES:
            answers = self.ask([Dictation(impressions[number], language, temperature) for number in doubtful])
            written.update(zip(doubtful, answers, strict=True))
            doubtful = [each for each in doubtful if self._is_doubtful(written[each], impressions[each])]
            if not doubtful:
                break
        return [written[number] for number in range(len(impressions))]

    def _is_doubtful(self, written: Written, impression: Impression) -> bool:
        text = self._vocabulary.text(written.draft.tokens)
        return is_doubtful(text, written.draft.mean_logarithm, impression.no_speech)

    def _heard(self, impression: Impression, written: Written, language: str) -> HeardWindow:
        text = self._vocabulary.text(written.draft.tokens)
        dropped = why_dropped(text, written.draft.mean_logarithm, impression.no_speech)
        return HeardWindow(() if dropped else self._placed(written, language), impression.no_speech, dropped)

    def _placed(self, written: Written, language: str) -> tuple[HeardWord, ...]:
        draft, starts = written.draft, token_starts(written.attention)
        return tuple(
            HeardWord(
                word.text,
                float(starts[word.first]),
                float(starts[word.last]),
                float(np.mean(draft.probabilities[word.first : word.last])),
            )
            for word in self._vocabulary.words(draft.tokens, language)
            if word.text.strip()
        )
