"""Does each measure see the fault that was put in, and none that wasn't?"""

import math
from itertools import pairwise

import cv2
import numpy as np
import pytest

from analyzers.contract import Inputs
from analyzers.media import NATIVE
from analyzers.picture.image_quality import ImageQuality
from analyzers.picture.quality_measures import banding, blockiness, noise_sigma, sharpness
from tests.analyzers.picture.stills import plain, texture, view

SIZE = (960, 540)


def analyze(video, frames):
    return ImageQuality().analyze(Inputs(video, frames=frames))


def judged(*pictures):
    """The quality of RGB or luma pictures sampled once a second."""
    return analyze(*view([as_luma(picture) for picture in pictures], 1))


def as_luma(picture):
    return cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY) if picture.ndim == 3 else picture


def scene():
    """A slope with rectangles: edges as sharp as can be, and smooth ground between them."""
    chance = np.random.default_rng(3)
    picture = np.ascontiguousarray(np.broadcast_to(np.linspace(60, 180, SIZE[0])[:, None, None], (*SIZE, 3)))
    for _ in range(12):
        left, top = int(chance.integers(0, SIZE[1] - 120)), int(chance.integers(0, SIZE[0] - 120))
        picture[top : top + 100, left : left + 90] = chance.integers(40, 210, 3)
    return picture


def noisy(picture, sigma, seed=0):
    chance = np.random.default_rng(seed)
    return np.clip(picture + chance.normal(0, sigma, (*picture.shape[:2], 1)), 0, 255).astype(np.uint8)


def blurred(picture, pixels):
    return cv2.GaussianBlur(picture, (0, 0), pixels) if pixels else picture


@pytest.mark.parametrize("sigma", [2, 4, 8, 12])
@pytest.mark.parametrize("ground", [scene(), texture(2, SIZE)], ids=["scene", "texture"])
def test_added_noise_is_measured_within_15_percent(ground, sigma):
    assert judged(noisy(ground, sigma)).quality.noise == pytest.approx(sigma, rel=0.15)


def test_noise_that_survives_encoding_is_measured_within_15_percent(filmed):
    _, frames = filmed([noisy(scene(), 6, seed) for seed in range(16)], NATIVE, fps=4)
    # Independent noise of two pictures of one scene adds up in their difference.
    first, second = frames.pixels[1].astype(float), frames.pixels[2].astype(float)
    survived = float((first - second).std()) / math.sqrt(2)

    assert survived > 3
    assert noise_sigma(frames.pixels[1]) == pytest.approx(survived, rel=0.15)


def test_a_clean_picture_has_no_noise():
    assert judged(scene().astype(np.uint8)).quality.noise < 0.5


@pytest.mark.parametrize("ground", [scene(), texture(2, SIZE).astype(float)], ids=["scene", "texture"])
def test_sharpness_falls_with_every_step_of_blur(ground):
    steps = [judged(blurred(ground, pixels).astype(np.uint8)).quality.sharpness for pixels in (0, 1, 2, 3, 5, 8)]

    assert all(later < earlier - 0.01 for earlier, later in pairwise(steps))


@pytest.mark.parametrize("pixels", [2.5, 3, 5])
def test_sharpness_tells_the_blur_of_edges_in_pixels(pixels):
    sharp = sharpness(as_luma(blurred(scene(), pixels).astype(np.uint8)))

    assert 2 * math.sqrt(1 / sharp - 1) == pytest.approx(pixels, rel=0.25)


def test_noise_does_not_pass_for_sharpness():
    soft = blurred(scene(), 4)

    assert judged(noisy(soft, 5)).quality.sharpness == pytest.approx(
        judged(soft.astype(np.uint8)).quality.sharpness, abs=0.05
    )


def test_contrast_does_not_pass_for_sharpness():
    soft = blurred(scene(), 3)
    faint = 100 + 0.3 * (soft - 100)

    assert judged(faint.astype(np.uint8)).quality.sharpness == pytest.approx(
        judged(soft.astype(np.uint8)).quality.sharpness, abs=0.05
    )


def test_a_picture_without_edges_is_neither_sharp_nor_blurred():
    assert judged(plain((90, 90, 90), SIZE)).quality.sharpness is None


def test_a_lower_bit_rate_raises_blockiness(filmed):
    world = texture(4, (SIZE[0], SIZE[1] + 240))
    pictures = [world[:, 4 * step : 4 * step + SIZE[1]] for step in range(60)]

    blocks = [
        analyze(*filmed(pictures, NATIVE, fps=30, bit_rate=rate)).quality.blockiness
        for rate in (2_000_000, 150_000, 50_000)
    ]

    assert blocks[0] < 0.12 < 0.2 < blocks[1] < blocks[2]


