"""Do symmetry, thirds and what stands out follow the geometry of pictures whose truth is known?"""

import cv2
import numpy as np
import pytest

from analyzers.picture.balance import on_thirds, salient_point, symmetry
from tests.analyzers.picture.scenes import look, world

#: (height, width)
SIZES = [(320, 180), (640, 360), (180, 320)]


def scene(seed, size):
    return cv2.cvtColor(look(world(seed, size[1], 1.5), size), cv2.COLOR_RGB2GRAY)


def spot(size, x, y, radius=0.06):
    """A bright ring on grey with its middle at (x, y), shares."""
    picture = np.full(size, 110, np.uint8)
    at = round(x * size[1]), round(y * size[0])
    cv2.circle(picture, at, round(radius * min(size)), 240, -1, cv2.LINE_AA)
    cv2.circle(picture, at, round(radius * min(size) / 2), 20, -1, cv2.LINE_AA)
    return picture


@pytest.mark.parametrize("size", SIZES)
def test_a_picture_and_its_mirror_image_side_by_side_are_symmetric(size):
    half = scene(1, size)[:, : size[1] // 2]

    assert symmetry(np.hstack([half, half[:, ::-1]])) == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize("size", SIZES)
def test_a_picture_beside_its_negative_mirror_image_has_no_symmetry(size):
    half = scene(1, size)[:, : size[1] // 2]

    assert symmetry(np.hstack([half, 255 - half[:, ::-1]])) == 0.0


def test_unrelated_halves_are_little_symmetric():
    assert np.mean([symmetry(scene(seed, (320, 180))) for seed in range(20)]) < 0.3


def test_sky_over_ground_does_not_make_a_picture_symmetric():
    picture = np.repeat(np.linspace(220, 40, 320)[:, None], 180, axis=1).astype(np.uint8)
    picture[100:200, 20:60] = 255

    assert symmetry(picture) < 0.1


@pytest.mark.parametrize("levels", [np.full((320, 180), 90), np.repeat(np.arange(160)[:, None], 90, axis=1)])
def test_without_anything_across_symmetry_is_not_told(levels):
    assert symmetry(levels.astype(np.uint8)) is None


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("place", [(1 / 3, 1 / 3), (2 / 3, 1 / 3), (0.5, 0.5), (0.25, 0.7)])
def test_what_stands_out_is_found_where_it_is(size, place):
    assert salient_point(spot(size, *place)) == pytest.approx(place, abs=0.03)


def test_nothing_stands_out_of_a_plain_picture():
    assert salient_point(np.full((320, 180), 90, np.uint8)) is None


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (3, 3)])
def test_pictures_of_any_size_are_taken(size):
    noise = np.random.default_rng(0).integers(0, 256, size, np.uint8)

    assert symmetry(noise) is None or 0 <= symmetry(noise) <= 1
    assert salient_point(noise) is None or np.isfinite(salient_point(noise)).all()


@pytest.mark.parametrize(
    ("point", "score"),
    [((1 / 3, 1 / 3), 1.0), ((2 / 3, 2 / 3), 1.0), ((1 / 3 + 1 / 12, 1 / 3), 0.5), ((0.5, 0.5), 0.0), ((0, 0), 0.0)],
)
def test_a_point_scores_by_its_way_to_the_nearest_crossing(point, score):
    assert on_thirds(*point) == pytest.approx(score, abs=1e-6)
