"""Is motion on the screen measured, and told from the camera's?"""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest

from analyzers.contract import Inputs
from analyzers.media import FLOWING, FrameBatch
from analyzers.picture.camera_analysis import CameraAnalysis
from analyzers.picture.cut_analysis import CutAnalysis, CutResult, Shot
from analyzers.picture.motion_analysis import MotionAnalysis, MotionResult
from tests.analyzers.picture.scenes import Camera, Pixels, batch, handheld, info, look, noisy, shot, still, world

UPRIGHT, WIDE = (320, 180), (180, 320)
every_size = pytest.mark.parametrize("size", [UPRIGHT, WIDE], ids=["upright", "wide"])
every_view = pytest.mark.parametrize(
    ("size", "fps"), [(UPRIGHT, 10), (WIDE, 7.5)], ids=["upright at 10 per second", "wide at 7.5 per second"]
)


def motion_of(frames: FrameBatch, cuts: tuple[float, ...] = ()) -> MotionResult:
    shots = tuple(Shot(start, end) for start, end in pairwise((0.0, *cuts, frames.end)))
    given = Inputs(info(frames), frames, results={CutAnalysis: CutResult((), shots, 0.0, 0.0)})
    camera = CameraAnalysis().analyze(given)
    return MotionAnalysis().analyze(Inputs(info(frames), frames, results={CameraAnalysis: camera}))


def filming(camera: Camera | None, size: tuple[int, int] = UPRIGHT, fps: float = 10) -> MotionResult:
    return motion_of(batch(noisy(shot(5, 3, fps=fps, size=size, camera=camera), 3), fps))


def with_thing(pixels: Pixels, fps: float, speed: float) -> Pixels:
    """`pixels` with a textured thing, 40 % wide and 50 % high, that moves right by `speed` frame widths per second."""
    height, width = pixels.shape[1:3]
    thing = look(world(9, width), (height // 2, int(0.4 * width)))
    covered = pixels.copy()
    for index, frame in enumerate(covered):
        left = int(speed * width * index / fps)
        frame[height // 4 :][: len(thing), left : left + thing.shape[1]] = thing[:, : width - left]
    return covered


@every_view
def test_a_still_picture_has_no_motion_in_spite_of_noise(size: tuple[int, int], fps: float) -> None:
    result = filming(None, size, fps)
    assert result.energy < 0.003
    assert (result.direction, result.pace) == ("still", "calm")


@every_view
@pytest.mark.parametrize(
    ("direction", "camera", "speed"),
    [
        ("left", lambda t: (0.17 * t, 0.0, 1.0, 0.0), 0.17),
        ("down", lambda t: (0.0, -0.3 * t, 1.0, 0.0), 0.3),
    ],
)
def test_a_pan_is_motion_of_its_speed_and_none_of_the_foreground(
    size: tuple[int, int], fps: float, direction: str, camera: Camera, speed: float
) -> None:
    result = filming(camera, size, fps)
    assert result.energy == pytest.approx(speed, rel=0.1)
    assert result.foreground_energy < 0.1 * speed
    assert result.direction == direction


@every_size
def test_a_zoom_has_no_direction(size: tuple[int, int]) -> None:
    assert filming(lambda t: (0.0, 0.0, 1.3**t, 0.0), size).direction == "mixed"


@every_view
@pytest.mark.parametrize("speed", [0.1, 0.2])
def test_a_thing_before_a_fixed_camera_counts_by_its_area_and_speed(
    size: tuple[int, int], fps: float, speed: float
) -> None:
    pixels = with_thing(still(5, 2.5, fps=fps, size=size), fps, speed)
    result = motion_of(batch(noisy(pixels, 2), fps))
    assert result.foreground_energy == pytest.approx(0.4 * 0.5 * speed, rel=0.3)
    assert result.energy == pytest.approx(result.foreground_energy, rel=0.1)
    assert result.direction == "right"


@every_size
def test_a_thing_before_a_panning_camera_is_told_from_the_pan(size: tuple[int, int]) -> None:
    pan = shot(5, 2.5, fps=10, size=size, camera=lambda t: (0.2 * t, 0.0, 1.0, 0.0))
    result = motion_of(batch(noisy(with_thing(pan, 10, 0.1), 2), 10))
    # Against the background, which moves left by 0.2, the thing moves right by 0.3.
    assert result.foreground_energy == pytest.approx(0.4 * 0.5 * 0.3, rel=0.3)
    assert result.energy == pytest.approx(0.8 * 0.2 + 0.2 * 0.1, rel=0.15)


@every_size
def test_shaking_is_the_cameras(size: tuple[int, int]) -> None:
    result = filming(handheld(1, 0.01), size)
    assert result.foreground_energy < 0.1 * result.energy


def test_a_cut_is_no_motion() -> None:
    clip = np.concatenate([still(5, 2, fps=10, size=UPRIGHT), still(6, 2, fps=10, size=UPRIGHT)])
    assert motion_of(batch(clip, 10), (2.0,)).energy < 0.003


def test_the_curve_tells_the_second_in_which_it_moves() -> None:
    result = filming(lambda t: (0.5 * float(np.clip(t - 1, 0, 1)), 0.0, 1.0, 0.0))
    assert [second.energy for second in result.curve] == pytest.approx([0, 0.5, 0], abs=0.06)
    assert [(each.start, each.end, each.label) for each in result.timeline()] == [
        (0, 1, "calm"),
        (1, 2, "fast"),
        (2, 3, "calm"),
    ]


def test_a_whip_is_fast() -> None:
    result = filming(lambda t: (3 * float(np.clip(t - 1, 0, 0.4)), 0.0, 1.0, 0.0))
    assert result.curve[1].energy == pytest.approx(1.2, rel=0.1)


def test_one_picture_has_no_motion() -> None:
    result = motion_of(batch(still(5, 0.1, fps=10, size=UPRIGHT), 10))
    assert (result.energy, result.direction, result.timeline()) == (0.0, "still", [])


def test_a_coded_pan_keeps_its_energy(filmed: Callable[..., tuple[object, FrameBatch]]) -> None:
    pan = shot(5, 2, fps=30, size=(640, 360), camera=lambda t: (0.2 * t, 0.0, 1.0, 0.0), span=3)
    _, frames = filmed(pan, FLOWING, fps=30)
    result = motion_of(frames)
    assert result.energy == pytest.approx(0.2, rel=0.1)
    assert result.foreground_energy < 0.02


def test_the_real_standing_view_of_a_workshop_is_calm(real_clip: Callable[..., tuple[object, FrameBatch]]) -> None:
    # Its camera stands until the dissolve at 4.97 s.
    _, frames = real_clip("nasa_talk.mp4", FLOWING)
    result = motion_of(FrameBatch(frames.pixels[:45], frames.times[:45], float(frames.times[45])))
    assert result.pace == "calm"
    assert result.energy == pytest.approx(result.foreground_energy, abs=0.005)
