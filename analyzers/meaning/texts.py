"""Which texts does a video hold, where are they from, and when does each of their words come?

What is said (the transcript), what is written on the picture (watermarks apart), and what its author wrote beside it.
"""

import unicodedata
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from analyzers.contract import Inputs, Step
from analyzers.jsonable import clean_text
from analyzers.models.whisper_vocabulary import UNSPACED
from analyzers.picture.text_overlay import OverlayText, TextOverlay
from analyzers.sound.speech_transcription import SpeechTranscription, Word
from analyzers.sound.voice_activity import VoiceActivity

Source = Literal["speech", "overlay", "caption"]

#: Characters that are looked at: captions have 4,000 at most, ten minutes of fast speech 15,000.
_LONGEST_CAPTION, _LONGEST_SPEECH, _LONGEST_OVERLAY, _MOST_OVERLAYS = 5000, 40_000, 1000, 1000
#: Seconds between two words after which a new sentence begins.
_PAUSE = 0.8


@dataclass(frozen=True, slots=True)
class Text:
    """One text."""

    source: Source
    #: NFKC, without NUL and lone surrogates.
    text: str
    #: Seconds, half-open; None for what is written beside the video.
    start: float | None
    end: float | None
    #: How sure its words are, 0–1.
    score: float
    #: ISO code, where its source knows it.
    language: str | None = None
    #: Where each spoken word begins in `text`, and the words; empty for other sources.
    places: tuple[int, ...] = ()
    words: tuple[Word, ...] = ()

    def when(self, first: int, last: int) -> tuple[float | None, float | None]:
        """Seconds of `text[first:last]`."""
        spoken = self._spoken(first, last)
        return (spoken[0].start, max(word.end for word in spoken)) if spoken else (self.start, self.end)

    def certainty(self, first: int, last: int) -> float:
        """How sure the words of `text[first:last]` are, 0–1."""
        spoken = self._spoken(first, last)
        return sum(word.probability for word in spoken) / len(spoken) if spoken else self.score

    def _spoken(self, first: int, last: int) -> Sequence[Word]:
        if not self.places:
            return ()
        begin = max(bisect_right(self.places, first) - 1, 0)
        return self.words[begin : max(bisect_right(self.places, last - 1), begin + 1)]


def texts_of(inputs: Inputs) -> tuple[Text, ...]:
    """All texts of the video that are not empty: speech, overlays by start, caption.

    Who calls it declares SpeechTranscription and TextOverlay in its needs.
    """
    texts = [*_speech(inputs), *_overlays(inputs), *_caption(inputs)]
    return tuple(each for each in texts if each.text.strip())


def missing_texts(inputs: Inputs) -> tuple[str, ...]:
    """Why texts that the video may well hold are not known, a clause each."""
    clauses = [lack_of(inputs, TextOverlay)]
    voice = inputs.find(VoiceActivity)
    if inputs.video.has_audio and (voice is None or voice.speech):
        clauses.append(lack_of(inputs, SpeechTranscription))
    return tuple(clause for clause in clauses if clause)


def lack_of(inputs: Inputs, step: type[Step[Any]]) -> str:
    """Why `step` of may_read could not answer; empty when it did, or had nothing to look at."""
    return next((clause for clause in inputs.lacks if clause.startswith(f"{step.name} is ")), "")


def plain(text: str) -> str:
    """`text` as `Text` holds it."""
    return unicodedata.normalize("NFKC", clean_text(text))


def _speech(inputs: Inputs) -> list[Text]:
    transcript = inputs.find(SpeechTranscription)
    if transcript is None or not transcript.words:
        return []
    text, places, until = "", [], transcript.words[0].start
    space = "" if transcript.language in UNSPACED else " "
    for word in transcript.words:
        if text:
            text += "\n" if word.start - until >= _PAUSE else space
        places.append(len(text))
        text += plain(word.word)
        until = word.end
    start, end = transcript.words[0].start, max(word.end for word in transcript.words)
    return [
        Text("speech", text[:_LONGEST_SPEECH], start, end, 1.0, transcript.language, tuple(places), transcript.words)
    ]


def _overlays(inputs: Inputs) -> list[Text]:
    overlay = inputs.find(TextOverlay)
    told = [text for text in overlay.texts if text.role != "watermark"] if overlay is not None else []
    return [_overlay(text) for text in told[:_MOST_OVERLAYS]]


def _overlay(text: OverlayText) -> Text:
    return Text("overlay", plain(text.text[:_LONGEST_OVERLAY]), text.start, text.end, text.score)


def _caption(inputs: Inputs) -> list[Text]:
    return [Text("caption", plain(inputs.caption[:_LONGEST_CAPTION]), None, None, 1.0)]
