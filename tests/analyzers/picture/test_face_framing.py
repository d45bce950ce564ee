"""Are faces counted, placed and measured as they were put into the picture, and none found where there is none?

With the cascades, whose weights are in OpenCV's wheel. The network's own answers are checked in
`models/test_face_detector.py`; here one with random weights shows only that its path holds.
"""

import dataclasses
import itertools

import cv2
import numpy as np
import pytest

from analyzers.contract import Inputs, Status
from analyzers.errors import Unavailable
from analyzers.media import DETAILED
from analyzers.models import Device, ModelShelf
from analyzers.models.face_cascades import FaceCascades
from analyzers.models.face_detector import FaceDetector, SeenFace
from analyzers.models.profiles import ModelLibrary
from analyzers.picture.cut_analysis import CutAnalysis, CutResult, Shot
from analyzers.picture.face_framing import FaceFraming
from analyzers.picture.face_tracks import follow_faces
from analyzers.run import analyze_video
from mass_processing.demo.encode import write_clip
from mass_processing.demo.scenery import DAWN, DUSK, GOLD, NIGHT, NOON, scenery
from tests.analyzers.models.checkpoints_face import build_face
from tests.analyzers.picture.faces import with_face
from tests.analyzers.picture.stills import plain, texture, view

pytestmark = pytest.mark.integration  # loads models

#: Pictures per second.
FPS = 2.0
TALL, WIDE = (640, 360), (360, 640)


@pytest.fixture(scope="module")
def cascades() -> FaceCascades:
    return ModelShelf(Device()).get(FaceCascades)


@pytest.fixture
def framed(cascades):
    def frame(pictures, shots=None, fps=FPS):
        video, frames = view(pictures, fps)
        results = {CutAnalysis: CutResult((), shots, 0.0, 0.0)} if shots else {}
        return FaceFraming().analyze(Inputs(video, frames, results=results, models={FaceCascades: cascades}))

    return frame


def test_a_face_is_found_where_it_was_put_and_as_large(framed):
    scene = with_face(plain((90, 110, 130), TALL), (0.5, 0.4), 0.2)

    (face,) = framed([scene] * 6).faces

    assert (face.x1 + face.x2) / 2 == pytest.approx(0.5, abs=0.03)
    assert (face.y1 + face.y2) / 2 == pytest.approx(0.4, abs=0.03)
    assert face.height == pytest.approx(0.2, rel=0.15)


@pytest.mark.parametrize(("height", "scale"), [(0.62, "ECU"), (0.4, "CU"), (0.25, "MCU"), (0.165, "MS"), (0.12, "MLS")])
def test_the_scale_of_a_shot_follows_the_height_of_the_face_put_in(framed, height, scale):
    result = framed([with_face(plain((90, 110, 130), WIDE), (0.5, 0.5), height)] * 6)

    assert [shot.scale for shot in result.shots] == [scale]


@pytest.mark.parametrize(
    ("middle", "column", "row"),
    [((0.2, 0.2), "left", "top"), ((0.5, 0.5), "centre", "middle"), ((0.8, 0.8), "right", "bottom")],
)
def test_a_face_lies_in_the_third_it_was_put_into(framed, middle, column, row):
    (face,) = framed([with_face(plain((90, 110, 130), (480, 480)), middle, 0.16)] * 6).faces

    assert (face.column, face.row) == (column, row)


def test_two_faces_are_counted_at_once(framed):
    scene = with_face(with_face(plain((90, 110, 130), WIDE), (0.25, 0.5), 0.25), (0.75, 0.5), 0.25)

    result = framed([scene] * 6)

    assert (result.face_count, result.typical_count) == (2, 2)


def test_the_time_with_a_face_and_the_first_are_true_to_a_picture(framed):
    empty = plain((90, 110, 130), TALL)
    shown = with_face(empty, (0.5, 0.4), 0.2)

    result = framed([empty] * 5 + [shown] * 8 + [empty] * 7)

    assert result.first_face == pytest.approx(2.5)
    assert result.face_share == pytest.approx(8 / 20)
    assert [(each.start, each.end) for each in result.timeline()] == [(2.5, 6.5)]


def test_every_shot_has_its_own_scale(framed):
    empty = plain((90, 110, 130), WIDE)
    near, far = with_face(empty, (0.5, 0.5), 0.4), with_face(empty, (0.5, 0.5), 0.165)

    result = framed([near] * 4 + [empty] * 4 + [far] * 4, (Shot(0.0, 2.0), Shot(2.0, 4.0), Shot(4.0, 6.0)))

    assert [shot.scale for shot in result.shots] == ["CU", None, "MS"]


def test_a_face_over_a_busy_ground_is_found(framed):
    result = framed([with_face(texture(seed, TALL), (0.5, 0.4), 0.25) for seed in range(6)])

    assert result.face_count == 1


def test_a_face_seen_in_one_picture_of_a_long_shot_does_not_count(framed):
    empty = plain((90, 110, 130), TALL)

    assert framed([empty] * 6 + [with_face(empty, (0.5, 0.4), 0.2)] + [empty] * 6).faces == ()


def test_a_still_with_a_face_has_it(framed):
    result = framed([with_face(plain((90, 110, 130), TALL), (0.5, 0.4), 0.2)], fps=1.0)

    assert (result.face_count, result.first_face, result.face_share) == (1, 0.0, 1.0)


@pytest.mark.parametrize("seed", range(4))
def test_textures_have_no_face(framed, seed):
    assert framed([texture(10 * seed + number, TALL) for number in range(10)]).faces == ()


