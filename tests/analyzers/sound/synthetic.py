"""How is speech made whose words and syllables are known? By espeak-ng, which also says what it is going to say."""

import re
import shutil
import subprocess

import numpy as np
import pytest
from scipy.signal import resample_poly

from tests.analyzers.sound.hearing import Samples

#: Letters of the International Phonetic Alphabet that stand for vowels, and the sign of a syllable without one.
_VOWELS = frozenset("aeiouyæɑɐɒɔəɘɚɛɜɝɞɤɨɪɯɵøœɶʉʊʌʏɥᵻãõũ")
_SYLLABIC = "\u0329"


def spoken(text: str, voice: str, words_per_minute: int) -> Samples:
    """`text` at 16 kHz, from its first to its last sound; skips the test where espeak-ng is not installed."""
    wave = _espeak("-v", voice, "-s", str(words_per_minute), "--stdout", text)
    samples = np.frombuffer(wave[44:], np.int16).astype(np.float32) / 32768  # 22.05 kHz after a plain header
    heard = np.flatnonzero(np.abs(samples) > 0.003)
    return resample_poly(samples[heard[0] : heard[-1]], 320, 441).astype(np.float32)


def syllables(text: str, voice: str) -> int:
    """How many syllables `voice` says `text` with."""
    sounds = re.split(r"[_\s]+", _espeak("-v", voice, "-q", "--ipa", "--sep=_", text).decode())
    return sum(bool(_VOWELS & set(sound)) or _SYLLABIC in sound for sound in sounds)


def _espeak(*arguments: str) -> bytes:
    if shutil.which("espeak-ng") is None:
        pytest.skip("espeak-ng is not installed; run: apt-get install espeak-ng")
    return subprocess.run(["espeak-ng", *arguments], capture_output=True, check=True).stdout
