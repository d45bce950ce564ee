"""Do the analyzers find in the demo's clips what their storyboards put there?"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from analyzers.contract import Inputs
from analyzers.decode import decode
from analyzers.media import EVERY_FRAME, FLOWING
from analyzers.picture.camera_analysis import CameraAnalysis, CameraResult
from analyzers.picture.cut_analysis import CutAnalysis, CutResult
from analyzers.picture.scene_segmentation import SceneResult, SceneSegmentation
from mass_processing.demo.clips import DemoClip, make_clips
from mass_processing.demo.storyboards import STORYBOARDS

pytestmark = pytest.mark.integration


@dataclass(frozen=True, slots=True)
class Seen:
    """A demo clip and what is found in it."""

    clip: DemoClip
    cuts: CutResult
    camera: CameraResult
    scenes: SceneResult


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> dict[str, DemoClip]:
    """All three, with pictures of 540x960."""
    return {clip.name: clip for clip in make_clips(tmp_path_factory.mktemp("demo"), scale=0.5)}


@pytest.fixture(scope="module", params=[board.name for board in STORYBOARDS])
def seen(
    request: pytest.FixtureRequest, clips: dict[str, DemoClip], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Seen]:
    clip = clips[request.param]
    scratch: Path = tmp_path_factory.mktemp("scratch")
    with decode(clip.path, [EVERY_FRAME, FLOWING], [], scratch=scratch) as decoded:
        frames, flowing = decoded.frames[EVERY_FRAME], decoded.frames[FLOWING]
        cuts = CutAnalysis().analyze(Inputs(decoded.video, frames))
        camera = CameraAnalysis().analyze(Inputs(decoded.video, flowing, results={CutAnalysis: cuts}))
        scenes = SceneSegmentation().analyze(Inputs(decoded.video, frames, results={CutAnalysis: cuts}))
        yield Seen(clip, cuts, camera, scenes)


def test_every_hard_cut_is_found_within_a_frame_and_no_other(seen: Seen) -> None:
    cuts = [cut.t for cut in seen.cuts.cuts if cut.type == "cut"]
    assert cuts == pytest.approx(seen.clip.truth["cuts"], abs=1 / seen.clip.truth["fps"])


def test_every_dissolve_is_found_with_its_extent_and_no_other_gradual_transition(seen: Seen) -> None:
    soft = [(cut.type, cut.start, cut.end) for cut in seen.cuts.cuts if cut.type != "cut"]
    assert soft == [
        ("dissolve", pytest.approx(each["start"], abs=0.1), pytest.approx(each["end"], abs=0.1))
        for each in seen.clip.truth["dissolves"]
    ]


def test_the_camera_does_in_each_shot_what_the_storyboard_says(seen: Seen) -> None:
    moves = [(move.motion, move.start, move.end) for move in seen.camera.moves]
    assert moves == [
        (each["motion"], pytest.approx(each["start"], abs=0.1), pytest.approx(each["end"], abs=0.1))
        for each in seen.clip.truth["camera"]
    ]


def test_pans_and_zooms_have_the_storyboards_rates(seen: Seen) -> None:
    truth = seen.clip.truth["camera"]
    assert [move.speed for move in seen.camera.moves] == pytest.approx([abs(each["pan"]) for each in truth], rel=0.1)
    rates = [each["zoom"] - 1 for each in truth]
    assert [move.zoom_rate for move in seen.camera.moves] == pytest.approx(rates, rel=0.1)


def test_every_place_is_a_scene(seen: Seen) -> None:
    assert len(seen.scenes.scenes) == len(seen.clip.truth["camera"])
