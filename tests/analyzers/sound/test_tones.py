"""Does tones.py name the key that was played, and tell lasting tones from noise and speech?"""

import numpy as np
import pytest

from analyzers.sound.tones import find_key, find_tones
from mass_processing.demo.sounds import speech_like
from tests.analyzers.sound.hearing import Samples

RATE = 48_000
#: Semitones above the tonic: a cadence (I IV V I, and i iv V i) with its melody notes.
MAJOR = ((0, 4, 7), (5, 9, 12), (7, 11, 14), (0, 4, 7), (9, 12, 16), (2, 5, 9), (7, 11, 14), (0, 4, 7))
MINOR = ((0, 3, 7), (5, 8, 12), (7, 10, 14), (0, 3, 7), (8, 12, 15), (5, 8, 12), (7, 11, 14), (0, 3, 7))


def chords(tonic: int, cadence: tuple[tuple[int, ...], ...], detune: float = 0.0) -> Samples:
    """Each chord for a second, with overtones; `tonic` in semitones above C4."""
    t = np.arange(RATE) / RATE
    parts = []
    for chord in cadence:
        notes = [261.626 * 2 ** ((tonic + note + detune) / 12) for note in chord]
        tone = sum(np.sin(2 * np.pi * hz * order * t) / order**2 for hz in notes for order in range(1, 5))
        parts.append(0.1 * np.exp(-t) * tone)
    return np.concatenate(parts).astype(np.float32)


def key_of(sound: Samples) -> str:
    key = find_key(find_tones(sound, RATE).chroma)
    assert key is not None
    return key.name


@pytest.mark.parametrize(("tonic", "name"), [(0, "C"), (2, "D"), (3, "Eb"), (6, "F#"), (9, "A"), (-1, "B")])
@pytest.mark.parametrize(("cadence", "mode"), [(MAJOR, "major"), (MINOR, "minor")], ids=["major", "minor"])
def test_the_key_of_a_cadence_is_named(tonic: int, name: str, cadence: tuple[tuple[int, ...], ...], mode: str) -> None:
    assert key_of(chords(tonic, cadence)) == f"{name} {mode}"


def test_an_instrument_tuned_a_third_of_a_semitone_high_plays_in_the_same_key() -> None:
    assert key_of(chords(9, MAJOR, detune=0.33)) == "A major"


def test_chords_last_and_noise_and_speech_do_not() -> None:
    noise = 0.1 * np.random.default_rng(0).standard_normal(8 * RATE).astype(np.float32)

    music, hiss, voice = (find_tones(each, RATE).lasting for each in (chords(0, MAJOR), noise, speech_like(8)))

    assert np.nanmean(music) > 0.7
    assert np.nanmean(hiss) < 0.1
    assert np.nanmean(voice) < 0.3


def test_silence_has_no_tones_and_no_key() -> None:
    tones = find_tones(np.zeros(3 * RATE, np.float32), RATE)

    assert np.isnan(tones.lasting).all()
    assert find_key(tones.chroma) is None


def test_a_long_sound_in_batches_lasts_as_a_short_one_does() -> None:
    """Twenty-five seconds are three batches; the tone lasts over their seams too."""
    tone = (0.3 * np.sin(2 * np.pi * 440 * np.arange(25 * RATE) / RATE)).astype(np.float32)

    assert find_tones(tone, RATE).lasting[:-10].min() > 0.95
