"""Do shots of one place become one scene, and shots of others not?"""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest

from analyzers.contract import Inputs
from analyzers.media import EVERY_FRAME, FrameBatch
from analyzers.picture.cut_analysis import CutAnalysis, CutResult, Shot
from analyzers.picture.scene_segmentation import SceneResult, SceneSegmentation
from mass_processing.demo.scenery import DAWN, DUSK, GOLD, NIGHT, NOON, Light, scenery
from tests.analyzers.picture.scenes import UPRIGHT, WIDE, Camera, Pixels, batch, enlarged, info, look, noisy, shot

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


@pytest.mark.parametrize(("size", "fps"), [(UPRIGHT, 10), (WIDE, 30)], ids=["upright", "wide"])
def test_two_angles_of_one_place_are_one_scene_and_another_place_is_another(size: tuple[int, int], fps: float) -> None:
    parts = [
        shot(FIRST, 1, fps=fps, size=size, camera=angle(-0.3, 0.2), span=3),
        shot(FIRST, 1, fps=fps, size=size, camera=angle(0.4, -0.3), span=3),
        np.full((round(fps), *size, 3), GREEN, np.uint8),
    ]
    scenes = scenes_of(batch(np.concatenate(parts), fps), [0, 1, 2, 3]).scenes
    assert [scene.shot_ids for scene in scenes] == [(1, 2), (3,)]


def places(names: list[tuple[str, Light]], seed: int = 0) -> Pixels:
    """Ten tripod pictures of each place."""
    return np.concatenate(
        [
            noisy(np.repeat(scenery(place, light, (192, 108), seed + number)[None], 10, axis=0), 2, number)
            for number, (place, light) in enumerate(names)
        ]
    )


@pytest.mark.parametrize("seed", [0, 10, 20])
def test_places_in_different_light_are_as_many_scenes(seed: int) -> None:
    names = [("mountains", GOLD), ("sea", NOON), ("city", NIGHT), ("forest", DAWN), ("dunes", DUSK)]
    scenes = scenes_of(batch(places(names, seed), 10), [0, 1, 2, 3, 4, 5]).scenes
    assert [scene.shot_ids for scene in scenes] == [(1,), (2,), (3,), (4,), (5,)]


def test_a_light_that_returns_over_another_place_does_not_tie_together_what_is_between() -> None:
    names = [("sea", NOON), ("city", NIGHT), ("forest", NOON), ("dunes", DUSK), ("mountains", NOON)]
    scenes = scenes_of(batch(places(names), 10), [0, 1, 2, 3, 4, 5]).scenes
    assert [scene.shot_ids for scene in scenes] == [(1,), (2,), (3,), (4,), (5,)]


@pytest.mark.parametrize("gain", [0.93, 1.07], ids=["darker", "brighter"])
def test_two_places_in_turn_are_one_scene_though_hand_and_light_drift(gain: float) -> None:
    views = [
        scenery(place, light, (192, 108), 3).astype(np.float32) for place, light in [("sea", DAWN), ("city", GOLD)]
    ]
    parts = []
    for number, (x, light) in enumerate([(0.0, 1.0), (0.0, 1.0), (0.03, gain), (-0.03, gain)]):
        picture = np.clip(look(views[number % 2], UPRIGHT, x) * light, 0, 255).astype(np.uint8)
        parts.append(noisy(np.repeat(picture[None], 10, axis=0), 3, number))
    scenes = scenes_of(batch(np.concatenate(parts), 10), [0, 1, 2, 3, 4]).scenes
    assert [scene.shot_ids for scene in scenes] == [(1, 2, 3, 4)]


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
    assert [(each.start, each.end, each.label) for each in timeline] == [(0, 1, "scene"), (1, 2, "scene")]
    assert timeline[1].data == {"scene_id": 2, "looks": "dim blue", "shot_ids": [2]}


def test_scenes_survive_coding_with_cuts_found_by_the_real_analyzer(
    filmed: Callable[..., tuple[object, FrameBatch]],
) -> None:
    one, other = shot(FIRST, 1, fps=15, span=3), shot(SECOND, 1, fps=15, span=3)
    clip = np.concatenate([one, other, one, shot(THIRD, 1, fps=15, span=3)])
    _, frames = filmed(enlarged(clip, 2), EVERY_FRAME, fps=15)
    cuts = CutAnalysis().analyze(Inputs(info(frames), frames))
    result = SceneSegmentation().analyze(Inputs(info(frames), frames, results={CutAnalysis: cuts}))
    assert [scene.shot_ids for scene in result.scenes] == [(1, 2, 3), (4,)]


def test_the_real_close_up_between_two_wide_views_of_a_workshop_belongs_to_their_scene(
    real_clip: Callable[..., tuple[object, FrameBatch]],
) -> None:
    _, frames = real_clip("nasa_talk.mp4", EVERY_FRAME)
    assert [scene.shot_ids for scene in scenes_of(frames, [0, 5.472, 8.008, frames.end]).scenes] == [(1, 2, 3)]
