"""Are stretches of speech packed so that every moment can be found again?"""

import numpy as np
import pytest

from analyzers.sound.speech_windows import MARGIN, Window, pack
from analyzers.sound.voice_activity import Speech

RATE = 1000


def stretches(*edges: tuple[float, float]) -> list[Speech]:
    return [Speech(start, end, 0.9) for start, end in edges]


def counting(seconds: float) -> np.ndarray:
    """Samples that tell their own number."""
    return np.arange(round(seconds * RATE), dtype=np.float32)


def test_no_speech_makes_no_window() -> None:
    assert pack([], counting(5), RATE, 30) == []


def test_pauses_are_left_out_but_for_a_margin() -> None:
    [window] = pack(stretches((1.0, 2.0), (7.0, 8.0)), counting(10), RATE, 30)

    assert window.pieces == ((800, 2200), (6800, 8200))


def test_margins_that_meet_keep_the_pause_whole() -> None:
    [window] = pack(stretches((1.0, 2.0), (2.3, 3.0)), counting(10), RATE, 30)

    assert window.pieces == ((800, 3200),)


def test_margins_stay_within_the_track() -> None:
    [window] = pack(stretches((0.0, 5.0)), counting(5), RATE, 30)

    assert window.pieces == ((0, 5000),)


def test_a_window_ends_at_a_pause_when_the_next_stretch_does_not_fit() -> None:
    windows = pack(stretches((0, 12), (13, 25), (26, 38)), counting(40), RATE, 30)

    assert [window.pieces for window in windows] == [((0, 12200), (12800, 25200)), ((25800, 38200),)]


def test_a_stretch_that_is_too_long_is_parted_where_it_is_softest() -> None:
    samples = np.ones(70 * RATE, np.float32)
    samples[25_000:25_200] = 0.01
    samples[47_000:47_200] = 0.01

    windows = pack(stretches((0, 70)), samples, RATE, 30)

    edges = [edge for window in windows for piece in window.pieces for edge in piece]
    assert edges[0] == 0
    assert 25_000 <= edges[1] == edges[2] <= 25_200
    assert 47_000 <= edges[3] == edges[4] <= 47_200
    assert edges[-1] == 70_000


@pytest.mark.parametrize("seed", range(8))
def test_windows_hold_all_speech_once_and_are_never_too_long(seed: int) -> None:
    chance = np.random.default_rng(seed)
    edges = np.sort(chance.uniform(0, 300, 40)).reshape(-1, 2)
    samples = chance.normal(size=300 * RATE).astype(np.float32)

    windows = pack(stretches(*map(tuple, edges)), samples, RATE, 30)

    held = np.zeros(len(samples), int)
    for window in windows:
        assert window.seconds <= 30
        for first, last in window.pieces:
            held[first:last] += 1
    assert held.max() == 1
    for start, end in edges:
        assert held[round(start * RATE) : round(end * RATE)].all()
    speech_and_margins = sum(end - start + 2 * MARGIN for start, end in edges)
    assert held.sum() <= speech_and_margins * RATE + len(edges)


def test_every_moment_of_a_window_is_found_again_in_the_track() -> None:
    samples = counting(60)
    window = Window(((800, 2200), (6800, 8200), (30_000, 31_000)), RATE)
    heard = window.cut_from(samples)

    for number in range(0, len(heard) - 100, 50):
        start, _ = window.in_track(number / RATE, (number + 1) / RATE)
        assert start == pytest.approx(heard[number] / RATE)


def test_what_reaches_over_a_joint_lies_in_the_piece_that_holds_more_of_it() -> None:
    window = Window(((1000, 2000), (5000, 6000)), RATE)

    assert window.in_track(0.7, 1.1) == (1.7, 2.0)
    assert window.in_track(0.9, 1.4) == (5.0, 5.4)


@pytest.mark.parametrize(
    ("moment", "expected"), [(0.0, 1.0), (1.0, 5.0), (2.0, 6.0)], ids=["the start", "a joint", "the end"]
)
def test_an_instant_lies_in_the_piece_that_begins_there(moment: float, expected: float) -> None:
    window = Window(((1000, 2000), (5000, 6000)), RATE)

    assert window.in_track(moment, moment) == (expected, expected)


def test_what_is_heard_after_the_end_lies_at_the_end() -> None:
    assert Window(((1000, 2000),), RATE).in_track(1.2, 1.5) == (2.0, 2.0)
