"""Do shots whose colours return become one scene?"""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest

from analyzers.contract import Inputs
from analyzers.media import EVERY_FRAME, FrameBatch
from analyzers.picture.cut_analysis import CutAnalysis, CutResult, Shot
from analyzers.picture.scene_segmentation import SceneResult, SceneSegmentation
from tests.analyzers.picture.scenes import UPRIGHT, WIDE, Camera, Pixels, batch, enlarged, info, shot

#: Worlds (see `scenes.world`) of different colours.
FIRST, SECOND, THIRD = 3, 12, 21


def angle(x: float, y: float) -> Camera:
    """A tripod shot from another place of the same world."""
    return lambda _: (x, y, 1.0, 0.0)


def scenes_of(frames: FrameBatch, edges: list[float]) -> SceneResult:
    shots = tuple(Shot(start, end) for start, end in pairwise(edges))
    cuts = CutResult((), shots, 0.0, 0.0)
    return SceneSegmentation().analyze(Inputs(info(frames), frames, results={CutAnalysis: cuts}))


def plain(colour: tuple[int, int, int], frames: int) -> Pixels:
    return np.full((frames, *UPRIGHT, 3), colour, np.uint8)


RED, BLUE, GREEN = (190, 40, 40), (40, 60, 170), (50, 150, 60)


def test_shots_that_return_belong_together_with_the_shots_between() -> None:
    frames = batch(np.concatenate([plain(colour, 30) for colour in (RED, BLUE, RED, BLUE, GREEN)]))
    scenes = scenes_of(frames, [0, 1, 2, 3, 4, 5]).scenes
    assert [scene.shot_ids for scene in scenes] == [(1, 2, 3, 4), (5,)]
    assert [(scene.start, scene.end) for scene in scenes] == [(0, 4), (4, 5)]


@pytest.mark.parametrize("size", [UPRIGHT, WIDE], ids=["upright", "wide"])
@pytest.mark.parametrize("fps", [10, 30])
def test_two_angles_of_one_place_are_one_scene_and_another_place_is_another(size: tuple[int, int], fps: float) -> None:
    parts = [
        shot(FIRST, 1, fps=fps, size=size, camera=angle(-0.3, 0.2), span=3),
        shot(FIRST, 1, fps=fps, size=size, camera=angle(0.4, -0.3), span=3),
        np.full((round(fps), *size, 3), GREEN, np.uint8),
    ]
    scenes = scenes_of(batch(np.concatenate(parts), fps), [0, 1, 2, 3]).scenes
    assert [scene.shot_ids for scene in scenes] == [(1, 2), (3,)]


def test_a_colour_that_returns_after_half_a_minute_is_a_new_scene() -> None:
    parts = [plain(RED, 5), plain(BLUE, 150), plain(RED, 5)]
    scenes = scenes_of(batch(np.concatenate(parts), 5), [0, 1, 31, 32]).scenes
    assert [scene.shot_ids for scene in scenes] == [(1,), (2,), (3,)]


@pytest.mark.parametrize(
    ("colour", "label"),
    [
        ((255, 0, 0), "red"),
        ((255, 130, 0), "orange"),
        ((0, 200, 0), "bright green"),
        ((0, 0, 255), "dim blue"),
        ((20, 20, 22), "dark grey"),
        ((128, 128, 128), "grey"),
        ((240, 240, 240), "bright grey"),
    ],
    ids=str,
)
def test_a_scene_is_called_by_its_light_and_colour(colour: tuple[int, int, int], label: str) -> None:
    assert scenes_of(batch(plain(colour, 5), 5), [0, 1]).scenes[0].label == label


def test_a_plain_scene_coheres_fully_and_a_mixed_one_less() -> None:
    plain_scene = scenes_of(batch(plain(RED, 30)), [0, 1]).scenes[0]
    mixed = np.concatenate([plain(colour, 30) for colour in (RED, BLUE, RED)])
    mixed_scene = scenes_of(batch(mixed), [0, 1, 2, 3]).scenes[0]
    assert plain_scene.cohesion == pytest.approx(1, abs=1e-3)
    assert mixed_scene.cohesion < 0.7


def test_one_picture_is_one_scene() -> None:
    result = scenes_of(batch(plain(RED, 1)), [0, 1 / 30])
    assert [scene.shot_ids for scene in result.scenes] == [(1,)]
    assert result.headline() == "1 scene: red"


def test_the_timeline_tells_each_scene_with_its_shots() -> None:
    frames = batch(np.concatenate([plain(RED, 30), plain(BLUE, 30)]))
    timeline = scenes_of(frames, [0, 1, 2]).timeline()
    assert [(each.start, each.end, each.label, each.text) for each in timeline] == [
        (0, 1, "scene", "red"),
        (1, 2, "scene", "dim blue"),
    ]
    assert timeline[1].data == {"scene_id": 2, "shot_ids": [2]}


def test_scenes_survive_coding_with_cuts_found_by_the_real_analyzer(
    filmed: Callable[..., tuple[object, FrameBatch]],
) -> None:
    one, other = shot(FIRST, 1, fps=15, span=3), shot(SECOND, 1, fps=15, span=3)
    clip = np.concatenate([one, other, one, shot(THIRD, 1, fps=15, span=3)])
    _, frames = filmed(enlarged(clip, 2), EVERY_FRAME, fps=15)
    cuts = CutAnalysis().analyze(Inputs(info(frames), frames))
    result = SceneSegmentation().analyze(Inputs(info(frames), frames, results={CutAnalysis: cuts}))
    assert [scene.shot_ids for scene in result.scenes] == [(1, 2, 3), (4,)]


@pytest.mark.parametrize("name", ["static_room.mp4", "vertical_red_dress.mp4"])
def test_a_real_single_take_is_one_scene(real_clip: Callable[..., tuple[object, FrameBatch]], name: str) -> None:
    _, frames = real_clip(name, EVERY_FRAME)
    cuts = CutAnalysis().analyze(Inputs(info(frames), frames))
    result = SceneSegmentation().analyze(Inputs(info(frames), frames, results={CutAnalysis: cuts}))
    assert [scene.shot_ids for scene in result.scenes] == [(1,)]
