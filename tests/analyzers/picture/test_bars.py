"""Are bars found with their extent and times, and is black that belongs to the picture left alone?"""

import cv2
import numpy as np
import pytest

from analyzers.media import EVERY_FRAME
from analyzers.picture.bars import Bars, find_bars
from tests.analyzers.picture.scenes import UPRIGHT, WIDE, Pixels, batch, faded_in, handheld, noisy, shot

#: A pixel of the small view, as a share of its shorter side, and half of one for rounding.
PIXEL = 1.5 / 96


def barred(pixels: Pixels, top: float = 0, side: float = 0, *, level: int = 0, caption: str = "") -> Pixels:
    """`pixels`, whole, between bars of shares `top` (and bottom) of the height and `side` of the width."""
    height, width = pixels.shape[1:3]
    rows, columns = round(top * height), round(side * width)
    framed = np.full_like(pixels, level)
    for number, frame in enumerate(pixels):
        inside = cv2.resize(frame, (width - 2 * columns, height - 2 * rows), interpolation=cv2.INTER_AREA)
        framed[number, rows : height - rows, columns : width - columns] = inside
        place = (round(0.1 * width), max(8, rows // 2))
        cv2.putText(framed[number], caption, place, cv2.FONT_HERSHEY_SIMPLEX, width / 260, (255 - level,) * 3)
    return framed


def extent(bars: Bars) -> tuple[float, float, float, float]:
    return bars.top, bars.bottom, bars.left, bars.right


def moving(seconds: float, size: tuple[int, int] = UPRIGHT, seed: int = 1) -> Pixels:
    return shot(seed, seconds, size=size, camera=handheld(seed))


@pytest.mark.parametrize(("top", "side"), [(0.3, 0), (0, 0.2), (0.15, 0.2)], ids=["letterbox", "pillars", "all around"])
@pytest.mark.parametrize("level", [0, 60, 255], ids=["black", "grey", "white"])
def test_bars_have_their_extent_and_colour(top, side, level):
    [bars] = find_bars(batch(barred(moving(1), top, side, level=level)))

    assert extent(bars) == pytest.approx((top, top, side, side), abs=PIXEL)
    assert bars.colour == (level, level, level)


@pytest.mark.parametrize("level", [0, 255], ids=["black", "white"])
def test_a_caption_in_a_bar_does_not_hide_it(level):
    [bars] = find_bars(batch(barred(moving(1), 0.3, level=level, caption="Look at this")))

    assert extent(bars) == pytest.approx((0.3, 0.3, 0, 0), abs=PIXEL)


@pytest.mark.integration  # encodes or decodes whole clips
@pytest.mark.parametrize(
    ("size", "fps", "bit_rate"),
    [((320, 180), 24, 60_000), ((640, 360), 30, 200_000), ((720, 1280), 30, 800_000)],
    ids=["small upright", "upright", "wide"],
)
def test_bars_for_a_part_of_a_coarsely_coded_video_are_true_to_the_frame(filmed, size, fps, bit_rate):
    pixels = shot(7, 2.5, fps=fps, size=size, camera=handheld(3), span=3.0)
    first, stop = fps // 2, 2 * fps
    pixels[first:stop] = barred(pixels[first:stop], 0.2)

    _, frames = filmed(pixels, EVERY_FRAME, fps=fps, bit_rate=bit_rate)
    [bars] = find_bars(frames)

    assert (bars.start, bars.end) == pytest.approx((first / fps, stop / fps), abs=1e-3)
    assert extent(bars) == pytest.approx((0.2, 0.2, 0, 0), abs=PIXEL)


def test_bars_that_grow_broader_at_once_are_two_stretches():
    pixels = moving(3)
    framed = np.concatenate([barred(pixels[:40], 0.1), barred(pixels[40:], 0.3)])

    assert [(bars.start, bars.end) for bars in find_bars(batch(framed))] == [(0, 40 / 30), (40 / 30, 3)]


def test_bars_stay_while_the_picture_between_them_is_black():
    pixels = moving(3)
    pixels[30:60] = 0

    assert [(bars.start, bars.end) for bars in find_bars(batch(barred(pixels, 0.2)))] == [(0, 3)]


def test_stamps_of_a_variable_frame_rate_are_kept():
    pixels = moving(3)
    pixels[30:] = barred(pixels[30:], 0.2)
    times = np.cumsum(np.random.default_rng(1).uniform(0.01, 0.06, len(pixels)))

    [bars] = find_bars(batch(pixels, times=times))

    assert bars.start == times[30]


def disc(radius: float) -> Pixels:
    """Something round and bright in front of black, that sways."""
    pixels = np.zeros((60, *UPRIGHT, 3), np.uint8)
    for number, frame in enumerate(pixels):
        middle = (48 + round(3 * np.sin(number / 5)), 85)
        cv2.circle(frame, middle, round(radius * 96), (200, 150, 120), -1)
    return pixels


def block() -> Pixels:
    """Something with upright edges before a backdrop of one colour, cut by the lower border."""
    pixels = np.full((60, *UPRIGHT, 3), (30, 190, 50), np.uint8)
    pixels[:, 60:, 25:70] = moving(2)[:, 60:, 25:70]
    return pixels


def silhouettes(size: tuple[int, int]) -> Pixels:
    """Black hills below, black branches above, a bright evening between."""
    pixels = moving(2, size)
    height, width = size
    across = np.arange(width)
    hills = height * (0.75 + 0.08 * np.sin(across / width * 9))
    branches = height * (0.2 + 0.08 * np.sin(across / width * 14))
    rows = np.arange(height)[:, None]
    pixels[:, (rows >= hills) | (rows < branches)] = 0
    return pixels


@pytest.mark.parametrize(
    "pixels",
    [
        pytest.param(moving(2), id="an ordinary picture"),
        pytest.param(noisy((moving(2) * 0.12).astype(np.uint8), 2), id="a dark room"),
        pytest.param(disc(0.3), id="something small before black"),
        pytest.param(disc(0.47), id="something as broad as the picture before black"),
        pytest.param(block(), id="a block before a backdrop"),
        pytest.param(silhouettes(UPRIGHT), id="hills at night, upright"),
        pytest.param(silhouettes(WIDE), id="hills at night, wide"),
        pytest.param(np.zeros((30, *UPRIGHT, 3), np.uint8), id="nothing but black"),
        pytest.param(faded_in(moving(2), 30), id="a fade from black"),
        pytest.param(np.full((30, 1, 1, 3), 9, np.uint8), id="a single pixel"),
    ],
)
def test_nothing_is_a_bar_that_is_part_of_the_picture(pixels):
    assert find_bars(batch(pixels)) == ()


@pytest.mark.integration  # encodes or decodes whole clips
@pytest.mark.parametrize(
    "name", ["vertical_red_dress.mp4", "animation_captions.mp4", "nasa_talk.mp4", "static_room.mp4"]
)
def test_real_clips_that_fill_their_frame_have_no_bars(real_clip, name):
    _, frames = real_clip(name, EVERY_FRAME)

    assert find_bars(frames) == ()
