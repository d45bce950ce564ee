"""Are toned stretches found to the frame, and colours of a scene left alone?"""

import numpy as np
import pytest

from analyzers.media import EVERY_FRAME
from analyzers.picture.filters import Toned, find_toned
from analyzers.picture.frame_steps import frame_steps
from tests.analyzers.picture.edits import ENCODINGS, HAND, filmed_by, measured
from tests.analyzers.picture.scenes import Pixels

#: Luma of BT.601, and how much of it red, green and blue get.
LUMA = np.array([0.299, 0.587, 0.114])
TONES = {
    "black_and_white": np.array([1.0, 1.0, 1.0]),
    "sepia": np.array([1.08, 0.95, 0.72]),
    "tint": np.array([0.5, 0.8, 1.15]),
}


def toned(pixels: Pixels, first: int, last: int, tone: str) -> Pixels:
    pixels = pixels.copy()
    luma = pixels[first:last] @ LUMA
    pixels[first:last] = np.clip(luma[..., None] * TONES[tone], 0, 255).round()
    return pixels


def found(pixels: Pixels) -> list[Toned]:
    return list(find_toned(*measured(pixels)))


@pytest.mark.parametrize("tone", TONES)
def test_a_toned_stretch_has_its_extent_and_tone(tone):
    [stretch] = found(toned(filmed_by(HAND), 40, 80, tone))

    assert stretch.tone == tone
    assert (stretch.start * 30, stretch.end * 30) == pytest.approx((40, 80), abs=1.01)


def test_a_video_without_colours_is_less_sure_to_be_filtered_than_one_that_loses_them():
    [whole] = found(toned(filmed_by(HAND), 0, 120, "black_and_white"))
    [part] = found(toned(filmed_by(HAND), 40, 80, "black_and_white"))

    assert whole.score < part.score


@pytest.mark.parametrize(
    "pixels",
    [
        pytest.param(filmed_by(HAND), id="a colourful scene"),
        pytest.param((filmed_by(HAND) * [1.0, 0.85, 0.7]).astype(np.uint8), id="warm light"),
        pytest.param((filmed_by(HAND) * 0.4 + 90).astype(np.uint8), id="a faded look"),
        pytest.param(np.full((40, 170, 96, 3), (120, 90, 60), np.uint8), id="a brown card"),
        pytest.param(np.zeros((1, 1, 1, 3), np.uint8), id="a single black pixel"),
    ],
)
def test_a_scene_with_its_own_colours_is_not_filtered(pixels):
    assert found(pixels) == []


@pytest.mark.integration  # encodes or decodes whole clips
@pytest.mark.parametrize("tone", TONES)
@pytest.mark.parametrize(("size", "fps", "bit_rate"), ENCODINGS.values(), ids=ENCODINGS)
def test_filters_are_found_to_the_frame_after_coding(filmed, size, fps, bit_rate, tone):
    pixels = toned(filmed_by(HAND, 3.0, fps, size), fps, 2 * fps, tone)

    _, frames = filmed(pixels, EVERY_FRAME, fps=fps, bit_rate=bit_rate)
    [stretch] = find_toned(frames, frame_steps(frames))

    assert stretch.tone == tone
    assert (stretch.start, stretch.end) == pytest.approx((1.0, 2.0), abs=1.01 / fps)


@pytest.mark.integration  # encodes or decodes whole clips
@pytest.mark.parametrize(
    "name", ["vertical_red_dress.mp4", "animation_captions.mp4", "nasa_talk.mp4", "static_room.mp4"]
)
def test_real_clips_in_colour_have_no_filter(real_clip, name):
    _, frames = real_clip(name, EVERY_FRAME)

    assert find_toned(frames, frame_steps(frames)) == ()
