"""Does pitch.py hear the tone that was played, within half a semitone?"""

import numpy as np
import pytest

from analyzers.sound.pitch import track_pitch
from mass_processing.demo.sounds import speech_like
from tests.analyzers.sound.hearing import Samples, sine

RATE = 16_000


def voice(hz: np.ndarray) -> Samples:
    """A tone with five harmonics whose frequency at each sample is `hz`."""
    phase = 2 * np.pi * np.cumsum(hz) / RATE
    return (0.2 * sum(np.sin(number * phase) / number for number in range(1, 6))).astype(np.float32)


def semitones_off(found: np.ndarray, truth: np.ndarray | float) -> np.ndarray:
    return np.abs(12 * np.log2(found / truth))


@pytest.mark.parametrize("hz", [70, 85, 110, 165, 220, 330, 440, 590])
def test_a_steady_voice_is_heard_at_its_pitch(hz: float) -> None:
    track = track_pitch(voice(np.full(2 * RATE, float(hz))), RATE)

    assert not np.isnan(track.hz).any()
    assert semitones_off(track.hz, hz).max() < 0.1


def test_a_tone_without_overtones_is_heard_at_its_pitch() -> None:
    track = track_pitch(sine(200, -12, 1, RATE), RATE)

    assert semitones_off(track.hz, 200).max() < 0.1


@pytest.mark.parametrize(("start", "end"), [(100, 200), (300, 120)], ids=["rising an octave", "falling"])
def test_a_glide_of_a_second_is_followed_within_half_a_semitone(start: float, end: float) -> None:
    def truth(t: np.ndarray) -> np.ndarray:
        return start * (end / start) ** t

    track = track_pitch(voice(truth(np.arange(RATE) / RATE)), RATE)

    assert not np.isnan(track.hz).any()
    assert semitones_off(track.hz, truth(track.times)).max() < 0.5


def test_a_voice_whose_octave_is_stronger_than_its_fundamental_is_not_heard_an_octave_up() -> None:
    t = np.arange(RATE) / RATE
    sound = 0.1 * np.sin(2 * np.pi * 130 * t) + 0.3 * np.sin(2 * np.pi * 260 * t) + 0.1 * np.sin(2 * np.pi * 390 * t)

    track = track_pitch(sound.astype(np.float32), RATE)

    assert semitones_off(track.hz, 130).max() < 0.5


@pytest.mark.parametrize("level", [0.0, 0.1], ids=["silence", "white noise"])
def test_what_has_no_tone_has_no_pitch(level: float) -> None:
    noise = level * np.random.default_rng(0).standard_normal(2 * RATE).astype(np.float32)

    assert np.isnan(track_pitch(noise.astype(np.float32), RATE).hz).all()


@pytest.mark.parametrize("pitch_hz", [100.0, 210.0])
def test_the_pitch_of_a_synthetic_voice_is_the_one_it_was_given(pitch_hz: float) -> None:
    track = track_pitch(speech_like(12, RATE, pitch_hz=pitch_hz), RATE)

    assert semitones_off(np.array([np.nanmedian(track.hz)]), pitch_hz).max() < 1.0


def test_levels_are_relative_to_full_scale() -> None:
    track = track_pitch(sine(200, 0.0, 1, RATE), RATE)

    np.testing.assert_allclose(track.level_db, -3.01, atol=0.1)


@pytest.mark.parametrize("samples", [0, 1, 600])
def test_a_sound_shorter_than_a_frame_has_no_frames(samples: int) -> None:
    assert len(track_pitch(np.zeros(samples, np.float32), RATE).times) == 0
