"""What remains of a sound when it is coded again, and is told from other sounds by?

Thirty-two bits, eight times a second: whether the difference between neighbouring frequency bands grows or falls from
one moment to the next (Haitsma & Kalker, "A highly robust audio fingerprinting system", 2002; 33 bands of equal width
in pitch from 300 to 2000 Hz). Music behind different videos is the same sound, so it tells sounds, not videos.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from analyzers.contract import Inputs, Needs, Pass
from analyzers.media import SPEECH

Samples = NDArray[np.float32]
Words = NDArray[np.uint32]

#: Words per second.
RATE = 8
#: Samples of 16 kHz from one moment to the next, and in the window around it.
_HOP, _WINDOW = 2_000, 8_192
#: Edges of the bands, Hz.
_EDGES = np.geomspace(300, 2000, 34)
#: Root mean square (1 is full scale) under which a moment is silent: it gets the word 0.
_SILENT = 10 ** (-60 / 20)
#: Words at most: ten minutes.
_MOST = 10 * 60 * RATE
#: Words that must overlap (four seconds) before two sounds can be one; share of bits that then differ at most. Of
#: unrelated sounds half of the bits differ, give or take 3 % over four seconds.
_OVERLAP, _DIFFERENT = 4 * RATE, 0.3


@dataclass(frozen=True, slots=True)
class SoundPrint:
    """The fingerprint of a sound track."""

    #: Eight hex digits per 1/8 s, "00000000" where it is silent; empty for silence or less than half a second.
    hash: str


class SoundFingerprint(Pass[SoundPrint]):
    """The fingerprint of the sound, for the fingerprint of the video."""

    name: ClassVar[str] = "sound_fingerprint"
    needs: ClassVar[Needs] = Needs(audio=SPEECH)

    def analyze(self, inputs: Inputs) -> SoundPrint:
        words = sound_words(inputs.audio.samples)
        return SoundPrint("".join(f"{word:08x}" for word in words.tolist()) if words.any() else "")


def sound_words(samples: Samples) -> Words:
    """The word of each 1/8 s of mono `samples` (n,) at 16 kHz: uint32 (n / 2000,); 0 where it is silent."""
    count = min(len(samples) // _HOP, _MOST)
    if count < 2:
        return np.zeros(0, np.uint32)
    energies, loud = _energies(samples, count + 1)
    slopes = np.diff(energies, axis=1)
    bits = slopes[1:] > slopes[:-1]
    words = np.packbits(bits, axis=1).view(">u4").ravel().astype(np.uint32)
    # A word of a sounding moment is never 0: that says silence.
    return np.where(loud[1:] & loud[:-1], np.maximum(words, 1), 0).astype(np.uint32)


def words_of(text: str) -> Words:
    """The words of a `SoundPrint.hash`. Raises: ValueError when it is none."""
    if len(text) % 8:
        raise ValueError(f"a sound fingerprint has eight digits per word, not {len(text)} in all")
    return np.frombuffer(bytes.fromhex(text), ">u4").astype(np.uint32)


def sound_likeness(one: str, other: str) -> tuple[float, float]:
    """How alike two `SoundPrint.hash` are, 0 (unrelated) – 1 (the same), and by how many seconds `other` is later.

    (0.0, 0.0) where there is too little to compare. From 0.4 on they are one sound.
    """
    first, second = words_of(one), words_of(other)
    best, offset = 0.5, 0
    for shift in range(_OVERLAP - len(first), len(second) - _OVERLAP + 1):
        a = first[max(0, -shift) : len(second) - shift]
        b = second[max(0, shift) : max(0, shift) + len(a)]
        heard = (a != 0) & (b != 0)
        both = int(heard.sum())
        if both < _OVERLAP:
            continue
        different = float(np.bitwise_count(a[heard] ^ b[heard]).sum()) / (32 * both)
        if different < best:
            best, offset = different, shift
    return round(1 - 2 * best, 3), offset / RATE


#: Likeness from which two sounds are one.
SAME_SOUND = 1 - 2 * _DIFFERENT


def _energies(samples: Samples, count: int) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Log energies (count, 33) of the bands around each of `count` moments, and whether it is loud enough (count,)."""
    padded = np.concatenate([np.zeros(_WINDOW // 2, np.float32), samples, np.zeros(_WINDOW, np.float32)])
    hertz = np.fft.rfftfreq(_WINDOW, 1 / SPEECH.rate)
    starts = np.searchsorted(hertz, _EDGES)
    window = np.hanning(_WINDOW).astype(np.float32)
    energies = np.empty((count, len(_EDGES) - 1))
    loud = np.empty(count, bool)
    for number in range(count):
        heard = padded[number * _HOP : number * _HOP + _WINDOW]
        loud[number] = float(np.sqrt(np.mean(heard**2))) > _SILENT
        power = np.abs(np.fft.rfft(heard * window)) ** 2
        energies[number] = np.log(np.add.reduceat(power, starts)[:-1] + 1e-9)
    return energies, loud
