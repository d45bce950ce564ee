"""Does music_analysis hear music where there is some, and invent none where there is not?"""

import numpy as np
import pytest

from analyzers.sound.music_analysis import MusicAnalysis, MusicAnalysisResult
from mass_processing.demo.sounds import beat, silence, speech_like
from tests.analyzers.sound.hearing import Samples, inputs_of, real_sound, stereo
from tests.analyzers.sound.test_tones import MAJOR, chords

RATE = 48_000


def analyze(mono: Samples) -> MusicAnalysisResult:
    return MusicAnalysis().analyze(inputs_of(stereo(mono), RATE))


def test_drums_at_120_are_music_at_120() -> None:
    result = analyze(beat(15, 120))

    assert result.music_probability > 0.9
    assert result.bpm == pytest.approx(120, abs=1)
    assert np.abs(np.array(result.beats)[:, None] - np.arange(30) / 2).min(axis=1).max() <= 0.02


def test_chords_over_drums_have_tempo_and_key() -> None:
    cadence = chords(9, MAJOR)

    result = analyze(0.5 * beat(8, 120) + cadence)

    assert (round(result.bpm or 0), result.key) == (120, "A major")
    assert result.headline() == "music, 120 bpm, A major"


@pytest.mark.parametrize("seed", range(3))
def test_a_synthetic_voice_is_no_music(seed: int) -> None:
    result = analyze(speech_like(16, seed=seed))

    assert result.music_probability < 0.3
    assert (result.bpm, result.beats, result.key) == (None, (), None)


@pytest.mark.parametrize("name", ["jfk.flac", "nasa_talk.mp4"])
def test_real_speech_is_no_music_and_has_no_tempo(name: str) -> None:
    result = analyze(real_sound(name, RATE, 1))

    assert result.music_probability < 0.3
    assert (result.music, result.bpm, result.beats, result.key, result.energy) == ((), None, (), None, None)


@pytest.mark.parametrize(
    "sound",
    [
        pytest.param(silence(10), id="silence"),
        pytest.param(silence(0), id="an empty track"),
        pytest.param(beat(1, 120), id="one second"),
        pytest.param(0.1 * np.random.default_rng(0).standard_normal(10 * RATE).astype(np.float32), id="noise"),
    ],
)
def test_what_is_not_music_gets_no_tempo(sound: Samples) -> None:
    result = analyze(sound)

    assert (result.music, result.bpm, result.beats, result.key) == ((), None, (), None)
    assert result.headline() == "no music"


def test_sustained_chords_without_a_beat_are_music_without_a_tempo() -> None:
    t = np.arange(15 * RATE) / RATE
    pad = sum(np.sin(2 * np.pi * hz * t) for hz in (220.0, 277.18, 329.63)) * np.minimum(t / 3, 1)

    result = analyze((0.1 * pad).astype(np.float32))

    assert result.music_probability > 0.5
    assert (result.bpm, result.beats) == (None, ())


def test_music_after_speech_is_found_where_it_begins() -> None:
    """Windows of 8 s: the edge is known to about 4 s; the tempo is that of the music alone."""
    result = analyze(np.concatenate((speech_like(16), silence(2), beat(16, 120))))

    assert len(result.music) == 1
    assert result.music[0].start == pytest.approx(18, abs=4.1)
    assert result.music[0].end == pytest.approx(34, abs=0.1)
    assert result.bpm == pytest.approx(120, abs=1)


def test_speech_at_the_edge_of_a_short_piece_of_music_does_not_change_its_tempo() -> None:
    """The edge of the music is known to 4 s only; a third of the beats then lie in the speech before it."""
    result = analyze(np.concatenate((speech_like(8, seed=1), silence(2), 0.5 * beat(6, 120))))

    assert result.bpm == pytest.approx(120, abs=1)


def test_louder_music_has_more_energy() -> None:
    """10 dB are a third of the scale from −40 to −10 dBFS."""
    loud, soft = analyze(beat(10, 120)).energy, analyze(beat(10, 120) / np.float32(10**0.5)).energy

    assert loud is not None
    assert soft is not None
    assert loud - soft == pytest.approx(1 / 3, abs=0.01)


def test_the_timeline_has_the_music_and_every_beat_in_order() -> None:
    result = analyze(beat(10, 90))

    timeline = result.timeline()

    assert [each.start for each in timeline] == sorted(each.start for each in timeline)
    assert [each.start for each in timeline if each.label == "beat"] == list(result.beats)
    assert all(each.start == each.end for each in timeline if each.label == "beat")
