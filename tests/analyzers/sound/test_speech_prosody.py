"""Does speech_prosody tell lively from monotone, and find the syllable that was stressed?"""

import numpy as np
import pytest

from analyzers.errors import Skipped
from analyzers.models.voice_detector import VoiceDetector
from analyzers.sound.speech_prosody import SpeechProsody, SpeechProsodyResult
from analyzers.sound.voice_activity import Speech, VoiceActivity, VoiceActivityResult
from mass_processing.demo.sounds import speech_like
from tests.analyzers.sound.hearing import Samples, inputs_of

RATE = 16_000


def analyze(samples: Samples, *spans: tuple[float, float]) -> SpeechProsodyResult:
    """Prosody of a clip in which voice_activity found `spans`."""
    speech = tuple(Speech(start, end, 1.0) for start, end in spans)
    activity = VoiceActivityResult(speech, 0.5, speech[0].start if speech else None, None)
    return SpeechProsody().analyze(inputs_of(samples, RATE, results={VoiceActivity: activity}))


def voice(hz: np.ndarray, level: np.ndarray | float = 1.0) -> Samples:
    phase = 2 * np.pi * np.cumsum(hz) / RATE
    tone = sum(np.sin(number * phase) / number for number in range(1, 6))
    return (0.1 * level * tone).astype(np.float32)


def seconds(length: float) -> np.ndarray:
    return np.arange(round(length * RATE)) / RATE


def test_without_speech_it_is_skipped() -> None:
    with pytest.raises(Skipped, match="no speech"):
        analyze(np.zeros(RATE, np.float32))


def test_the_median_pitch_of_a_steady_voice_is_its_pitch() -> None:
    result = analyze(voice(np.full(3 * RATE, 180.0)), (0.0, 3.0))

    assert result.f0_median_hz == pytest.approx(180, rel=0.005)
    assert result.f0_range_st == pytest.approx(0, abs=0.1)
    assert result.voiced_ratio == 1.0


def test_one_tone_is_monotone_and_without_emphasis() -> None:
    result = analyze(voice(np.full(3 * RATE, 180.0)), (0.0, 3.0))

    assert result.monotony == 1.0
    assert result.emphasis == ()


def test_a_pitch_that_swings_an_octave_is_lively() -> None:
    """A sine of ± 6 semitones: standard deviation 6 / √2 = 4.24, and 11.85 between the 5th and 95th percentile."""
    hz = 180 * 2 ** (6 * np.sin(2 * np.pi * seconds(6) / 2) / 12)

    result = analyze(voice(hz), (0.0, 6.0))

    assert result.f0_spread_st == pytest.approx(4.24, abs=0.2)
    assert result.f0_range_st == pytest.approx(11.85, abs=0.5)
    assert result.monotony == 0.0


def test_only_speech_counts() -> None:
    """A siren at 400 Hz outside the speech changes nothing."""
    sound = np.concatenate((voice(np.full(2 * RATE, 120.0)), voice(np.full(4 * RATE, 400.0))))

    assert analyze(sound, (0.0, 2.0)).f0_median_hz == pytest.approx(120, rel=0.01)


def test_a_stressed_syllable_is_found_where_it_is() -> None:
    t = seconds(5)
    stress = np.exp(-0.5 * ((t - 3.0) / 0.1) ** 2)

    result = analyze(voice(140 * 2 ** (5 * stress / 12), 0.3 + 0.7 * stress), (0.0, 5.0))

    assert len(result.emphasis) == 1
    assert result.emphasis[0].start < 3.0 < result.emphasis[0].end
    assert result.emphasis[0].pitch_st == pytest.approx(5, abs=1.5)


def test_loudness_alone_is_no_emphasis() -> None:
    t = seconds(5)
    swell = np.exp(-0.5 * ((t - 3.0) / 0.1) ** 2)

    assert analyze(voice(140 - 20 * swell, 0.3 + 0.7 * swell), (0.0, 5.0)).emphasis == ()


def test_emphases_are_sorted_and_do_not_overlap() -> None:
    emphasis = analyze(speech_like(20, RATE), (0.0, 20.0)).emphasis

    edges = [edge for each in emphasis for edge in (each.start, each.end)]
    assert len(emphasis) > 1
    assert edges == sorted(edges)


def test_whispering_has_energy_but_no_pitch() -> None:
    whisper = 0.1 * np.random.default_rng(0).standard_normal(2 * RATE).astype(np.float32)

    result = analyze(whisper, (0.0, 2.0))

    assert (result.f0_median_hz, result.monotony, result.voiced_ratio) == (None, None, 0.0)
    assert result.energy_dbfs == pytest.approx(-20, abs=0.2)


def test_a_real_speech_has_the_pitch_of_its_speaker(detector: VoiceDetector, jfk: Samples) -> None:
    """The periods of the vowels in its waveform are 4 to 5 ms long (200 to 250 Hz): an orator's raised voice."""
    activity = VoiceActivity().analyze(inputs_of(jfk, RATE, models={VoiceDetector: detector}))

    result = SpeechProsody().analyze(inputs_of(jfk, RATE, results={VoiceActivity: activity}))

    assert result.f0_median_hz == pytest.approx(225, abs=35)
    assert result.voiced_ratio > 0.5
