"""How fast is the speech, how much of it are pauses, and how often is it filled with "um"?

Method: rates are counted over talking time, which is speech and the pauses in it of up to 2 s; pauses of 0.25 s or more
(Goldman-Eisler 1968) are the pause ratio, and the articulation rate leaves them out. Words come from the transcript,
syllables from their spelling. Without a transcript, syllables are counted in the sound (`syllable_nuclei.py`) and words
estimated with the published syllables per word of the language, if the author's caption tells it, else of many
languages. No model of its own. Without a transcript, on texts it was not made for (espeak-ng, 120 to 240 words per
minute): syllables per second within 6 % in six languages; words per minute 4 to 6 % low on average in English, Spanish,
German and French where the caption told the language, 15 and 25 % low in Indonesian and Portuguese, whose texts had
shorter words than usual, and up to 36 % low in a language that is not known. Limits: music under speech adds syllables;
recognisers leave out many fillers; what is written in digits has no spelled syllables.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from analyzers.contract import Analyzer, Inputs, Needs, Result, Segment
from analyzers.errors import Skipped
from analyzers.media import SPEECH
from analyzers.sound.speech_languages import USUAL_SYLLABLES_PER_WORD, caption_language, language
from analyzers.sound.speech_transcription import SpeechTranscription, Word
from analyzers.sound.spoken_words import Filler, count_syllables, count_words, find_fillers
from analyzers.sound.syllable_nuclei import find_nuclei
from analyzers.sound.voice_activity import VoiceActivity

Curve = NDArray[np.float64]
#: Seconds from `start` to `end`.
Span = tuple[float, float]

#: Seconds: a silence longer than this is no pause in talking; a shorter one than this is part of articulation.
_LONGEST_PAUSE, _SHORTEST_PAUSE = 2.0, 0.25


@dataclass(frozen=True, slots=True)
class Talk:
    """A stretch of talking, with its pauses."""

    #: Seconds, start <= t < end.
    start: float
    end: float
    #: Words per minute and syllables per second in it.
    wpm: float
    syllables_per_s: float


@dataclass(frozen=True, slots=True)
class SpeechRateResult(Result):
    """How fast the speech of the whole video is."""

    #: Words per minute of talking time; an estimate when `source` is "sound".
    wpm: float
    #: Syllables per second of talking time, and of talking time without its pauses.
    syllables_per_s: float
    articulation_rate: float
    #: Share of talking time that is pauses, 0–1.
    pause_ratio: float
    #: Seconds of speech and of the pauses in it.
    talking_seconds: float
    #: Stretches of talking, sorted.
    talks: tuple[Talk, ...]
    #: Sorted; empty when there are none, and without a transcript.
    fillers: tuple[Filler, ...]
    #: None without a transcript, and in a language whose fillers aren't known.
    fillers_per_minute: float | None
    #: ISO code of the language; empty when it isn't known.
    language: str
    #: "transcript" or "sound": where words are counted.
    source: str
    #: Why this is the lesser answer; empty when it is not.
    limits: str

    def headline(self) -> str:
        about = "about " if self.source == "sound" else ""
        return f"{about}{self.wpm:.0f} words per minute, {self.pause_ratio:.0%} pauses"

    def timeline(self) -> Sequence[Segment]:
        segments = [
            Segment(each.start, each.end, "talk", data={"wpm": each.wpm, "syllables_per_s": each.syllables_per_s})
            for each in self.talks
        ]
        segments += [Segment(each.start, each.end, "filler", text=each.text) for each in self.fillers]
        return sorted(segments, key=lambda segment: segment.start)

    def degraded_because(self) -> str:
        return self.limits


class SpeechRate(Analyzer[SpeechRateResult]):
    name: ClassVar[str] = "speech_rate"
    version: ClassVar[str] = "1"
    summary: ClassVar[str] = "How fast the speech is, in words and syllables, its pauses and fillers."
    kind: ClassVar[str] = "sound"
    needs: ClassVar[Needs] = Needs(audio=SPEECH, results=(VoiceActivity,), may_read=(SpeechTranscription,))

    def analyze(self, inputs: Inputs) -> SpeechRateResult:
        speech = [(each.start, each.end) for each in inputs.result(VoiceActivity).speech]
        if not speech:
            raise Skipped("no speech")
        counts = _counts(inputs, speech)
        talks = _talks(speech)
        talking = sum(end - start for start, end in talks)
        pauses = sum(pause for pause in _pauses(speech) if _SHORTEST_PAUSE <= pause <= _LONGEST_PAUSE)
        known = language(counts.language) is not None
        return SpeechRateResult(
            wpm=round(60 * counts.words / talking, 1),
            syllables_per_s=round(counts.syllables / talking, 3),
            articulation_rate=round(counts.syllables / (talking - pauses), 3),
            pause_ratio=round(pauses / talking, 4),
            talking_seconds=round(talking, 3),
            talks=tuple(_talk(span, counts) for span in talks),
            fillers=counts.fillers,
            fillers_per_minute=round(60 * len(counts.fillers) / talking, 2) if counts.transcribed and known else None,
            language=counts.language,
            source="transcript" if counts.transcribed else "sound",
            limits=counts.limits,
        )


@dataclass(frozen=True, slots=True)
class _Counts:
    """What is said, and when."""

    words: float
    syllables: float
    fillers: tuple[Filler, ...]
    language: str
    #: Seconds at which words and syllables are said, as far as they are shared out over talks.
    word_times: Curve
    syllable_times: Curve
    transcribed: bool
    limits: str


def _counts(inputs: Inputs, speech: Sequence[Span]) -> _Counts:
    nuclei = find_nuclei(inputs.audio.samples, inputs.audio.rate, speech)
    transcript = inputs.find(SpeechTranscription)
    if transcript is not None and transcript.words:
        return _from_words(transcript.words, transcript.language, nuclei)
    lacks = "no words could be made out" if transcript is not None else "; ".join(inputs.lacks) or "no transcript"
    return _from_sound(nuclei, caption_language(inputs.caption), lacks)


def _from_words(words: Sequence[Word], code: str, nuclei: Curve) -> _Counts:
    spoken = language(code)
    times = np.array([(word.start + word.end) / 2 for word in words])
    spelled = count_syllables(words, spoken)
    return _Counts(
        words=count_words(words, spoken),
        syllables=len(nuclei) if spelled is None else spelled,
        fillers=tuple(find_fillers(words, spoken)),
        language=code,
        word_times=times,
        syllable_times=nuclei if spelled is None else times,
        transcribed=True,
        limits="",
    )


def _from_sound(nuclei: Curve, code: str, lacks: str) -> _Counts:
    spoken = language(code)
    per_word = USUAL_SYLLABLES_PER_WORD if spoken is None else spoken.syllables_per_word
    which = f"usual in {code!r}, the language of the caption" if spoken else "usual in many languages, this one unknown"
    limits = f"words are estimated from syllables in the sound, {per_word} of them per word as is {which}: {lacks}"
    return _Counts(len(nuclei) / per_word, len(nuclei), (), code, nuclei, nuclei, transcribed=False, limits=limits)


def _pauses(speech: Sequence[Span]) -> list[float]:
    return [after - before for (_, before), (after, _) in pairwise(speech)]


def _talks(speech: Sequence[Span]) -> list[Span]:
    """Speech joined over its pauses."""
    talks = [speech[0]]
    for start, end in speech[1:]:
        if start - talks[-1][1] <= _LONGEST_PAUSE:
            talks[-1] = (talks[-1][0], end)
        else:
            talks.append((start, end))
    return talks


def _talk(span: Span, counts: _Counts) -> Talk:
    """Words and syllables shared out by when they are said."""
    start, end = span
    minutes = (end - start) / 60
    words, syllables = (_within(times, span) for times in (counts.word_times, counts.syllable_times))
    return Talk(
        start=round(start, 3),
        end=round(end, 3),
        wpm=round(words * counts.words / minutes, 1),
        syllables_per_s=round(syllables * counts.syllables / (end - start), 3),
    )


def _within(times: Curve, span: Span) -> float:
    """Share of `times` within `span`, 0–1."""
    return float(np.mean((times >= span[0]) & (times < span[1]))) if len(times) else 0.0
