"""How high is the tone of a sound, a hundred times a second?

YIN (de Cheveigné & Kawahara 2002), all frames at once: the difference function by FFT, its cumulative mean, the first
dip under a threshold, a parabola through it. No model.
"""

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Samples = NDArray[np.float32]
Curve = NDArray[np.float64]

#: Hz that voices reach in speech.
LOWEST, HIGHEST = 60.0, 600.0
#: Seconds over which a frame is compared with itself, and between two frames.
_WINDOW, STEP = 0.025, 0.01
#: A dip under this may be a period (the paper takes 0.1; old and lossy recordings need more), and the first one that is
#: nearly as deep as the deepest is: half a period of a voice with a strong octave dips too, but not as deep.
_DIP, _NEAR = 0.3, 0.1
#: Frames around each whose median it must be near, and how near, in semitones: a voice does not jump for one frame.
_AROUND, _NEAR_MEDIAN = 15, 5.0
#: Frames per batch: 8 s, about 30 MB of working memory.
_BATCH = 800


@dataclass(frozen=True, slots=True)
class PitchTrack:
    """Frames of 25 ms, one every 10 ms."""

    #: Seconds from the first sample to the middle of the frame, float64 (n,).
    times: Curve
    #: Fundamental frequency, float64 (n,); NaN where there is no tone.
    hz: Curve
    #: dB relative to full scale, float64 (n,); at least −120.
    level_db: Curve


def track_pitch(samples: Samples, rate: int) -> PitchTrack:
    """The pitch of `samples`, float32 (n,). Sounds shorter than one frame (about 42 ms) have no frames."""
    window, step = round(_WINDOW * rate), round(STEP * rate)
    longest, shortest = int(np.ceil(rate / LOWEST)) + 1, int(rate / HIGHEST)
    if len(samples) < window + longest:
        return PitchTrack(np.zeros(0), np.zeros(0), np.zeros(0))
    frames = sliding_window_view(samples, window + longest)[::step]
    batches = [frames[first : first + _BATCH].astype(np.float64) for first in range(0, len(frames), _BATCH)]
    periods = np.concatenate([_periods(batch, window, shortest) for batch in batches])
    power = np.concatenate([np.mean(batch[:, :window] ** 2, axis=1) for batch in batches])
    middle = (window + np.where(np.isnan(periods), 0, periods)) / 2
    return PitchTrack(
        times=(np.arange(len(frames)) * step + middle) / rate,
        hz=_steady(rate / periods),
        level_db=10 * np.log10(np.maximum(power, 1e-12)),
    )


def _periods(frames: Curve, window: int, shortest: int) -> Curve:
    """Samples of one period in each frame; NaN where none is clear."""
    dips = _normalised_difference(frames, window)
    count, lags = dips.shape
    lag = np.arange(lags)
    under = (dips < np.minimum(_DIP, dips[:, shortest:].min(axis=1) + _NEAR)[:, None]) & (lag >= shortest)
    entered = np.where(under.any(axis=1), under.argmax(axis=1), lags)
    rising = np.diff(dips, axis=1, append=np.inf) >= 0
    bottom = (rising & (lag >= entered[:, None])).argmax(axis=1)
    found = (bottom > 0) & (bottom < lags - 1)
    rows, at = np.arange(count), np.clip(bottom, 1, lags - 2)
    before, here, after = dips[rows, at - 1], dips[rows, at], dips[rows, at + 1]
    bend = before - 2 * here + after
    shift = np.where(bend > 0, (before - after) / np.where(bend > 0, 2 * bend, 1), 0)
    return np.where(found, at + np.clip(shift, -0.5, 0.5), np.nan)


def _normalised_difference(frames: Curve, window: int) -> Curve:
    """d′ of the paper (its equation 8), (frames, lags): 1 at lag 0, near 0 at a period."""
    count, length = frames.shape
    lags = length - window
    size = 1 << (length + window - 1).bit_length()
    spectrum = np.fft.rfft(frames, size)
    product = np.fft.irfft(spectrum * np.fft.rfft(frames[:, :window], size).conj(), size)[:, :lags]
    energy = np.cumsum(np.pad(frames**2, ((0, 0), (1, 0))), axis=1)
    moved = energy[:, window : window + lags] - energy[:, :lags]
    difference = np.maximum(moved[:, :1] + moved - 2 * product, 0)
    mean = np.cumsum(difference[:, 1:], axis=1) / np.arange(1, lags)
    ratio = np.divide(difference[:, 1:], mean, out=np.ones((count, lags - 1)), where=mean > 1e-9)
    return np.hstack((np.ones((count, 1)), ratio))


def _steady(hz: Curve) -> Curve:
    """`hz` without the frames that stand apart from those around them."""
    ordered = np.sort(sliding_window_view(np.pad(hz, _AROUND // 2, constant_values=np.nan), _AROUND), axis=1)
    voiced = np.count_nonzero(~np.isnan(ordered), axis=1)
    median = ordered[np.arange(len(hz)), np.maximum(voiced - 1, 0) // 2]
    return np.where(np.abs(12 * np.log2(hz / median)) <= _NEAR_MEDIAN, hz, np.nan)
