"""Are the colours, tones and temperatures those the pictures were made of?"""

import math
import re

import numpy as np
import pytest

from analyzers.contract import Inputs
from analyzers.media import DETAILED
from analyzers.picture.color_analysis import ColorAnalysis
from tests.analyzers.picture.ciede2000 import delta_e, lab_of
from tests.analyzers.picture.stills import plain, texture, view

#: Colour and share of the width of each tile.
TILES = {
    "#c83232": 0.3,
    "#3264c8": 0.2,
    "#32a050": 0.15,
    "#f0dc46": 0.15,
    "#f5f5f5": 0.1,
    "#282828": 0.1,
}


def analyze(video, frames):
    return ColorAnalysis().analyze(Inputs(video, frames=frames))


def rgb(hex_colour):
    return tuple(int(hex_colour[i : i + 2], 16) for i in (1, 3, 5))


def tiled(height=640, width=360):
    picture = np.zeros((height, width, 3), np.uint8)
    left = 0
    for colour, share in TILES.items():
        right = left + round(share * width)
        picture[:, left:right] = rgb(colour)
        left = right
    return picture


def lit(x, y, luminance=0.4):
    """The sRGB colour of a grey in light of chromaticity x, y."""
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    light = np.linalg.solve(to_xyz, np.array([x / y, 1.0, (1 - x - y) / y]) * luminance)
    values = np.where(light <= 0.0031308, 12.92 * light, 1.055 * np.maximum(light, 0) ** (1 / 2.4) - 0.055)
    return tuple(np.rint(255 * values).astype(int).tolist())


@pytest.mark.parametrize(
    ("one", "other", "published"),
    [
        ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
        ((50.0, 2.5, 0.0), (73.0, 25.0, -18.0), 27.1492),
        ((22.7233, 20.0904, -46.6940), (23.0331, 14.9730, -42.5619), 2.0373),
    ],
)
def test_the_colour_difference_used_here_is_the_published_one(one, other, published):
    assert delta_e(one, other) == pytest.approx(published, abs=1e-4)


@pytest.mark.integration  # encodes or decodes whole clips
def test_the_palette_of_an_encoded_clip_is_within_3_delta_e_of_its_tiles(filmed):
    result = analyze(*filmed([tiled()] * 20, DETAILED))

    assert len(result.palette) == len(TILES)
    for colour in TILES:
        assert min(delta_e(lab_of(colour), lab_of(found.hex)) for found in result.palette) < 3


def test_the_shares_of_the_palette_are_those_of_the_tiles(filmed):
    result = analyze(*filmed([tiled()] * 20, DETAILED))

    for colour, share in TILES.items():
        nearest = min(result.palette, key=lambda found: delta_e(lab_of(colour), lab_of(found.hex)))
        assert nearest.share == pytest.approx(share, abs=0.03)


def test_the_palette_begins_with_the_commonest_colour():
    shares = [colour.share for colour in analyze(*view([tiled()], 2)).palette]

    assert shares == sorted(shares, reverse=True)
    assert sum(shares) <= 1


def test_shades_of_one_colour_are_one_colour():
    chance = np.random.default_rng(1)
    picture = np.clip(plain((90, 140, 60)) + chance.normal(0, 3, (640, 360, 1)), 0, 255).astype(np.uint8)

    palette = analyze(*view([picture], 2)).palette

    assert len(palette) == 1
    assert delta_e(lab_of("#5a8c3c"), lab_of(palette[0].hex)) < 1


def test_a_crowded_picture_has_eight_colours_at_most():
    assert 3 <= len(analyze(*view([texture(1)], 2)).palette) <= 8


def test_half_black_and_half_white_has_brightness_a_half_and_the_highest_contrast():
    picture = plain((0, 0, 0))
    picture[:320] = 255

    result = analyze(*view([picture], 2))

    assert (result.brightness, result.contrast) == (pytest.approx(0.5, abs=0.01), pytest.approx(0.5, abs=0.01))


@pytest.mark.parametrize(
    ("colour", "saturation"),
    [((200, 0, 0), 1.0), ((200, 100, 100), 0.5), ((120, 120, 120), 0.0), ((4, 0, 0), 0.0)],
    ids=["pure red", "half washed out", "grey", "nearly black has none"],
)
def test_saturation_is_that_of_hsv(colour, saturation):
    assert analyze(*view([plain(colour)], 2)).saturation == pytest.approx(saturation, abs=0.005)


def test_colourfulness_is_what_the_formula_gives_for_red_and_blue():
    picture = plain((255, 0, 0))
    picture[:, ::2] = (0, 0, 255)
    # Red has rg 255 and yb 127.5, blue 0 and -255.
    truth = math.hypot(127.5, 191.25) + 0.3 * math.hypot(127.5, 63.75)

    assert analyze(*view([picture], 2)).colourfulness == pytest.approx(truth, rel=0.01)


@pytest.mark.parametrize(
    ("x", "y", "kelvin"),
    [(0.31272, 0.32903, 6504), (0.34567, 0.35850, 5003), (0.44757, 0.40745, 2856), (0.28315, 0.29711, 9300)],
    ids=["D65", "D50", "illuminant A", "9300 K"],
)
def test_the_colour_temperature_of_a_standard_illuminant_is_the_published_one(x, y, kelvin):
    assert analyze(*view([plain(lit(x, y))], 2)).cct_k == pytest.approx(kelvin, rel=0.01)


@pytest.mark.parametrize("colour", [(0, 200, 0), (200, 0, 200), (0, 0, 0)], ids=["green", "magenta", "black"])
def test_what_no_black_body_looks_like_has_no_colour_temperature(colour):
    assert analyze(*view([plain(colour)], 2)).cct_k is None


@pytest.mark.parametrize(
    ("colour", "grade"),
    [
        ((160, 120, 80), "warm"),
        ((80, 120, 160), "cool"),
        ((120, 120, 120), "monochrome"),
        ((110, 125, 105), "neutral"),
        ((40, 28, 16), "warm low key"),
        ((210, 225, 245), "cool high key"),
        ((5, 5, 5), "monochrome low key"),
    ],
)
def test_the_grade_says_tint_and_key(colour, grade):
    assert analyze(*view([plain(colour)], 2)).grade == grade


def test_a_new_stretch_begins_where_the_look_changes(filmed):
    pictures = [plain((180, 60, 40), (320, 180))] * 30 + [plain((40, 60, 180), (320, 180))] * 40

    stretches = analyze(*filmed(pictures, DETAILED)).stretches

    assert [(each.start, each.end) for each in stretches] == [(0, 3), (3, 7)]
    assert [each.grade.split()[0] for each in stretches] == ["warm", "cool"]


def test_a_video_of_one_look_is_one_segment_with_its_palette():
    segments = analyze(*view([tiled()] * 6, 2)).timeline()

    assert [(segment.start, segment.end) for segment in segments] == [(0, 3)]
    assert set(segments[0].data) == {
        "palette", "brightness", "contrast", "saturation", "colourfulness", "cct_k"
    }  # fmt: skip


def test_the_headline_names_grade_and_first_colours():
    picture = plain((200, 120, 40))
    picture[:160] = (40, 30, 20)

    assert re.fullmatch("warm: #c87828 7[456]%, #281e14 2[456]%", analyze(*view([picture], 2)).headline())


def test_the_looks_of_a_real_clip_change_at_its_shot_change(real_clip):
    stretches = analyze(*real_clip("animation_captions.mp4", DETAILED)).stretches

    assert any(abs(each.start - 6.0) <= 0.5 for each in stretches)
