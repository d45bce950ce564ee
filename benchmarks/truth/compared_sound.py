"""How do loudness, silences, beats and pitch compare with those of other tools?"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analyzers.catalog import by_name
from analyzers.contract import Inputs
from analyzers.media import AudioTrack, VideoInfo
from analyzers.sound.pitch import track_pitch
from benchmarks.truth import rivals
from benchmarks.truth.compared_pictures import Compared
from benchmarks.truth.matching import Matched, match_instants, match_spans
from mass_processing.demo.sounds import beat, speech_like

Samples = NDArray[np.float32]

RATE, SPEECH_RATE = 48_000, 16_000
#: EBU Tech 3341 (2016), table 1, cases 1–5: steps of a 1 kHz tone (dBFS, seconds), and the LUFS they read.
_EBU = (
    (((-23, 20),), -23.0),
    (((-33, 20),), -33.0),
    (((-36, 10), (-23, 60), (-36, 10)), -23.0),
    (((-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)), -23.0),
    (((-26, 20), (-20, 20.1), (-26, 20)), -23.0),
)
_BPM = (72.5, 90, 105, 120, 128, 140, 165)
#: Hz at the beginning and at the end of a second.
_GLIDES = ((100, 200), (300, 120), (90, 90), (220, 440), (160, 110), (500, 350))


def loudness_compared() -> Compared:
    """The largest distance from what the standard says, in LU."""
    cases = [(_tones(steps), expected) for steps, expected in _EBU]
    return [
        _worst("ours", cases, lambda samples: _audio_analysis(samples).integrated_lufs),
        _worst("ffmpeg ebur128", cases, lambda samples: rivals.ffmpeg_loudness(samples, RATE)),
    ]


def _worst(tool: str, cases: list[tuple[Samples, float]], ask: Callable[[Samples], float]) -> tuple[str, float, float]:
    started = time.monotonic()
    off = max(abs(ask(samples) - expected) for samples, expected in cases)
    return tool, off, time.monotonic() - started


def silences_compared() -> Compared:
    """F1 of the gaps between stretches of a voice."""
    chance = np.random.default_rng(3)
    parts, truth, at = [], [], 0.0
    for _ in range(6):
        spoken, quiet = float(chance.uniform(1, 3)), float(chance.uniform(0.7, 2))
        voice = speech_like(spoken, rate=RATE)
        parts += [voice + 0.02 * np.sin(2 * np.pi * 220 * np.arange(len(voice)) / RATE), np.zeros(round(quiet * RATE))]
        truth.append((at + spoken, at + spoken + quiet))
        at += spoken + quiet
    mono = np.concatenate(parts).astype(np.float32)
    samples = np.stack([mono, mono], axis=1)
    answers: Compared = []
    for tool, ask in (
        ("ours", lambda: [(each.start, each.end) for each in _audio_analysis(samples).silences]),
        ("ffmpeg silencedetect", lambda: rivals.ffmpeg_silences(samples, RATE)),
    ):
        started = time.monotonic()
        answers.append((tool, match_spans(truth, ask()).f1, time.monotonic() - started))
    return answers


def beats_compared() -> Compared:
    """F1 of the beats of drums at seven tempi, within 20 ms."""
    answers: Compared = []
    for tool, ask in (
        ("ours", lambda mono: _ours("music_analysis", np.stack([mono, mono], axis=1), RATE).beats),
        ("librosa beat_track", lambda mono: rivals.librosa_beats(mono, RATE)[1]),
    ):
        ask(beat(5, 100))  # what is compiled or cached at the first call is no cost of a video
        matched, started = Matched(), time.monotonic()
        for bpm in _BPM:
            truth = np.arange(0, 19.9, 60 / bpm).tolist()
            matched += match_instants(truth, [float(t) for t in ask(beat(20, bpm))], 0.02)
        answers.append((tool, matched.f1, time.monotonic() - started))
    return answers


def pitch_compared() -> Compared:
    """The share of voiced frames of tones and glides that are within half a semitone of the truth."""
    answers: Compared = []
    for tool, ask in (("ours", _our_pitch), ("librosa pYIN", lambda mono: rivals.librosa_pitch(mono, SPEECH_RATE))):
        ask(_glide(100, 120))
        started, right, heard = time.monotonic(), 0, 0
        for start, end in _GLIDES:
            times, hz = ask(_glide(start, end))
            inside = (times > 0.05) & (times < 0.95)
            off = np.abs(12 * np.log2(hz[inside] / (start * (end / start) ** times[inside])))
            right += int((off <= 0.5).sum())  # no answer (NaN) is no right one
            heard += int(inside.sum())
        answers.append((tool, right / heard, time.monotonic() - started))
    return answers


def _our_pitch(mono: Samples) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    track = track_pitch(mono, SPEECH_RATE)
    return np.asarray(track.times, np.float64), np.asarray(track.hz, np.float64)


def _glide(start: float, end: float) -> Samples:
    """A second of a tone with five harmonics whose pitch moves evenly in semitones."""
    t = np.arange(SPEECH_RATE) / SPEECH_RATE
    phase = 2 * np.pi * np.cumsum(start * (end / start) ** t) / SPEECH_RATE
    return np.asarray(0.2 * sum(np.sin(number * phase) / number for number in range(1, 6)), np.float32)


def _tones(steps: tuple[tuple[float, float], ...]) -> Samples:
    """Steps of a 1 kHz tone in both channels: level of its peak in dBFS, seconds."""
    parts = [10 ** (level / 20) * np.sin(2 * np.pi * 1000 * np.arange(round(s * RATE)) / RATE) for level, s in steps]
    mono = np.concatenate(parts).astype(np.float32)
    return np.stack([mono, mono], axis=1)


def _audio_analysis(samples: Samples) -> Any:
    return _ours("audio_analysis", samples, RATE)


def _ours(name: str, samples: Samples, rate: int) -> Any:
    """What one of our analyzers of sound says about `samples` (n, 2)."""
    track = AudioTrack(samples, rate)
    video = VideoInfo(Path("made.mp4"), track.duration, 64, 96, 30.0, 0, "h264", 0, 0, "aac", rate, 2)
    return by_name(name)().analyze(Inputs(video, audio=track))
