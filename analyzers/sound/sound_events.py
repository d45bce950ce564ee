"""What is heard, and when?

Method: windows of 10.24 s that overlap by half are tagged with AudioSet's kinds of sound; where two windows overlap, a
sound counts as much as in the one that hears less of it, which places it to about 5 s (10 s at the ends of the video).
Model: Audio Spectrogram Transformer (BSD-3-Clause). Labels that tell the gender or age of a voice are told as the sound
alone (`sound_labels.py`). Without the model a lesser answer is put together from what other analyzers heard: "Speech",
"Music", "Silence", and sudden sounds (`impacts.py`) as "Generic impact sounds", a name from the same ontology.
Limits: short or soft sounds under speech and music are missed; neighbouring kinds (an engine, a car) come together.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from analyzers.contract import Analyzer, Inputs, Needs, Result, Segment
from analyzers.media import SPEECH, AudioTrack
from analyzers.models.sound_tagger import SoundTagger
from analyzers.sound.audio_analysis import AudioAnalysis
from analyzers.sound.impacts import find_impacts
from analyzers.sound.music_analysis import MusicAnalysis
from analyzers.sound.sound_labels import told_as
from analyzers.sound.voice_activity import VoiceActivity

#: Scores of one label by window.
Curve = NDArray[np.float64]

#: Probability from which a sound is heard at a time, and from which it is told of the whole; labels told of the whole.
_HEARD, _TOLD, _MOST = 0.2, 0.1, 10
#: Seconds of a sudden sound; pauses in speech and music up to this long belong to them.
_IMPACT, _PAUSE = 0.05, 1.0
#: What is told without the model.
_COARSE = "speech, music, silence and impacts"


@dataclass(frozen=True, slots=True)
class SoundEvent:
    """A sound for as long as it is heard."""

    #: As AudioSet writes it, such as "Dog" or "Speech".
    label: str
    #: Seconds, start <= t < end.
    start: float
    end: float
    #: Probability 0–1.
    score: float


@dataclass(frozen=True, slots=True)
class SoundTag:
    """A sound of the whole video."""

    label: str
    #: Highest probability at any time, 0–1.
    score: float
    #: Share of the time in which it is heard, 0–1; 0 for what is never likely enough.
    share: float


@dataclass(frozen=True, slots=True)
class SoundEventsResult(Result):
    """What is heard."""

    #: Sorted by start; empty when nothing is heard with confidence.
    events: tuple[SoundEvent, ...]
    #: The likeliest kinds of sound of the whole, likeliest first; empty when nothing is likely.
    tags: tuple[SoundTag, ...]
    #: Why this is the lesser answer; empty when it is not.
    limits: str

    def headline(self) -> str:
        heard = [tag.label for tag in self.tags if tag.share > 0][:3]
        return "; ".join(heard) or "no sound that could be named"

    def timeline(self) -> Sequence[Segment]:
        return [Segment(each.start, each.end, each.label, each.score) for each in self.events]

    def degraded_because(self) -> str:
        return self.limits


class SoundEvents(Analyzer[SoundEventsResult]):
    name: ClassVar[str] = "sound_events"
    version: ClassVar[str] = "1"
    summary: ClassVar[str] = "Which sounds are heard when: animals, engines, applause, music and hundreds more."
    kind: ClassVar[str] = "sound"
    needs: ClassVar[Needs] = Needs(
        audio=SPEECH, may_read=(VoiceActivity, MusicAnalysis, AudioAnalysis), may_use=(SoundTagger,)
    )

    def analyze(self, inputs: Inputs) -> SoundEventsResult:
        tagger = inputs.find_model(SoundTagger)
        if tagger is not None:
            events, likeliest = _tagged(inputs.audio, tagger)
            return _result(events, likeliest, inputs.audio.duration, "")
        events = sorted(_coarse(inputs), key=lambda event: (event.start, event.label))
        likeliest = {label: max(event.score for event in events if event.label == label) for label in _labels(events)}
        lacks = "; ".join(inputs.lacks) or "there is no tagger of sounds"
        return _result(events, likeliest, inputs.audio.duration, f"tells only {_COARSE}: {lacks}")


def _result(
    events: Sequence[SoundEvent], likeliest: Mapping[str, float], seconds: float, limits: str
) -> SoundEventsResult:
    ranked = sorted(likeliest.items(), key=lambda item: (-item[1], item[0]))
    tags = [SoundTag(label, round(score, 4), _share(events, label, seconds)) for label, score in ranked]
    return SoundEventsResult(tuple(events), tuple(tag for tag in tags if tag.score >= _TOLD)[:_MOST], limits)


def _share(events: Iterable[SoundEvent], label: str, seconds: float) -> float:
    heard = sum(event.end - event.start for event in events if event.label == label)
    return round(min(heard / seconds, 1.0), 4) if seconds else 0.0


def _labels(events: Iterable[SoundEvent]) -> list[str]:
    return list(dict.fromkeys(event.label for event in events))


# --- with the model ---


def _tagged(audio: AudioTrack, tagger: SoundTagger) -> tuple[list[SoundEvent], dict[str, float]]:
    """Events by time, and the highest probability of every label."""
    starts = window_starts(audio.duration, tagger.longest)
    ends = np.minimum(starts + tagger.longest, audio.duration)
    edges = [(round(first * audio.rate), round(last * audio.rate)) for first, last in zip(starts, ends, strict=True)]
    scores = np.array(tagger.ask([audio.samples[first:last] for first, last in edges]), np.float64)
    merged = _merged(tagger.labels, scores)
    events = [
        SoundEvent(label, round(start, 3), round(end, 3), round(score, 4))
        for label, curve in merged.items()
        for start, end, score in stretches(curve, starts, ends)
    ]
    events.sort(key=lambda event: (event.start, -event.score, event.label))
    return events, {label: float(curve.max()) for label, curve in merged.items()}


def window_starts(seconds: float, longest: float) -> Curve:
    """Seconds at which windows begin: every half window, the last one where it ends with the sound."""
    last = max(seconds - longest, 0.0)
    return np.append(np.arange(0, last, longest / 2), last)


def _merged(labels: Sequence[str], scores: Curve) -> dict[str, Curve]:
    """Scores (windows,) under the labels that are told; the highest where several are told as one."""
    merged: dict[str, Curve] = {}
    for label, curve in zip(map(told_as, labels), scores.T, strict=True):
        if label:
            merged[label] = np.maximum(merged[label], curve) if label in merged else curve
    return merged


def stretches(scores: Curve, starts: Curve, ends: Curve) -> list[tuple[float, float, float]]:
    """Start, end and score of where a sound is heard, given its `scores` in windows from `starts` to `ends`.

    Between two edges of windows it counts as much as in the one of them that hears least of it.
    """
    edges = np.unique(np.concatenate([starts, ends]))
    middles = (edges[1:] + edges[:-1]) / 2
    covered = (starts <= middles[:, None]) & (middles[:, None] < ends)
    least = np.where(covered, scores, np.inf).min(axis=1, initial=np.inf)
    if scores.max(initial=0.0) >= _HEARD and not (least >= _HEARD).any():
        # Each window hears it at an edge of its own: it is told for the whole of the one that hears it best.
        least[covered[:, scores.argmax()]] = scores.max()
    changes = np.flatnonzero(np.diff(least >= _HEARD, prepend=False, append=False)).reshape(-1, 2)
    return [(float(edges[first]), float(edges[last]), float(least[first:last].max())) for first, last in changes]


# --- without ---


def _coarse(inputs: Inputs) -> Iterable[SoundEvent]:
    """What other analyzers heard, and sudden sounds where there is neither speech nor music."""
    voice, music, levels = inputs.find(VoiceActivity), inputs.find(MusicAnalysis), inputs.find(AudioAnalysis)
    known = _joined([(each.start, each.end, each.probability) for each in voice.speech], "Speech") if voice else []
    known += _joined([(each.start, each.end, each.probability) for each in music.music], "Music") if music else []
    yield from known
    for silence in levels.silences if levels else ():
        yield SoundEvent("Silence", round(silence.start, 3), round(silence.end, 3), 1.0)
    for impact in find_impacts(inputs.audio.samples, inputs.audio.rate):
        if not any(each.start - _IMPACT <= impact.at < each.end + _IMPACT for each in known):
            end = min(impact.at + _IMPACT, inputs.audio.duration)
            yield SoundEvent("Generic impact sounds", round(impact.at, 3), round(end, 3), impact.score)


def _joined(parts: Iterable[tuple[float, float, float]], label: str) -> list[SoundEvent]:
    """`parts` as events; those with only a short pause between are one."""
    events: list[SoundEvent] = []
    for start, end, score in parts:
        if events and start - events[-1].end <= _PAUSE:
            before = events.pop()
            start, score = before.start, max(score, before.score)
        events.append(SoundEvent(label, round(start, 3), round(end, 3), round(score, 4)))
    return events
