"""Does the detector say what ultralytics itself says with the same weights?

Nearly all with randomly initialised networks, which find boxes everywhere: numbers can be compared, meanings can't.
"""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest
import torch

from analyzers.models import Device, ModelShelf
from analyzers.models.detector import AT_LEAST, SURE, ObjectDetector
from analyzers.models.profiles import ModelLibrary
from analyzers.models.yolo_network import letterboxed, rows
from tests.analyzers.models.checkpoints_detector import build_detector, noise, predictor

pytestmark = pytest.mark.integration  # builds networks

FAMILIES = ("yolo26n-seg", "yolo11n-seg")
SIZES = {"upright": (640, 360), "lying": (270, 480), "square": (360, 360), "a ribbon": (40, 700), "a speck": (1, 1)}


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """A models folder with one small randomly initialised network of each family."""
    folder = tmp_path_factory.mktemp("models")
    for name in FAMILIES:
        build_detector(folder, name=name)
    return folder


@pytest.fixture(scope="module", params=FAMILIES)
def family(request):
    return request.param


@pytest.fixture(scope="module")
def detector(models, family):
    return ModelShelf(Device(threads=1), ModelLibrary(models, "cpu", {"detector": family})).get(ObjectDetector)


@pytest.fixture(scope="module")
def published(models, family):
    """What ultralytics' own predictor says of an RGB picture, with the same weights."""
    return predictor(models / family / f"{family}.pt", AT_LEAST)


def agree(one, other):
    """Whether two answers are one, but for what lies just above the threshold and for the order of equals."""

    def within(some, all_of):
        for row in np.flatnonzero(some.scores > AT_LEAST + 0.005):
            off = np.abs(all_of.boxes - some.boxes[row]).max(1) + np.abs(all_of.scores - some.scores[row])
            if not any(all_of.labels[near] == some.labels[row] for near in np.flatnonzero(off < 2e-4)):
                return False
        return True

    return within(one, other) and within(other, one)


def same_boxes(ours, theirs):
    """Which of `theirs` each of ours is: same class, same score, same place; -1 for none."""
    boxes, scores, classes = theirs.boxes.xyxyn.numpy(), theirs.boxes.conf.numpy(), theirs.boxes.cls.numpy()
    found = []
    for box, score, label in zip(ours.boxes, ours.scores, ours.labels, strict=True):
        off = np.abs(boxes - box).max(1) + np.abs(scores - score)
        off += [0 if theirs.names[int(number)] == label else 1 for number in classes]
        best = int(off.argmin()) if len(off) else -1
        found.append(best if best >= 0 and off[best] < 0.005 else -1)
    return found


@pytest.mark.parametrize("size", [(640, 360), (480, 640), (640, 640)], ids=str)
def test_boxes_scores_and_classes_are_those_of_ultralytics(detector, published, size):
    picture = noise(1, size)
    theirs = published(picture)

    (ours,) = detector.ask([picture])

    matches = same_boxes(ours, theirs)
    assert [match for match in matches if match >= 0] == list(range(len(theirs.boxes)))
    assert len(theirs.boxes) >= 5
    for row in (row for row, match in enumerate(matches) if match < 0):
        assert ours.masks[row].sum() < 20  # theirs leave boxes out whose mask vanishes as it is enlarged


def test_boxes_of_a_picture_that_is_scaled_are_those_of_ultralytics(detector, published):
    picture = cv2.GaussianBlur(noise(2, (810, 1080)), (0, 0), 2)
    theirs = published(picture)

    (ours,) = detector.ask([picture])

    sure = [row for row in range(len(theirs.boxes)) if theirs.boxes.conf[row] > 0.15]
    assert len(sure) >= 5
    for row in sure:
        off = np.abs(ours.boxes - theirs.boxes.xyxyn[row].numpy()).max(1)
        off += np.abs(ours.scores - float(theirs.boxes.conf[row]))
        assert off.min() < 0.03


