"""Are flashes and strobes found to the frame, and told from cuts and from light that stays?"""

import numpy as np
import pytest

from analyzers.media import EVERY_FRAME
from analyzers.picture.flashes import Flash, find_flashes
from analyzers.picture.frame_steps import frame_steps
from tests.analyzers.picture.edits import ENCODINGS, HAND, filmed_by, measured, panning
from tests.analyzers.picture.scenes import UPRIGHT, Pixels, faded_in, noisy


def found(pixels: Pixels, fps: float = 30) -> list[Flash]:
    return list(find_flashes(*measured(pixels, fps)))


def extents(flashes: list[Flash], fps: float = 30) -> list[tuple[int, int]]:
    return [(round(flash.start * fps), round(flash.end * fps)) for flash in flashes]


def lit(pixels: Pixels, first: int, shares: list[float]) -> Pixels:
    """Frames from `first` on are blended with white."""
    pixels = pixels.copy()
    for number, share in enumerate(shares, start=first):
        pixels[number] = (pixels[number] * (1 - share) + 255 * share).round()
    return pixels


@pytest.mark.parametrize(
    ("shares", "length"),
    [([1.0], 1), ([1.0, 1.0], 2), ([0.5, 0.5, 0.5], 3), ([1.0, 0.75, 0.5, 0.3], 4)],
    ids=["one white frame", "two", "three half as bright", "one that dies away"],
)
def test_a_flash_lasts_from_its_first_to_its_last_frame(shares, length):
    assert extents(found(lit(filmed_by(HAND), 50, shares))) == [(50, 50 + length)]


def test_a_flash_in_a_dark_room_is_one():
    dark = (filmed_by(HAND) * 0.1).astype(np.uint8)
    dark[50:52] = np.clip(dark[50:52].astype(int) + 60, 0, 255)

    assert extents(found(dark)) == [(50, 52)]


def test_a_flash_over_a_cut_is_one():
    both = np.concatenate([filmed_by(HAND)[:50], filmed_by(panning, seed=12)[50:]])

    assert extents(found(lit(both, 49, [1.0, 1.0, 1.0]))) == [(49, 52)]


def test_flashes_far_apart_are_single():
    flashes = found(lit(lit(filmed_by(HAND), 20, [1.0]), 90, [1.0]))

    assert [flash.is_strobe for flash in flashes] == [False, False]


@pytest.mark.parametrize("gap", [3, 6, 10], ids=["ten a second", "five a second", "three a second"])
def test_flashes_in_quick_succession_are_a_strobe(gap):
    pixels = filmed_by(HAND)
    starts = range(30, 80, gap)
    for start in starts:
        pixels = lit(pixels, start, [1.0])

    [strobe] = found(pixels)

    assert (strobe.is_strobe, strobe.count) == (True, len(starts))
    assert extents([strobe]) == [(30, starts[-1] + 1)]


def test_black_frames_in_turn_with_light_ones_are_a_strobe():
    pixels = filmed_by(HAND).copy()
    pixels[30:60:2] = 0

    [strobe] = found(pixels)

    assert strobe.is_strobe
    assert (strobe.start * 30, strobe.end * 30) == pytest.approx((30, 59), abs=1.01)


def brighter_after(pixels: Pixels, first: int) -> Pixels:
    pixels = pixels.copy()
    pixels[first:] = np.clip(pixels[first:] * 1.6, 0, 255).astype(np.uint8)
    return pixels


def with_another_picture(first: int, last: int) -> Pixels:
    pixels = filmed_by(HAND).copy()
    pixels[first:last] = filmed_by(panning, seed=12)[first:last]
    return pixels


@pytest.mark.parametrize(
    "pixels",
    [
        pytest.param(filmed_by(HAND), id="a hand"),
        pytest.param(brighter_after(filmed_by(HAND), 60), id="a light that is switched on"),
        pytest.param(with_another_picture(50, 53), id="another picture for a tenth of a second"),
        pytest.param(with_another_picture(50, 120), id="a cut"),
        pytest.param(lit(filmed_by(HAND), 40, [1.0] * 30), id="a white second"),
        pytest.param(lit(filmed_by(HAND), 0, [1.0]), id="a white first frame"),
        pytest.param(faded_in(filmed_by(HAND), 30), id="a fade"),
        pytest.param(noisy(np.full((60, *UPRIGHT, 3), 120, np.uint8), 30), id="noise"),
        pytest.param(np.zeros((1, 1, 1, 3), np.uint8), id="a single pixel"),
    ],
)
def test_nothing_else_is_a_flash(pixels):
    assert found(pixels) == []


@pytest.mark.integration  # encodes or decodes whole clips
@pytest.mark.parametrize(("size", "fps", "bit_rate"), ENCODINGS.values(), ids=ENCODINGS)
def test_flashes_are_found_to_the_frame_after_coding(filmed, size, fps, bit_rate):
    pixels = lit(lit(filmed_by(HAND, 3.0, fps, size), fps, [1.0, 1.0]), 2 * fps, [1.0, 0.6, 0.3])

    _, frames = filmed(pixels, EVERY_FRAME, fps=fps, bit_rate=bit_rate)
    flashes = find_flashes(frames, frame_steps(frames))

    assert [flash.start for flash in flashes] == pytest.approx([1.0, 2.0], abs=1.01 / fps)
    assert [flash.end for flash in flashes] == pytest.approx([1 + 2 / fps, 2 + 3 / fps], abs=1.01 / fps)


def test_a_flash_at_a_variable_frame_rate_has_the_stamps_of_its_frames():
    times = np.cumsum(np.random.default_rng(2).uniform(0.02, 0.05, 120))

    [flash] = find_flashes(*measured(lit(filmed_by(HAND), 50, [1.0, 1.0]), times=times.tolist()))

    assert (flash.start, flash.end) == pytest.approx((times[50], times[52]), abs=1e-3)


@pytest.mark.integration  # encodes or decodes whole clips
@pytest.mark.parametrize(
    "name", ["vertical_red_dress.mp4", "animation_captions.mp4", "nasa_talk.mp4", "static_room.mp4"]
)
def test_real_clips_have_no_flash(real_clip, name):
    _, frames = real_clip(name, EVERY_FRAME)

    assert find_flashes(frames, frame_steps(frames)) == ()
