"""How loud is the sound, where is it silent or clipped, how bright and how wide is it?

Method: loudness and true peak after ITU-R BS.1770-4 and EBU Tech 3341/3342 (`loudness.py`); levels of 20 ms for
silence; centroid and spread of power spectra (named as in ISO/IEC 15938-4) for brightness. No model.
A mono track is measured as the one channel it is, as ffmpeg's ebur128 does; two loudspeakers play it 3 dB louder.
More than two channels are measured after the mix to stereo.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from analyzers.contract import Analyzer, Inputs, Needs, Result, Segment
from analyzers.media import HIFI
from analyzers.sound.loudness import HOP, PIECE, RATE, Loudness, measure_loudness, pieces, true_peak

Samples = NDArray[np.float32]
Curve = NDArray[np.float64]

#: Silence: under −50 dBFS (mean power of the louder channel over 20 ms) for at least 0.5 s. Under speech and music of
#: usual level nobody hears it; a quiet room lies near −55 dBFS.
_SILENT_DBFS, _SHORTEST_SILENCE, _FRAME = -50.0, 0.5, 0.02
#: Clipping: four samples in a row at full scale (a sine that just reaches it has fewer down to 60 Hz); two such places
#: closer than 0.1 s are one.
_FULL_SCALE, _SHORTEST_RUN, _SAME_PLACE = 0.9999, 4, 0.1
#: Loud: momentary loudness this many LU over the integrated loudness, for at least 0.5 s.
_LOUD_LU, _SHORTEST_LOUD = 4.0, 0.5
#: Samples of a spectrum, one of which is taken every 50 ms.
_SPECTRUM, _STEP = 2048, 2400


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of the sound."""

    #: Seconds, start <= t < end.
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Clipping:
    """A place where the sound hits full scale."""

    #: Seconds, start <= t < end.
    start: float
    end: float
    #: How many samples stand at full scale there.
    samples: int


@dataclass(frozen=True, slots=True)
class AudioAnalysisResult(Result):
    """Loudness, level, silence, clipping, brightness and width; levels are None where the sound is digital silence."""

    #: LUFS of the whole, gated; None also when shorter than 0.4 s.
    integrated_lufs: float | None
    #: LUFS of the loudest 400 ms and 3 s; None also when the sound is shorter than that.
    momentary_max_lufs: float | None
    short_term_max_lufs: float | None
    #: LU between soft and loud passages; None when shorter than 3 s.
    loudness_range_lu: float | None
    #: dB relative to full scale, between the samples; above 0 when the sound will clip on playback.
    true_peak_dbtp: float | None
    #: dB relative to full scale; a sine at full scale has −3.01.
    rms_dbfs: float | None
    #: Sorted; empty when there is always sound.
    silences: tuple[Stretch, ...]
    #: Sorted; empty when nothing is clipped.
    clipping: tuple[Clipping, ...]
    #: Stretches much louder than the whole; sorted.
    loud: tuple[Stretch, ...]
    #: Hz: where the middle of the power lies, and how far it spreads (median over what isn't silent); None in silence.
    spectral_centroid_hz: float | None
    spectral_bandwidth_hz: float | None
    #: Channels that were measured: 1 or 2.
    channels: int
    #: −1 (opposite) … 1 (the same) between left and right; None for mono and silence.
    stereo_correlation: float | None
    #: Share of the power that differs between left and right, 0–1; None for mono and silence.
    stereo_width: float | None

    def headline(self) -> str:
        if self.rms_dbfs is None:
            return "digital silence"
        quiet = self.integrated_lufs is None
        loudness = "too short or soft for a loudness" if quiet else f"{self.integrated_lufs:.1f} LUFS"
        return f"{loudness}, {_counted(len(self.silences), 'silence')}, {_counted(len(self.clipping), 'clipped place')}"

    def timeline(self) -> Sequence[Segment]:
        segments = [Segment(each.start, each.end, "silence") for each in self.silences]
        segments += [Segment(each.start, each.end, "loud") for each in self.loud]
        segments += [
            Segment(each.start, each.end, "clipping", data={"samples": each.samples}) for each in self.clipping
        ]
        return sorted(segments, key=lambda segment: segment.start)


class AudioAnalysis(Analyzer[AudioAnalysisResult]):
    name: ClassVar[str] = "audio_analysis"
    version: ClassVar[str] = "1"
    summary: ClassVar[str] = "Loudness after EBU R 128, silence, clipping, brightness and stereo width."
    kind: ClassVar[str] = "sound"
    needs: ClassVar[Needs] = Needs(audio=HIFI)

    def analyze(self, inputs: Inputs) -> AudioAnalysisResult:
        samples = inputs.audio.samples[:, :1] if inputs.video.audio_channels == 1 else inputs.audio.samples
        loudness = measure_loudness(samples)
        centroid, bandwidth = _brightness(samples)
        moments = _moments(samples)
        correlation, width = _stereo(moments)
        return AudioAnalysisResult(
            integrated_lufs=loudness.integrated,
            momentary_max_lufs=_highest(loudness.momentary),
            short_term_max_lufs=_highest(loudness.short_term),
            loudness_range_lu=loudness.range,
            true_peak_dbtp=_decibels(true_peak(samples) ** 2),
            rms_dbfs=_decibels(float(np.trace(moments)) / max(samples.size, 1)),
            silences=_silences(samples),
            clipping=_clipping(samples),
            loud=_loud(loudness),
            spectral_centroid_hz=centroid,
            spectral_bandwidth_hz=bandwidth,
            channels=samples.shape[1],
            stereo_correlation=correlation,
            stereo_width=width,
        )


