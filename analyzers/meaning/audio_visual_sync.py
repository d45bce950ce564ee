"""Do the cuts fall on the beats of the music?

Method: each hard cut is compared with the beat nearest to it; phases on the circle of one beat say whether the distance
is steady (Rayleigh's test), and then the median distance is the lag. The share of cuts within 70 ms of a beat, less
what chance alone gives at that tempo (as Cohen's kappa does), is the score. No model.
Limits: cuts on half beats count as off; one steady tempo is assumed, as in music_analysis.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from analyzers.contract import Analyzer, Inputs, Needs, Result, Segment
from analyzers.errors import Skipped
from analyzers.picture.cut_analysis import CutAnalysis, CutResult
from analyzers.sound.music_analysis import MusicAnalysis, MusicAnalysisResult

Curve = NDArray[np.float64]

#: Seconds around a beat that look like "on it": two pictures at 30 per second.
_ON = 0.07
#: Cuts under which chance can't be told from intent.
_LEAST_CUTS = 4
#: n · R² over which phases are not random (Rayleigh's test, p = 0.05).
_STEADY = 3.0


@dataclass(frozen=True, slots=True)
class CutOnBeat:
    """A cut and the beat nearest to it."""

    #: Seconds.
    t: float
    beat: float
    #: Milliseconds from the beat to the cut; negative when the cut comes first.
    lag_ms: float
    #: Whether it looks to be on the beat (within 70 ms).
    on_beat: bool


@dataclass(frozen=True, slots=True)
class AudioVisualSyncResult(Result):
    """How cuts and beats go together."""

    #: Hard cuts within the music, in order of time; at least four.
    cuts: tuple[CutOnBeat, ...]
    #: Share of them on a beat, 0–1; and the share that cuts at random times would reach at this tempo.
    on_beat_ratio: float
    chance_ratio: float
    #: Milliseconds from beats to cuts (median); negative when cuts come first; None when there is no steady lag.
    lag_ms: float | None
    #: How steady the distance between cuts and beats is, whatever it is: 0 (as by chance) – 1 (always the same).
    steadiness: float
    #: How much more often than by chance cuts are on the beat: 0 (not more) – 1 (always).
    score: float

    def headline(self) -> str:
        lag = "" if self.lag_ms is None else f", {abs(self.lag_ms):.0f} ms {'late' if self.lag_ms >= 0 else 'early'}"
        return f"{self.on_beat_ratio:.0%} of {len(self.cuts)} cuts on the beat{lag}"

    def timeline(self) -> Sequence[Segment]:
        return [
            Segment(cut.t, cut.t, "on the beat" if cut.on_beat else "off the beat", data={"lag_ms": cut.lag_ms})
            for cut in self.cuts
        ]


class AudioVisualSync(Analyzer[AudioVisualSyncResult]):
    name: ClassVar[str] = "audio_visual_sync"
    version: ClassVar[str] = "1"
    summary: ClassVar[str] = "Whether the cuts fall on the beats of the music, and by how much they miss them."
    kind: ClassVar[str] = "meaning"
    needs: ClassVar[Needs] = Needs(results=(CutAnalysis, MusicAnalysis))

    def analyze(self, inputs: Inputs) -> AudioVisualSyncResult:
        beats = _beats(inputs.result(MusicAnalysis))
        interval = float(np.median(np.diff(beats)))
        times = _cuts(inputs.result(CutAnalysis), beats[0] - interval / 2, beats[-1] + interval / 2)
        nearest = beats[np.abs(times[:, None] - beats).argmin(axis=1)]
        lags = times - nearest
        on_beat = np.abs(lags) <= _ON
        ratio, chance = float(on_beat.mean()), min(2 * _ON / interval, 1.0)
        lag, steadiness = _steady_lag(lags, interval)
        each = zip(times.tolist(), nearest.tolist(), (1000 * lags).tolist(), on_beat.tolist(), strict=True)
        return AudioVisualSyncResult(
            cuts=tuple(CutOnBeat(*values) for values in each),
            on_beat_ratio=ratio,
            chance_ratio=chance,
            lag_ms=None if lag is None else 1000 * lag,
            steadiness=steadiness,
            score=max(ratio - chance, 0.0) / (1 - chance) if chance < 1 else 0.0,
        )


def _beats(music: MusicAnalysisResult) -> Curve:
    """Seconds. Raises: Skipped."""
    if not music.music:
        raise Skipped("no music")
    if music.bpm is None:
        raise Skipped("the music has no steady beat")
    return np.array(music.beats)


def _cuts(shots: CutResult, start: float, end: float) -> Curve:
    """Seconds of the hard cuts between `start` and `end`. Raises: Skipped."""
    times = np.array([cut.t for cut in shots.cuts if cut.type == "cut" and start <= cut.t < end])
    if len(times) < _LEAST_CUTS:
        raise Skipped(f"{len(times)} hard cuts within the music; at least {_LEAST_CUTS} are needed")
    return times


def _steady_lag(lags: Curve, interval: float) -> tuple[float | None, float]:
    """Seconds of the lag that most cuts share (None when they share none), and how steady it is beyond chance."""
    mean = np.mean(np.exp(2j * np.pi * lags / interval))
    count, square = len(lags), float(abs(mean) ** 2)
    steadiness = float(np.sqrt(max(count * square - 1, 0) / (count - 1)))
    if count * square < _STEADY:
        return None, steadiness
    centre = float(np.angle(mean)) / (2 * np.pi) * interval
    around = (lags - centre + interval / 2) % interval - interval / 2
    return centre + float(np.median(around)), steadiness
