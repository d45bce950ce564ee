"""How loud is the sound, where is it silent or clipped, how bright and how wide is it?

Method: loudness and true peak after ITU-R BS.1770-4 and EBU Tech 3341/3342 (`loudness.py`); levels of 20 ms for silence;
the centroid and spread of power spectra (ISO/IEC 15938-4 names) for brightness. No model.
A mono track is measured as the one channel it is, as ffmpeg's ebur128 does; played on two loudspeakers it is 3 dB louder.
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
from analyzers.sound.loudness import Loudness, measure_loudness, pieces, true_peak

Samples = NDArray[np.float32]

#: Silence: under −50 dBFS (mean power of the louder channel over 20 ms) for at least 0.3 s. Under speech and music of
#: usual level nobody hears it; a quiet room lies near −55 dBFS.
_SILENT_DBFS, _SHORTEST_SILENCE, _FRAME = -50.0, 0.3, 0.02
#: Clipping: three samples in a row at full scale; two such places closer than 0.1 s are one.
_FULL_SCALE, _SHORTEST_RUN, _SAME_PLACE = 0.9999, 3, 0.1
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
        loudness = "too short or soft for a loudness" if self.integrated_lufs is None else f"{self.integrated_lufs:.1f} LUFS"
        return f"{loudness}, {_counted(len(self.silences), 'silence')}, {_counted(len(self.clipping), 'clipped place')}"

    def timeline(self) -> Sequence[Segment]:
        segments = [Segment(each.start, each.end, "silence") for each in self.silences]
        segments += [Segment(each.start, each.end, "loud") for each in self.loud]
        segments += [Segment(each.start, each.end, "clipping", data={"samples": each.samples}) for each in self.clipping]
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
        spectrum = _spectrum(samples)
        correlation, width = _stereo(samples)
        return AudioAnalysisResult(
            integrated_lufs=loudness.integrated,
            momentary_max_lufs=_highest(loudness.momentary),
            short_term_max_lufs=_highest(loudness.short_term),
            loudness_range_lu=loudness.range,
            true_peak_dbtp=_decibels(true_peak(samples) ** 2),
            rms_dbfs=_decibels(_mean_power(samples)),
            silences=_silences(samples),
            clipping=_clipping(samples),
            loud=_loud(loudness),
            spectral_centroid_hz=spectrum.centroid,
            channels=samples.shape[1],
            stereo_correlation=correlation,
            stereo_width=width,
        )
