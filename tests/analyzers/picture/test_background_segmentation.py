"""Is the foreground as large as it was made, and is the background told for what it is?"""

from collections.abc import Callable
from itertools import pairwise

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from analyzers.contract import Inputs, Status
from analyzers.media import WATCHED
from analyzers.models import Device, ModelShelf
from analyzers.models.object_sightings import ObjectSightings, Sightings
from analyzers.models.profiles import ModelLibrary
from analyzers.picture.background_segmentation import BackgroundResult, BackgroundSegmentation
from analyzers.picture.cut_analysis import CutAnalysis, CutResult, Shot
from analyzers.report import nonsense_in
from analyzers.run import analyze_video
from mass_processing.demo.encode import write_clip
from tests.analyzers.clips import MEDIA
from tests.analyzers.models.checkpoints_detector import build_detector
from tests.analyzers.picture.scenes import Pixels, batch, info, look, noisy, shot, world
from tests.analyzers.picture.stills import texture

#: Two pixels along the edge of a mask that is 96 pixels broad: half a person's outline there is about 250 pixels long.
#: That is what scaling, coding and cleaning move an edge at most.
TWO_PIXELS = 0.06
SIZES = {"upright": (320, 180), "large and upright": (1280, 720), "wide": (360, 640)}
EVERY_SIZE = pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
FPS = 10

Masks = NDArray[np.bool_]
#: The background at second t.
Ground = Callable[[float], NDArray[np.uint8]]


