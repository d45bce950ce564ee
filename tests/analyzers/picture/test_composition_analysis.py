"""Are bars told to the pixel, subjects, headroom and what the app covers as they were put into the picture?"""

import cv2
import numpy as np
import pytest

from analyzers.contract import Inputs, Status
from analyzers.media import NATIVE, FrameBatch, VideoInfo
from analyzers.models import Device, ModelShelf
from analyzers.picture.composition_analysis import CompositionAnalysis
from analyzers.picture.cut_analysis import CutAnalysis, CutResult, Shot
from analyzers.picture.face_framing import Face, FaceFraming, FaceFramingResult
from analyzers.picture.text_overlay import OverlayText, TextOverlay, TextOverlayResult
from analyzers.run import analyze_video
from mass_processing.demo.encode import write_clip
from tests.analyzers.picture.scenes import look, world
from tests.analyzers.picture.test_balance import spot

#: (height, width) of the whole frame.
SIZES = [(640, 360), (1280, 720), (1920, 1080)]


def scene(seed, size, shift=0.0):
    """A world of fine detail."""
    return look(world(seed, 180, 5.0), size, x=0.05 * shift, zoom=size[1] / 180)


def composed(pictures, shots=None, faces=(), texts=None, size=None):
    """The result for RGB or luma `pictures`, one per second."""
    luma = np.stack([cv2.cvtColor(each, cv2.COLOR_RGB2GRAY) if each.ndim == 3 else each for each in pictures])
    height, width = size or luma.shape[1:3]
    end = float(len(luma))
    video = VideoInfo(None, end, width, height, 30.0, 0, "h264", 0, 0, None, 0, 0)
    results = {FaceFraming: FaceFramingResult(tuple(faces), (), len(faces), 0, 0.0, 0.0, None, None, "")}
    if shots:
        results[CutAnalysis] = CutResult((), shots, 0.0, 0.0)
    if texts is not None:
        results[TextOverlay] = TextOverlayResult(tuple(texts), 0.0, None, 0, 0, 0, "")
    frames = FrameBatch(luma, np.arange(len(luma), dtype=float), end)
    return CompositionAnalysis().analyze(Inputs(video, frames, results=results))


def face(x1, y1, x2, y2, start=0.0, end=4.0):
    return Face(
        start, end, x1, y1, x2, y2, y2 - y1, (x2 - x1) * (y2 - y1), "MS", "centre", "middle", 1.0, 0.9, 4
    )  # fmt: skip


def text(said, x1, y1, x2, y2, role="caption"):
    return OverlayText(said, 0.0, 4.0, x1, y1, x2, y2, 0.9, role, 40.0, "latin")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("level", [0, 16, 235], ids=["black", "dark grey", "white"])
def test_letterbox_bars_are_told_to_the_pixel(size, level):
    height, width = size
    top, bottom = round(0.171 * height), round(0.233 * height)
    picture = scene(1, (height - top - bottom, width))
    frame = np.pad(picture, ((top, bottom), (0, 0), (0, 0)), constant_values=level)

    (area,) = composed([frame] * 4).areas

    assert (area.fill, area.top, area.bottom, area.left, area.right) == ("bars", top, bottom, 0, 0)


@pytest.mark.parametrize("size", SIZES)
def test_pillar_bars_are_told_to_the_pixel(size):
    height, width = size[::-1]
    left, right = round(0.3 * width), round(0.31 * width)
    frame = np.pad(scene(2, (height, width - left - right)), ((0, 0), (left, right), (0, 0)))

    (area,) = composed([frame] * 4).areas

    assert (area.top, area.bottom, area.left, area.right) == (0, 0, left, right)


