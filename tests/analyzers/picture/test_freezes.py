"""Are freezes found to the frame, and is what stands by itself left alone?"""

import cv2
import numpy as np
import pytest

from analyzers.media import EVERY_FRAME, FrameBatch
from analyzers.picture.frame_steps import frame_steps
from analyzers.picture.freezes import find_freezes
from tests.analyzers.picture.edits import ENCODINGS, HAND, filmed_by, frozen, measured, panning, slowed
from tests.analyzers.picture.scenes import UPRIGHT, Pixels, faded_in, noisy, shot, still


def found(pixels: Pixels, shots: tuple[int, ...] = (0,), fps: float = 30) -> list[tuple[float, float]]:
    """Frame numbers at which freezes begin and end."""
    frames, steps = measured(pixels, fps)
    return [(each.start * fps, each.end * fps) for each in find_freezes(frames, steps, shots)]


@pytest.mark.parametrize("camera", [HAND, panning], ids=["from a hand", "in a pan"])
@pytest.mark.parametrize(("first", "last"), [(40, 90), (40, 120), (70, 80)], ids=["inside", "to the end", "short"])
def test_repeated_frames_are_a_freeze_from_the_first_to_the_last(camera, first, last):
    assert found(frozen(filmed_by(camera), first, last)) == [pytest.approx((first, last), abs=1.01)]


def test_two_freezes_are_two():
    pixels = frozen(frozen(filmed_by(HAND), 25, 45), 80, 100)

    assert found(pixels) == [pytest.approx((25, 45), abs=1.01), pytest.approx((80, 100), abs=1.01)]


def test_a_freeze_up_to_a_cut_ends_with_it():
    pixels = np.concatenate([frozen(filmed_by(HAND), 60, 90)[:90], filmed_by(panning, seed=9)[:60]])

    assert found(pixels, (0, 90)) == [pytest.approx((60, 90), abs=1.01)]


def someone_sways(seconds: float, rest: tuple[float, float] = (9.0, 9.0)) -> Pixels:
    """Somebody who fills a third of a tripod's picture, and comes to rest between two moments."""
    pixels = still(7, seconds).copy()
    figure, shape = still(9, 1)[0].astype(np.float32), np.zeros(UPRIGHT, np.float32)
    cv2.ellipse(shape, (48, 120), (26, 60), 0, 0, 360, 1.0, -1, cv2.LINE_8)
    phase, step = 0.0, 1 / 30
    for number, picture in enumerate(pixels):
        # Slows down over half a second, as bodies do.
        pace = np.clip(min(abs(number * step - edge) for edge in rest) / 0.5, 0, 1)
        pace = 0 if rest[0] <= number * step <= rest[1] else pace
        phase += 4 * step * pace
        matrix = np.array([[1, 0, 0.15 * UPRIGHT[1] * np.sin(phase)], [0, 1, 0]])
        moved = cv2.warpAffine(figure, matrix, UPRIGHT[::-1])
        share = cv2.warpAffine(shape, matrix, UPRIGHT[::-1])[..., None]
        picture[:] = (share * moved + (1 - share) * picture).round()
    return pixels


def test_somebody_before_a_tripod_can_be_frozen():
    assert found(frozen(someone_sways(4), 40, 90)) == [pytest.approx((40, 90), abs=1.01)]


def test_somebody_who_comes_to_rest_is_not_frozen():
    assert found(someone_sways(5, rest=(1.5, 3.0))) == []


def slides() -> Pixels:
    return np.concatenate([still(20 + number, 1.0) for number in range(4)])


def scrolled_in_steps() -> Pixels:
    """A screen recording: it stands, is scrolled for a fifth of a second, and stands."""
    page = np.random.default_rng(4).integers(0, 2, (900, 24), np.uint8).repeat(4, axis=1) * 200
    tops = np.cumsum([12 if number % 30 < 6 else 0 for number in range(120)])
    return np.stack([np.repeat(page[top : top + 170, :, None], 3, axis=2) for top in tops]).astype(np.uint8)


