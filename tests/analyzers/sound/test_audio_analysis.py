"""Does audio_analysis find the levels, silences and clipping that were put in?"""

import json

import numpy as np
import pytest

from analyzers.jsonable import jsonable
from analyzers.sound.audio_analysis import AudioAnalysis, AudioAnalysisResult
from tests.analyzers.sound.hearing import Samples, inputs_of, sine, stereo


def analyze(samples: Samples, channels: int = 2) -> AudioAnalysisResult:
    return AudioAnalysis().analyze(inputs_of(samples, 48_000, channels=channels))


def noise(seconds: float, level: float, seed: int = 0) -> Samples:
    chance = np.random.default_rng(seed)
    return (level * chance.standard_normal((round(seconds * 48_000), 2))).astype(np.float32)


def test_a_mono_track_is_measured_as_one_channel() -> None:
    """A mono track comes doubled; ffmpeg's ebur128 reads it 3 dB lower than the same two channels."""
    doubled = stereo(sine(1000, -20, 5))

    as_mono, as_stereo = analyze(doubled, channels=1), analyze(doubled, channels=2)

    assert as_mono.integrated_lufs == pytest.approx(-23.0, abs=0.1)
    assert as_stereo.integrated_lufs == pytest.approx(-20.0, abs=0.1)


def test_the_rms_of_a_full_scale_sine_is_three_db_under_its_peak() -> None:
    result = analyze(stereo(sine(1000, 0.0, 2)))

    assert result.rms_dbfs == pytest.approx(-3.01, abs=0.01)
    assert result.true_peak_dbtp == pytest.approx(0.0, abs=0.2)


def test_digital_silence_has_no_levels_and_is_one_silence() -> None:
    result = analyze(np.zeros((3 * 48_000, 2), np.float32))

    levels = (result.integrated_lufs, result.momentary_max_lufs, result.true_peak_dbtp, result.rms_dbfs)
    assert levels == (None, None, None, None)
    assert [(each.start, each.end) for each in result.silences] == [(0.0, 3.0)]


def test_a_result_of_silence_is_plain_json() -> None:
    """No −inf and no NaN: strict JSON takes it as it stands, with nothing turned into null on the way."""
    result = analyze(np.zeros((48_000, 2), np.float32))

    json.dumps({name: getattr(result, name) for name in ("integrated_lufs", "rms_dbfs")}, allow_nan=False)
    assert jsonable(result)["true_peak_dbtp"] is None


def test_an_empty_track_is_answered() -> None:
    assert analyze(np.zeros((0, 2), np.float32)).headline() == "digital silence"


def test_silences_of_half_a_second_and_more_are_found() -> None:
    parts = (sine(440, -12, 2), sine(440, -70, 1), sine(440, -12, 2), sine(440, -70, 0.3), sine(440, -12, 1))

    result = analyze(stereo(np.concatenate(parts)))

    assert [(each.start, each.end) for each in result.silences] == [
        (pytest.approx(2.0, abs=0.03), pytest.approx(3.0, abs=0.03))
    ]


def test_one_silent_channel_is_not_silence() -> None:
    left = sine(440, -12, 2)

    assert analyze(np.stack([left, np.zeros_like(left)], axis=1)).silences == ()


def test_a_clipped_stretch_is_found_where_it_is() -> None:
    sound = np.concatenate([sine(300, -12, 2), np.clip(sine(300, 6, 0.5), -1, 1), sine(300, -12, 2)])

    result = analyze(stereo(sound))

    assert len(result.clipping) == 1
    assert result.clipping[0].start == pytest.approx(2.0, abs=0.01)
    assert result.clipping[0].end == pytest.approx(2.5, abs=0.01)
    assert result.clipping[0].samples > 10_000


def test_a_sine_that_just_reaches_full_scale_is_not_clipped() -> None:
    assert analyze(stereo(sine(100, 0.0, 2))).clipping == ()


def test_clipping_across_a_seam_of_the_pieces_is_one_place() -> None:
    sound = sine(300, -12, 12)
    sound[479_000:481_000] = 1.0

    result = analyze(stereo(sound))

    assert [(each.start, each.end) for each in result.clipping] == [(pytest.approx(479 / 48), pytest.approx(481 / 48))]


def test_a_loud_stretch_stands_out() -> None:
    sound = np.concatenate([sine(1000, -30, 10), sine(1000, -12, 1), sine(1000, -30, 10)])

    loud = analyze(stereo(sound)).loud

    assert [(each.start, each.end) for each in loud] == [(pytest.approx(10.0, abs=0.2), pytest.approx(11.0, abs=0.2))]


def test_the_centroid_of_a_tone_is_its_frequency() -> None:
    result = analyze(stereo(sine(3000, -12, 2)))

    assert result.spectral_centroid_hz == pytest.approx(3000, rel=0.01)
    assert result.spectral_bandwidth_hz is not None
    assert result.spectral_bandwidth_hz < 60


def test_the_centroid_of_white_noise_is_in_the_middle_of_the_band() -> None:
    """Flat from 0 to 24 kHz: the mean is 12 kHz, the standard deviation 24 kHz / √12."""
    result = analyze(noise(3, 0.1))

    assert result.spectral_centroid_hz == pytest.approx(12_000, rel=0.03)
    assert result.spectral_bandwidth_hz == pytest.approx(24_000 / np.sqrt(12), rel=0.03)


@pytest.mark.parametrize(
    ("right", "correlation", "width"),
    [(1.0, 1.0, 0.0), (-1.0, -1.0, 1.0), (0.0, 0.0, 0.5)],
    ids=["the same on both sides", "opposite", "on one side alone"],
)
def test_stereo_correlation_and_width(right: float, correlation: float, width: float) -> None:
    left = noise(2, 0.1)[:, 0]

    result = analyze(np.stack([left, right * left], axis=1).astype(np.float32))

    assert result.stereo_correlation == pytest.approx(correlation, abs=1e-3)
    assert result.stereo_width == pytest.approx(width, abs=1e-3)


def test_independent_channels_are_half_as_wide_as_opposite_ones() -> None:
    result = analyze(noise(5, 0.1))

    assert result.stereo_correlation == pytest.approx(0.0, abs=0.02)
    assert result.stereo_width == pytest.approx(0.5, abs=0.02)


def test_a_mono_track_has_no_stereo_figures() -> None:
    result = analyze(stereo(sine(440, -12, 1)), channels=1)

    assert (result.channels, result.stereo_correlation, result.stereo_width) == (1, None, None)


def test_the_timeline_is_sorted_and_within_the_clip() -> None:
    parts = (sine(300, -14, 6), np.zeros(48_000, np.float32), np.clip(sine(300, 9, 0.8), -1, 1), sine(300, -70, 1))

    timeline = analyze(stereo(np.concatenate(parts))).timeline()

    assert [each.start for each in timeline] == sorted(each.start for each in timeline)
    assert {each.label for each in timeline} == {"silence", "clipping", "loud"}
    assert all(0 <= each.start <= each.end <= 8.8 for each in timeline)
