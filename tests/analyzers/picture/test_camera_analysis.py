"""Is what the camera does named right, in the right direction, at the right speed?"""

from collections.abc import Callable
from itertools import pairwise

import cv2
import numpy as np
import pytest

from analyzers.contract import Inputs
from analyzers.media import FLOWING, FrameBatch
from analyzers.picture.camera_analysis import CameraAnalysis, CameraResult
from analyzers.picture.cut_analysis import CutAnalysis, CutResult, Shot
from mass_processing.demo.scenery import GOLD, Light, scenery
from tests.analyzers.picture.scenes import Camera, Pixels, batch, handheld, info, look, noisy, shot, still, world

UPRIGHT, WIDE = (320, 180), (180, 320)
every_size = pytest.mark.parametrize("size", [UPRIGHT, WIDE], ids=["upright", "wide"])
every_view = pytest.mark.parametrize(
    ("size", "fps"), [(UPRIGHT, 10), (WIDE, 7.5)], ids=["upright at 10 per second", "wide at 7.5 per second"]
)


def camera_of(frames: FrameBatch, cuts: tuple[float, ...] = ()) -> CameraResult:
    shots = tuple(Shot(start, end) for start, end in pairwise((0.0, *cuts, frames.end)))
    result = CutResult((), shots, 0.0, 0.0)
    return CameraAnalysis().analyze(Inputs(info(frames), frames, results={CutAnalysis: result}))


def filming(camera: Camera | None, size: tuple[int, int] = UPRIGHT, fps: float = 10) -> CameraResult:
    """What is told about three seconds of a camera's view, with a little noise."""
    return camera_of(batch(noisy(shot(5, 3, fps=fps, size=size, camera=camera), 3), fps))


MOVES: dict[str, tuple[Camera, float]] = {
    "pan_right": (lambda t: (t / 6, 0.0, 1.0, 0.0), 1 / 6),
    "pan_left": (lambda t: (-0.5 * t, 0.0, 1.0, 0.0), 0.5),
    "tilt_up": (lambda t: (0.0, -0.2 * t, 1.0, 0.0), 0.2),
    "tilt_down": (lambda t: (0.0, 0.03 * t, 1.0, 0.0), 0.03),
}


@every_view
@pytest.mark.parametrize("motion", MOVES)
def test_pans_and_tilts_have_the_cameras_direction_and_speed(size: tuple[int, int], fps: float, motion: str) -> None:
    camera, speed = MOVES[motion]
    result = filming(camera, size, fps)
    assert [move.motion for move in result.moves] == [motion]
    assert result.moves[0].speed == pytest.approx(speed, rel=0.1)


@every_view
@pytest.mark.parametrize(("motion", "growth"), [("zoom_in", 0.12), ("zoom_in", 0.5), ("zoom_out", -0.1)])
def test_zooms_have_their_rate(size: tuple[int, int], fps: float, motion: str, growth: float) -> None:
    result = filming(lambda t: (0.0, 0.0, (1 + growth) ** t, 0.0), size, fps)
    assert [move.motion for move in result.moves] == [motion]
    assert result.moves[0].zoom_rate == pytest.approx(growth, rel=0.15)


@every_size
def test_a_roll_has_its_rate(size: tuple[int, int]) -> None:
    result = filming(lambda t: (0.0, 0.0, 1.0, np.radians(20) * t), size)
    assert [move.motion for move in result.moves] == ["roll"]
    assert result.moves[0].roll_rate == pytest.approx(20, rel=0.1)


@every_view
def test_a_tripod_is_static_and_stable(size: tuple[int, int], fps: float) -> None:
    result = filming(None, size, fps)
    assert [move.motion for move in result.moves] == ["static"]
    assert result.stability > 0.97


@every_view
@pytest.mark.parametrize("strength", [0.004, 0.01, 0.03])
def test_a_trembling_hand_is_handheld_and_less_stable(size: tuple[int, int], fps: float, strength: float) -> None:
    result = filming(handheld(1, strength), size, fps)
    assert [move.motion for move in result.moves] == ["handheld"]
    assert result.stability < 0.55


