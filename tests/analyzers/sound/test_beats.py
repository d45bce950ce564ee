"""Does beats.py find the beats of a metronome where they were played?"""

import numpy as np
import pytest

from analyzers.sound.beats import Pulse, find_pulse, onset_strength, tempo, window_starts
from mass_processing.demo.sounds import beat
from tests.analyzers.sound.hearing import Samples, real_sound

RATE = 48_000


def clicks(bpm: float, seconds: float, first: float) -> Samples:
    """Short clicks on every beat from `first` seconds on."""
    sound = np.zeros(round(seconds * RATE), np.float32)
    t = np.arange(240) / RATE
    click = (np.sin(2 * np.pi * 1500 * t) * np.exp(-800 * t)).astype(np.float32)
    for at in np.arange(first, seconds - 0.01, 60 / bpm):
        start = round(at * RATE)
        sound[start : start + 240] = click
    return sound


def pulse_of(sound: Samples) -> Pulse:
    pulse = find_pulse(onset_strength(sound, RATE))
    assert pulse is not None
    return pulse


@pytest.mark.parametrize("bpm", [60, 72.5, 90, 100, 120, 128, 140, 165, 180])
@pytest.mark.parametrize("kind", ["drums", "clicks"])
def test_tempo_and_beats_of_a_metronome_are_found(bpm: float, kind: str) -> None:
    first = 0.0 if kind == "drums" else 0.25
    pulse = pulse_of(beat(20, bpm) if kind == "drums" else clicks(bpm, 20, first))

    played = first + np.arange(400) * 60 / bpm
    distance = np.abs(pulse.beats[:, None] - played).min(axis=1)
    assert tempo(pulse.beats) == pytest.approx(bpm, abs=1.0)
    assert distance.max() <= 0.02
    assert len(pulse.beats) >= np.count_nonzero(played < 19.9) - 1
    assert pulse.clarity.min() > 0.8


def test_beats_in_noise_are_found() -> None:
    sound = beat(20, 120) + 0.02 * np.random.default_rng(0).standard_normal(20 * RATE).astype(np.float32)

    beats = pulse_of(sound).beats

    assert np.abs(beats[:, None] - np.arange(40) / 2).min(axis=1).max() <= 0.02


def test_a_beat_that_begins_and_ends_within_the_clip_has_no_beats_outside() -> None:
    sound = np.concatenate((np.zeros(4 * RATE, np.float32), beat(10, 120), np.zeros(4 * RATE, np.float32)))

    beats = pulse_of(sound).beats

    assert beats[0] >= 3.9
    assert beats[-1] <= 13.6


def test_a_few_beats_astray_do_not_change_the_tempo() -> None:
    beats = np.arange(40) * 0.5
    beats[:4] += (0.13, -0.09, 0.2, 0.05)

    assert tempo(beats) == pytest.approx(120)


@pytest.mark.parametrize(
    "sound",
    [
        pytest.param(np.zeros(10 * RATE, np.float32), id="silence"),
        pytest.param(np.zeros(0, np.float32), id="nothing"),
        pytest.param(beat(1, 120), id="one second"),
        pytest.param(np.sin(np.arange(10 * RATE) * 0.03).astype(np.float32), id="a steady tone"),
    ],
)
def test_what_has_no_beat_has_no_pulse(sound: Samples) -> None:
    assert find_pulse(onset_strength(sound, RATE)) is None


def test_the_pulse_of_real_speech_is_unclear() -> None:
    pulse = find_pulse(onset_strength(real_sound("jfk.flac", RATE, 1), RATE))

    assert pulse is None or pulse.clarity.max() < 0.25


@pytest.mark.parametrize(
    ("seconds", "starts"),
    [(3.0, [0.0]), (8.0, [0.0]), (12.0, [0.0, 4.0]), (13.5, [0.0, 4.0, 5.5])],
)
def test_windows_cover_the_whole_sound(seconds: float, starts: list[float]) -> None:
    assert window_starts(seconds).tolist() == starts