def test_masks_are_those_of_ultralytics_without_the_padding(detector):
    from ultralytics.utils.ops import process_mask

    picture = noise(1, (640, 360))
    images, placement = letterboxed(detector.network, [picture], 640)
    with torch.inference_mode():
        (found,), prototypes = rows(detector.network, images, AT_LEAST)
        theirs = process_mask(prototypes[0], found[:, 6:], found[:, :4], images.shape[2:], upsample=False)

    (ours,) = detector.ask([picture])

    left = placement.left // 4
    assert ours.masks.any()
    assert np.array_equal(ours.masks, theirs.bool().numpy()[:, :, left : left + 90])


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_every_size_of_picture_is_answered_inside_its_edges(detector, size):
    (found,) = detector.ask([noise(3, size)])

    assert found.boxes.shape == (len(found), 4)
    assert (found.boxes >= 0).all()
    assert (found.boxes <= 1).all()
    assert (np.diff(found.scores) <= 0).all()
    assert (found.scores >= AT_LEAST).all()


def test_masks_cover_the_picture_without_its_padding(detector):
    (found,) = detector.ask([noise(3, (360, 640))])

    assert found.masks.shape[1:] == (90, 160)
    assert found.masks.dtype == np.bool_


def test_masks_stay_inside_their_boxes(detector):
    (found,) = detector.ask([noise(4, (640, 360))])
    height, width = found.masks.shape[1:]

    for box, mask in zip(found.boxes, found.masks, strict=True):
        rows, columns = mask.nonzero()
        if len(rows):
            assert columns.min() + 1 > box[0] * width - 1e-3
            assert columns.max() < box[2] * width + 1e-3
            assert rows.min() + 1 > box[1] * height - 1e-3
            assert rows.max() < box[3] * height + 1e-3


def test_a_batch_says_what_single_pictures_say(detector):
    pictures = [noise(seed, (640, 360)) for seed in range(5)]

    together, alone = detector.ask(pictures), [detector.ask([picture])[0] for picture in pictures]

    assert all(len(each) >= 5 for each in alone)
    assert all(agree(one, other) for one, other in zip(together, alone, strict=True))


def test_several_threads_with_pictures_of_several_sizes_get_their_own_answers(detector):
    pictures = [noise(seed, size) for seed, size in enumerate([(640, 360), (360, 640), (360, 360)] * 2)]
    alone = [detector.ask([picture])[0] for picture in pictures]

    with ThreadPoolExecutor(6) as threads:
        together = list(threads.map(lambda picture: detector.ask([picture])[0], pictures))

    assert all(agree(one, other) for one, other in zip(together, alone, strict=True))


def test_what_a_seeded_network_says_is_what_it_said(models):
    small = ModelShelf(Device(threads=1), ModelLibrary(models, "cpu")).get(ObjectDetector)

    (found,) = small.ask([noise(1, (640, 360))])

    assert (found.boxes.shape[1], found.masks.shape[1:]) == (4, (160, 90))
    assert found.labels[:3] == ("tv", "bicycle", "orange")
    np.testing.assert_allclose(found.scores[:3], (0.68836, 0.67129, 0.56017), rtol=1e-3)
    np.testing.assert_allclose(found.boxes[0], (0, 0.92872, 0.020973, 0.97731), rtol=1e-3, atol=1e-4)


def test_importing_ultralytics_leaves_the_threads_of_opencv_alone(models):
    weights = models / "yolo26n-seg" / "yolo26n-seg.pt"
    code = (
        "import cv2; cv2.setNumThreads(1); from pathlib import Path\n"
        "from analyzers.models.offline import go_offline; go_offline()\n"
        "from analyzers.models.yolo_checkpoint import read_checkpoint\n"
        "from analyzers.models.yolo_network import build\n"
        f"build(read_checkpoint(Path({str(weights)!r})), 'segment'); print(cv2.getNumThreads())"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip().endswith("1")


@pytest.mark.weights
def test_four_people_and_a_bus_are_seen_on_the_picture_of_a_bus(real_shelf):
    from ultralytics.utils import ASSETS

    picture = cv2.imread(str(ASSETS / "bus.jpg"))[..., ::-1]

    (found,) = real_shelf("detector").get(ObjectDetector).ask([picture])

    sure = [label for label, score in zip(found.labels, found.scores, strict=True) if score >= SURE]
    assert (sure.count("person"), sure.count("bus")) == (4, 1)
