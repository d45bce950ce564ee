"""Are split screens found with their layout and times, and edges in pictures left alone?"""

import cv2
import numpy as np
import pytest

from analyzers.media import EVERY_FRAME
from analyzers.picture.frame_steps import frame_steps
from analyzers.picture.split_screen import Split, find_splits
from tests.analyzers.picture.edits import ENCODINGS, HAND, filmed_by, measured, panning
from tests.analyzers.picture.scenes import UPRIGHT, WIDE, Pixels, handheld, noisy, still
from tests.analyzers.picture.test_bars import barred

OTHERS = [handheld(seed, 0.012) for seed in (8, 15, 21)]


def shots(fps: int = 30, size: tuple[int, int] = UPRIGHT, seconds: float = 4.0) -> list[Pixels]:
    """Four shots, each from another hand."""
    return [
        filmed_by(camera, seconds, fps, size, seed)
        for camera, seed in zip([HAND, *OTHERS], (7, 11, 29, 30), strict=True)
    ]


def split(first: int, last: int, columns: int, rows: int, fps: int = 30, size: tuple[int, int] = UPRIGHT) -> Pixels:
    """A shot that is one of several on the screen between two frames."""
    taken = shots(fps, size)
    pixels = taken[0].copy()
    height, width = size
    for place in range(columns * rows):
        down, across = divmod(place, columns)
        y, x = (
            slice(height * down // rows, height * (down + 1) // rows),
            slice(width * across // columns, width * (across + 1) // columns),
        )
        # Its own middle.
        top, left = (height - (y.stop - y.start)) // 2, (width - (x.stop - x.start)) // 2
        part = taken[place][first:last, top : top + y.stop - y.start, left : left + x.stop - x.start]
        pixels[first:last, y, x] = part
    return pixels


def found(pixels: Pixels, fps: float = 30) -> list[Split]:
    return list(find_splits(*measured(pixels, fps)))


@pytest.mark.parametrize("size", [UPRIGHT, WIDE], ids=["upright", "wide"])
@pytest.mark.parametrize(
    ("columns", "rows"), [(2, 1), (1, 2), (2, 2)], ids=["side by side", "above each other", "four"]
)
def test_a_split_screen_has_its_layout_and_extent(size, columns, rows):
    [part] = found(split(30, 90, columns, rows, size=size))

    assert (part.columns, part.rows) == (columns, rows)
    assert (part.start * 30, part.end * 30) == pytest.approx((30, 90), abs=1.01)


def test_a_screen_that_is_split_throughout_is_one_stretch():
    [part] = found(split(0, 120, 1, 2))

    assert (part.start, part.end) == (0.0, 4.0)


def door() -> Pixels:
    """A tripod before the straight edge of a door, and somebody who crosses it."""
    pixels = still(7, 4).copy()
    pixels[:, :, 48:] = pixels[:, :, 48:] // 3
    for number, picture in enumerate(pixels):
        cv2.ellipse(picture, (10 + number, 110), (12, 45), 0, 0, 360, (200, 160, 140), -1, cv2.LINE_AA)
    return noisy(pixels, 2)


def shaken_door() -> Pixels:
    """The edge of a door, filmed from a hand."""
    pixels = filmed_by(HAND).astype(np.float32)
    for number, picture in enumerate(pixels):
        matrix = np.float32([[1, 0, 1.5 * np.sin(number / 4)], [0, 1, 0]])
        shade = np.ones(UPRIGHT, np.float32)
        shade[:, 48:] = 0.35
        picture *= cv2.warpAffine(shade, matrix, UPRIGHT[::-1], borderMode=cv2.BORDER_REPLICATE)[..., None]
    return pixels.astype(np.uint8)


@pytest.mark.parametrize(
    "pixels",
    [
        pytest.param(filmed_by(HAND), id="a hand"),
        pytest.param(filmed_by(panning), id="a pan"),
        pytest.param(door(), id="a door before a tripod"),
        pytest.param(shaken_door(), id="a door before a hand"),
        pytest.param(barred(filmed_by(HAND), 0.3), id="letterbox"),
        pytest.param(np.concatenate([filmed_by(HAND)[:60], filmed_by(panning, seed=9)[:60]]), id="a cut"),
        pytest.param(np.zeros((1, 1, 1, 3), np.uint8), id="a single pixel"),
    ],
)
def test_one_picture_is_no_split_screen(pixels):
    assert found(pixels) == []


@pytest.mark.integration  # encodes or decodes whole clips
@pytest.mark.parametrize(("size", "fps", "bit_rate"), ENCODINGS.values(), ids=ENCODINGS)
def test_a_split_screen_is_found_to_the_frame_after_coding(filmed, size, fps, bit_rate):
    pixels = split(fps, 3 * fps, 1, 2, fps, size)

    _, frames = filmed(pixels, EVERY_FRAME, fps=fps, bit_rate=bit_rate)
    [part] = find_splits(frames, frame_steps(frames))

    assert (part.columns, part.rows) == (1, 2)
    assert (part.start, part.end) == pytest.approx((1.0, 3.0), abs=1.01 / fps)


@pytest.mark.integration  # encodes or decodes whole clips
@pytest.mark.parametrize(
    "name", ["vertical_red_dress.mp4", "animation_captions.mp4", "nasa_talk.mp4", "static_room.mp4"]
)
def test_real_clips_are_not_split(real_clip, name):
    _, frames = real_clip(name, EVERY_FRAME)

    assert find_splits(frames, frame_steps(frames)) == ()
