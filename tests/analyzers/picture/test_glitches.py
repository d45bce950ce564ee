"""Are moments found in which the colours come apart?"""

import numpy as np
import pytest

from analyzers.media import EVERY_FRAME
from analyzers.picture.glitches import find_glitches
from tests.analyzers.picture.edits import ENCODINGS, HAND, filmed_by
from tests.analyzers.picture.scenes import Pixels, batch


def apart(pixels: Pixels, first: int, last: int, share: float = 0.025) -> Pixels:
    """Red and blue are shifted by a share of the width, each to its side."""
    pixels, shift = pixels.copy(), round(share * pixels.shape[2])
    pixels[first:last, ..., 0] = np.roll(pixels[first:last, ..., 0], shift, axis=2)
    pixels[first:last, ..., 2] = np.roll(pixels[first:last, ..., 2], -shift, axis=2)
    return pixels


def test_colours_that_come_apart_are_a_glitch_while_they_are():
    [glitch] = find_glitches(batch(apart(filmed_by(HAND), 50, 56)))

    assert (glitch.start * 30, glitch.end * 30) == pytest.approx((50, 56), abs=0.01)


@pytest.mark.parametrize(
    "pixels",
    [
        pytest.param(filmed_by(HAND), id="as filmed"),
        pytest.param(apart(filmed_by(HAND), 0, 120), id="shifted throughout"),
        pytest.param(np.full((30, 170, 96, 3), (200, 40, 90), np.uint8), id="without edges"),
        pytest.param(np.zeros((1, 1, 1, 3), np.uint8), id="a single pixel"),
    ],
)
def test_nothing_else_is_a_glitch(pixels):
    assert find_glitches(batch(pixels)) == ()


@pytest.mark.integration  # encodes or decodes whole clips
@pytest.mark.parametrize(("size", "fps", "bit_rate"), ENCODINGS.values(), ids=ENCODINGS)
def test_a_glitch_is_found_to_the_frame_after_coding(filmed, size, fps, bit_rate):
    pixels = apart(filmed_by(HAND, 3.0, fps, size), fps, fps + 6)

    _, frames = filmed(pixels, EVERY_FRAME, fps=fps, bit_rate=bit_rate)
    [glitch] = find_glitches(frames)

    assert (glitch.start, glitch.end) == pytest.approx((1.0, 1 + 6 / fps), abs=1.01 / fps)


@pytest.mark.integration  # encodes or decodes whole clips
@pytest.mark.parametrize(
    "name", ["vertical_red_dress.mp4", "animation_captions.mp4", "nasa_talk.mp4", "static_room.mp4"]
)
def test_real_clips_have_no_glitch(real_clip, name):
    _, frames = real_clip(name, EVERY_FRAME)

    assert find_glitches(frames) == ()
