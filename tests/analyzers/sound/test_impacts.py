"""Are clicks and claps found when they were made, and nothing else taken for one?"""

import numpy as np
import pytest

from analyzers.sound.impacts import find_impacts
from mass_processing.demo.sounds import speech_like
from tests.analyzers.clips import click
from tests.analyzers.sound.hearing import Samples, real_sound, sine

RATE = 16_000


def noise(seconds: float, level: float) -> Samples:
    return (level * np.random.default_rng(0).standard_normal(round(seconds * RATE))).astype(np.float32)


def clap(decay: float) -> Samples:
    """A burst of noise that falls to 37 % in 1 / `decay` seconds."""
    t = np.arange(RATE // 5) / RATE
    return (0.4 * np.random.default_rng(1).standard_normal(len(t)) * np.exp(-decay * t)).astype(np.float32)


def placed(sound: Samples, background: Samples, *times: float) -> Samples:
    mixed = background.copy()
    for at in times:
        start = round(at * RATE)
        mixed[start : start + len(sound)] += sound[: len(mixed) - start]
    return mixed


@pytest.mark.parametrize("decay", [60, 120, 400], ids=["a clap in a room", "a knock", "a tap"])
@pytest.mark.parametrize("background", [0.0, 0.001, 0.005])
def test_sudden_sounds_are_found_when_they_begin(decay: float, background: float) -> None:
    times = (0.7, 1.9, 2.4, 5.013, 8.0)

    found = find_impacts(placed(clap(decay), noise(10, background), *times), RATE)

    assert [each.at for each in found] == pytest.approx(times, abs=0.015)
    assert all(0.4 < each.score <= 1 for each in found)


def test_a_click_of_a_millisecond_is_found() -> None:
    [found] = find_impacts(click(1.5, 3, RATE), RATE)

    assert found.at == pytest.approx(1.5, abs=0.01)


@pytest.mark.parametrize(
    "sound",
    [
        pytest.param(noise(10, 0.1), id="steady noise"),
        pytest.param(np.zeros(10 * RATE, np.float32), id="silence"),
        pytest.param(np.zeros(0, np.float32), id="nothing"),
        pytest.param(np.concatenate([np.zeros(RATE, np.float32), sine(440, -10, 2, RATE)]), id="a tone that begins"),
        pytest.param(np.concatenate([np.zeros(RATE, np.float32), noise(2, 0.1)]), id="noise that begins and lasts"),
        pytest.param(noise(4, 0.1) * np.linspace(0, 1, 4 * RATE, dtype=np.float32), id="noise that swells"),
    ],
)
def test_what_lasts_or_swells_is_no_impact(sound: Samples) -> None:
    assert find_impacts(sound, RATE) == []


@pytest.mark.parametrize("name", ["jfk.flac", "nasa_talk.mp4"])
def test_real_speech_has_no_impacts(name: str) -> None:
    assert find_impacts(real_sound(name, RATE, 1), RATE) == []


def test_a_synthetic_voice_has_few_impacts() -> None:
    assert len(find_impacts(speech_like(20, RATE), RATE)) <= 1
