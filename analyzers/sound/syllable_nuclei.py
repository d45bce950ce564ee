"""When are the vowels of speech, the middles of its syllables?

After de Jong & Wempe 2009: peaks of intensity within speech that stand out from the dips beside them. Intensity is
taken between 300 and 1500 Hz, where vowels are strong and hissing consonants are not, so that no pitch is needed. No
model. In 77 recordings of synthetic speech (ten languages, 110 to 270 words per minute) the counts were 2 % low on
average with a standard deviation of 5 %, and 4 and 0 % low in two recordings of real speech. Limits: fast speech in
languages of open syllables loses a tenth, for two vowels in a row ("idea") may be counted as one.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from scipy.signal import butter, find_peaks, sosfiltfilt

Samples = NDArray[np.float32]
Curve = NDArray[np.float64]

#: Hz in which vowels are strong.
_BAND = (300.0, 1500.0)
#: Seconds of one level, and over which levels are smoothed (standard deviation).
_STEP, _SMOOTH = 0.005, 0.01
#: dB by which a peak stands out from the dips beside it, and under the loud ones (95th percentile) where it is none.
_DIP, _DYNAMICS = 3.0, 25.0
#: dB under full scale where nothing is a vowel.
_SILENCE = -70.0
#: Seconds around speech that are filtered with it.
_AROUND = 0.05


def find_nuclei(samples: Samples, rate: int, speech: Sequence[tuple[float, float]]) -> Curve:
    """Seconds at which each syllable of `speech` (start and end, sorted) is loudest: float64 (n,), increasing."""
    levels = [_level(samples, rate, start, end) for start, end in speech]
    heard = np.concatenate([level for _, level in levels]) if levels else np.zeros(0)
    if not len(heard):
        return np.zeros(0)
    floor = max(float(np.percentile(heard, 95)) - _DYNAMICS, _SILENCE)
    found: list[NDArray[Any]] = [np.zeros(0)]
    for (start, end), (begin, level) in zip(speech, levels, strict=True):
        within = np.pad(np.maximum(level, floor), 1, constant_values=floor)
        peaks, _ = find_peaks(within, prominence=_DIP)
        times = begin + (peaks - 1) * _STEP
        found.append(times[(times >= start) & (times < end)])
    return np.concatenate(found)


def _level(samples: Samples, rate: int, start: float, end: float) -> tuple[float, Curve]:
    """Seconds at which the first level stands, and the levels in dB."""
    size = round(_STEP * rate)
    first = max(0, round((start - _AROUND) * rate))
    heard = samples[first : round((end + _AROUND) * rate)]
    count = len(heard) // size
    if count < 4:
        return start, np.zeros(0)
    band = sosfiltfilt(butter(2, _BAND, "band", fs=rate, output="sos"), heard.astype(np.float64), padlen=0)
    power = np.mean(band[: count * size].reshape(count, size) ** 2, axis=1)
    return first / rate + _STEP / 2, 10 * np.log10(gaussian_filter1d(power, _SMOOTH / _STEP) + 1e-10)
