"""Where does something click, clap, knock or bang?

Such a sound comes out of nothing within a few milliseconds, has all frequencies at once, and is over as soon: the level
of 5 ms rises 20 dB over what was heard before, its spectrum is flat, and a tenth of a second later it has fallen by
10 dB again. No model. It says that something hit something, never what.
"""

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d, median_filter

Samples = NDArray[np.float32]
Curve = NDArray[np.float64]

#: Seconds of one level; levels before an onset that are its background, and after which it must have fallen.
_STEP, _BEFORE, _AFTER = 0.005, 16, 20
#: dB: how far it must rise and fall, the softest that counts (full scale is 0), and the level of silence.
_RISE, _FALL, _SOFTEST, _SILENCE = 20.0, 10.0, -45.0, -65.0
#: Rise in dB that has the score 1.
_FULL_RISE = 45.0
#: Samples of the spectrum at an onset; its flatness (geometric by arithmetic mean) from which it has all frequencies.
_SPECTRUM, _FLAT = 256, 0.1


@dataclass(frozen=True, slots=True)
class Impact:
    """One sudden sound."""

    #: Seconds.
    at: float
    #: How much it stands out, 0–1.
    score: float


def find_impacts(samples: Samples, rate: int) -> list[Impact]:
    """Sudden sounds in mono `samples`, in order; none closer than 0.1 s to a stronger one."""
    step = round(_STEP * rate)
    count = len(samples) // step
    if count <= _BEFORE + _AFTER:
        return []
    frames = samples[: count * step].reshape(count, step)
    level = np.maximum(10 * np.log10(np.mean(frames.astype(np.float64) ** 2, axis=1) + 1e-12), _SILENCE)
    rise = level - _background(level)
    strongest = (rise == maximum_filter1d(rise, 2 * _AFTER + 1)) & (rise >= _RISE) & (level >= _SOFTEST)
    found = []
    for number in np.flatnonzero(strongest).tolist():
        if _falls(level, number) and _is_flat(samples, number * step):
            found.append(Impact(number * _STEP, round(min(float(rise[number]) / _FULL_RISE, 1.0), 3)))
    return found


def _background(level: Curve) -> Curve:
    """The loudest level that was usual just before each: medians, so that a single earlier click doesn't count."""
    usual = median_filter(level, size=5, mode="nearest")
    padded = np.concatenate([np.full(_BEFORE + 2, usual[0]), usual])[: len(level) + _BEFORE - 1]
    return np.asarray(sliding_window_view(padded, _BEFORE).max(axis=1))


def _falls(level: Curve, number: int) -> bool:
    after = level[number + _AFTER : number + 2 * _AFTER]
    return len(after) > 0 and float(level[number] - np.median(after)) >= _FALL


def _is_flat(samples: Samples, start: int) -> bool:
    heard = samples[start : start + _SPECTRUM].astype(np.float64)
    power = np.abs(np.fft.rfft(heard * np.hanning(len(heard)), _SPECTRUM)[1:]) ** 2 + 1e-12
    return float(np.exp(np.mean(np.log(power))) / np.mean(power)) >= _FLAT
