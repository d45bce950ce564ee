"""What is said, in which language, and when is each word said?

Method: the stretches in which the voice detector hears speech are laid end to end in windows of up to 30 s
(`speech_windows.py`), so that nothing is ever recognised in silence or music alone; the shared recogniser writes them
down and places each word; words are grouped into captions (`speech_captions.py`). Windows in which the recogniser
itself doubts that anybody speaks, or repeats itself, are dropped and named.
Model: Whisper (MIT; large-v3-turbo on a card, base on a processor). Limits: one language per video, the one of its
first speech; singing is written down where the voice detector takes it for speech; words overlapped by others are
missed. It says what is said, never who says it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import ClassVar

from analyzers.contract import Analyzer, Inputs, Needs, Result, Segment
from analyzers.errors import Skipped
from analyzers.media import SPEECH
from analyzers.models.speech_recogniser import Heard, HeardWindow, SpeechRecogniser
from analyzers.models.whisper_vocabulary import UNSPACED
from analyzers.sound.speech_captions import captions
from analyzers.sound.speech_windows import Window, pack
from analyzers.sound.voice_activity import VoiceActivity

#: Characters of the text that its headline shows.
_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Word:
    """One word; in languages without spaces, what the recogniser writes at once: a word or a part of it."""

    #: With its punctuation, without spaces around.
    word: str
    #: Seconds, start <= end.
    start: float
    end: float
    #: How sure the recogniser is of it, 0–1.
    probability: float


@dataclass(frozen=True, slots=True)
class Caption:
    """A sentence, or as much of it as is said or shown at once."""

    text: str
    #: Seconds, start <= end.
    start: float
    end: float
    #: Mean probability of its words, 0–1.
    probability: float


@dataclass(frozen=True, slots=True)
class Dropped:
    """A stretch that sounds like speech, whose words can't be believed."""

    #: Seconds, start <= t < end.
    start: float
    end: float
    #: Such as "its text repeats itself".
    reason: str


@dataclass(frozen=True, slots=True)
class SpeechTranscriptionResult(Result):
    """A transcript."""

    #: All that is said; empty when no words could be made out.
    text: str
    #: ISO code of the language, such as "en".
    language: str
    #: How sure that is, 0–1.
    language_probability: float
    #: Sorted by start; empty when no words could be made out.
    words: tuple[Word, ...]
    #: The words in sentences; sorted by start.
    captions: tuple[Caption, ...]
    #: The recogniser's own probability that nobody speaks, 0–1, mean over the windows it heard.
    no_speech_prob: float
    #: Sorted by start; empty when every stretch of speech was understood.
    dropped: tuple[Dropped, ...]

    def headline(self) -> str:
        if not self.words:
            return "speech, but no words that could be made out"
        shown = self.text if len(self.text) <= _SHOWN else self.text[: _SHOWN - 1].rstrip() + "…"
        return f"{len(self.words)} words ({self.language}): {shown}"

    def timeline(self) -> Sequence[Segment]:
        return [Segment(each.start, each.end, "said", each.probability, each.text) for each in self.captions]


class SpeechTranscription(Analyzer[SpeechTranscriptionResult]):
    name: ClassVar[str] = "speech_transcription"
    version: ClassVar[str] = "1"
    summary: ClassVar[str] = "What is said: text, language, and every word with its time."
    kind: ClassVar[str] = "sound"
    needs: ClassVar[Needs] = Needs(audio=SPEECH, results=(VoiceActivity,), models=(SpeechRecogniser,))

    def analyze(self, inputs: Inputs) -> SpeechTranscriptionResult:
        audio, recogniser = inputs.audio, inputs.model(SpeechRecogniser)
        windows = pack(inputs.result(VoiceActivity).speech, audio.samples, audio.rate, recogniser.longest)
        if not windows:
            raise Skipped("no speech")
        heard = recogniser.transcribe([window.cut_from(audio.samples) for window in windows])
        words = _in_order(_words(windows, heard))
        spaced = heard.language not in UNSPACED
        said = tuple(_caption(group, spaced) for group in captions(words))
        return SpeechTranscriptionResult(
            text=_text(words, spaced),
            language=heard.language,
            language_probability=round(heard.certainty, 4),
            words=tuple(Word(each.text.strip(), each.start, each.end, each.probability) for each in words),
            captions=said,
            no_speech_prob=round(fmean(each.no_speech for each in heard.windows), 4),
            dropped=tuple(
                _dropped(window, each) for window, each in zip(windows, heard.windows, strict=True) if each.dropped
            ),
        )


@dataclass(frozen=True, slots=True)
class _Placed:
    """A word at its time in the video."""

    #: With the space before it, where there is one.
    text: str
    start: float
    end: float
    probability: float


def _words(windows: Sequence[Window], heard: Heard) -> list[_Placed]:
    placed = []
    for window, each in zip(windows, heard.windows, strict=True):
        for word in each.words:
            start, end = window.in_track(word.start, word.end)
            placed.append(_Placed(word.text, round(start, 3), round(end, 3), round(word.probability, 4)))
    return placed


def _in_order(words: Iterable[_Placed]) -> list[_Placed]:
    """`words` in the order they are written, none starting before the one it follows."""
    ordered: list[_Placed] = []
    for word in words:
        start = max(word.start, ordered[-1].start) if ordered else word.start
        ordered.append(_Placed(word.text, start, max(start, word.end), word.probability))
    return ordered


def _caption(group: Sequence[_Placed], spaced: bool) -> Caption:
    probability = round(fmean(word.probability for word in group), 4)
    return Caption(_text(group, spaced), group[0].start, max(word.end for word in group), probability)


def _text(words: Iterable[_Placed], spaced: bool) -> str:
    if not spaced:
        return "".join(word.text for word in words).strip()
    return " ".join(word.text.strip() for word in words)


def _dropped(window: Window, heard: HeardWindow) -> Dropped:
    start, end = window.in_track(0.0, 0.0)[0], window.in_track(window.seconds, window.seconds)[1]
    return Dropped(round(start, 3), round(end, 3), heard.dropped)