@every_size
def test_a_move_begins_and_ends_when_the_camera_does(size: tuple[int, int]) -> None:
    result = filming(lambda t: (0.3 * float(np.clip(t - 1, 0, 1)), 0.0, 1.0, 0.0), size)
    assert [move.motion for move in result.moves] == ["static", "pan_right", "static"]
    assert (result.moves[1].start, result.moves[1].end) == pytest.approx((1, 2), abs=0.15)


@every_view
@pytest.mark.parametrize("blur", [1, 8], ids=["sharp", "smeared"])
def test_a_whip_is_a_whip(size: tuple[int, int], fps: float, blur: int) -> None:
    def where(t: float) -> tuple[float, float, float, float]:
        return 3 * float(np.clip(t - 1, 0, 0.4)), 0.0, 1.0, 0.0

    result = camera_of(batch(shot(5, 3, fps=fps, size=size, camera=where, blur=blur), fps))
    assert [move.motion for move in result.moves] == ["static", "whip", "static"]
    assert (result.moves[1].start, result.moves[1].end) == pytest.approx((1, 1.4), abs=0.2)


def test_a_whip_too_fast_to_follow_has_no_speed() -> None:
    def where(t: float) -> tuple[float, float, float, float]:
        return 9 * float(np.clip(t - 1, 0, 0.4)) - 2, 0.0, 1.0, 0.0

    result = camera_of(batch(shot(5, 3, fps=10, size=WIDE, camera=where, blur=8, span=6), 10))
    assert [(move.motion, move.speed) for move in result.moves] == [("static", 0.0), ("whip", None), ("static", 0.0)]


def passing(share: float, size: tuple[int, int]) -> Pixels:
    """A fixed camera and a textured thing, `share` of the frame wide and 80 % high, that crosses in three seconds."""
    height, width = size
    pixels = still(5, 3, fps=10, size=size).copy()
    thing = look(world(9, width), (int(height * 0.8), int(width * share)))
    for index, frame in enumerate(pixels):
        left = int(-share * width + (1 + share) * width * index / len(pixels))
        first, last = max(left, 0), min(left + thing.shape[1], width)
        if last > first:
            frame[int(height * 0.2) :][: len(thing), first:last] = thing[:, first - left : last - left]
    return noisy(pixels, 3)


@every_size
@pytest.mark.parametrize("share", [0.3, 0.5, 0.65])
def test_a_fixed_camera_stays_static_when_something_large_passes(size: tuple[int, int], share: float) -> None:
    assert [move.motion for move in camera_of(batch(passing(share, size), 10)).moves] == ["static"]


@every_size
@pytest.mark.parametrize("share", [0.5, 0.7])
@pytest.mark.parametrize("speed", [0.03, 0.3])
def test_clouds_that_drift_over_a_standing_landscape_are_no_pan(
    size: tuple[int, int], share: float, speed: float
) -> None:
    height, width = size
    ground = look(world(5, width), size).astype(np.float32)
    clouds = cv2.GaussianBlur(world(11, width), (0, 0), 4)
    cover = np.clip((share - np.linspace(0, 1, height)) / 0.08 + 0.5, 0, 1)[:, None, None]
    skies = [look(clouds, size, speed * index / 10 - 0.5) for index in range(30)]
    pixels = np.stack([ground * (1 - cover) + sky * cover for sky in skies]).astype(np.uint8)
    assert [move.motion for move in camera_of(batch(noisy(pixels, 2), 10)).moves] == ["static"]


