"""Is there music, how fast is it, where are its beats, and in which key?

Method: a steady pulse (`beats.py`) and lasting tones (`tones.py`) are what music has and speech has not; each window of
8 s is judged by a logistic rule of the two, set by hand on 29 pieces of game music and ten recorded and synthetic
voices. No model. Limits: music more than about 8 dB under speech is missed, and so is a slow solo without
accompaniment; a machine that hums and knocks is taken for music; the tempo may be half or double of what a listener
taps; the key may be the relative one. Nothing is invented: without music no tempo and no key, without a pulse no tempo.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from analyzers.contract import Analyzer, Inputs, Needs, Result, Segment
from analyzers.media import HIFI
from analyzers.sound import beats, tones
from analyzers.sound.beats import WINDOW, Pulse, find_pulse, onset_strength, tempo, window_starts
from analyzers.sound.tones import find_key, find_tones

Samples = NDArray[np.float32]
Curve = NDArray[np.float64]

#: The logistic rule: what clarity of pulse and share of lasting tones must add up to, and how sharply. Speech reached
#: 0.36, music had 0.5 and more in nine of ten windows.
_ENOUGH, _SHARPNESS = 0.45, 15.0
#: Clarity of pulse that makes a tempo (speech stays under 0.2).
_LEAST_PULSE = 0.25
#: Probability over which there is music; seconds of a window that must be heard at all; beats that make a tempo.
_MUSIC, _LEAST_HEARD, _LEAST_BEATS = 0.5, 0.5, 4
#: Correlation under which the notes fit no key.
_LEAST_FIT = 0.6
#: dB relative to full scale of the softest and the most energetic music.
_SOFT, _ENERGETIC = -40.0, -10.0


@dataclass(frozen=True, slots=True)
class Music:
    """A stretch with music."""

    #: Seconds, start <= t < end.
    start: float
    end: float
    #: Mean probability 0–1.
    probability: float


@dataclass(frozen=True, slots=True)
class MusicAnalysisResult(Result):
    """Music, tempo, beats and key."""

    #: Mean over time, 0–1.
    music_probability: float
    #: Where music is more likely than not, to about 4 s; empty when nowhere.
    music: tuple[Music, ...]
    #: Beats per minute; None without music or without a steady pulse.
    bpm: float | None
    #: Seconds, increasing; empty when bpm is None.
    beats: tuple[float, ...]
    #: How steady the pulse is, 0–1; None when bpm is None.
    pulse_clarity: float | None
    #: Such as "A minor"; None without music or when no key fits.
    key: str | None
    #: Correlation of the notes with the key's profile, 0–1; None when key is None.
    key_fit: float | None
    #: How loud the music is, 0 (−40 dBFS) – 1 (−10 dBFS); None without music.
    energy: float | None

    def headline(self) -> str:
        if not self.music:
            return "no music"
        parts = ["music", *([f"{self.bpm:.0f} bpm"] if self.bpm else []), *([self.key] if self.key else [])]
        return ", ".join(parts)

    def timeline(self) -> Sequence[Segment]:
        segments = [Segment(each.start, each.end, "music", each.probability) for each in self.music]
        segments += [Segment(beat, beat, "beat") for beat in self.beats]
        return sorted(segments, key=lambda segment: segment.start)


class MusicAnalysis(Analyzer[MusicAnalysisResult]):
    name: ClassVar[str] = "music_analysis"
    version: ClassVar[str] = "1"
    summary: ClassVar[str] = "Whether there is music, its tempo, beats and key."
    kind: ClassVar[str] = "sound"
    needs: ClassVar[Needs] = Needs(audio=HIFI)

    def analyze(self, inputs: Inputs) -> MusicAnalysisResult:
        audio = inputs.audio
        mono = audio.samples.mean(axis=1, dtype=np.float32)
        onsets, notes = onset_strength(mono, audio.rate), find_tones(mono, audio.rate)
        pulse = find_pulse(onsets)
        starts = window_starts(len(onsets) / beats.FRAMES)
        probability = _probability(pulse, notes.lasting, starts)
        music = _stretches(probability, starts, audio.duration)
        clarity = float(pulse.clarity[probability > _MUSIC].mean()) if pulse and music else 0.0
        heard = [beat for beat in pulse.beats.tolist() if _inside(beat, music)] if pulse else []
        steady = clarity >= _LEAST_PULSE and len(heard) >= _LEAST_BEATS
        key = find_key(notes.chroma) if music else None
        fits = key is not None and key.fit >= _LEAST_FIT
        return MusicAnalysisResult(
            music_probability=float(probability.mean()),
            music=music,
            bpm=tempo(np.array(heard)) if steady else None,
            beats=tuple(heard) if steady else (),
            pulse_clarity=clarity if steady else None,
            key=key.name if key and fits else None,
            key_fit=key.fit if key and fits else None,
            energy=_energy(mono, audio.rate, music) if music else None,
        )


def _probability(pulse: Pulse | None, lasting: Curve, starts: Curve) -> Curve:
    """Of music, in each of the windows; silent ones have 0."""
    clarity = np.zeros(len(starts)) if pulse is None else pulse.clarity
    probability = np.zeros(len(starts))
    for number, start in enumerate(starts):
        first = round(start * tones.FRAMES)
        heard = lasting[first : first + WINDOW * tones.FRAMES]
        heard = heard[~np.isnan(heard)]
        if len(heard) >= _LEAST_HEARD * tones.FRAMES:
            surplus = clarity[number] + heard.mean() - _ENOUGH
            probability[number] = 1 / (1 + np.exp(-_SHARPNESS * surplus))
    return probability


def _stretches(probability: Curve, starts: Curve, seconds: float) -> tuple[Music, ...]:
    """Neighbouring windows with music, joined; each stands for the time that is nearest to its middle."""
    middles = starts + WINDOW / 2
    edges = np.concatenate(((0.0,), (middles[1:] + middles[:-1]) / 2, (seconds,)))
    found = probability > _MUSIC
    changes = np.flatnonzero(np.diff(found.astype(np.int8), prepend=0, append=0)).reshape(-1, 2)
    return tuple(
        Music(float(edges[first]), float(edges[last]), float(probability[first:last].mean())) for first, last in changes
    )


def _inside(t: float, music: Sequence[Music]) -> bool:
    return any(each.start <= t < each.end for each in music)


def _energy(mono: Samples, rate: int, music: Sequence[Music]) -> float:
    parts = [mono[round(each.start * rate) : round(each.end * rate)] for each in music]
    power = sum(float(np.vdot(part, part)) for part in parts) / max(sum(map(len, parts)), 1)
    level = 10 * np.log10(max(power, 1e-12))
    return float(np.clip((level - _SOFT) / (_ENERGETIC - _SOFT), 0, 1))
