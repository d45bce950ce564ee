"""What does the video ask its viewers to do: follow, like, comment, share, save, click, buy, wait for more, take part?

Method: what is said, written on the picture and written beside the video is searched with hand-written lexicons of
nine languages (`lexicon.py`, `calls.py`): that of the transcript, that of the writing as py3langid tells it
(`text_language.py`), and English, which is mixed in everywhere; texts too short to tell are tried with all. The score
is how plain the wording is times how sure the words were heard or read. No model.
Of sentences that the lexicons were not tuned on, about four in five calls were found, and 49 in 50 of those found were
right (tests/analyzers/meaning/test_calls.py). Limits: calls without words (an arrow, a pointing finger) are not seen;
irony and quoted calls are; other languages than those of the lexicons are told in `limits`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from analyzers.contract import Analyzer, Inputs, Needs, Result, Segment
from analyzers.meaning.calls import calls_in
from analyzers.meaning.lexicon import CALLS, Lexicon, languages, lexicon
from analyzers.meaning.text_language import language_of
from analyzers.meaning.texts import Text, missing_texts, texts_of
from analyzers.picture.text_overlay import TextOverlay
from analyzers.sound.speech_transcription import SpeechTranscription
from analyzers.sound.voice_activity import VoiceActivity

#: Calls that are kept, and those of one text in one language: more than these say nothing more.
_MOST, _MOST_OF_A_TEXT = 200, 30


@dataclass(frozen=True, slots=True)
class CallToAction:
    """One call."""

    #: "follow", "like", "comment", "share", "save", "link", "buy", "part2" or "duet".
    type: str
    #: "speech", "overlay" or "caption".
    source: str
    #: Its words, as they were said or written.
    evidence: str
    #: Seconds, half-open; None for what is written beside the video.
    start: float | None
    end: float | None
    #: Confidence 0–1.
    score: float
    #: ISO 639-1 of the lexicon that knows it.
    language: str


@dataclass(frozen=True, slots=True)
class CtaDetectionResult(Result):
    """What viewers are asked to do."""

    #: Sorted by start, those beside the video last; empty when they are asked nothing.
    calls: tuple[CallToAction, ...]
    #: The types among them, each once, most frequent first.
    types: tuple[str, ...]
    #: Seconds to the first call in the video itself; None without one.
    first_call: float | None
    #: Sources that held any text.
    sources: tuple[str, ...]
    #: Why calls may be missing; empty when all texts were read.
    limits: str

    def headline(self) -> str:
        if not self.calls:
            return "no call to action"
        named = [f"{each} ({', '.join(self._sources(each))})" for each in self.types]
        return f"calls: {', '.join(named)}"

    def timeline(self) -> Sequence[Segment]:
        return [
            Segment(call.start, call.end, call.type, call.score, call.evidence, data={"source": call.source})
            for call in self.calls
            if call.start is not None and call.end is not None
        ]

    def degraded_because(self) -> str:
        return self.limits

    def _sources(self, kind: str) -> list[str]:
        return list(dict.fromkeys(call.source for call in self.calls if call.type == kind))


class CtaDetection(Analyzer[CtaDetectionResult]):
    """Finds calls to action in all texts of a video."""

    name: ClassVar[str] = "cta_detection"
    version: ClassVar[str] = "1"
    summary: ClassVar[str] = (
        "What viewers are asked to do, in speech, on the picture and in the caption, in nine languages."
    )
    kind: ClassVar[str] = "meaning"
    needs: ClassVar[Needs] = Needs(may_read=(SpeechTranscription, TextOverlay, VoiceActivity))

    def analyze(self, inputs: Inputs) -> CtaDetectionResult:
        texts = texts_of(inputs)
        spoken, written = _languages(texts)
        calls: dict[CallToAction, None] = {}
        for text in texts:
            for call in _calls(text, _lexicons(text, spoken, written), inputs.video.duration):
                calls[call] = None
        found = sorted(calls, key=_order)[:_MOST]
        return CtaDetectionResult(
            calls=tuple(found),
            types=tuple(sorted({call.type for call in found}, key=lambda kind: _rank(kind, found))),
            first_call=next((call.start for call in found if call.start is not None), None),
            sources=tuple(dict.fromkeys(text.source for text in texts)),
            limits="; ".join([*missing_texts(inputs), *_unread((spoken, written))]),
        )


def _languages(texts: Sequence[Text]) -> tuple[str | None, str | None]:
    """ISO codes of what is said and of what is written; None where that can't be told."""
    spoken = next((text.language for text in texts if text.source == "speech"), None)
    written = language_of("\n".join(text.text for text in texts if text.source != "speech"))
    return spoken, written.code if written is not None else None


def _lexicons(text: Text, spoken: str | None, written: str | None) -> list[Lexicon]:
    """Those to try on `text`."""
    if text.source == "speech":
        return _known([spoken])
    if written is None and spoken is None:
        return _known(languages())
    return _known([written, spoken, "en"])


def _known(codes: Iterable[str | None]) -> list[Lexicon]:
    """The lexicons of `codes`, each once."""
    found = [lexicon(code) for code in codes if code is not None]
    return list({each.language: each for each in found if each is not None}.values())


def _unread(codes: Iterable[str | None]) -> list[str]:
    """A clause about languages without a lexicon; nothing when there is none."""
    strange = [code for code in dict.fromkeys(codes) if code is not None and not _known([code])]
    if not strange:
        return []
    return [f"calls in {', '.join(strange)} can't be read; there are lexicons for {', '.join(languages())}"]


def _calls(text: Text, lexicons: Iterable[Lexicon], duration: float) -> list[CallToAction]:
    """The calls in `text`, each type once at one place."""
    calls: list[CallToAction] = []
    taken: list[tuple[str, int, int]] = []
    for words in lexicons:
        for found in calls_in(text.text, words)[:_MOST_OF_A_TEXT]:
            if any(kind == found.type and start < found.end and found.start < end for kind, start, end in taken):
                continue
            taken.append((found.type, found.start, found.end))
            start, end = text.when(found.start, found.end)
            score = found.score * text.certainty(found.start, found.end)
            calls.append(
                CallToAction(
                    found.type,
                    text.source,
                    found.words,
                    None if start is None else round(min(start, duration), 3),
                    None if end is None else round(min(end, duration), 3),
                    round(min(max(score, 0.0), 1.0), 3),
                    words.language,
                )
            )
    return calls


def _order(call: CallToAction) -> tuple[float, float, int]:
    start = float("inf") if call.start is None else call.start
    return start, call.end or 0.0, CALLS.index(call.type)


def _rank(kind: str, calls: Sequence[CallToAction]) -> tuple[int, int]:
    return -sum(call.type == kind for call in calls), CALLS.index(kind)
