"""Where are the beats of a sound, how fast are they, and how clear is the pulse?

Onset strength by spectral flux, the tempo by autocorrelation (a tempogram averaged over time), the beats by dynamic
programming: Ellis 2007, "Beat tracking by dynamic programming". No model. One steady tempo is assumed: music that slows
down freely has no clear pulse here. Half and double tempo are told apart only by how usual they are.
"""

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy.fft import rfft

Samples = NDArray[np.float32]
Curve = NDArray[np.float64]

#: Onset strengths per second.
FRAMES = 100
#: Samples of a spectrum, as a share of a second, and spectra per batch (10 s).
_WINDOW, _BATCH = 0.0214, 1000
#: Bands between these frequencies (Hz), evenly spaced on the mel scale.
_BANDS, _LOWEST, _HIGHEST = 40, 30.0, 11_000.0
#: dB under the loudest band that still count; frames over which a rise is measured.
_DYNAMICS, _RISE = 60.0, 2
#: Beats per minute that are looked for; the most usual tempo, and the width of that usualness in octaves.
SLOWEST, FASTEST, _USUAL, _WIDTH = 50.0, 210.0, 120.0, 0.9
#: Seconds in which the tempo is measured, half overlapping.
WINDOW = 8
#: dB that the bands must rise by, on average, for a beat to be heard.
_AUDIBLE = 1.0
#: A period is halved when its half repeats nearly as well.
_HALVED = 0.9
#: Beats over which the tempo is measured, and how far from the usual an interval between two may be, as a share.
_SPAN, _ASTRAY = 8, 0.05
#: How strictly beats keep to the tempo (Ellis' α), with onsets in standard deviations.
_STRICTNESS = 100.0
#: Beats at the ends need this share of the usual onset strength; frames within which a beat's onset lies.
_FAINT, _NEAR = 0.3, 4


@dataclass(frozen=True, slots=True)
class Pulse:
    """A steady beat."""

    #: Seconds, float64 (n,), increasing.
    beats: Curve
    #: How alike the onsets are one beat apart, 0 (no pulse) – 1 (a metronome), in each of the `window_starts`.
    clarity: Curve


def window_starts(seconds: float) -> Curve:
    """Seconds at which the windows of 8 s begin: one every 4 s, the last one at the end of the sound."""
    last = max(seconds - WINDOW, 0.0)
    return np.append(np.arange(0, last, WINDOW / 2), last)


def find_pulse(onsets: Curve) -> Pulse | None:
    """The beats that explain `onsets` best; None when there are fewer than four, or they can't be heard."""
    if len(onsets) < 2 * FRAMES or not onsets.any():
        return None
    repeats = _tempogram(onsets)
    period = _period(repeats.mean(axis=0))
    beats = _without_faint_ends(_track(onsets / onsets.std(), period), onsets)
    if len(beats) < 4 or np.median(_around(onsets, beats).max(axis=1)) < _AUDIBLE:
        return None
    return Pulse(beats=_refined(beats, onsets) / FRAMES, clarity=np.clip(repeats[:, period], 0, 1))


def tempo(beats: Curve) -> float:
    """Beats per minute of two `beats` (seconds) or more: the median of spans of eight without one that is astray."""
    intervals = np.diff(beats)
    usual = np.median(intervals)
    steady = np.abs(intervals / usual - 1) < _ASTRAY
    size = min(_SPAN, len(intervals))
    spans = sliding_window_view(intervals, size).mean(axis=1)[sliding_window_view(steady, size).all(axis=1)]
    return float(60 / (np.median(spans) if len(spans) else usual))


def onset_strength(mono: Samples, rate: int) -> Curve:
    """How much begins in each hundredth of a second: float64 (frames,), mean rise in dB over the bands."""
    levels = _band_levels(mono, rate)
    before = np.pad(levels, ((_RISE, 0), (0, 0)), constant_values=levels.min(initial=0.0))
    rises: Curve = np.maximum(levels - before[: len(levels)], 0).mean(axis=1).astype(np.float64)
    rises[:_RISE] = np.minimum(rises[:_RISE], rises[_RISE:].max(initial=0.0))
    return rises


