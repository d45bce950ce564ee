"""Are slow motion and speed ramps found to the frame, and told from film and drawings of fewer pictures?"""

import cv2
import numpy as np
import pytest

from analyzers.media import EVERY_FRAME, FrameBatch
from analyzers.picture.frame_steps import frame_steps
from analyzers.picture.speed_changes import SpeedChange, find_speed_changes
from tests.analyzers.picture.edits import HAND, filmed_by, measured, panning, slowed
from tests.analyzers.picture.scenes import Pixels, noisy, shot, still


def found(pixels: Pixels, fps: float = 30) -> list[SpeedChange]:
    return list(find_speed_changes(*measured(pixels, fps), [0]))


@pytest.mark.parametrize("camera", [HAND, panning], ids=["from a hand", "in a pan"])
@pytest.mark.parametrize("times", [1.5, 2, 2.5, 4])
def test_slow_motion_by_repeated_frames_has_its_extent_and_factor(camera, times):
    [change] = found(slowed(filmed_by(camera), 30, 90, times))

    assert change.kind == "slow_motion"
    assert (change.start * 30, change.end * 30) == pytest.approx((30, 90), abs=1.01)
    assert change.factor == pytest.approx(1 / times, rel=0.01)


@pytest.mark.parametrize("times", [2, 4])
def test_slow_motion_by_blended_frames_has_its_extent_and_factor(times):
    [change] = found(slowed(filmed_by(lambda t: (0.8 * t - 1.2, 0.0, 1.0, 0.0)), 30, 90, times, blended=True))

    assert change.kind == "slow_motion"
    assert (change.start * 30, change.end * 30) == pytest.approx((30, 90), abs=1.01)
    assert change.factor == pytest.approx(1 / times, rel=0.05)


def test_slow_motion_that_becomes_slower_is_a_ramp():
    # The slower part lies at the end of the slow one, in frames of what is slow already.
    pixels = slowed(slowed(filmed_by(panning), 30, 90, 2), 60, 100, 2)

    [change] = found(pixels)

    assert change.kind == "speed_ramp"
    assert change.start * 30 == pytest.approx(30, abs=1.01)
    assert change.factor == pytest.approx(0.25, rel=0.01)


@pytest.mark.parametrize("faster", [2, 3])
def test_a_part_of_a_pan_that_runs_faster_is_a_ramp(faster):
    pixels = filmed_by(panning, 5.0)
    pixels = np.concatenate([pixels[:40], pixels[40 : 40 + 30 * faster : faster], pixels[40 + 30 * faster :]])

    [change] = found(pixels)

    assert change.kind == "speed_ramp"
    assert (change.start * 30, change.end * 30) == pytest.approx((40, 70), abs=1.01)
    assert change.factor == pytest.approx(faster, rel=0.15)


def test_a_part_of_a_pan_with_all_its_frames_that_runs_slower_is_slow_motion():
    def with_a_slow_part(t: float) -> tuple[float, float, float, float]:
        return 0.3 * (t - 0.5 * np.clip(t - 1.0, 0, 2.0)) - 0.5, 0.0, 1.0, 0.0

    [change] = found(noisy(shot(7, 4, camera=with_a_slow_part), 2))

    assert change.kind == "slow_motion"
    assert (change.start * 30, change.end * 30) == pytest.approx((30, 90), abs=1.01)
    assert change.factor == pytest.approx(0.5, rel=0.1)


def on_twos(pixels: Pixels, first: int = 0, last: int | None = None) -> Pixels:
    """Every other frame of a part repeats the one before, at the same speed."""
    pixels = pixels.copy()
    last = len(pixels) if last is None else last
    pixels[first + 1 : last : 2] = pixels[first : last - 1 : 2]
    return pixels


