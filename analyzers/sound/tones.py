"""Which notes sound, do they last, and what key do they make?

Peaks of long spectra that stand out of their surroundings (a tone, not noise) become pitch classes; a peak that is
still there 0.2 s later is a lasting tone. The key is the one of 24 whose profile fits the pitch classes best: Krumhansl
and Schmuckler, with the profiles of Krumhansl & Kessler 1982. No model. Notes under 100 Hz are left out, where a bin of
the spectrum is wider than a semitone.
"""

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy.fft import rfft
from scipy.ndimage import uniform_filter1d

Samples = NDArray[np.float32]
Curve = NDArray[np.float64]

#: Spectra per second; seconds of sound in one; spectra per batch.
FRAMES, _WINDOW, _BATCH = 10, 0.17, 100
#: Hz between which notes are looked for; the highest for the key, where overtones are few.
_LOWEST, _HIGHEST, _KEY_HIGHEST = 100.0, 4000.0, 2000.0
#: A tone's power over the mean of the bins around it (how many), and under the frame's strongest.
_STANDS_OUT, _SURROUNDINGS, _FAINT = 6.0, 61, 10 ** (-2.5)
#: Spectra after which a lasting tone is still there, and bins that it may have moved by.
_LATER, _MOVED = 2, 1
#: Frames under this share of the loudest frame's power are silent.
_SILENT = 1e-4
_NAMES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
_MAJOR = (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88)
_MINOR = (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17)


@dataclass(frozen=True, slots=True)
class Tones:
    """What is tonal in a sound, ten times a second."""

    #: Share of the power of each frame's peaks that is in lasting tones, float64 (frames,), 0–1; NaN in silent frames.
    lasting: Curve
    #: Strength of each pitch class from C on, over all frames: float64 (12,).
    chroma: Curve


@dataclass(frozen=True, slots=True)
class Key:
    """A tonality."""

    #: Such as "A minor".
    name: str
    #: Correlation of the notes with the key's profile, −1…1; above 0.7 is clear.
    fit: float


def find_tones(mono: Samples, rate: int) -> Tones:
    """The tones of `mono`, float32 (n,)."""
    size = 1 << round(np.log2(_WINDOW * rate))
    frames = sliding_window_view(np.pad(mono, (0, size)), size)[:: rate // FRAMES]
    window = np.hanning(size).astype(np.float32)
    lasting, loudness, chroma = [np.zeros(0)], [np.zeros(0)], np.zeros(12)
    for first in range(0, len(frames), _BATCH):
        power = np.abs(rfft(frames[first : first + _BATCH + _LATER] * window, axis=1)) ** 2
        power = power[:, : int(_HIGHEST * size / rate) + 2]
        peaks, tones = _peaks(power, round(_LOWEST * size / rate))
        count = min(_BATCH, len(frames) - first)
        lasting.append(_lasting(power, peaks, tones)[:count])
        loudness.append(power.sum(axis=1)[:count])
        chroma += _pitch_classes(power[:count], tones[:count], rate / size)
    heard = np.concatenate(loudness)
    silent = heard <= max(float(heard.max(initial=0.0)) * _SILENT, 1e-9)
    return Tones(lasting=np.where(silent, np.nan, np.concatenate(lasting)), chroma=chroma)


def find_key(chroma: Curve) -> Key | None:
    """The key that fits `chroma` (12,) best; None when there are no notes."""
    if not chroma.std():
        return None
    fits = {
        f"{_NAMES[tonic]} {mode}": float(np.corrcoef(np.roll(chroma, -tonic), profile)[0, 1])
        for tonic in range(12)
        for mode, profile in (("major", _MAJOR), ("minor", _MINOR))
    }
    name = max(fits, key=fits.__getitem__)
    return Key(name, fits[name])


def _peaks(power: Samples, lowest: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which bins are peaks, and which of these stand out as tones: (frames, bins) each."""
    peaks = np.zeros(power.shape, np.bool_)
    middle = power[:, 1:-1]
    peaks[:, 1:-1] = (middle > power[:, :-2]) & (middle >= power[:, 2:])
    peaks[:, :lowest] = False
    peaks &= power > _FAINT * power[:, lowest:].max(axis=1, keepdims=True)
    return peaks, peaks & (power > _STANDS_OUT * uniform_filter1d(power, _SURROUNDINGS, axis=1))


def _lasting(power: Samples, peaks: NDArray[np.bool_], tones: NDArray[np.bool_]) -> Curve:
    """Share of the power of the peaks that is in tones which are still there later; the last frames have none."""
    later = np.zeros_like(tones)
    for shift in range(-_MOVED, _MOVED + 1):
        later[:-_LATER] |= np.roll(tones[_LATER:], shift, axis=1)
    everything = np.where(peaks, power, 0).sum(axis=1)
    kept = np.where(tones & later, power, 0).sum(axis=1)
    share: Curve = np.divide(kept, everything, out=np.zeros(len(power)), where=everything > 0)
    return share


def _pitch_classes(power: Samples, tones: NDArray[np.bool_], width: float) -> Curve:
    """Strength of each pitch class, (12,), tuned to where the notes lie between those of 440 Hz."""
    row, column = np.nonzero(tones & (np.arange(power.shape[1]) * width < _KEY_HIGHEST))
    if not len(row):
        return np.zeros(12)
    before, here, after = (np.log(power[row, column + shift] + 1e-20) for shift in (-1, 0, 1))
    bin_ = column + 0.5 * (before - after) / np.minimum(before - 2 * here + after, -1e-9)
    note = 69 + 12 * np.log2(bin_ * width / 440)
    weight = np.sqrt(power[row, column]).astype(np.float64)
    off = np.angle(np.sum(weight * np.exp(2j * np.pi * note))) / (2 * np.pi)
    return np.bincount(np.round(note - off).astype(int) % 12, weight, minlength=12).astype(np.float64)
