"""Is the perceptual hash what its source says, and does a plain picture have none?"""

import cv2
import numpy as np
import pytest

from analyzers.picture.picture_hash import hamming, is_plain, perceptual_hash, sketch, unpacked
from tests.analyzers.picture.scenes import look, world


def luma(seed: int, size: tuple[int, int] = (170, 96)) -> np.ndarray:
    return cv2.cvtColor(look(world(seed, size[1], 2.0), size), cv2.COLOR_RGB2GRAY)


def test_the_hash_is_the_signs_of_low_cosines_about_their_median():
    """Summed up term by term, as Zauner (2010) writes it: frequencies 1–8 along both sides of 32 x 32 pixels."""
    picture = luma(1, (32, 32))
    places = 2 * np.arange(32) + 1
    waves = []
    for u in range(1, 9):
        for v in range(1, 9):
            down, across = np.cos(np.pi * u * places / 64), np.cos(np.pi * v * places / 64)
            waves.append(sum(picture[y, x] * down[y] * across[x] for y in range(32) for x in range(32)))
    middle = np.median(waves)
    bits = "".join("1" if wave > middle else "0" for wave in waves)

    assert perceptual_hash(picture) == f"{int(bits, 2):016x}"


def test_light_and_contrast_change_few_bits():
    picture = luma(2)

    assert hamming(perceptual_hash(picture), perceptual_hash((picture * 0.6 + 40).astype(np.uint8))) <= 2


def test_size_changes_few_bits():
    picture = luma(3, (680, 384))

    small = cv2.resize(picture, (96, 170), interpolation=cv2.INTER_AREA)

    assert hamming(perceptual_hash(picture), perceptual_hash(small)) <= 4


def test_unrelated_pictures_differ_in_half_of_the_bits():
    hashes = [perceptual_hash(luma(seed)) for seed in range(16)]

    distances = [hamming(one, other) for number, one in enumerate(hashes) for other in hashes[:number]]

    assert np.mean(distances) == pytest.approx(32, abs=2)


@pytest.mark.parametrize("kind", ["black", "one colour", "a straight slope", "a vignette", "noise of a dark camera"])
def test_plain_pictures_are_plain(kind):
    y, x = np.mgrid[-1:1:170j, -1:1:96j]
    levels = {
        "black": np.zeros_like(x),
        "one colour": np.full_like(x, 120),
        "a straight slope": 128 + 90 * x + 30 * y,
        "a vignette": 200 - 60 * (x * x + y * y),
        "noise of a dark camera": np.random.default_rng(0).uniform(0, 12, x.shape),
    }[kind]

    assert is_plain(levels.astype(np.uint8))


def test_pictures_with_things_in_them_are_not_plain():
    assert not any(is_plain(luma(seed)) for seed in range(10))


def test_a_dark_picture_with_things_in_it_is_not_plain():
    assert not is_plain((luma(4) * 0.15).astype(np.uint8))


def test_one_pixel_is_plain():
    assert is_plain(np.full((1, 1), 77, np.uint8))


def test_a_sketch_keeps_the_means_of_its_cells_up_to_light_and_contrast():
    picture = luma(5, (160, 160))
    means = picture.reshape(16, 10, 16, 10).mean(axis=(1, 3)).ravel()

    assert np.corrcoef(unpacked(sketch(picture)), means)[0, 1] > 0.995


@pytest.mark.parametrize("text", ["", "AAAA", "?" * 256])
def test_what_is_no_sketch_is_refused(text):
    with pytest.raises(ValueError, match="256 digits"):
        unpacked(text)