def drawn_on_twos() -> Pixels:
    """A figure that moves on every other frame from the second second on, before a still ground."""
    pixels = still(7, 4).copy()
    for number, picture in enumerate(pixels):
        beat = number if number < 30 else number // 2 * 2
        cv2.circle(picture, (20 + beat // 2, 90), 18, (250, 220, 40), -1, cv2.LINE_AA)
    return pixels


def more_frames(pixels: Pixels, fresh: int, length: int) -> Pixels:
    """As a file of more frames has film: of `length` frames `fresh` are new."""
    return pixels[[number * fresh // length for number in range(len(pixels))]]


def speeding_up(t: float) -> tuple[float, float, float, float]:
    return 0.1 * t * t - 0.5, 0.0, 1.0, 0.0


@pytest.mark.parametrize(
    "pixels",
    [
        pytest.param(filmed_by(HAND), id="a hand"),
        pytest.param(filmed_by(panning), id="a pan"),
        pytest.param(filmed_by(speeding_up), id="a pan that speeds up"),
        pytest.param(np.concatenate([still(7, 2), filmed_by(panning)[:60]]), id="a pan that begins"),
        pytest.param(on_twos(filmed_by(HAND)), id="twos throughout"),
        pytest.param(on_twos(filmed_by(HAND), 30, 90), id="twos for a part, at one speed"),
        pytest.param(on_twos(filmed_by(panning), 30, 90), id="twos for a part of a pan"),
        pytest.param(drawn_on_twos(), id="a drawing on ones, then on twos"),
        pytest.param(more_frames(filmed_by(HAND), 4, 5), id="24 pictures a second in a file of 30"),
        pytest.param(more_frames(filmed_by(HAND), 1, 2), id="15 pictures a second in a file of 30"),
        pytest.param(noisy(still(7, 3), 3), id="a tripod"),
        pytest.param(np.zeros((2, 1, 1, 3), np.uint8), id="two frames of a pixel"),
    ],
)
def test_nothing_at_one_speed_is_slow_or_fast(pixels):
    assert found(pixels) == []


@pytest.mark.integration  # encodes or decodes whole clips
@pytest.mark.parametrize(
    ("size", "fps", "bit_rate"),
    [((320, 180), 30, None), ((640, 360), 24, 400_000), ((480, 854), 30, None)],
    ids=["small and upright", "upright, coarsely coded", "wide"],
)
@pytest.mark.parametrize("times", [2, 4])
def test_slow_motion_is_found_to_the_frame_after_coding(filmed, size, fps, bit_rate, times):
    pixels = slowed(filmed_by(panning, 3.0, fps, size), fps, 2 * fps, times)

    _, frames = filmed(pixels, EVERY_FRAME, fps=fps, bit_rate=bit_rate)
    [change] = find_speed_changes(frames, frame_steps(frames), [0])

    assert change.kind == "slow_motion"
    assert (change.start, change.end) == pytest.approx((1.0, 2.0), abs=1.01 / fps)


def test_slow_motion_at_a_variable_frame_rate_has_the_stamps_of_its_frames():
    pixels = slowed(filmed_by(HAND), 30, 90, 2)
    times = np.cumsum(np.random.default_rng(2).uniform(0.025, 0.04, len(pixels)))
    frames = FrameBatch(pixels, times, float(times[-1] + 0.03))

    [change] = find_speed_changes(frames, frame_steps(frames), [0])

    assert (change.start, change.end) == pytest.approx((times[30], times[90]), abs=1e-3)


@pytest.mark.integration  # encodes or decodes whole clips
@pytest.mark.parametrize(
    ("name", "shots"),
    [
        ("vertical_red_dress.mp4", [0]),  # 15 pictures a second in a file of 24
        ("animation_captions.mp4", [0, 144, 237]),  # drawn on ones, twos and holds
        ("nasa_talk.mp4", [0, 240]),
        ("static_room.mp4", [0]),
    ],
)
def test_real_clips_at_one_speed_have_none(real_clip, name, shots):
    _, frames = real_clip(name, EVERY_FRAME)

    assert find_speed_changes(frames, frame_steps(frames), shots) == ()