def test_noise_has_no_face(framed):
    chance = np.random.default_rng(1)

    assert framed([chance.integers(0, 256, (*WIDE, 3), np.uint8) for _ in range(10)]).faces == ()


@pytest.mark.parametrize("kind", ["mountains", "forest", "dunes", "sea", "city"])
def test_landscapes_that_stay_in_the_picture_have_no_face(framed, kind):
    lights = (DAWN, NOON, GOLD, DUSK, NIGHT)
    places = [scenery(kind, light, WIDE, seed) for seed, light in enumerate(lights)]
    shots = tuple(Shot(2.0 * number, 2.0 * number + 2.0) for number in range(len(places)))

    result = framed(list(itertools.chain.from_iterable([place] * 4 for place in places)), shots)

    assert result.faces == ()


def test_discs_with_dots_for_eyes_have_no_face(framed):
    def disc(x):
        picture = plain((200, 180, 160), TALL)
        cv2.circle(picture, (x, 250), 80, (240, 200, 170), -1)
        for side in (-30, 30):
            cv2.circle(picture, (x + side, 230), 10, (20, 20, 20), -1)
        return picture

    assert framed([disc(150 + 5 * number) for number in range(8)]).faces == ()


def test_it_says_that_cascades_answer_less_than_the_network(framed):
    assert "Haar" in framed([plain((0, 0, 0))]).degraded_because()


def test_without_any_detector_it_is_unavailable():
    video, frames = view([plain((0, 0, 0))], FPS)

    with pytest.raises(Unavailable, match="models pull yunet"):
        FaceFraming().analyze(
            Inputs(video, frames, lacks=("the weights of yunet are not here; run: models pull yunet",))
        )


def test_sightings_far_apart_are_not_one_face():
    _, frames = view([plain((0, 0, 0), (64, 64))] * 6, FPS)
    corners = [(0.0, 0.0), (0.8, 0.8), (0.0, 0.8), (0.8, 0.0), (0.0, 0.0), (0.8, 0.8)]
    seen = [[SeenFace((x, y, x + 0.2, y + 0.2), 0.9, 1.0)] for x, y in corners]

    assert follow_faces(frames, seen, [0.0]) == []


def test_a_face_that_drifts_is_one_face():
    _, frames = view([plain((0, 0, 0), (64, 64))] * 6, FPS)
    seen = [[SeenFace((0.1 * number, 0.4, 0.1 * number + 0.2, 0.6), 0.9, 1.0)] for number in range(6)]

    (track,) = follow_faces(frames, seen, [0.0])

    assert track.pictures == list(range(6))


def test_the_woman_in_the_red_dress_faces_the_camera_from_three_to_eight_and_a_half_seconds(real_clip, framed):
    """By eye: she turns to the camera at 3 s, away at 8.5 s, and back at 11 s (two pictures); cut below the knees."""
    _, frames = real_clip("vertical_red_dress.mp4", DETAILED)

    result = framed(list(frames.pixels))

    assert result.face_count == 1
    assert result.first_face == pytest.approx(3.0, abs=0.5)
    assert result.faces[0].end == pytest.approx(8.5, abs=0.5)
    assert result.shots[0].scale == "MLS"


@pytest.mark.parametrize("name", ["nasa_talk.mp4", "animation_captions.mp4", "static_room.mp4"])
def test_clips_without_a_face_towards_the_camera_have_none(real_clip, framed, name):
    """A hooded engineer from behind, drawn animals, and people seen from behind."""
    _, frames = real_clip(name, DETAILED)

    assert framed(list(frames.pixels)).faces == ()


@pytest.mark.parametrize("size", [(640, 360), (1280, 720)])
def test_a_face_is_found_in_an_encoded_clip(tmp_path, size):
    picture = with_face(texture(3, size), (0.5, 0.4), 0.2)
    clip = write_clip(tmp_path / "clip.mp4", [picture] * 30, fps=10, bit_rate=400_000)
    shelf = ModelShelf(Device(), ModelLibrary(tmp_path / "models", "cpu"))

    outcome = analyze_video(clip, [FaceFraming], shelf, scratch=tmp_path).outcomes[0]

    assert outcome.status is Status.DEGRADED
    assert outcome.backend == "opencv"
    assert outcome.result.face_count == 1


def test_a_network_with_random_weights_answers_through_the_whole_path(tmp_path):
    build_face(tmp_path / "models" / "yunet")
    clip = write_clip(tmp_path / "clip.mp4", [texture(number, (320, 180)) for number in range(20)], fps=10)
    shelf = ModelShelf(Device(), ModelLibrary(tmp_path / "models", "cpu"))

    outcome = analyze_video(clip, [FaceFraming], shelf, scratch=tmp_path).outcomes[0]

    assert outcome.status is Status.OK
    assert outcome.model.id == "opencv/face_detection_yunet"
    assert all(0 <= part <= 1 for face in outcome.result.faces for part in dataclasses.astuple(face)[2:6])


@pytest.mark.weights
def test_the_real_network_finds_small_faces(real_shelf):
    video, frames = view([with_face(texture(3, TALL), (0.5, 0.4), 0.06)] * 6, FPS)
    detector = real_shelf("face").get(FaceDetector)

    result = FaceFraming().analyze(Inputs(video, frames, models={FaceDetector: detector}))

    assert result.face_count == 1
    assert result.degraded_because() == ""
