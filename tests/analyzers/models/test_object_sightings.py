"""Does a pass say of every picture what the model says of it, and do the analyzers answer that read it?

The networks are randomly initialised: what they see is chance, and everything after it is real.
"""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from analyzers.contract import Inputs, Status
from analyzers.media import FrameBatch
from analyzers.models import Device, ModelShelf
from analyzers.models.body_sightings import BodySightings
from analyzers.models.detector import SURE, Detections, ObjectDetector
from analyzers.models.object_sightings import ObjectSightings
from analyzers.models.pose_estimator import PoseEstimator
from analyzers.models.profiles import ModelLibrary
from analyzers.models.watching import watched
from analyzers.picture.body_pose import BodyPose
from analyzers.picture.object_detection import ObjectDetection
from analyzers.picture.object_tracking import ObjectTracking
from analyzers.run import analyze_video
from mass_processing.demo.encode import write_clip
from tests.analyzers.models.checkpoints_detector import build_detector, noise
from tests.analyzers.models.checkpoints_pose import build_pose
from tests.analyzers.picture.stills import view

pytestmark = pytest.mark.integration  # builds networks

READERS = (ObjectDetection, ObjectTracking, BodyPose)


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    """Small randomly initialised networks for both passes."""
    folder = tmp_path_factory.mktemp("models")
    build_detector(folder)
    build_pose(folder)
    return ModelShelf(Device(threads=1), ModelLibrary(folder, "cpu"))


class Knowing:
    """Stands for a network, at the edge: says what it is told to, and remembers what it was asked."""

    def __init__(self, answers):
        self.answers, self.asked = answers, []

    def ask(self, pictures):
        self.asked += [int(picture[0, 0, 0]) for picture in pictures]
        return [self.answers[int(picture[0, 0, 0])] for picture in pictures]


def levels(*greys):
    return view([np.full((64, 48, 3), grey, np.uint8) for grey in greys], 5)[1]


def person(mask, score=0.9, label="person"):
    height, width = mask.shape
    box = np.array([[0, 0, 1, 1]], np.float32)
    return Detections(box, np.array([score], np.float32), (label,), mask.reshape(1, height, width))


def sighted(found, size=(640, 360)):
    """What the pass makes of pictures of `size` on all of which there is `found`."""
    frames = view([np.zeros((*size, 3), np.uint8)] * 2, 5)
    model = Knowing({0: found})
    return ObjectSightings().analyze(Inputs(frames[0], frames=frames[1], models={ObjectDetector: model}))


def test_every_picture_gets_its_answer_and_repeated_ones_are_asked_for_once():
    model = Knowing({1: "one", 2: "two", 3: "three"})

    answers = watched(levels(1, 1, 1, 2, 3, 3, 1), model, str.upper)

    assert answers == ("ONE", "ONE", "ONE", "TWO", "THREE", "THREE", "ONE")
    assert model.asked == [1, 2, 3, 1]


def test_a_view_longer_than_any_batch_is_answered_in_order():
    greys = [number % 250 for number in range(150)]

    assert watched(levels(*greys), Knowing({grey: grey for grey in greys}), lambda grey: grey) == tuple(greys)


@pytest.mark.parametrize(
    ("size", "masks"),
    [((640, 360), (171, 96)), ((360, 640), (96, 171)), ((360, 360), (96, 96)), ((20, 2000), (5, 512))],
    ids=["upright", "lying", "square", "a ribbon"],
)
def test_masks_of_people_have_one_size_per_video(size, masks):
    assert sighted(person(np.ones((160, 90), np.bool_)), size).people.shape == (2, *masks)


def test_a_mask_lies_where_the_person_is():
    half = np.zeros((160, 90), np.bool_)
    half[:80] = True

    people = sighted(person(half)).people[0]

    assert people[:84].all()
    assert not people[87:].any()


def test_people_are_joined_to_one_mask():
    left, right = np.zeros((2, 160, 90), np.bool_)
    left[:, :20], right[:, 70:] = True, True
    one, other = person(left), person(right)
    both = Detections(
        np.concatenate((one.boxes, other.boxes)),
        np.concatenate((one.scores, other.scores)),
        ("person", "person"),
        np.concatenate((one.masks, other.masks)),
    )

    assert sighted(both).people[0].mean() == pytest.approx(40 / 90, abs=0.02)


@pytest.mark.parametrize(
    "found",
    [
        person(np.ones((160, 90), np.bool_), label="dog"),
        person(np.ones((160, 90), np.bool_), score=SURE - 0.05),
        replace(person(np.ones((160, 90), np.bool_)), masks=None),
    ],
    ids=["a dog", "a doubtful person", "a person without a mask"],
)
def test_only_people_who_are_surely_seen_have_a_mask(found):
    assert not sighted(found).people.any()