def _band_levels(mono: Samples, rate: int) -> NDArray[np.float32]:
    """dB of every band around every hundredth of a second: (frames, bands)."""
    size, step = round(_WINDOW * rate), rate // FRAMES
    frames = sliding_window_view(np.pad(mono, (size // 2, size)), size)[: len(mono) // step * step : step]
    window, filters = np.hanning(size).astype(np.float32), _mel_filters(size, rate)
    power = np.empty((len(frames), _BANDS), np.float32)
    for first in range(0, len(frames), _BATCH):
        spectra = np.abs(rfft(frames[first : first + _BATCH] * window, axis=1)) ** 2
        power[first : first + _BATCH] = spectra @ filters
    floor = max(float(power.max(initial=0.0)) * 10 ** (-_DYNAMICS / 10), 1e-12)
    levels: NDArray[np.float32] = 10 * np.log10(np.maximum(power, floor))
    return levels


def _mel_filters(size: int, rate: int) -> NDArray[np.float32]:
    """Triangles over the bins of a spectrum, (bins, bands); at least one bin wide."""
    lowest, highest = (2595 * np.log10(1 + hertz / 700) for hertz in (_LOWEST, _HIGHEST))
    hertz = 700 * (10 ** (np.linspace(lowest, highest, _BANDS + 2) / 2595) - 1)
    width = rate / size
    below, above = np.maximum(np.diff(hertz)[:-1], width), np.maximum(np.diff(hertz)[1:], width)
    distance = np.arange(size // 2 + 1)[:, None] * width - hertz[1:-1]
    slope = np.where(distance < 0, -distance / below, distance / above)
    filters: NDArray[np.float32] = np.maximum(1 - slope, 0).astype(np.float32)
    return filters


def _tempogram(onsets: Curve) -> Curve:
    """How alike the onsets of each window are after every lag, (windows, lags): 1 at lag 0, 0 in a silent window."""
    size = min(WINDOW * FRAMES, len(onsets))
    starts = (window_starts(len(onsets) / FRAMES) * FRAMES).astype(int)
    windows = sliding_window_view(onsets, size)[np.minimum(starts, len(onsets) - size)]
    centred = windows - windows.mean(axis=1, keepdims=True)
    lags = min(round(60 / SLOWEST * FRAMES) + 2, size - 1)
    products = np.fft.irfft(np.abs(np.fft.rfft(centred, 2 * size, axis=1)) ** 2, axis=1)[:, :lags]
    return np.asarray(products / np.maximum(products[:, :1], 1e-6) * size / (size - np.arange(lags)))


def _period(repeat: Curve) -> int:
    """Frames between beats, from how alike the onsets are after every lag."""
    bpm = 60 * FRAMES / np.maximum(np.arange(len(repeat)), 1)
    usual = np.exp(-0.5 * (np.log2(bpm / _USUAL) / _WIDTH) ** 2)
    allowed = (bpm >= SLOWEST) & (bpm <= FASTEST)
    best = int(np.argmax(np.where(allowed, np.maximum(repeat, 0) * usual, -1)))
    half = best // 2 + int(np.argmax(repeat[best // 2 : best // 2 + 2]))
    return half if allowed[half] and repeat[half] >= _HALVED * repeat[best] else best


def _track(strength: Curve, period: int) -> NDArray[np.int64]:
    """Frames of the beats: the chain that collects most onset strength and departs least from `period`."""
    steps = np.arange(-2 * period, -period // 2 + 1)
    penalty = -_STRICTNESS * np.log(-steps / period) ** 2
    reach = 2 * period
    score = np.zeros(len(strength) + reach)
    origin = np.full(len(strength), -1)
    for frame, onset in enumerate(strength):
        chances = score[frame : frame + len(steps)] + penalty
        best = int(np.argmax(chances))
        score[frame + reach] = onset + max(float(chances[best]), 0.0)
        if chances[best] > 0:
            origin[frame] = frame + int(steps[best])
    return _chain(origin, int(np.argmax(score[-period:])) + len(strength) - period)


def _chain(origin: NDArray[np.int64], last: int) -> NDArray[np.int64]:
    chain = [last]
    while origin[chain[-1]] >= 0:
        chain.append(int(origin[chain[-1]]))
    return np.array(chain[::-1])


def _without_faint_ends(beats: NDArray[np.int64], onsets: Curve) -> NDArray[np.int64]:
    """`beats` without those before the first and after the last that can be heard."""
    strength = _around(onsets, beats).max(axis=1)
    heard = np.flatnonzero(strength > _FAINT * np.median(strength))
    return beats[heard[0] : heard[-1] + 1] if len(heard) else beats[:0]


def _refined(beats: NDArray[np.int64], onsets: Curve) -> Curve:
    """Frames, between frames: where the onset nearest to each beat is strongest."""
    near = _around(onsets, beats)
    at = beats + near.argmax(axis=1) - _NEAR
    before, here, after = (np.pad(onsets, 1)[at + shift] for shift in (0, 1, 2))
    bend = before - 2 * here + after
    shift = np.where(bend < 0, (before - after) / np.where(bend < 0, 2 * bend, 1), 0)
    return np.where(near.max(axis=1) > 0, at + np.clip(shift, -0.5, 0.5), beats)


def _around(onsets: Curve, beats: NDArray[np.int64]) -> Curve:
    """Onset strengths around each beat, (beats, 2 · 4 + 1)."""
    return sliding_window_view(np.pad(onsets, _NEAR), 2 * _NEAR + 1)[beats]