@pytest.mark.integration  # encodes or decodes whole clips
@pytest.mark.parametrize("size", SIZES)
def test_a_fill_by_a_blurred_copy_is_told_to_the_pixel(size):
    height, width = size
    inner = round(width * 9 / 16)
    top = (height - inner) // 2
    pictures = []
    for number in range(4):
        picture = scene(3, (inner, width), number)
        behind = cv2.GaussianBlur(cv2.resize(picture, (height * 16 // 9, height)), (0, 0), width / 18)
        frame = np.ascontiguousarray(behind[:, :width] * 0.7).astype(np.uint8)
        frame[top : top + inner] = picture
        pictures.append(frame)

    (area,) = composed(pictures).areas

    assert (area.fill, area.top, area.bottom) == ("blur", top, height - inner - top)


@pytest.mark.parametrize("seed", range(8))
def test_a_picture_that_fills_the_frame_has_no_bars(seed):
    assert composed([scene(seed, (640, 360), number) for number in range(4)]).areas == ()


def test_a_sharp_subject_between_smooth_sky_and_floor_is_no_blurred_fill():
    frame = np.repeat(np.linspace(230, 60, 640)[:, None], 360, axis=1).astype(np.uint8)
    cv2.circle(frame, (180, 320), 150, 40, -1)
    frame[250:400, 100:260] = cv2.cvtColor(scene(1, (150, 160)), cv2.COLOR_RGB2GRAY)

    assert composed([frame] * 4).areas == ()


@pytest.mark.integration  # encodes or decodes whole clips
@pytest.mark.parametrize("fps", [10, 30])
@pytest.mark.parametrize("size", [(640, 360), (1280, 720)])
def test_bars_of_an_encoded_clip_are_told_to_the_pixel(tmp_path, size, fps):
    height, width = size
    top = round(0.2 * height) // 2 * 2
    pictures = [
        np.pad(scene(5, (height - 2 * top, width), number / fps), ((top, top), (0, 0), (0, 0)))
        for number in range(2 * fps)
    ]
    clip = write_clip(tmp_path / "clip.mp4", pictures, fps=fps, bit_rate=500_000)

    analysis = analyze_video(clip, [CompositionAnalysis], ModelShelf(Device()), scratch=tmp_path)

    outcome = analysis.outcomes[0]
    assert outcome.status in (Status.OK, Status.DEGRADED)
    (area,) = outcome.result.areas
    assert (area.top, area.bottom) == (pytest.approx(top, abs=1), pytest.approx(top, abs=1))


def test_the_shape_of_the_frame_and_of_the_picture_are_told():
    frame = np.pad(scene(1, (202, 360)), ((219, 219), (0, 0), (0, 0)))

    result = composed([frame] * 4)

    assert result.shape == "9:16"
    assert result.aspect == 0.5625
    assert result.picture_aspect == pytest.approx(360 / 202, abs=0.001)


@pytest.mark.parametrize(("size", "shape"), [((1080, 1920), "16:9"), ((1080, 1080), "1:1"), ((1350, 1080), "4:5")])
def test_shapes_have_their_usual_names(size, shape):
    assert composed([np.zeros((64, 64), np.uint8)], size=size).shape == shape


def test_a_subject_on_a_third_scores_and_one_in_the_middle_does_not():
    shots = (Shot(0.0, 2.0), Shot(2.0, 4.0))

    result = composed([spot((640, 360), 1 / 3, 2 / 3)] * 2 + [spot((640, 360), 0.5, 0.5)] * 2, shots)

    assert [shot.thirds for shot in result.shots] == [pytest.approx(1.0, abs=0.15), pytest.approx(0.0, abs=0.1)]
    assert (result.shots[0].subject_x, result.shots[0].subject_y) == pytest.approx((1 / 3, 2 / 3), abs=0.03)


def test_a_subject_is_placed_in_the_picture_inside_the_bars():
    frame = np.pad(spot((360, 360), 1 / 3, 1 / 3), ((140, 140), (0, 0)))

    (shot,) = composed([frame] * 4).shots

    assert (shot.subject_x, shot.subject_y) == pytest.approx((1 / 3, 1 / 3), abs=0.03)


def test_a_face_is_the_subject_where_there_is_one():
    (shot,) = composed([spot((640, 360), 0.8, 0.8)] * 4, faces=[face(0.2, 0.25, 0.4, 0.35)]).shots

    assert (shot.subject, shot.subject_x, shot.subject_y) == ("face", 0.3, 0.3)


def test_headroom_is_what_is_free_over_the_crown():
    """A face of 0.12 from 0.24 on: its crown is at 0.24 - 0.04."""
    result = composed([scene(1, (640, 360))] * 4, faces=[face(0.4, 0.24, 0.6, 0.36)])

    assert result.headroom == pytest.approx(0.2, abs=0.001)


def test_a_head_that_is_cut_has_no_headroom():
    assert composed([scene(1, (640, 360))] * 4, faces=[face(0.3, 0.02, 0.7, 0.5)]).headroom == 0.0


def test_without_a_face_headroom_is_not_told():
    assert composed([scene(1, (640, 360))] * 4).headroom is None


def test_a_text_under_the_apps_caption_is_told_and_one_in_the_middle_is_not():
    texts = [text("hidden", 0.2, 0.85, 0.8, 0.9), text("free", 0.2, 0.4, 0.8, 0.45)]

    result = composed([scene(1, (640, 360))] * 4, texts=texts)

    assert [(each.text, each.zone, each.share) for each in result.covered] == [("hidden", "caption", 1.0)]
    assert result.text_covered == pytest.approx(0.5)


def test_a_watermark_does_not_count_as_covered():
    texts = [text("@somebody", 0.2, 0.9, 0.5, 0.93, role="watermark")]

    assert composed([scene(1, (640, 360))] * 4, texts=texts).text_covered is None


def test_a_face_under_the_buttons_is_told():
    result = composed([scene(1, (640, 360))] * 4, faces=[face(0.9, 0.5, 1.0, 0.6)])

    assert [(each.what, each.zone) for each in result.covered] == [("face", "buttons")]
    assert result.face_covered == 1.0


@pytest.mark.parametrize("size", [(1, 1), (2, 90), (90, 2), (31, 31)])
def test_frames_of_any_size_are_taken(size):
    result = composed([np.random.default_rng(0).integers(0, 256, size, np.uint8)])

    assert result.areas == ()
    assert len(result.shots) == 1


def test_a_black_video_has_neither_subject_nor_symmetry():
    result = composed([np.zeros((640, 360), np.uint8)] * 4)

    assert (result.thirds, result.symmetry, result.subject_x, result.areas) == (None, None, None, ())


def test_a_shot_between_two_sampled_pictures_has_a_composition():
    shots = (Shot(0.0, 1.4), Shot(1.4, 1.6), Shot(1.6, 4.0))

    assert len(composed([scene(1, (640, 360))] * 4, shots).shots) == 3


@pytest.mark.parametrize("name", ["vertical_red_dress.mp4", "animation_captions.mp4", "static_room.mp4"])
def test_real_pictures_that_fill_the_frame_have_no_bars(real_clip, name):
    _, frames = real_clip(name, NATIVE)

    assert composed(list(frames.pixels)).areas == ()