def test_masks_are_not_kept_but_everything_else_is():
    kept = sighted(person(np.ones((160, 90), np.bool_), score=0.7)).found[0]

    assert (kept.masks, kept.labels, round(float(kept.scores[0]), 3)) == (None, ("person",), 0.7)


@pytest.mark.parametrize(
    ("step", "model"), [(ObjectSightings, ObjectDetector), (BodySightings, PoseEstimator)], ids=["objects", "bodies"]
)
def test_a_pass_says_of_each_picture_what_its_network_says(shelf, step, model):
    pictures = [noise(seed, (320, 180)) for seed in range(3)]
    video, frames = view(pictures, 5)

    seen = step().analyze(Inputs(video, frames=frames, models={model: shelf.get(model)}))

    answers = seen.found if step is ObjectSightings else seen.bodies
    for picture, answer in zip(pictures, answers, strict=True):
        (alone,) = shelf.get(model).ask([picture])
        assert len(alone)
        np.testing.assert_allclose(answer.scores[:10], alone.scores[:10], atol=1e-4)
    assert seen.aspect == 180 / 320


def test_a_clip_goes_through_decoding_networks_and_analyzers(shelf, tmp_path):
    world = cv2.resize(noise(3, (200, 120)), (360, 640))
    clip = write_clip(tmp_path / "clip.mp4", [np.roll(world, 8 * step, axis=1) for step in range(20)], fps=10)

    analysis = analyze_video(clip, READERS, shelf, scratch=tmp_path / "scratch")

    outcomes = {each.analyzer: each for each in analysis.outcomes}
    assert {outcomes[each.name].status for each in READERS} == {Status.OK}
    assert outcomes["object_detection"].result.pictures == 10
    assert outcomes["object_tracking"].model.id == "Ultralytics/YOLO26n-seg"
    assert outcomes["body_pose"].model.id == "Ultralytics/YOLO26n-pose"


def test_a_clip_of_one_pixel_is_answered(shelf, tmp_path):
    video, frames = view([np.zeros((1, 1, 3), np.uint8)], 5)
    models = {ObjectDetector: shelf.get(ObjectDetector), PoseEstimator: shelf.get(PoseEstimator)}
    results = {
        step: step().analyze(Inputs(video, frames=frames, models=models)) for step in (ObjectSightings, BodySightings)
    }

    assert all(reader().analyze(Inputs(video, results=results)).headline() for reader in READERS)


def test_without_weights_the_three_are_unavailable_with_the_command_that_mends_it(tmp_path):
    clip = write_clip(tmp_path / "clip.mp4", [noise(1, (64, 48))] * 3, fps=10)

    analysis = analyze_video(clip, READERS, ModelShelf(Device()), scratch=tmp_path / "scratch")

    reasons = {each.analyzer: (each.status, each.reason.split("; ")[-1]) for each in analysis.outcomes}
    for reader, model in zip(READERS, ("yolo26n-seg", "yolo26n-seg", "yolo26n-pose"), strict=True):
        assert reasons[reader.name] == (Status.UNAVAILABLE, f"run: bulk_processor.py models pull {model}")


@pytest.mark.weights
def test_a_person_and_a_bus_are_followed_through_a_still_video(real_shelf, tmp_path):
    from ultralytics.utils import ASSETS

    picture = cv2.imread(str(ASSETS / "bus.jpg"))[..., ::-1]
    clip = write_clip(tmp_path / "bus.mp4", [picture[: 1080 // 2 * 2, : 810 // 2 * 2]] * 20, fps=10)

    analysis = analyze_video(clip, READERS, real_shelf("detector", "pose"), scratch=tmp_path / "scratch")

    results = {each.analyzer: each.result for each in analysis.outcomes}
    counts = {each.label: each.max_count for each in results["object_detection"].objects}
    assert (counts["person"], counts["bus"]) == (4, 1)
    assert {"person", "bus"} <= {each.label for each in results["object_tracking"].tracks}
    assert results["body_pose"].most_at_once >= 3


def test_frames_of_a_view_are_not_changed(shelf):
    video, frames = view([noise(1, (320, 180))] * 2, 5)
    pixels = frames.pixels.copy()
    frozen = FrameBatch(frames.pixels, frames.times, frames.end)
    frozen.pixels.flags.writeable = False

    ObjectSightings().analyze(Inputs(video, frames=frozen, models={ObjectDetector: shelf.get(ObjectDetector)}))

    assert np.array_equal(frozen.pixels, pixels)
