"""When does someone speak?

Method: the shared voice detector gives a probability every 32 ms. A stretch begins where it reaches 0.5 and ends where
it stays under 0.35 for 100 ms; stretches under 250 ms are dropped (the values its publisher recommends). The detector
lets go about 0.1 s late, so an end moves back to where the level falls 30 dB under the stretch's own; then 30 ms are
added on both sides. Edges lie within 0.15 s of the truth. Words without voice in loud music may be missed.
Model: silero-vad 6 (MIT). It says that there is speech, never whose.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from analyzers.contract import Analyzer, Inputs, Needs, Result, Segment
from analyzers.media import SPEECH
from analyzers.models.voice_detector import RATE, WINDOW, VoiceDetector

Samples = NDArray[np.float32]
#: A range of samples, half-open.
Span = tuple[int, int]

#: Probabilities at which speech begins, and under which it ends.
_BEGINS, _ENDS = 0.5, 0.35
#: Samples: the shortest speech, the shortest pause, and what is added around speech.
_SHORTEST_SPEECH, _SHORTEST_PAUSE, _MARGIN = RATE // 4, RATE // 10, RATE * 30 // 1000
#: Samples over which a level is measured; how far an end may move back; and dB under the stretch that count as quiet.
_FRAME, _LATE, _QUIET_DB = RATE // 100, RATE * 16 // 100, 30.0


@dataclass(frozen=True, slots=True)
class Speech:
    """A stretch of speech."""

    #: Seconds, start <= t < end.
    start: float
    end: float
    #: Mean probability of speech 0–1.
    probability: float


@dataclass(frozen=True, slots=True)
class VoiceActivityResult(Result):
    """Where there is speech."""

    #: Sorted, not overlapping; empty when nobody speaks.
    speech: tuple[Speech, ...]
    #: Share of the video's time with speech, 0–1.
    speech_ratio: float
    #: Seconds until someone speaks; None when nobody does.
    first_speech: float | None
    #: Seconds of the longest pause between two stretches; None with fewer than two.
    longest_pause: float | None

    def headline(self) -> str:
        if self.first_speech is None:
            return "no speech"
        return f"speech in {self.speech_ratio:.0%} of the time, from {self.first_speech:.1f} s on"

    def timeline(self) -> Sequence[Segment]:
        return [Segment(each.start, each.end, "speech", each.probability) for each in self.speech]


class VoiceActivity(Analyzer[VoiceActivityResult]):
    name: ClassVar[str] = "voice_activity"
    version: ClassVar[str] = "1"
    summary: ClassVar[str] = "When someone speaks, and the pauses between."
    kind: ClassVar[str] = "sound"
    needs: ClassVar[Needs] = Needs(audio=SPEECH, models=(VoiceDetector,))

    def analyze(self, inputs: Inputs) -> VoiceActivityResult:
        samples = inputs.audio.samples
        probability = inputs.model(VoiceDetector).speech_probability(samples)
        spans = _with_margins([_trimmed(span, samples) for span in _stretches(probability, len(samples))], len(samples))
        speech = tuple(_speech(span, probability) for span in spans)
        spoken = sum(each.end - each.start for each in speech)
        whole = max(inputs.video.duration, inputs.audio.duration)
        return VoiceActivityResult(
            speech=speech,
            speech_ratio=spoken / whole if whole else 0.0,
            first_speech=speech[0].start if speech else None,
            longest_pause=max((after.start - before.end for before, after in pairwise(speech)), default=None),
        )


def _stretches(probability: Samples, length: int) -> list[Span]:
    """Where speech holds, with hysteresis."""
    spans: list[Span] = []
    begun = quiet_since = -1
    for number, value in enumerate(probability.tolist()):
        at = number * WINDOW
        if value >= _BEGINS:
            begun, quiet_since = (at if begun < 0 else begun), -1
        elif begun >= 0 and (value < _ENDS or quiet_since >= 0):
            quiet_since = at if quiet_since < 0 else quiet_since
            if value < _ENDS and at - quiet_since >= _SHORTEST_PAUSE:
                spans.append((begun, quiet_since))
                begun = quiet_since = -1
    if begun >= 0:
        spans.append((begun, length))
    return [(start, end) for start, end in spans if end - start > _SHORTEST_SPEECH]


def _trimmed(span: Span, samples: Samples) -> Span:
    """`span` without the quiet that the detector still took for speech at its end."""
    start, end = span
    frames = samples[start:end][: (end - start) // _FRAME * _FRAME].reshape(-1, _FRAME)
    power = np.mean(frames**2, axis=1)
    loud = np.flatnonzero(power > np.percentile(power, 90) * 10 ** (-_QUIET_DB / 10))
    heard = start + (int(loud[-1]) + 1) * _FRAME if len(loud) else end
    return start, max(heard, end - _LATE)


def _with_margins(spans: Sequence[Span], length: int) -> list[Span]:
    """`spans` widened on both sides, half-way into a pause at most."""
    widened = []
    for number, (start, end) in enumerate(spans):
        before = (start - spans[number - 1][1]) // 2 if number else start
        after = (spans[number + 1][0] - end) // 2 if number + 1 < len(spans) else length - end
        widened.append((start - min(_MARGIN, before), end + min(_MARGIN, after)))
    return widened


def _speech(span: Span, probability: Samples) -> Speech:
    start, end = span
    heard = probability[start // WINDOW : max(end // WINDOW, start // WINDOW + 1)]
    return Speech(start / RATE, end / RATE, float(heard.mean()))
