"""Does sound lie at its time when the stamps have gaps, overlaps and restarts?"""

import av
import numpy as np
import pytest

from analyzers.media import Audio
from analyzers.soundtrack import SoundTracks
from analyzers.views import Share
from tests.analyzers.clips import rms

MONO = Audio(48_000, 1)


def block(seconds: float = 0.1, level: float = 0.5, rate: int = 48_000):
    samples = np.full((1, round(seconds * rate)), level, np.float32)
    frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="mono")
    frame.sample_rate = rate
    return frame


def heard(scratch, stamped, end: float = 100.0):
    """The samples after blocks of 0.1 s at the given times."""
    sound = SoundTracks([MONO], {MONO: Share(10_000_000)}, 100.0, scratch)
    for time in stamped:
        sound.add(block(), time)
    return sound.finish(end)[MONO].samples


def test_a_gap_is_filled_with_silence(scratch):
    samples = heard(scratch, [0.0, 0.1, 0.6])

    assert len(samples) == pytest.approx(0.7 * 48_000, abs=2)
    assert rms(samples[9_700:28_700]) == 0.0
    assert rms(samples[29_000:33_000]) == pytest.approx(0.5)


def test_jitter_of_a_few_milliseconds_moves_nothing(scratch):
    assert len(heard(scratch, [0.0, 0.104, 0.197, 0.301])) == 4 * 4_800


def test_a_stretch_that_was_heard_already_is_dropped(scratch):
    assert len(heard(scratch, [0.0, 0.1, 0.0, 0.2])) == 3 * 4_800


def test_a_clock_that_starts_anew_goes_on(scratch):
    assert len(heard(scratch, [5.0, 5.1, 0.0, 0.1])) == pytest.approx(5.4 * 48_000, abs=2)


def test_a_stamp_far_beyond_the_end_asks_for_no_silence(scratch):
    assert len(heard(scratch, [0.0, 1e6, 1e6 + 0.1])) == 3 * 4_800


def test_blocks_without_stamps_follow_each_other(scratch):
    assert len(heard(scratch, [None, None, None])) == 3 * 4_800


def test_sound_is_cut_at_the_end_asked_for(scratch):
    assert len(heard(scratch, [0.0, 0.1, 0.2], end=0.25)) == 12_000


def test_a_change_of_format_on_the_way_loses_nothing(scratch):
    sound = SoundTracks([MONO], {MONO: Share(10_000_000)}, 100.0, scratch)
    for number, rate in enumerate([48_000, 24_000, 48_000]):
        sound.add(block(rate=rate), number / 10)

    samples = sound.finish(100.0)[MONO].samples

    assert len(samples) == pytest.approx(3 * 4_800, abs=40)
    assert rms(samples[4_900:9_500]) == pytest.approx(0.5, rel=0.05)


def test_nothing_heard_is_known(scratch):
    assert not SoundTracks([MONO], {MONO: Share(100)}, 1.0, scratch).heard