def test_a_mosaic_of_coding_blocks_is_blocky_and_one_of_other_size_is_not():
    chance = np.random.default_rng(5)
    mosaic = chance.integers(90, 120, (135, 96)).astype(np.uint8).repeat(8, 0).repeat(8, 1)
    odd = chance.integers(90, 120, (160, 120)).astype(np.uint8).repeat(7, 0).repeat(7, 1)

    assert blockiness(mosaic) > 0.9
    assert blockiness(odd) < 0.05


def test_clipped_shares_are_exact():
    picture = plain((128, 128, 128), SIZE)
    picture[:96] = 0
    picture[-192:] = 255

    quality = judged(picture).quality

    assert (quality.dark_clip, quality.bright_clip) == (0.1, 0.2)


def test_clipped_shares_survive_encoding(filmed):
    picture = plain((128, 128, 128), SIZE)
    picture[:96] = 0
    picture[-192:] = 255

    quality = analyze(*filmed([picture] * 20, NATIVE)).quality

    assert quality.dark_clip == pytest.approx(0.1, abs=0.005)
    assert quality.bright_clip == pytest.approx(0.2, abs=0.005)


def test_a_gradient_in_few_levels_is_banded():
    slope = np.broadcast_to(np.linspace(20, 120, SIZE[1]), SIZE)

    assert banding((slope // 4 * 4).astype(np.uint8)) > 0.8


@pytest.mark.parametrize(
    "dither", [0.0, 1.0], ids=["in all 8-bit levels", "dithered"]
)  # fmt: skip
def test_a_smooth_gradient_is_not_banded(dither):
    slope = np.broadcast_to(np.linspace(20, 120, SIZE[1]), SIZE)

    assert banding((slope + np.random.default_rng(6).normal(0, dither, SIZE)).astype(np.uint8)) == 0


def test_si_of_one_edge_is_what_the_standard_gives():
    picture = np.full(SIZE, 50, np.uint8)
    picture[:, SIZE[1] // 2 :] = 150
    # Sobel answers 4 x 100 in two of the columns, the outermost of which are left out.
    share = 2 / (SIZE[1] - 2)

    assert judged(picture).quality.si == pytest.approx(400 * math.sqrt(share * (1 - share)), abs=0.1)


def test_si_is_that_of_the_busiest_picture():
    busy = judged(texture(2, SIZE)).quality.si

    assert judged(plain((90, 90, 90), SIZE), texture(2, SIZE), plain((90, 90, 90), SIZE)).quality.si == busy


def test_faults_are_found_where_they_are():
    good = scene().astype(np.uint8)
    pictures = [
        *[good] * 3,
        *[blurred(scene(), 6).astype(np.uint8)] * 2,
        *[good] * 2,
        *[noisy(scene(), 12)] * 3,
        *[(good // 10).astype(np.uint8)] * 2,
        *[np.minimum(good.astype(int) + 150, 255).astype(np.uint8)] * 3,
    ]

    segments = judged(*pictures).timeline()

    assert [(each.start, each.end, each.label) for each in segments] == [
        (3, 5, "blurred"),
        (7, 10, "noisy"),
        (10, 12, "underexposed"),
        (12, 15, "overexposed"),
    ]


def test_black_bars_do_not_make_a_picture_underexposed():
    picture = plain((0, 0, 0), SIZE)
    picture[380:580] = scene()[380:580].astype(np.uint8)

    assert judged(picture).stretches == ()


def test_nothing_is_wrong_with_a_good_picture():
    result = judged(scene().astype(np.uint8))

    assert result.timeline() == ()
    assert result.headline().startswith("sharpness 0.")


def test_the_headline_names_the_faults():
    assert "partly noisy" in judged(scene().astype(np.uint8), noisy(scene(), 12)).headline()


@pytest.mark.parametrize("size", [(2, 2), (1, 40), (9, 16), (40, 30)])
def test_tiny_pictures_are_judged_too(size):
    assert judged(texture(1, (200, 200))[: size[0], : size[1]]).quality.blockiness >= 0


def test_a_real_phone_clip_is_sharp_and_clean(real_clip):
    result = analyze(*real_clip("vertical_red_dress.mp4", NATIVE))

    assert result.quality.sharpness > 0.5
    assert result.quality.noise < 2
    assert result.stretches == ()
