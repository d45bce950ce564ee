"""What does a clip sound like whose truth is known?

Sounds made from formulas: a voice that babbles (a speech detector hears it as speech), a beat, and silence. The voice
is a formant synthesizer: pulses of a glottis (Klatt & Klatt 1990) and noise through a cascade of
moving resonances, syllables of a consonant and a vowel, phrases that fall in pitch, pauses between them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

Samples = NDArray[np.float32]
Curve = NDArray[np.float64]

#: Steps per second at which pitch, loudness and resonances move.
_STEPS = 200
#: Hz of the first three formants of vowels of men (Peterson & Barney 1952).
_VOWELS = (
    (730.0, 1090.0, 2440.0),
    (270.0, 2290.0, 3010.0),
    (300.0, 870.0, 2240.0),
    (530.0, 1840.0, 2480.0),
    (570.0, 840.0, 2410.0),
    (660.0, 1720.0, 2410.0),
    (490.0, 1350.0, 1690.0),
)
#: Formants that stand still, and the bandwidths of all five, in Hz.
_UPPER = (3400.0, 4300.0)
_BANDWIDTHS = (70.0, 90.0, 130.0, 200.0, 280.0)
#: Hz: how wide the noise of consonants is; and its level beside the voice's.
_HISS_BANDWIDTH = 1200.0
_HISS_LEVEL = 0.35


@dataclass(frozen=True, slots=True)
class _Consonant:
    #: Seconds.
    length: float
    #: Loudness of the voice and of the noise during it.
    voice: float
    noise: float
    #: Hz: where its noise is strongest, and where the formants come from.
    hiss: float
    formants: tuple[float, float, float]


_CONSONANTS = (
    _Consonant(0.09, 0.0, 0.35, 5200.0, (320.0, 1700.0, 2600.0)),  # s
    _Consonant(0.09, 0.0, 0.40, 2900.0, (320.0, 1850.0, 2500.0)),  # sh
    _Consonant(0.07, 0.0, 0.20, 1500.0, (350.0, 1100.0, 2300.0)),  # f, h
    _Consonant(0.06, 0.45, 0.0, 2500.0, (280.0, 1000.0, 2200.0)),  # m
    _Consonant(0.06, 0.45, 0.0, 2500.0, (280.0, 1700.0, 2600.0)),  # n
    _Consonant(0.06, 0.60, 0.0, 2500.0, (360.0, 1300.0, 2700.0)),  # l
    _Consonant(0.06, 0.25, 0.15, 3300.0, (250.0, 1700.0, 2600.0)),  # d
    _Consonant(0.06, 0.25, 0.12, 1800.0, (250.0, 2000.0, 2400.0)),  # g
)


def silence(seconds: float, rate: int = 48_000) -> Samples:
    """Digital silence: float32 (n,)."""
    return np.zeros(round(seconds * rate), np.float32)


def beat(seconds: float, bpm: float, rate: int = 48_000) -> Samples:
    """A drum on every beat from 0 s on, a click on top of it: float32 (n,), peak about 0.8."""
    sound = np.zeros(round(seconds * rate))
    drum = _drum(rate)
    for number in range(int(np.ceil(seconds * bpm / 60))):
        start = round(number * 60 / bpm * rate)
        length = min(len(drum), len(sound) - start)
        sound[start : start + length] += drum[:length]
    return sound.astype(np.float32)


def _drum(rate: int) -> Curve:
    t = np.arange(round(0.18 * rate)) / rate
    kick = 0.6 * np.exp(-t / 0.045) * np.sin(2 * np.pi * (55 * t + 2.5 * (1 - np.exp(-t / 0.02))))
    click = 0.2 * np.exp(-t / 0.003) * np.sin(2 * np.pi * 2400 * t)
    return np.asarray(kick + click)


def speech_like(seconds: float, rate: int = 48_000, *, seed: int = 0, pitch_hz: float = 120) -> Samples:
    """A babbling voice of `seconds`, in phrases with pauses: float32 (n,), peak 0.5. One seed gives one sound.

    `phrases(seconds, seed=seed)` says when it speaks. `pitch_hz` is the pitch in the middle of a phrase.
    """
    length = round(seconds * rate)
    score = _score(seconds, seed)
    rng = np.random.default_rng(seed + 1)
    clock = np.arange(length) / rate * _STEPS

    def at_rate(curve: Curve) -> Curve:
        return np.interp(clock, np.arange(len(curve)), curve)

    breath = rng.standard_normal(length)
    source = (_glottis(pitch_hz * at_rate(score.pitch), rate) + 0.01 * breath) * at_rate(score.voice)
    upper = np.broadcast_to(_UPPER, (len(score.formants), 2))
    voice = _resonate(source, np.hstack((score.formants, upper)), _BANDWIDTHS, rate)
    hiss = _resonate(breath * at_rate(score.noise), score.hiss[:, None], (_HISS_BANDWIDTH,), rate)
    sound = voice / _level(voice) + _HISS_LEVEL * hiss / _level(hiss)
    quiet: Samples = (0.5 * sound / max(np.abs(sound).max(initial=0.0), 1e-9)).astype(np.float32)
    return quiet


def phrases(seconds: float, *, seed: int = 0) -> tuple[tuple[float, float], ...]:
    """When `speech_like` speaks: (start, end) in seconds of each phrase; pauses are at least 0.4 s long."""
    rng = np.random.default_rng(seed)
    spans = []
    start = 0.1
    while start + 0.8 < seconds:
        end = min(start + rng.uniform(1.2, 2.6), seconds - 0.1)
        spans.append((start, end))
        start = end + rng.uniform(0.4, 0.8)
    return tuple(spans)


@dataclass(frozen=True, slots=True)
class _Score:
    """How the voice moves, one value per step of 5 ms."""

    #: Times the asked pitch.
    pitch: Curve
    #: Loudness of the voice and of the noise of consonants, 0–1.
    voice: Curve
    noise: Curve
    #: Hz, (steps, 3) formants of the throat, and (steps,) the centre of the noise.
    formants: Curve
    hiss: Curve


def _score(seconds: float, seed: int) -> _Score:
    steps = int(np.ceil(seconds * _STEPS)) + 1
    score = _Score(np.ones(steps), np.zeros(steps), np.zeros(steps), np.full((steps, 3), 500.0), np.full(steps, 3000.0))
    score.formants[:] = (500.0, 1500.0, 2500.0)
    rng = np.random.default_rng(seed + 2)
    for start, end in phrases(seconds, seed=seed):
        first, last = round(start * _STEPS), round(end * _STEPS)
        falling = np.linspace(1.15, 0.85, last - first)
        score.pitch[first:last] = falling * (1 + 0.05 * np.sin(2 * np.pi * 2.1 * np.arange(last - first) / _STEPS))
        at = first
        while at < last:
            at = _syllable(score, at, last, rng)
    for curve in (score.voice, score.noise, *score.formants.T, score.hiss):
        curve[:] = np.convolve(np.pad(curve, 3, mode="edge"), np.hanning(9)[1:-1] / 4, mode="valid")
    return score


def _syllable(score: _Score, first: int, last: int, rng: np.random.Generator) -> int:
    """Writes a consonant and a vowel into the score from step `first`; where they end."""
    consonant = _CONSONANTS[rng.integers(len(_CONSONANTS))]
    middle = min(first + round(consonant.length * _STEPS), last)
    end = min(middle + round(rng.uniform(0.10, 0.19) * _STEPS), last)
    if last - end < 0.08 * _STEPS:
        end = last
    opening, closing = (np.array(_VOWELS[number]) for number in rng.integers(len(_VOWELS), size=2))
    score.voice[first:middle], score.noise[first:middle] = consonant.voice, consonant.noise
    score.hiss[first:middle] = consonant.hiss
    score.formants[first:middle] = consonant.formants
    score.voice[middle:end] = rng.uniform(0.8, 1.0)
    way = np.linspace(0, 1, max(end - middle, 1))[: end - middle, None]
    score.formants[middle:end] = opening + 0.35 * way * (closing - opening)
    return end


def _glottis(pitch_hz: Curve, rate: int) -> Curve:
    """Air pulses as lips let them out: the slope of a flow t² − t³ while the glottis is open, 60 % of a cycle."""
    phase = np.cumsum(pitch_hz) / rate % 1
    opened = phase / 0.6
    return np.where(opened < 1, 2 * opened - 3 * opened**2, 0.0)


def _resonate(source: Curve, centres: Curve, bandwidths: Sequence[float], rate: int) -> Curve:
    """`source` through resonances in a row; `centres` (steps, resonances) in Hz moves step by step."""
    edges = np.minimum(np.arange(len(centres) + 1) * rate // _STEPS, len(source))
    sound = source.copy()
    for column, bandwidth in enumerate(bandwidths):
        memory = np.zeros(2)
        radius = np.exp(-np.pi * bandwidth / rate)
        for centre, first, last in zip(centres[:, column], edges, edges[1:], strict=False):
            if first < last:
                back = (2 * radius * np.cos(2 * np.pi * centre / rate), -(radius**2))
                gain = 1 - back[0] - back[1]
                sound[first:last], memory = lfilter([gain], [1, -back[0], -back[1]], sound[first:last], zi=memory)
    return sound


def _level(sound: Curve) -> float:
    """The mean level where there is sound at all."""
    heard = np.abs(sound)
    return float(np.sqrt(np.mean(heard[heard > 1e-4 * heard.max(initial=0.0)] ** 2))) if heard.any() else 1.0
