"""Does loudness.py measure what ITU-R BS.1770-4 and EBU Tech 3341 and 3342 say of their test signals?"""

import numpy as np
import pytest

from analyzers.sound.loudness import measure_loudness, true_peak
from tests.analyzers.sound.hearing import Samples, real_sound, sine, stereo

#: (peak level in dBFS, seconds) of the 1 kHz tones that follow each other.
Steps = tuple[tuple[float, float], ...]


def tones(steps: Steps) -> Samples:
    return stereo(np.concatenate([sine(1000, level, seconds) for level, seconds in steps]))


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        pytest.param(((-23, 20),), -23.0, id="3341 test 1: a steady tone"),
        pytest.param(((-33, 20),), -33.0, id="3341 test 2: a softer tone"),
        pytest.param(((-36, 10), (-23, 60), (-36, 10)), -23.0, id="3341 test 3: the relative gate"),
        pytest.param(((-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)), -23.0, id="3341 test 4: both gates"),
        pytest.param(((-26, 20), (-20, 20.1), (-26, 20)), -23.0, id="3341 test 5: the mean of loud and soft"),
    ],
)
def test_integrated_loudness_is_what_the_standard_says(steps: Steps, expected: float) -> None:
    measured = measure_loudness(tones(steps))

    assert measured.integrated == pytest.approx(expected, abs=0.1)


def test_a_full_scale_tone_in_one_channel_has_minus_three_lufs() -> None:
    """BS.1770-4: 0 dBFS at 997 Hz in one channel reads −3.01."""
    measured = measure_loudness(sine(997, 0.0, 5))

    assert measured.integrated == pytest.approx(-3.01, abs=0.05)


def test_momentary_and_short_term_loudness_of_a_steady_tone_are_its_level() -> None:
    measured = measure_loudness(tones(((-23, 5),)))

    np.testing.assert_allclose(measured.momentary, -23.0, atol=0.1)
    np.testing.assert_allclose(measured.short_term, -23.0, atol=0.1)


def test_short_term_loudness_stays_steady_under_a_pattern_of_three_seconds() -> None:
    """3341 test 9: −20 dBFS for 1.34 s and −30 dBFS for 1.66 s, five times: S is −23 throughout."""
    measured = measure_loudness(tones(((-20, 1.34), (-30, 1.66)) * 5))

    np.testing.assert_allclose(measured.short_term, -23.0, atol=0.1)


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        pytest.param(((-20, 20), (-30, 20)), 10, id="3342 test 1"),
        pytest.param(((-20, 20), (-15, 20)), 5, id="3342 test 2"),
        pytest.param(((-40, 20), (-20, 20)), 20, id="3342 test 3"),
        pytest.param(((-50, 20), (-35, 20), (-20, 20), (-35, 20), (-50, 20)), 15, id="3342 test 4"),
    ],
)
def test_loudness_range_is_what_the_standard_says(steps: Steps, expected: float) -> None:
    measured = measure_loudness(tones(steps))

    assert measured.range == pytest.approx(expected, abs=1.0)


@pytest.mark.parametrize("degrees", [0.0, 45.0, 60.0, 67.5])
def test_the_true_peak_of_a_tone_between_the_samples_is_found(degrees: float) -> None:
    """3341 tests 15–18: a quarter of the sample rate at half of full scale reads −6 dBTP, +0.2 / −0.4."""
    peak = 20 * np.log10(true_peak(stereo(sine(12_000, 20 * np.log10(0.5), 3, phase=np.radians(degrees)))))

    assert -6.4 <= peak <= -5.8


def test_a_peak_where_two_pieces_meet_is_found() -> None:
    """The filter looks back over the seam at 10 s: a burst there reads as it does elsewhere."""
    burst = sine(12_000, -6.02, 0.01, phase=np.pi / 4) * np.hanning(480).astype(np.float32)
    seam, elsewhere = np.zeros(20 * 48_000, np.float32), np.zeros(20 * 48_000, np.float32)
    seam[480_000 - 240 : 480_000 + 240] = burst
    elsewhere[100_000 - 240 : 100_000 + 240] = burst

    assert true_peak(seam) == pytest.approx(true_peak(elsewhere), abs=1e-6)


def test_a_long_sound_in_pieces_measures_like_its_parts() -> None:
    """A tone of 25 s crosses two seams; a filter that forgot its state would ring there."""
    measured = measure_loudness(tones(((-23, 25),)))

    assert np.ptp(measured.momentary[5:]) < 0.01


@pytest.mark.parametrize("samples", [0, 100, 19_199], ids=["nothing", "two milliseconds", "just under 0.4 s"])
def test_a_sound_too_short_to_measure_has_no_loudness(samples: int) -> None:
    measured = measure_loudness(np.full((samples, 2), 0.1, np.float32))

    assert measured.integrated is None
    assert measured.range is None


@pytest.mark.parametrize(
    ("name", "lufs"),
    [("vertical_red_dress.mp4", -16.2), ("animation_captions.mp4", -16.4)],
)
def test_real_clips_measure_as_ffmpeg_measures_them(name: str, lufs: float) -> None:
    """ffmpeg 5.1.9's ebur128, to the one decimal that it prints."""
    measured = measure_loudness(real_sound(name, 48_000, 2))

    assert measured.integrated == pytest.approx(lufs, abs=0.1)
