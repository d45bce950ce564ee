"""How is something said: how high, how lively, with what weight?

Method: pitch (YIN, `pitch.py`) and level a hundred times a second inside the stretches that voice_activity found. Where
both rise above the speaker's own middle, a word is emphasised. Monotony follows the spread of the pitch, which
is what listeners hear as liveliness (Hincks 2005: from about 1 semitone, monotone, to 4, lively). No model.
Music under the speech can be taken for its pitch. It says nothing of who speaks.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.signal import find_peaks, peak_widths

from analyzers.contract import Analyzer, Inputs, Needs, Result, Segment
from analyzers.errors import Skipped
from analyzers.media import SPEECH, AudioTrack
from analyzers.sound.pitch import LOWEST, STEP, PitchTrack, track_pitch
from analyzers.sound.voice_activity import VoiceActivity, VoiceActivityResult

Curve = NDArray[np.float64]

#: Frames this many dB under the loud ones (90th percentile) are gaps and background.
_BACKGROUND_DB = 25.0
#: Spread of pitch, in semitones, that is heard as monotone, and as lively.
_MONOTONE, _LIVELY = 1.0, 4.0
#: Seconds: over which emphasis is felt, and the least distance of two.
_SYLLABLE, _APART = 0.15, 0.4
#: Emphasis is counted in spreads of the speaker's own pitch and level, which are taken as at least these (semitones,
#: dB), so that a flat voice has none; the mean of the two that makes one, and that has the score 1.
_LEAST_PITCH, _LEAST_LEVEL, _EMPHASIS, _STRONGEST = 1.5, 4.0, 0.8, 3.0


@dataclass(frozen=True, slots=True)
class Emphasis:
    """A syllable or word that stands out."""

    #: Seconds, start <= t < end.
    start: float
    end: float
    #: How much it stands out, 0–1.
    score: float
    #: Semitones and dB above the speaker's median.
    pitch_st: float
    level_db: float


@dataclass(frozen=True, slots=True)
class SpeechProsodyResult(Result):
    """Pitch, energy and emphasis of all speech of the video together."""

    #: Hz, median of voiced speech; None when nothing is voiced (whispering).
    f0_median_hz: float | None
    #: Semitones between the 5th and the 95th percentile, and the standard deviation; None when nothing is voiced.
    f0_range_st: float | None
    f0_spread_st: float | None
    #: Share of the speech that has a pitch, 0–1.
    voiced_ratio: float
    #: dB relative to full scale: mean power of the speech.
    energy_dbfs: float
    #: dB between soft and loud speech (10th and 95th percentile).
    energy_range_db: float
    #: Sorted; empty when nothing stands out.
    emphasis: tuple[Emphasis, ...]
    #: 0 (lively) – 1 (one tone); None when nothing is voiced.
    monotony: float | None

    def headline(self) -> str:
        if self.f0_median_hz is None or self.monotony is None:
            return "speech without a pitch"
        manner = "monotone" if self.monotony > 0.66 else "lively" if self.monotony < 0.33 else "moderately lively"
        return f"{manner}, around {self.f0_median_hz:.0f} Hz, {len(self.emphasis)} emphasised"

    def timeline(self) -> Sequence[Segment]:
        return [_segment(each) for each in self.emphasis]


class SpeechProsody(Analyzer[SpeechProsodyResult]):
    name: ClassVar[str] = "speech_prosody"
    version: ClassVar[str] = "1"
    summary: ClassVar[str] = "Pitch, energy, emphasis and monotony of speech."
    kind: ClassVar[str] = "sound"
    needs: ClassVar[Needs] = Needs(audio=SPEECH, results=(VoiceActivity,))

    def analyze(self, inputs: Inputs) -> SpeechProsodyResult:
        tracks = _spoken(inputs.audio, inputs.result(VoiceActivity))
        if not tracks:
            raise Skipped("no speech")
        level = np.concatenate([track.level_db for track in tracks])
        semitones = np.concatenate([_semitones(track) for track in tracks])
        heard = level > np.percentile(level, 90) - _BACKGROUND_DB
        level, semitones = level[heard], semitones[heard]
        voiced = semitones[~np.isnan(semitones)]
        soft, loud = np.percentile(level, (10, 95))
        spread = float(voiced.std()) if len(voiced) else None
        return SpeechProsodyResult(
            f0_median_hz=float(LOWEST * 2 ** (np.median(voiced) / 12)) if len(voiced) else None,
            f0_range_st=float(np.subtract(*np.percentile(voiced, (95, 5)))) if len(voiced) else None,
            f0_spread_st=spread,
            voiced_ratio=len(voiced) / len(level),
            energy_dbfs=float(10 * np.log10(np.mean(10 ** (level / 10)))),
            energy_range_db=float(loud - soft),
            emphasis=_emphasis(tracks, voiced, level) if len(voiced) else (),
            monotony=None if spread is None else float(np.clip((_LIVELY - spread) / (_LIVELY - _MONOTONE), 0, 1)),
        )


def _segment(emphasis: Emphasis) -> Segment:
    heard = {"pitch_st": emphasis.pitch_st, "level_db": emphasis.level_db}
    return Segment(emphasis.start, emphasis.end, "emphasis", emphasis.score, data=heard)


def _spoken(audio: AudioTrack, activity: VoiceActivityResult) -> list[PitchTrack]:
    """The pitch in each stretch of speech, in the time of the video."""
    tracks = []
    for speech in activity.speech:
        samples = audio.samples[round(speech.start * audio.rate) : round(speech.end * audio.rate)]
        track = track_pitch(samples, audio.rate)
        if len(track.times):
            tracks.append(replace(track, times=track.times + speech.start))
    return tracks


def _semitones(track: PitchTrack) -> Curve:
    """Pitch above the lowest that is looked for; NaN where there is none."""
    return np.asarray(12 * np.log2(track.hz / LOWEST))


def _emphasis(tracks: Sequence[PitchTrack], voiced: Curve, level: Curve) -> tuple[Emphasis, ...]:
    """Peaks of pitch and level together; `voiced` (semitones) and `level` (dB) of all speech say what is usual."""
    found = []
    usual_pitch, usual_level = np.median(voiced), np.median(level)
    for track in tracks:
        semitones = _semitones(track)
        known = np.flatnonzero(~np.isnan(semitones))
        if len(known):
            pitch = _smooth(np.interp(np.arange(len(semitones)), known, semitones[known]) - usual_pitch)
            energy = _smooth(np.maximum(track.level_db - usual_level, -_BACKGROUND_DB))
            strength = (pitch / max(voiced.std(), _LEAST_PITCH) + energy / max(level.std(), _LEAST_LEVEL)) / 2
            for first, at, last in _peaks(strength):
                if pitch[at] > 0 and energy[at] > 0:
                    start, end = float(track.times[first]), float(track.times[last])
                    score = min(float(strength[at]) / _STRONGEST, 1.0)
                    found.append(Emphasis(start, end, score, float(pitch[at]), float(energy[at])))
    return tuple(found)


def _smooth(curve: Curve) -> Curve:
    """`curve` as felt over the length of a syllable."""
    half = round(_SYLLABLE / STEP / 2)
    weights = np.hanning(2 * half + 3)[1:-1]
    return np.convolve(np.pad(curve, half, mode="edge"), weights / weights.sum(), mode="valid")


def _peaks(strength: Curve) -> list[tuple[int, int, int]]:
    """Where emphasis begins, is strongest and ends, in frames."""
    within = np.pad(strength, 1, constant_values=strength.min() - 1)  # so that one at the very edge is a peak too
    tops, _ = find_peaks(within, height=_EMPHASIS, distance=round(_APART / STEP))
    _, _, starts, ends = peak_widths(within, tops, rel_height=0.5)
    tops, starts, ends = tops - 1, starts - 1, ends - 1
    reach = round(_APART / STEP) // 2
    starts = np.maximum(np.floor(starts).astype(int), np.maximum(tops - reach, 0))
    ends = np.minimum(np.ceil(ends).astype(int), np.minimum(tops + reach, len(strength) - 1))
    return list(zip(starts.tolist(), tops.tolist(), ends.tolist(), strict=True))
