"""Does voice_activity find where speech begins and ends, within 0.15 s?"""

import numpy as np
import pytest
from scipy.signal import resample_poly

from analyzers.models.voice_detector import VoiceDetector
from analyzers.sound.voice_activity import VoiceActivity, VoiceActivityResult
from mass_processing.demo.sounds import beat, phrases, speech_like
from tests.analyzers.sound.hearing import Samples, inputs_of

RATE = 16_000
#: Where jfk.flac is spoken, read off its waveform (10 ms levels over the noise of the hall).
JFK_STARTS, JFK_ENDS = (0.32, 3.27, 5.37, 8.14), (2.22, 4.40, 7.68, 10.60)


def analyze(samples: Samples, detector: VoiceDetector) -> VoiceActivityResult:
    return VoiceActivity().analyze(inputs_of(samples, RATE, models={VoiceDetector: detector}))


def silence(seconds: float) -> Samples:
    return np.zeros(round(seconds * RATE), np.float32)


def hiss(samples: Samples, level: float) -> Samples:
    return samples + level * np.random.default_rng(1).standard_normal(len(samples)).astype(np.float32)


def hall(jfk: Samples, seconds: float) -> Samples:
    """The noise of the hall in a pause of jfk.flac, there and back again."""
    pause = jfk[round(2.45 * RATE) : round(3.05 * RATE)]
    return np.resize(np.concatenate((pause, pause[::-1])), round(seconds * RATE))


@pytest.mark.parametrize("offset", [0.0, 0.5, 1.983, 3.217])
def test_every_phrase_of_a_real_speech_begins_and_ends_where_it_is_spoken(
    detector: VoiceDetector, jfk: Samples, offset: float
) -> None:
    """A short pause inside a phrase ("ask — not") may part it: its outer edges are what is known."""
    sound = np.concatenate((hall(jfk, offset), jfk[1600:], hall(jfk, 1)))

    speech = analyze(sound, detector).speech

    starts, ends = (np.array(edges) + offset - 0.1 for edges in (JFK_STARTS, JFK_ENDS))
    assert all(min(abs(each.start - start) for each in speech) <= 0.15 for start in starts)
    assert all(min(abs(each.end - end) for each in speech) <= 0.15 for end in ends)
    assert all((starts - 0.15 <= each.start).any() and (each.end <= ends + 0.15).any() for each in speech)


@pytest.mark.parametrize("offset", [0.4, 2.0, 3.333])
@pytest.mark.parametrize("noise", [0.0, 0.001], ids=["in silence", "in hiss at −60 dBFS"])
def test_a_phrase_is_found_where_it_was_put(detector: VoiceDetector, jfk: Samples, offset: float, noise: float) -> None:
    """The third phrase of jfk.flac, cut out at 5.37–7.68 s."""
    phrase = jfk[round(5.37 * RATE) : round(7.68 * RATE)]
    sound = hiss(np.concatenate((silence(offset), phrase, silence(1.5))), noise)

    speech = analyze(sound, detector).speech

    assert speech[0].start == pytest.approx(offset, abs=0.15)
    assert speech[-1].end == pytest.approx(offset + 2.31, abs=0.15)


@pytest.mark.parametrize("seed", range(5))
def test_edges_of_phrases_are_found_where_they_were_made(detector: VoiceDetector, seed: int) -> None:
    sound = resample_poly(speech_like(12, seed=seed), 1, 3).astype(np.float32)

    speech = analyze(sound, detector).speech

    made = np.array(phrases(12, seed=seed))
    found = np.array([(each.start, each.end) for each in speech])
    np.testing.assert_allclose(found, made, atol=0.15)


def test_no_speech_is_an_answer(detector: VoiceDetector) -> None:
    result = analyze(beat(8, 120, RATE), detector)

    assert (result.speech, result.speech_ratio, result.first_speech, result.longest_pause) == ((), 0.0, None, None)
    assert result.headline() == "no speech"


@pytest.mark.parametrize("samples", [0, 100], ids=["an empty track", "six milliseconds"])
def test_a_track_too_short_for_speech_is_answered(detector: VoiceDetector, samples: int) -> None:
    assert analyze(np.zeros(samples, np.float32), detector).speech == ()


def test_ratio_first_speech_and_longest_pause_follow_from_the_stretches(detector: VoiceDetector, jfk: Samples) -> None:
    result = analyze(np.concatenate((jfk, silence(11))), detector)

    assert result.first_speech == pytest.approx(0.32, abs=0.15)
    assert result.longest_pause == pytest.approx(5.37 - 4.40, abs=0.2)
    assert result.speech_ratio == pytest.approx(sum(JFK_ENDS) / 22 - sum(JFK_STARTS) / 22, abs=0.03)


def test_stretches_are_sorted_apart_and_within_the_track(detector: VoiceDetector, jfk: Samples) -> None:
    cut_off = jfk[: round(1.5 * RATE)]

    result = analyze(np.concatenate((jfk, cut_off)), detector)

    edges = [edge for each in result.speech for edge in (each.start, each.end)]
    assert edges == sorted(edges)
    assert edges[-1] <= 12.5
    assert all(0.5 < each.probability <= 1 for each in result.speech)
