"""Are punch zooms found to the frame with their factor, and told from cuts and slow zooms?"""

import numpy as np
import pytest

from analyzers.media import EVERY_FRAME
from analyzers.picture.frame_steps import frame_steps
from analyzers.picture.sudden_zooms import SuddenZoom, find_sudden_zooms
from tests.analyzers.picture.edits import ENCODINGS, HAND, enlarged_about_the_middle, filmed_by, measured, panning
from tests.analyzers.picture.scenes import Pixels, handheld

CALM = handheld(3, 0.004)


def punched(pixels: Pixels, first: int, last: int, factor: float) -> Pixels:
    pixels = pixels.copy()
    pixels[first:last] = enlarged_about_the_middle(pixels[first:last], factor)
    return pixels


def found(pixels: Pixels) -> list[SuddenZoom]:
    return list(find_sudden_zooms(*measured(pixels)))


@pytest.mark.parametrize("factor", [1.15, 1.3, 1.6])
@pytest.mark.parametrize("camera", [CALM, HAND], ids=["from a calm hand", "from a hand"])
def test_a_jump_closer_and_back_has_its_times_and_factors(camera, factor):
    zooms = found(punched(filmed_by(camera), 40, 80, factor))

    assert [round(zoom.start * 30) for zoom in zooms] == [40, 80]
    assert [zoom.factor for zoom in zooms] == pytest.approx([factor, 1 / factor], rel=0.06)


def test_a_zoom_within_a_fifth_of_a_second_is_one():
    pixels = filmed_by(CALM).copy()
    for step, number in enumerate(range(60, 65), start=1):
        pixels[number] = enlarged_about_the_middle(pixels[number][None], 1 + 0.06 * step)[0]
    pixels[65:] = enlarged_about_the_middle(pixels[65:], 1.3)

    [zoom] = found(pixels)

    assert (zoom.start * 30, zoom.end * 30) == pytest.approx((60, 64), abs=1.01)
    assert zoom.factor == pytest.approx(1.3, rel=0.06)


@pytest.mark.parametrize(
    "pixels",
    [
        pytest.param(filmed_by(HAND), id="a hand"),
        pytest.param(filmed_by(panning), id="a pan"),
        pytest.param(filmed_by(lambda t: (0.0, 0.0, 1.15**t, 0.0)), id="a slow zoom"),
        pytest.param(np.concatenate([filmed_by(CALM)[:60], filmed_by(CALM, seed=9)[:60]]), id="a cut"),
        pytest.param(np.zeros((1, 1, 1, 3), np.uint8), id="a single pixel"),
    ],
)
def test_nothing_else_is_a_punch_zoom(pixels):
    assert found(pixels) == []


@pytest.mark.integration  # encodes or decodes whole clips
@pytest.mark.parametrize(("size", "fps", "bit_rate"), ENCODINGS.values(), ids=ENCODINGS)
def test_a_punch_zoom_is_found_to_the_frame_after_coding(filmed, size, fps, bit_rate):
    pixels = punched(filmed_by(CALM, 3.0, fps, size), fps, 3 * fps, 1.25)

    _, frames = filmed(pixels, EVERY_FRAME, fps=fps, bit_rate=bit_rate)
    [zoom] = find_sudden_zooms(frames, frame_steps(frames))

    assert zoom.start == pytest.approx(1.0, abs=1.01 / fps)
    assert zoom.factor == pytest.approx(1.25, rel=0.06)


@pytest.mark.integration  # encodes or decodes whole clips
@pytest.mark.parametrize(
    "name", ["vertical_red_dress.mp4", "animation_captions.mp4", "nasa_talk.mp4", "static_room.mp4"]
)
def test_real_clips_have_no_punch_zoom(real_clip, name):
    _, frames = real_clip(name, EVERY_FRAME)

    assert find_sudden_zooms(frames, frame_steps(frames)) == ()
