"""Is the memory of one decode shared out fairly and within its budget?"""

from dataclasses import replace
from pathlib import Path

import pytest

from analyzers.media import DETAILED, EVERY_FRAME, FLOWING, HIFI, NATIVE, SPEECH, Audio, Frames, VideoInfo
from analyzers.views import frame_size, share_out

VIDEO = VideoInfo(Path("v.mp4"), 30.0, 1080, 1920, 30.0, 0, "h264", 0, 0, "aac", 48_000, 2)
USUAL = {EVERY_FRAME, FLOWING, DETAILED, NATIVE, SPEECH, HIFI}
MIB, GIB = 2**20, 2**30


def bytes_of(request, limit: int) -> int:
    if isinstance(request, Audio):
        return limit * 4 * request.channels
    width, height = frame_size(request, VIDEO.width, VIDEO.height)
    return limit * width * height * (1 if request.luma else 3)


@pytest.mark.parametrize("seconds", [1.0, 30.0, 120.0, 600.0, 3600.0], ids=lambda seconds: f"{seconds:g} s")
def test_all_shares_together_stay_within_the_budget(seconds):
    shares = share_out(USUAL, replace(VIDEO, duration=seconds), 600 * MIB, 4 * GIB)

    assert sum(bytes_of(request, share.limit) for request, share in shares.items()) <= 600 * MIB


def test_a_thirty_second_clip_is_held_in_memory_unthinned():
    shares = share_out(USUAL, VIDEO, 600 * MIB, 4 * GIB)

    assert {request: shares[request].fps for request in (FLOWING, DETAILED, NATIVE)} == {
        FLOWING: 10.0,
        DETAILED: 2.0,
        NATIVE: 1.0,
    }
    assert shares[EVERY_FRAME].limit >= 900
    assert shares[HIFI].limit >= 30 * 48_000


def test_ten_minutes_thin_what_stands_for_the_whole_and_spill_what_follows_motion_and_captions():
    shares = share_out(USUAL, replace(VIDEO, duration=600.0), 600 * MIB, 4 * GIB)

    assert {shares[request].limit for request in (EVERY_FRAME, FLOWING, DETAILED)} == {0}
    assert (shares[FLOWING].fps, shares[DETAILED].fps) == (10.0, 2.0)
    assert 0 < shares[NATIVE].fps < 1


def test_a_view_that_outgrows_its_file_is_thinned():
    hours = replace(VIDEO, duration=2 * 3600.0)

    shares = share_out(USUAL, hours, 600 * MIB, 4 * GIB)

    # Of 216,000 pictures, and 5 % in reserve, 24,855 of 172,800 bytes fit: every tenth.
    assert shares[FLOWING].fps == pytest.approx(3.0)
    assert bytes_of(FLOWING, shares[FLOWING].most) <= 4 * GIB
    assert shares[EVERY_FRAME].most is None


def test_small_wants_are_met_in_full_while_large_ones_share_the_rest():
    small, large = Frames(1.0, 96), Frames(1.0, None)

    shares = share_out({small, large}, replace(VIDEO, duration=120.0), 100 * MIB, 4 * GIB)

    assert shares[small].fps == 1.0
    assert shares[large].fps < 1


def test_a_thinned_view_keeps_every_kth_picture():
    shares = share_out({Frames(1.0, None)}, replace(VIDEO, duration=120.0), 100 * MIB, 4 * GIB)

    [share] = shares.values()
    assert 30 / share.fps == pytest.approx(round(30 / share.fps))


@pytest.mark.parametrize(
    ("size", "short_side", "expected"),
    [
        ((1080, 1920), 96, (96, 171)),
        ((1920, 1080), 96, (171, 96)),
        ((64, 48), 96, (64, 48)),
        ((4000, 10), 5, (2000, 5)),
        ((1080, 1920), None, (1080, 1920)),
    ],
    ids=str,
)
def test_the_shorter_side_decides_the_size(size, short_side, expected):
    assert frame_size(Frames(None, short_side), *size) == expected