@every_size
@pytest.mark.parametrize(("place", "light"), [("sea", GOLD), ("dunes", GOLD)], ids=["sea", "dunes"])
def test_a_thing_that_drifts_slowly_before_a_smooth_landscape_is_no_pan(
    size: tuple[int, int], place: str, light: Light
) -> None:
    # It moves by half a pixel per step, and many of the picture's few corners are on it.
    height, width = size
    painted = scenery(place, light, (3 * height, 3 * width), 2)
    pixels = np.repeat(cv2.resize(painted, (width, height), interpolation=cv2.INTER_AREA)[None], 30, axis=0)
    thing = look(world(9, width), (height // 8, width // 6))
    for index, frame in enumerate(pixels):
        shift = np.array([[1, 0, width * (0.12 + 0.003 * index)], [0, 1, height * 0.25]])
        cv2.warpAffine(thing, shift, (width, height), dst=frame, borderMode=cv2.BORDER_TRANSPARENT)
    assert [move.motion for move in camera_of(batch(pixels, 10)).moves] == ["static"]


@every_size
@pytest.mark.parametrize("speed", [0.015, 0.03])
def test_a_slow_pan_is_still_a_pan(size: tuple[int, int], speed: float) -> None:
    result = filming(lambda t: (speed * t, 0.0, 1.0, 0.0), size)
    assert [move.motion for move in result.moves] == ["pan_right"]
    assert result.moves[0].speed == pytest.approx(speed, rel=0.1)


@every_size
def test_captions_over_a_pan_do_not_hold_it(size: tuple[int, int]) -> None:
    pixels = shot(5, 3, fps=10, size=size, camera=lambda t: (0.2 * t, 0.0, 1.0, 0.0))
    for frame in pixels:
        for line in range(3):
            place = int(size[1] * 0.12), int(size[0] * 0.6) + 22 * line
            cv2.putText(frame, "Caption text", place, cv2.FONT_HERSHEY_SIMPLEX, 0.7, (255, 255, 255), 2)
    result = camera_of(batch(pixels, 10))
    assert [move.motion for move in result.moves] == ["pan_right"]
    assert result.moves[0].speed == pytest.approx(0.2, rel=0.1)


def test_a_flash_moves_nothing() -> None:
    pixels = still(5, 3, fps=10, size=UPRIGHT).copy()
    pixels[12] = np.clip(pixels[12].astype(int) + 150, 0, 255)
    assert [move.motion for move in camera_of(batch(pixels, 10)).moves] == ["static"]


def test_nothing_is_followed_across_a_cut() -> None:
    pan = shot(6, 2, fps=10, size=UPRIGHT, camera=lambda t: (0.2 * t, 0.0, 1.0, 0.0))
    result = camera_of(batch(np.concatenate([still(5, 2, fps=10, size=UPRIGHT), pan]), 10), (2.0,))
    assert [(move.motion, move.start, move.end) for move in result.moves] == [("static", 0, 2), ("pan_right", 2, 4)]
    assert 1.9 not in result.path.start


def test_a_plain_wall_is_static() -> None:
    wall = noisy(np.full((20, *UPRIGHT, 3), 180, np.uint8), 3)
    assert [move.motion for move in camera_of(batch(wall, 10)).moves] == ["static"]


def test_one_picture_has_no_motion() -> None:
    result = camera_of(batch(still(5, 0.1, fps=10, size=UPRIGHT), 10))
    assert result.moves == ()
    assert result.headline() == "too few pictures to tell"


def test_variable_frame_rate_keeps_the_speed() -> None:
    times = np.cumsum(np.random.default_rng(3).choice([0.1, 0.15, 0.2], 20))
    pixels = np.stack([look(world(5, 180, 8), UPRIGHT, x=0.2 * t) for t in times - times[0]])
    result = camera_of(FrameBatch(pixels, times - times[0], float(times[-1] - times[0] + 0.1)))
    assert [move.motion for move in result.moves] == ["pan_right"]
    assert result.moves[0].speed == pytest.approx(0.2, rel=0.1)


def test_a_coded_pan_of_60_pixels_per_second_keeps_its_speed(
    filmed: Callable[..., tuple[object, FrameBatch]],
) -> None:
    fps = 24  # of which ten per second can't be taken evenly
    pan = shot(5, 3, fps=fps, size=(640, 360), camera=lambda t: (60 / 360 * t, 0.0, 1.0, 0.0), span=3)
    _, frames = filmed(pan, FLOWING, fps=fps)
    result = camera_of(frames)
    assert [move.motion for move in result.moves] == ["pan_right"]
    assert result.moves[0].speed == pytest.approx(60 / 360, rel=0.1)


@pytest.mark.integration  # encodes or decodes whole clips
def test_the_real_fixed_camera_is_static_throughout(real_clip: Callable[..., tuple[object, FrameBatch]]) -> None:
    _, frames = real_clip("static_room.mp4", FLOWING)
    result = camera_of(frames)
    assert [move.motion for move in result.moves] == ["static"]
    assert result.stability > 0.95
