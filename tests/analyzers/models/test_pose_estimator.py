"""Does the pose estimator say what ultralytics itself says with the same weights?

Nearly all with randomly initialised networks, which see people everywhere: numbers can be compared, meanings can't.
"""

import cv2
import numpy as np
import pytest

from analyzers.models import Device, ModelShelf
from analyzers.models.pose_estimator import AT_LEAST, KEY_POINTS, PoseEstimator
from analyzers.models.profiles import ModelLibrary
from tests.analyzers.models.checkpoints_detector import noise, predictor
from tests.analyzers.models.checkpoints_pose import build_pose

pytestmark = pytest.mark.integration  # builds networks

FAMILIES = ("yolo26n-pose", "yolo11n-pose")


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """A models folder with one small randomly initialised network of each family."""
    folder = tmp_path_factory.mktemp("models")
    for name in FAMILIES:
        build_pose(folder, name=name)
    return folder


@pytest.fixture(scope="module", params=FAMILIES)
def family(request):
    return request.param


@pytest.fixture(scope="module")
def estimator(models, family):
    return ModelShelf(Device(threads=1), ModelLibrary(models, "cpu", {"pose": family})).get(PoseEstimator)


@pytest.fixture(scope="module")
def published(models, family):
    """What ultralytics' own predictor says of an RGB picture, with the same weights."""
    return predictor(models / family / f"{family}.pt", AT_LEAST)


@pytest.mark.parametrize("size", [(640, 360), (480, 640), (640, 640)], ids=str)
def test_people_and_their_points_are_those_of_ultralytics(estimator, published, size):
    picture = noise(5, size)
    theirs = published(picture)

    (ours,) = estimator.ask([picture])

    assert len(ours) == len(theirs.boxes) >= 3
    np.testing.assert_allclose(ours.scores, theirs.boxes.conf.numpy(), atol=1e-4)
    np.testing.assert_allclose(ours.boxes, theirs.boxes.xyxyn.numpy(), atol=1e-4)
    np.testing.assert_allclose(ours.points[..., :2], theirs.keypoints.xyn.numpy(), atol=1e-4)
    np.testing.assert_allclose(ours.points[..., 2], theirs.keypoints.conf.numpy(), atol=1e-4)


@pytest.mark.parametrize("size", [(640, 360), (40, 700), (1, 1)], ids=["upright", "a ribbon", "a speck"])
def test_every_size_of_picture_is_answered_inside_its_edges(estimator, size):
    (found,) = estimator.ask([noise(6, size)])

    assert found.points.shape == (len(found), len(KEY_POINTS), 3)
    assert found.boxes.shape == (len(found), 4)
    assert ((found.points >= 0) & (found.points <= 1)).all()
    assert ((found.boxes >= 0) & (found.boxes <= 1)).all()


def test_a_batch_says_what_single_pictures_say(estimator):
    pictures = [noise(seed, (640, 360)) for seed in range(5)]

    together, alone = estimator.ask(pictures), [estimator.ask([picture])[0] for picture in pictures]

    assert all(len(each) for each in alone)
    for one, other in zip(together, alone, strict=True):
        np.testing.assert_allclose(one.scores, other.scores, atol=1e-4)
        np.testing.assert_allclose(one.points, other.points, atol=1e-3)


def test_what_a_seeded_network_says_is_what_it_said(models):
    (found,) = ModelShelf(Device(threads=1), ModelLibrary(models, "cpu")).get(PoseEstimator).ask([noise(5, (640, 360))])

    assert found.points.shape[1:] == (17, 3)
    np.testing.assert_allclose(found.scores[:3], (0.28809, 0.284, 0.25539), rtol=1e-3)
    np.testing.assert_allclose(found.boxes[0], (0.95643, 0.19278, 1, 0.24324), rtol=1e-3, atol=1e-4)


@pytest.mark.weights
def test_the_people_before_a_bus_have_heads_above_their_hips(real_shelf):
    from ultralytics.utils import ASSETS

    picture = cv2.imread(str(ASSETS / "bus.jpg"))[..., ::-1]

    (found,) = real_shelf("pose").get(PoseEstimator).ask([picture])

    people = found.points[found.scores >= 0.5]
    whole = people[(people[:, [0, 11, 12], 2] > 0.5).all(1)]
    assert len(people) >= 3
    assert len(whole)
    assert (whole[:, 0, 1] < whole[:, [11, 12], 1].min(1)).all()
