"""Are the effects of an edit told together, each once, and none in ordinary material?"""

import numpy as np
import pytest

from analyzers.contract import Inputs
from analyzers.media import EVERY_FRAME, FLOWING, FrameBatch
from analyzers.picture.camera_analysis import CameraAnalysis
from analyzers.picture.cut_analysis import CutAnalysis
from analyzers.picture.visual_effects import Effect, EffectsResult, VisualEffects
from analyzers.report import nonsense_in
from tests.analyzers.picture.edits import HAND, enlarged_about_the_middle, filmed_by, frozen, panning, slowed
from tests.analyzers.picture.scenes import Pixels, batch, dissolve, info, noisy, still
from tests.analyzers.picture.test_bars import barred
from tests.analyzers.picture.test_filters import toned
from tests.analyzers.picture.test_flashes import lit
from tests.analyzers.picture.test_glitches import apart
from tests.analyzers.picture.test_split_screen import split

REAL = ["vertical_red_dress.mp4", "animation_captions.mp4", "nasa_talk.mp4", "static_room.mp4"]


def effects_of(frames: FrameBatch) -> EffectsResult:
    cuts = CutAnalysis().analyze(Inputs(info(frames), frames))
    return VisualEffects().analyze(Inputs(info(frames), frames, results={CutAnalysis: cuts}))


def told(pixels: Pixels, fps: float = 30) -> list[tuple[str, int, int, str]]:
    """Type, first and last frame and detail of each effect."""
    effects = effects_of(batch(pixels, fps)).effects
    return [(each.type, round(each.start * fps), round(each.end * fps), each.detail) for each in effects]


def turned_green(pixels: Pixels) -> Pixels:
    """Somebody before a green screen."""
    pixels = pixels.copy()
    front = np.zeros(pixels.shape[1:3], bool)
    front[60:, 25:70] = True
    pixels[:, ~front] = (30, 190, 50)
    return noisy(pixels, 2)


@pytest.mark.parametrize(
    ("pixels", "effect"),
    [
        pytest.param(frozen(filmed_by(panning), 40, 90), ("freeze", 40, 90, ""), id="freeze"),
        pytest.param(lit(filmed_by(HAND), 50, [1.0, 1.0]), ("flash", 50, 52, ""), id="flash"),
        pytest.param(slowed(filmed_by(panning), 30, 90, 2), ("slow_motion", 30, 90, ""), id="slow motion"),
        pytest.param(apart(filmed_by(HAND), 50, 56), ("glitch", 50, 56, "colours apart"), id="glitch"),
        pytest.param(toned(filmed_by(HAND), 40, 80, "sepia"), ("filter", 40, 80, "sepia"), id="filter"),
        pytest.param(split(30, 90, 1, 2), ("split_screen", 30, 90, "2 stacked"), id="split screen"),
        pytest.param(
            np.concatenate([filmed_by(HAND)[:60], barred(filmed_by(HAND)[60:], 0.2)]),
            ("letterbox", 60, 120, "top and bottom"),
            id="letterbox",
        ),
        pytest.param(turned_green(filmed_by(HAND)), ("green_screen", 0, 120, ""), id="green screen"),
        pytest.param(
            np.concatenate([filmed_by(panning)[:60], enlarged_about_the_middle(filmed_by(panning)[60:], 1.3)]),
            ("punch_zoom", 60, 60, "in"),
            id="punch zoom",
        ),
    ],
)
def test_an_effect_is_told_once_and_as_nothing_else(pixels, effect):
    [only] = told(pixels)

    assert (only[0], only[3]) == (effect[0], effect[3])
    assert only[1:3] == pytest.approx(effect[1:3], abs=1)


def test_a_dissolve_is_a_transition():
    pixels = dissolve(filmed_by(HAND)[:60], filmed_by(HAND, seed=12)[:60], 15)

    [(name, first, last, detail)] = told(pixels)

    assert (name, detail) == ("transition", "dissolve")
    assert (first, last) == pytest.approx((45, 60), abs=3)


def test_effects_of_one_video_come_in_order_of_time():
    pixels = toned(lit(frozen(filmed_by(panning, 6.0), 30, 50), 80, [1.0]), 110, 140, "tint")

    assert [name for name, *_ in told(pixels)] == ["freeze", "flash", "filter"]


def test_the_headline_counts_effects():
    result = EffectsResult(
        (Effect("flash", 1.0, 1.1, 0.9), Effect("flash", 2.0, 2.1, 0.9), Effect("slow_motion", 3.0, 4.0, 0.9)), ""
    )

    assert result.headline() == "2 flash, 1 slow motion"


@pytest.mark.parametrize(
    "pixels",
    [
        pytest.param(filmed_by(HAND), id="a hand"),
        pytest.param(noisy(still(7, 3), 2), id="a tripod before nobody"),
        pytest.param(still(7, 3), id="a still"),
        pytest.param(np.concatenate([still(seed, 1) for seed in (20, 21, 22)]), id="slides"),
        pytest.param(np.concatenate([filmed_by(HAND)[:45], filmed_by(panning, seed=9)[:45]]), id="a cut"),
    ],
)
def test_ordinary_material_has_no_effects(pixels):
    assert told(pixels) == []


@pytest.mark.integration  # encodes or decodes whole clips
@pytest.mark.parametrize("name", REAL)
def test_real_clips_without_effects_have_none(real_clip, name):
    """They are cut hard, but for the fade that ends animation_captions."""
    video, frames = real_clip(name, EVERY_FRAME)
    _, flowing = real_clip(name, FLOWING)
    cuts = CutAnalysis().analyze(Inputs(video, frames))
    camera = CameraAnalysis().analyze(Inputs(video, flowing, results={CutAnalysis: cuts}))

    result = VisualEffects().analyze(Inputs(video, frames, results={CutAnalysis: cuts, CameraAnalysis: camera}))

    assert [effect for effect in result.effects if effect.type != "transition"] == []


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (31, 700)], ids=str)
@pytest.mark.parametrize("count", [1, 2, 40])
def test_pictures_of_any_size_and_number_have_an_answer_that_makes_sense(size, count):
    pixels = np.random.default_rng(1).integers(0, 256, (count, *size, 3), np.uint8)
    frames = batch(pixels)

    assert nonsense_in(effects_of(frames), info(frames)) == ""


def test_without_cuts_the_answer_is_a_lesser_one():
    frames = batch(filmed_by(HAND))

    result = VisualEffects().analyze(Inputs(info(frames), frames, lacks=("cut_analysis is failed: no memory",)))

    assert result.degraded_because() == "cut_analysis is failed: no memory"
