"""Is what YuNet's outputs mean read as OpenCV reads it, and do the cascades find a face in a photograph?

The network here is randomly initialised: it has YuNet's input and outputs and detects nothing. OpenCV's own reader of
such networks, cv2.FaceDetectorYN, says what its answers mean. Tests marked `weights` ask the real one.
"""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest

from analyzers.errors import Unavailable
from analyzers.models import Device, ModelShelf
from analyzers.models.face_cascades import FaceCascades
from analyzers.models.face_detector import FaceDetector, frontality
from analyzers.models.profiles import ModelLibrary
from tests.analyzers.models.checkpoints_face import build_face
from tests.analyzers.picture.faces import FACE, portrait
from tests.analyzers.picture.stills import texture

pytestmark = pytest.mark.integration  # loads models


@pytest.fixture(scope="module")
def models_dir(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    build_face(folder / "yunet")
    return folder


@pytest.fixture(scope="module")
def random_detector(models_dir) -> FaceDetector:
    return ModelShelf(Device(threads=1), ModelLibrary(models_dir, "cpu")).get(FaceDetector)


@pytest.fixture(scope="module")
def cascades() -> FaceCascades:
    return ModelShelf(Device()).get(FaceCascades)


def as_opencv_sees(models_dir: Path, picture: np.ndarray) -> np.ndarray:
    """(n, 15): left, top, width, height, five points, score; in pixels."""
    height, width = picture.shape[:2]
    file = models_dir / "yunet" / "face_detection_yunet_2023mar.onnx"
    reader = cv2.FaceDetectorYN.create(str(file), "", (width, height), 0.7, 0.3, 500)
    return reader.detect(np.ascontiguousarray(picture[:, :, ::-1]))[1]


def test_the_boxes_and_scores_of_random_weights_are_those_opencv_reads(models_dir, random_detector):
    picture = texture(4, (640, 640))

    faces = random_detector.find(picture)

    expected = as_opencv_sees(models_dir, picture)
    corners = np.column_stack([expected[:, :2], expected[:, :2] + expected[:, 2:4]]) / 640
    assert len(faces) == len(expected) > 20
    np.testing.assert_allclose([face.box for face in faces], corners, atol=1e-3)
    np.testing.assert_allclose([face.score for face in faces], expected[:, 14], atol=1e-3)


def test_the_frontal_scores_of_random_weights_follow_from_the_points_opencv_reads(models_dir, random_detector):
    picture = texture(5, (640, 640))

    faces = random_detector.find(picture)

    expected = [frontality(row[4:14].reshape(5, 2)) for row in as_opencv_sees(models_dir, picture)]
    # Sorted, since faces of almost one score may change places.
    np.testing.assert_allclose(sorted(face.frontal for face in faces), sorted(expected), atol=5e-3)


def test_boxes_are_shares_of_a_picture_that_is_not_square(random_detector):
    tall = texture(6, (640, 360))
    padded = np.zeros((640, 640, 3), np.uint8)
    padded[:, :360] = tall

    alone, beside_black = random_detector.find(tall), random_detector.find(padded)

    assert [face.score for face in alone] == [face.score for face in beside_black]
    scaled = np.array([face.box for face in beside_black]) * [640 / 360, 1, 640 / 360, 1]
    np.testing.assert_allclose([face.box for face in alone], scaled, atol=1e-3)


def test_several_threads_get_the_faces_that_one_gets(random_detector):
    pictures = [texture(seed, (320, 180)) for seed in range(4)]
    alone = [random_detector.find(picture) for picture in pictures]

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(random_detector.find, pictures)) == alone


@pytest.mark.parametrize("size", [(1, 1), (2, 900), (1080, 1920)])
def test_pictures_of_any_size_are_taken(random_detector, cascades, size):
    picture = np.zeros((*size, 3), np.uint8)

    for face in random_detector.find(picture):
        assert np.isfinite(face.box).all()
    assert cascades.find(picture) == []


def test_without_its_weights_it_names_the_command_that_fetches_them(tmp_path):
    with pytest.raises(Unavailable, match="models pull yunet"):
        ModelShelf(Device(), ModelLibrary(tmp_path, "cpu")).get(FaceDetector)


@pytest.mark.parametrize(
    ("nose", "frontal"),
    [(50.0, 1.0), (75.0, 0.5), (100.0, 0.0), (130.0, 0.0)],
    ids=["halfway between the eyes", "halfway to one eye", "under one eye", "beyond one eye"],
)
def test_a_face_is_as_frontal_as_its_nose_is_between_its_eyes(nose, frontal):
    points = np.array([[0, 0], [100, 0], [nose, 40], [20, 80], [80, 80]], np.float32)

    assert frontality(points) == pytest.approx(frontal, abs=1e-6)


@pytest.mark.parametrize("height", [360, 720, 1280])
def test_the_cascades_find_the_face_of_a_photograph(cascades, height):
    """Where the face is was marked by hand on the photograph: see `faces.FACE`."""
    photo = portrait(height)

    (face,) = cascades.find(photo)

    np.testing.assert_allclose(face.box, FACE, atol=0.05)
    assert face.frontal == 1.0


def test_the_cascades_find_no_face_in_a_photograph_upside_down(cascades):
    assert cascades.find(np.ascontiguousarray(portrait(720)[::-1])) == []


def test_a_face_is_followed_to_where_it_moved(cascades):
    photo = portrait(480)
    (face,) = cascades.find(photo)
    moved = np.roll(photo, (20, -30), axis=(0, 1))

    there = cascades.follow(moved, face)

    width, height = photo.shape[1], photo.shape[0]
    shift = np.array([-30 / width, 20 / height] * 2)
    np.testing.assert_allclose(there.box, np.array(face.box) + shift, atol=0.03)


def test_a_face_that_is_gone_is_not_followed(cascades):
    photo = portrait(480)
    (face,) = cascades.find(photo)

    assert cascades.follow(texture(3, photo.shape[:2]), face) is None


def test_threads_do_not_share_a_cascade(cascades):
    pictures = [portrait(height) for height in (240, 300, 360, 420)]
    alone = [cascades.find(picture) for picture in pictures]

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(cascades.find, pictures)) == alone


@pytest.mark.weights
def test_the_real_network_finds_the_face_of_a_photograph(real_shelf):
    (face,) = real_shelf("face").get(FaceDetector).find(portrait(720))

    np.testing.assert_allclose(face.box, FACE, atol=0.06)
    assert face.frontal > 0.6


@pytest.mark.weights
def test_the_real_network_finds_no_face_in_texture(real_shelf):
    detector = real_shelf("face").get(FaceDetector)

    assert [detector.find(texture(seed)) for seed in range(5)] == [[]] * 5