def stop_motion() -> Pixels:
    """Five pictures a second, each shown for six frames."""
    return np.repeat(shot(7, 4, fps=5, camera=panning), 6, axis=0)


@pytest.mark.parametrize(
    ("pixels", "shots"),
    [
        pytest.param(filmed_by(HAND), (0,), id="a hand"),
        pytest.param(noisy(still(7, 4), 3), (0,), id="a tripod and its noise"),
        pytest.param(still(7, 4), (0,), id="a single still"),
        pytest.param(slides(), (0, 30, 60, 90), id="slides"),
        pytest.param(np.concatenate([filmed_by(HAND)[:60], still(9, 2)]), (0, 60), id="a still after a moving shot"),
        pytest.param(scrolled_in_steps(), (0,), id="a screen that is scrolled now and then"),
        pytest.param(stop_motion(), (0,), id="stop motion"),
        pytest.param(slowed(filmed_by(panning), 30, 90, 4), (0,), id="slow motion by repeated frames"),
        pytest.param(faded_in(still(7, 4), 30), (0,), id="a still that is faded in"),
        pytest.param(np.zeros((60, *UPRIGHT, 3), np.uint8), (0,), id="black"),
        pytest.param(np.zeros((1, 1, 1, 3), np.uint8), (0,), id="a single pixel"),
    ],
)
def test_nothing_else_that_stands_is_a_freeze(pixels, shots):
    assert found(pixels, shots) == []


@pytest.mark.integration  # encodes or decodes whole clips
@pytest.mark.parametrize(("size", "fps", "bit_rate"), ENCODINGS.values(), ids=ENCODINGS)
def test_a_freeze_is_found_to_the_frame_after_coding(filmed, size, fps, bit_rate):
    first, last = round(1.2 * fps), round(2.2 * fps)
    pixels = frozen(filmed_by(HAND, 3.0, fps, size), first, last)

    _, frames = filmed(pixels, EVERY_FRAME, fps=fps, bit_rate=bit_rate)
    [freeze] = find_freezes(frames, frame_steps(frames), [0])

    assert freeze.start == pytest.approx(first / fps, abs=1.01 / fps)
    assert freeze.end == pytest.approx(last / fps, abs=1.01 / fps)


@pytest.mark.parametrize(("size", "fps", "bit_rate"), ENCODINGS.values(), ids=ENCODINGS)
def test_no_freeze_is_found_in_a_coded_shot_without(filmed, size, fps, bit_rate):
    _, frames = filmed(filmed_by(HAND, 3.0, fps, size), EVERY_FRAME, fps=fps, bit_rate=bit_rate)

    assert find_freezes(frames, frame_steps(frames), [0]) == ()


def test_a_freeze_at_a_variable_frame_rate_has_the_stamps_of_its_frames():
    pixels = frozen(filmed_by(HAND), 40, 90)
    times = np.cumsum(np.random.default_rng(2).uniform(0.02, 0.05, len(pixels)))

    [freeze] = find_freezes(*measured(pixels, times=times.tolist()), [0])

    assert (freeze.start, freeze.end) == pytest.approx((times[40], times[90]), abs=0.051)


def test_a_freeze_whose_repeated_frames_were_dropped_is_one_too():
    kept = [*range(40), *range(90, 120)]
    pixels, times = filmed_by(HAND)[kept], np.array(kept) / 30
    frames = FrameBatch(pixels, times, 4.0)

    [freeze] = find_freezes(frames, frame_steps(frames), [0])

    assert (freeze.start, freeze.end) == pytest.approx((40 / 30, 3.0), abs=1e-3)


@pytest.mark.integration  # encodes or decodes whole clips
@pytest.mark.parametrize(
    "name", ["vertical_red_dress.mp4", "animation_captions.mp4", "nasa_talk.mp4", "static_room.mp4"]
)
def test_real_clips_have_no_freeze(real_clip, name):
    _, frames = real_clip(name, EVERY_FRAME)

    assert find_freezes(frames, frame_steps(frames), [0]) == ()