def silhouette(size: tuple[int, int], right: float) -> Masks:
    """Head and shoulders, cut by the lower edge, `right` frame widths right of the middle."""
    height, width = size
    shape, middle = np.zeros(size, np.uint8), round(width * (0.5 + right))
    unit = min(size)
    cv2.ellipse(shape, (middle, round(0.38 * height)), (round(0.15 * unit), round(0.2 * unit)), 0, 0, 360, 1, -1)
    cv2.rectangle(shape, (middle - unit // 12, round(0.4 * height)), (middle + unit // 12, round(0.7 * height)), 1, -1)
    cv2.ellipse(shape, (middle, height), (round(0.34 * unit), round(0.45 * height)), 0, 180, 360, 1, -1)
    return shape.astype(bool)


def somebody_before(ground: Ground, size: tuple[int, int], *, sway: float = 0.12) -> tuple[Pixels, Masks]:
    """Four seconds of somebody in a reddish texture who sways before `ground`, and where that is."""
    cloth = (texture(3, size) * [1.0, 0.7, 0.45]).astype(np.uint8)
    check = max(6, min(size) // 24)
    rows, columns = np.indices(size) // check
    cloth[(rows + columns) % 4 == 0] //= 3  # a pattern as sharp as the picture is
    pictures, masks = [], []
    for number in range(4 * FPS):
        right = sway * np.sin(number / 4)
        mask, picture = silhouette(size, right), ground(number / FPS).copy()
        picture[mask] = np.roll(cloth, round(right * size[1]), axis=1)[mask]
        pictures.append(picture)
        masks.append(mask)
    return noisy(np.stack(pictures), 2), np.stack(masks)


def wall(size: tuple[int, int], colour: tuple[int, int, int]) -> Ground:
    return lambda _: np.full((*size, 3), colour, np.uint8)


def unevenly_lit(size: tuple[int, int], colour: tuple[int, int, int]) -> Ground:
    light = 1 - 0.35 * np.linspace(0, 1, size[1])[None, :, None]
    picture = (np.array(colour) * light * np.ones((size[0], 1, 1))).astype(np.uint8)
    return lambda _: picture


def place(size: tuple[int, int], blur: float = 0.0) -> Ground:
    """A room full of things of all colours; out of focus by a Gaussian of `blur` frame widths."""
    height, width = size
    chance = np.random.default_rng(6)
    picture = look(world(5, width, 3.0), size)
    for _ in range(40):
        x, y = chance.integers(0, width), chance.integers(0, height)
        right, low = x + chance.integers(8, width // 4), y + chance.integers(8, height // 4)
        cv2.rectangle(picture, (int(x), int(y)), (int(right), int(low)), chance.uniform(20, 235, 3).tolist(), -1)
    grain = chance.normal(0, 8, (height, width, 1))
    picture = np.clip(picture * [0.8, 0.95, 1.0] + grain, 0, 255).astype(np.uint8)
    if blur:
        picture = cv2.GaussianBlur(picture, (0, 0), blur * width)
    return lambda _: picture


def passing(size: tuple[int, int]) -> Ground:
    """A place that a camera pans over."""
    pictures = shot(5, 4, fps=FPS, size=size, camera=lambda t: (0.3 * t - 0.5, 0.0, 1.0, 0.0))
    pictures = (pictures * [0.5, 0.8, 1.0]).astype(np.uint8)
    return lambda t: pictures[round(t * FPS)]


@pytest.fixture
def answered(filmed) -> Callable[..., BackgroundResult]:
    """What is said without masks about pictures that went through a coder."""

    def answer(pixels: Pixels, bit_rate: int | None = None) -> BackgroundResult:
        video, frames = filmed(pixels, WATCHED, fps=FPS, bit_rate=bit_rate)
        return BackgroundSegmentation().analyze(Inputs(video, frames))

    return answer


@EVERY_SIZE
@pytest.mark.parametrize(
    ("colour", "kind"),
    [
        ((150, 120, 110), "solid"),
        ((240, 240, 240), "solid"),
        ((20, 20, 24), "solid"),
        ((30, 190, 50), "chroma"),
        ((20, 60, 200), "chroma"),
    ],
    ids=["a brown wall", "a white wall", "a black wall", "a green screen", "a blue screen"],
)
def test_a_backdrop_has_its_type_and_colour_and_the_rest_is_foreground(answered, size, colour, kind):
    pixels, masks = somebody_before(wall(size, colour), size)

    result = answered(pixels)

    assert result.bg_type == kind
    told = [int(result.bg_colour[at : at + 2], 16) for at in (1, 3, 5)]
    assert told == pytest.approx(colour, abs=8)
    assert result.fg_ratio == pytest.approx(masks.mean(), abs=TWO_PIXELS)


def test_a_green_screen_in_uneven_light_is_chroma(answered):
    pixels, masks = somebody_before(unevenly_lit((320, 180), (20, 190, 40)), (320, 180))

    result = answered(pixels)

    assert result.bg_type == "chroma"
    assert result.fg_ratio == pytest.approx(masks.mean(), abs=TWO_PIXELS)


@EVERY_SIZE
def test_a_room_before_a_tripod_is_real(answered, size):
    pixels, masks = somebody_before(place(size), size)

    result = answered(pixels)

    assert result.bg_type == "real"
    assert result.fg_ratio == pytest.approx(masks.mean(), abs=TWO_PIXELS)


@EVERY_SIZE
@pytest.mark.parametrize("blur", [0.02, 0.03])
def test_a_room_out_of_focus_is_a_blur(answered, size, blur):
    pixels, masks = somebody_before(place(size, blur), size)

    result = answered(pixels)

    assert result.bg_type == "blur"
    assert result.fg_ratio == pytest.approx(masks.mean(), abs=TWO_PIXELS)


@EVERY_SIZE
def test_a_background_that_passes_is_real(answered, size):
    pixels, _ = somebody_before(passing(size), size)

    assert answered(pixels).bg_type == "real"


@pytest.mark.parametrize(
    ("ground", "kind"),
    [(wall((640, 360), (30, 190, 50)), "chroma"), (place((640, 360)), "real"), (place((640, 360), 0.025), "blur")],
    ids=["chroma", "real", "blur"],
)
def test_coarse_coding_changes_no_type(answered, ground, kind):
    pixels, _ = somebody_before(ground, (640, 360))

    assert answered(pixels, bit_rate=300_000).bg_type == kind


def test_without_masks_the_answer_is_a_lesser_one(answered):
    pixels, _ = somebody_before(wall((320, 180), (150, 120, 110)), (320, 180))

    assert "colour and motion" in answered(pixels).degraded_because()


def test_replaced_is_never_said_without_masks(answered):
    pixels, _ = leaking((320, 180))

    assert answered(pixels).bg_type != "replaced"


# With masks of people


def with_masks(pixels: Pixels, masks: Masks, shots: tuple[Shot, ...] | None = None) -> BackgroundResult:
    """What is said when the masks of people are known."""
    frames = batch(pixels, FPS)
    small = np.stack([cv2.resize(mask.astype(np.uint8), (96, 170)) for mask in masks]).astype(bool)
    sightings = Sightings(frames.times, frames.end, 96 / 170, (), small)
    results: dict = {ObjectSightings: sightings}
    if shots is not None:
        results[CutAnalysis] = CutResult((), shots, 0.0, 1.0)
    return BackgroundSegmentation().analyze(Inputs(info(frames), frames, results=results))


@pytest.mark.parametrize(
    ("ground", "kind"),
    [
        (wall((320, 180), (150, 120, 110)), "solid"),
        (wall((320, 180), (30, 190, 50)), "chroma"),
        (place((320, 180)), "real"),
        (place((320, 180), 0.03), "blur"),
        (passing((320, 180)), "real"),
    ],
    ids=["solid", "chroma", "real", "blur", "passing"],
)
def test_masks_of_people_are_the_foreground(ground, kind):
    pixels, masks = somebody_before(ground, (320, 180))

    result = with_masks(pixels, masks)

    assert result.bg_type == kind
    assert result.fg_ratio == pytest.approx(masks.mean(), abs=0.01)
    assert result.degraded_because() == ""


def leaking(size: tuple[int, int]) -> tuple[Pixels, Masks]:
    """A still picture put in behind somebody, with a rim of the room that the keying left, other in every frame."""
    still = place(size)(0.0)
    pixels, masks = somebody_before(lambda _: still, size)
    chance = np.random.default_rng(4)
    for picture, mask in zip(pixels, masks, strict=True):
        reach = round(0.11 * size[1]) | 1
        rim = cv2.dilate(mask.astype(np.uint8), np.ones((reach, reach), np.uint8)).astype(bool) & ~mask
        leak = cv2.resize(chance.uniform(0, 1, (20, 12)), size[::-1]) > 0.5
        picture[rim & leak] = picture[rim & leak] // 3
    unmixed = still[None].repeat(len(pixels), axis=0)
    far = np.stack([~cv2.dilate(mask.astype(np.uint8), np.ones((41, 41), np.uint8)).astype(bool) for mask in masks])
    pixels[far] = unmixed[far]  # no camera's noise: it is a picture
    return pixels, masks


def test_a_still_behind_a_rim_that_leaks_is_replaced():
    assert with_masks(*leaking((320, 180))).bg_type == "replaced"


def test_a_quiet_edge_does_not_flicker():
    pixels, masks = somebody_before(place((320, 180)), (320, 180))

    assert with_masks(pixels, masks).edge_flicker == pytest.approx(0.0, abs=0.05)


def test_an_edge_that_jumps_to_and_fro_flickers():
    pixels, masks = somebody_before(place((320, 180)), (320, 180), sway=0.0)
    masks = masks.copy()
    masks[::2] = [cv2.dilate(mask.astype(np.uint8), np.ones((5, 5), np.uint8)).astype(bool) for mask in masks[::2]]

    assert with_masks(pixels, masks).edge_flicker > 0.3


def test_every_shot_has_its_own_background():
    size = (320, 180)
    walls = [somebody_before(wall(size, colour), size) for colour in ((150, 120, 110), (30, 190, 50))]
    pixels, masks = (np.concatenate(each) for each in zip(*walls, strict=True))

    result = with_masks(pixels, masks, (Shot(0.0, 4.0), Shot(4.0, 8.0)))

    assert [(shot.start, shot.end, shot.bg_type) for shot in result.shots] == [(0, 4, "solid"), (4, 8, "chroma")]


def test_a_video_without_people_is_all_background():
    pixels = np.stack([place((320, 180))(0.0)] * 8)

    result = with_masks(pixels, np.zeros(pixels.shape[:3], bool))

    assert (result.fg_ratio, result.bg_type, result.edge_flicker) == (0.0, "real", None)


def test_people_who_fill_the_picture_leave_no_background_to_tell():
    pixels, masks = somebody_before(place((320, 180)), (320, 180))

    result = with_masks(pixels, np.ones_like(masks))

    assert (result.fg_ratio, result.bg_type) == (1.0, None)


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (16, 600)], ids=str)
@pytest.mark.parametrize("count", [1, 2, 40])
def test_pictures_of_any_size_and_number_have_an_answer_that_makes_sense(size, count):
    pixels = np.random.default_rng(1).integers(0, 256, (count, *size, 3), np.uint8)
    frames = batch(pixels, 5)

    result = BackgroundSegmentation().analyze(Inputs(info(frames), frames))

    assert nonsense_in(result, info(frames)) == ""


def test_shots_shorter_than_the_sampling_are_told_too():
    pixels, _ = somebody_before(wall((320, 180), (30, 190, 50)), (320, 180))
    frames = batch(pixels, 5)
    edges = [0.0, 0.21, 0.25, 0.29, 8.0]
    shots = tuple(Shot(start, end) for start, end in pairwise(edges))

    results = {CutAnalysis: CutResult((), shots, 0.0, 1.0)}
    result = BackgroundSegmentation().analyze(Inputs(info(frames), frames, results=results))

    assert [shot.bg_type for shot in result.shots] == ["chroma"] * 4


@pytest.mark.parametrize("name", ["vertical_red_dress.mp4", "static_room.mp4"])
def test_real_rooms_are_real(real_clip, name):
    video, frames = real_clip(name, WATCHED)

    assert BackgroundSegmentation().analyze(Inputs(video, frames)).bg_type == "real"


@pytest.mark.integration
def test_a_detector_makes_it_the_first_choice_and_is_named(tmp_path, scratch):
    """Through the whole path; the detector is randomly initialised, so what it sees is chance."""
    build_detector(tmp_path / "models")
    pixels, _ = somebody_before(place((320, 180)), (320, 180))
    clip = write_clip(tmp_path / "clip.mp4", pixels[:10], fps=FPS)
    shelf = ModelShelf(Device(threads=1), ModelLibrary(tmp_path / "models", "cpu"))

    analysis = analyze_video(clip, [BackgroundSegmentation], shelf, scratch=scratch)

    [outcome] = (each for each in analysis.outcomes if each.analyzer == "background_segmentation")
    assert (outcome.status, outcome.reason) == (Status.OK, "")
    assert outcome.model.id


@pytest.mark.integration
def test_without_a_detector_the_answer_says_how_to_get_it(tmp_path, scratch):
    pixels, _ = somebody_before(wall((320, 180), (30, 190, 50)), (320, 180))
    clip = write_clip(tmp_path / "clip.mp4", pixels, fps=FPS)
    shelf = ModelShelf(Device(threads=1), ModelLibrary(tmp_path, "cpu"))

    analysis = analyze_video(clip, [BackgroundSegmentation], shelf, scratch=scratch)

    [outcome] = (each for each in analysis.outcomes if each.analyzer == "background_segmentation")
    assert outcome.status == Status.DEGRADED
    assert "models pull" in outcome.reason


@pytest.mark.weights
def test_the_person_of_a_real_short_is_its_foreground(real_shelf, scratch):
    if not (MEDIA / "vertical_red_dress.mp4").is_file():
        pytest.skip(f"the real clip is not in {MEDIA}")

    clip, shelf = MEDIA / "vertical_red_dress.mp4", real_shelf("detector")
    analysis = analyze_video(clip, [BackgroundSegmentation], shelf, scratch=scratch)

    [outcome] = (each for each in analysis.outcomes if each.analyzer == "background_segmentation")
    assert outcome.result.bg_type == "real"
    assert 0.1 <= outcome.result.fg_ratio <= 0.8
