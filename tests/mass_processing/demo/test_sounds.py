"""Do the sounds of the demo hold what their makers promise?"""

import numpy as np
import pytest

from mass_processing.demo.sounds import beat, phrases, silence, speech_like


@pytest.mark.parametrize("rate", [16_000, 44_100, 48_000])
@pytest.mark.parametrize("seconds", [0.0, 0.3, 3.0])
def test_every_sound_has_the_length_it_was_asked_for(seconds: float, rate: int) -> None:
    for sound in (speech_like(seconds, rate), beat(seconds, 120, rate), silence(seconds, rate)):
        assert sound.shape == (round(seconds * rate),)
        assert sound.dtype == np.float32
        assert np.abs(sound).max(initial=0.0) <= 1.0


def test_one_seed_gives_one_voice_and_another_seed_another() -> None:
    np.testing.assert_array_equal(speech_like(3, 16_000, seed=1), speech_like(3, 16_000, seed=1))
    assert not np.array_equal(speech_like(3, 16_000, seed=1), speech_like(3, 16_000, seed=2))


def test_the_voice_sounds_in_its_phrases_and_is_still_between() -> None:
    sound, rate = speech_like(12, 16_000), 16_000
    spoken = np.zeros(len(sound), bool)
    still = np.ones(len(sound), bool)
    for start, end in phrases(12):
        spoken[round(start * rate) : round(end * rate)] = True
        still[round((start - 0.05) * rate) : round((end + 0.1) * rate)] = False

    assert np.sqrt(np.mean(sound[spoken] ** 2)) > 0.03
    assert np.sqrt(np.mean(sound[still] ** 2)) < 0.001


def test_pauses_between_phrases_are_at_least_four_tenths_of_a_second() -> None:
    made = np.array(phrases(60))

    assert (made[1:, 0] - made[:-1, 1]).min() >= 0.4
    assert made[-1, 1] <= 60


def test_a_drum_starts_on_every_beat() -> None:
    """Nothing sounds in the 10 ms before a beat; the drum is loudest within the 60 ms after it."""
    sound = np.abs(beat(10, 120))

    for start in range(24_000, len(sound), 24_000):
        assert sound[start - 480 : start].max() < 0.02
        assert sound[start : start + 2880].max() > 0.4