def _counted(count: int, noun: str) -> str:
    return f"{count or 'no'} {noun}{'' if count == 1 else 's'}"


def _decibels(power: float) -> float | None:
    return 10 * math.log10(power) if power > 0 else None


def _highest(curve: Curve) -> float | None:
    highest = curve.max(initial=-np.inf)
    return float(highest) if np.isfinite(highest) else None


def _runs(holds: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Where `holds` stays true: (runs, 2) of first and one past the last."""
    changes = np.flatnonzero(np.diff(holds.astype(np.int8), prepend=0, append=0))
    return changes.reshape(-1, 2)


def _moments(samples: Samples) -> Curve:
    """Sums of products of the channels: (channels, channels)."""
    sums = np.zeros((samples.shape[1], samples.shape[1]))
    for piece in pieces(samples):
        exact = piece.astype(np.float64)
        sums += exact.T @ exact
    return sums


def _stereo(moments: Curve) -> tuple[float | None, float | None]:
    """Correlation between the channels, and the share of the power that is in their difference."""
    if len(moments) < 2 or not np.trace(moments):
        return None, None
    left, right, both = moments[0, 0], moments[1, 1], moments[0, 1]
    width = (left + right - 2 * both) / (2 * (left + right))
    correlation = both / math.sqrt(left * right) if left and right else 0.0
    return float(np.clip(correlation, -1, 1)), float(np.clip(width, 0, 1))


def _silences(samples: Samples) -> tuple[Stretch, ...]:
    size = round(_FRAME * RATE)
    power = [np.zeros(0)]
    for piece in pieces(samples):
        frames = piece[: len(piece) // size * size].reshape(-1, size, piece.shape[1])
        power.append(np.einsum("fsc,fsc->fc", frames, frames).max(axis=1) / size)
    quiet = np.concatenate(power) < 10 ** (_SILENT_DBFS / 10)
    length = len(samples) / RATE
    spans = [(first * _FRAME, length if last == len(quiet) else last * _FRAME) for first, last in _runs(quiet).tolist()]
    return tuple(Stretch(start, end) for start, end in spans if end - start >= _SHORTEST_SILENCE)


def _clipping(samples: Samples) -> tuple[Clipping, ...]:
    places: list[Clipping] = []
    for number, piece in enumerate(pieces(samples)):
        runs = _runs(np.abs(piece).max(axis=1) >= _FULL_SCALE) + number * PIECE
        for first, last in runs[runs[:, 1] - runs[:, 0] >= _SHORTEST_RUN].tolist():
            place = Clipping(first / RATE, last / RATE, last - first)
            if places and place.start - places[-1].end < _SAME_PLACE:
                before = places.pop()
                place = Clipping(before.start, place.end, before.samples + place.samples)
            places.append(place)
    return tuple(places)


def _loud(loudness: Loudness) -> tuple[Stretch, ...]:
    """Where the momentary loudness stands out; a measurement stands for the 100 ms in its middle."""
    if loudness.integrated is None:
        return ()
    spans = _runs(loudness.momentary > loudness.integrated + _LOUD_LU) * HOP / RATE + 0.15
    return tuple(Stretch(start, end) for start, end in spans.tolist() if end - start >= _SHORTEST_LOUD)


def _brightness(samples: Samples) -> tuple[float | None, float | None]:
    """Median centroid and spread, in Hz, of the power spectra of what isn't silent."""
    window = np.hanning(_SPECTRUM + 1)[:-1, None].astype(np.float32)
    hertz = np.fft.rfftfreq(_SPECTRUM, 1 / RATE)
    centroids, spreads = [np.zeros(0)], [np.zeros(0)]
    for piece in pieces(samples):
        frames = piece[: len(piece) // _STEP * _STEP].reshape(-1, _STEP, piece.shape[1])[:, :_SPECTRUM]
        heard = frames[np.mean(frames**2, axis=(1, 2)) > 10 ** (_SILENT_DBFS / 10)]
        power = np.sum(np.abs(np.fft.rfft(heard * window, axis=1)) ** 2, axis=2)
        total = power.sum(axis=1)
        centroid = power @ hertz / total
        centroids.append(centroid)
        spreads.append(np.sqrt(np.maximum(power @ hertz**2 / total - centroid**2, 0)))
    if not sum(map(len, centroids)):
        return None, None
    return float(np.median(np.concatenate(centroids))), float(np.median(np.concatenate(spreads)))
