"""Are cuts found to the frame, soft ones with their extent, and nothing else?"""

from collections.abc import Callable
from itertools import pairwise

import cv2
import numpy as np
import pytest

from analyzers.contract import Inputs
from analyzers.media import EVERY_FRAME, FrameBatch
from analyzers.picture.cut_analysis import Cut, CutAnalysis, CutResult
from mass_processing.demo.scenery import DUSK, GOLD, NIGHT, NOON, scenery
from tests.analyzers.picture.scenes import (
    UPRIGHT,
    WIDE,
    Camera,
    Pixels,
    batch,
    dissolve,
    enlarged,
    faded_in,
    faded_out,
    handheld,
    info,
    look,
    noisy,
    shot,
    still,
    world,
)

every_size = pytest.mark.parametrize("size", [UPRIGHT, WIDE], ids=["upright", "wide"])
every_view = pytest.mark.parametrize(
    ("size", "fps"), [(UPRIGHT, 60), (WIDE, 24)], ids=["upright at 60 per second", "wide at 24 per second"]
)


def cuts_of(frames: FrameBatch) -> CutResult:
    return CutAnalysis().analyze(Inputs(info(frames), frames))


def found(pixels: Pixels, fps: float = 30) -> tuple[Cut, ...]:
    return cuts_of(batch(pixels, fps)).cuts


def overlap(cut: Cut, start: float, end: float) -> float:
    """Intersection over union of a cut's extent and [start, end]."""
    return (min(cut.end, end) - max(cut.start, start)) / (max(cut.end, end) - min(cut.start, start))


CAMERAS: dict[str, Camera | None] = {
    "still": None,
    "handheld": handheld(1, 0.01),
    "shaking": handheld(2, 0.03),
    "panning": lambda t: (0.4 * t - 0.4, 0.0, 1.0, 0.0),
    "zooming": lambda t: (0.0, 0.0, 1.2**t, 0.0),
}


@every_view
def test_hard_cuts_are_exact_to_the_frame_however_the_camera_moves(size: tuple[int, int], fps: float) -> None:
    lengths = [0.8, 0.5, 1.1, 0.6, 0.9]
    parts = [
        noisy(shot(40 + number, seconds, fps=fps, size=size, camera=camera), 4, number)
        for number, (seconds, camera) in enumerate(zip(lengths, CAMERAS.values(), strict=True))
    ]
    truth = np.cumsum([len(part) for part in parts])[:-1] / fps

    cuts = found(np.concatenate(parts), fps)

    assert [cut.type for cut in cuts] == ["cut"] * 4
    assert [cut.t for cut in cuts] == pytest.approx(truth.tolist(), abs=1e-6)


@every_size
def test_a_montage_of_shots_of_five_frames_is_cut_everywhere(size: tuple[int, int]) -> None:
    parts = [still(60 + number, 5 / 30, size=size) for number in range(12)]
    assert [round(cut.t * 30) for cut in found(np.concatenate(parts))] == list(range(5, 60, 5))


def test_cuts_in_a_dark_room_are_found() -> None:
    parts = [noisy((still(80 + number, 0.7) * 0.2).astype(np.uint8), 2, number) for number in range(4)]
    assert [round(cut.t * 30) for cut in found(np.concatenate(parts))] == [21, 42, 63]


def test_cuts_between_plain_colours_are_found() -> None:
    colours = [(255, 0, 0), (0, 0, 255), (0, 200, 0), (20, 20, 20), (255, 255, 255), (128, 128, 128)]
    parts = [np.full((20, *UPRIGHT, 3), colour, np.uint8) for colour in colours]
    assert [round(cut.t * 30) for cut in found(np.concatenate(parts))] == [20, 40, 60, 80, 100]


@pytest.mark.parametrize("bar", [0, 255], ids=["black bars", "white bars"])
def test_cuts_in_a_wide_picture_between_bars_with_a_caption_are_found(bar: int) -> None:
    parts = []
    for number in range(4):
        pixels = np.full((20, 170, 96, 3), bar, np.uint8)
        pixels[:, 58:112] = shot(300 + number, 20 / 30, size=(54, 96), camera=handheld(number, 0.01))
        for frame in pixels:
            cv2.putText(frame, "Caption", (5, 140), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (255 - bar,) * 3)
        parts.append(pixels)
    assert [round(cut.t * 30) for cut in found(np.concatenate(parts))] == [20, 40, 60]


@pytest.mark.parametrize("seeds", [(0, 3), (1, 0), (2, 0)], ids=str)
def test_cuts_between_landscapes_are_found_however_dark_or_bright_they_are(seeds: tuple[int, int]) -> None:
    # Every one has a bright sky over darker ground, so that the tones of one nearly follow from those of another.
    places = [("mountains", GOLD), ("forest", NOON), ("forest", GOLD), ("forest", DUSK), ("sea", NIGHT), ("city", NOON)]
    parts = [
        noisy(np.repeat(scenery(place, light, (192, 108), seeds[number % 2])[None], 12, axis=0), 2, number)
        for number, (place, light) in enumerate(places)
    ]
    for clip in (parts, parts[::-1]):
        assert [round(cut.t * 30) for cut in found(np.concatenate(clip))] == [12, 24, 36, 48, 60]


def test_a_landscape_is_not_cut_when_its_light_changes_for_good() -> None:
    for place in ("mountains", "forest", "city"):
        pixels = np.repeat(scenery(place, NOON, (192, 108), 4)[None], 60, axis=0).astype(np.float64)
        pixels[30:] = 255 * (pixels[30:] / 255) ** 2.5 * 0.5
        assert found(noisy(pixels.astype(np.uint8), 2)) == ()


def test_a_cut_with_one_blended_frame_is_one_cut() -> None:
    first, second = still(1, 1), still(2, 1)
    blend = ((first[-1:].astype(int) + second[:1]) // 2).astype(np.uint8)
    cuts = found(np.concatenate([first, blend, second]))
    assert [cut.type for cut in cuts] == ["cut"]
    assert round(cuts[0].t * 30) in (30, 31)


def test_variable_frame_rate_cuts_are_told_in_presentation_time() -> None:
    times = np.cumsum(np.random.default_rng(3).choice([1 / 60, 1 / 30, 1 / 20], 90)) - 1 / 60
    pixels = np.concatenate([still(1, 1), still(2, 2)])
    frames = FrameBatch(pixels, times - times[0], float(times[-1] - times[0] + 1 / 30))
    assert [cut.t for cut in cuts_of(frames).cuts] == [pytest.approx(frames.times[30])]


@every_view
@pytest.mark.parametrize("seconds", [0.25, 1.0])
@pytest.mark.parametrize("cameras", [("still", "zooming"), ("handheld", "shaking")], ids=str)
def test_a_dissolve_is_found_with_its_extent(
    size: tuple[int, int], fps: float, seconds: float, cameras: tuple[str, str]
) -> None:
    first, second = (
        noisy(shot(21 + number, 2.5, fps=fps, size=size, camera=CAMERAS[name]), 4, number)
        for number, name in enumerate(cameras)
    )
    cuts = found(dissolve(first, second, round(seconds * fps)), fps)
    assert [cut.type for cut in cuts] == ["dissolve"]
    assert overlap(cuts[0], 2.5 - seconds, 2.5) > 0.5


@every_view
@pytest.mark.parametrize("seconds", [0.25, 1.0])
def test_a_fade_to_black_is_found_with_its_extent(size: tuple[int, int], fps: float, seconds: float) -> None:
    picture = shot(21, 2, fps=fps, size=size, camera=handheld(1, 0.01))
    black = np.zeros((round(0.3 * fps), *size, 3), np.uint8)
    cuts = found(np.concatenate([faded_out(picture, round(seconds * fps)), black]), fps)
    assert [cut.type for cut in cuts] == ["fade_out"]
    assert overlap(cuts[0], 2 - seconds, 2) > 0.5


@every_view
@pytest.mark.parametrize("seconds", [0.25, 1.0])
def test_a_fade_from_black_is_found_with_its_extent(size: tuple[int, int], fps: float, seconds: float) -> None:
    cuts = found(faded_in(shot(22, 2, fps=fps, size=size, camera=handheld(1, 0.01)), round(seconds * fps)), fps)
    assert [cut.type for cut in cuts] == ["fade_in"]
    assert overlap(cuts[0], 0, seconds) > 0.5


def flashed(pixels: Pixels, frames: int, by: int) -> Pixels:
    bright = pixels.copy()
    bright[30 : 30 + frames] = np.clip(bright[30 : 30 + frames].astype(int) + by, 0, 255)
    return bright


def strobing(pixels: Pixels, period: int) -> Pixels:
    lit = pixels.astype(int)
    lit[np.arange(len(lit)) // period % 2 == 1] += 120
    return np.clip(lit, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("frames", [1, 4])
@pytest.mark.parametrize("by", [80, 255, -255], ids=["brighter", "white", "black"])
@pytest.mark.parametrize(("size", "camera"), [(UPRIGHT, "still"), (WIDE, "panning")], ids=["still", "panning"])
def test_a_flash_is_no_cut(size: tuple[int, int], frames: int, by: int, camera: str) -> None:
    assert found(flashed(shot(7, 2, size=size, camera=CAMERAS[camera]), frames, by)) == ()


@every_size
@pytest.mark.parametrize("period", [1, 2, 4])
def test_strobing_is_no_cut(size: tuple[int, int], period: int) -> None:
    assert found(strobing(shot(7, 2, size=size, camera=CAMERAS["handheld"]), period)) == ()


def test_a_flash_that_dies_away_is_no_cut() -> None:
    pixels = still(7, 2).astype(np.float64)
    glow = np.exp(-np.arange(len(pixels) - 30) / 4)[:, None, None, None]
    pixels[30:] += glow * (255 - pixels[30:])
    assert found(np.rint(pixels).astype(np.uint8)) == ()


@every_size
@pytest.mark.parametrize("speed", [1, 3])
@pytest.mark.parametrize("blur", [1, 8], ids=["sharp", "smeared"])
def test_a_whip_pan_is_no_cut(size: tuple[int, int], speed: float, blur: int) -> None:
    def where(t: float) -> tuple[float, float, float, float]:
        return speed * float(np.clip(t - 0.7, 0, 0.3)) - 1, 0.0, 1.0, 0.0

    assert found(shot(8, 1.8, size=size, camera=where, blur=blur, span=8)) == ()


@every_size
@pytest.mark.parametrize("times", [2.0, 1 / 1.5])
@pytest.mark.parametrize("seconds", [0.1, 0.3])
def test_a_fast_zoom_is_no_cut(size: tuple[int, int], times: float, seconds: float) -> None:
    def where(t: float) -> tuple[float, float, float, float]:
        return 0.0, 0.0, float(times ** np.clip((t - 0.7) / seconds, 0, 1)), 0.0

    # At 60 per second: a third more or less per frame is the most that is tried.
    assert found(shot(10, 1.8, fps=60, size=size, camera=where), 60) == ()


@every_size
@pytest.mark.parametrize("strength", [0.02, 0.1])
def test_shaking_is_no_cut(size: tuple[int, int], strength: float) -> None:
    assert found(noisy(shot(12, 3, size=size, camera=handheld(4, strength)), 4)) == ()


@every_size
@pytest.mark.parametrize("frames", [4, 15])
def test_an_object_that_enters_and_covers_half_of_the_picture_is_no_cut(size: tuple[int, int], frames: int) -> None:
    pixels, thing = shot(13, 2, size=size, camera=CAMERAS["handheld"]), look(world(14, size[1]), size)
    for index, frame in enumerate(pixels):
        columns = round(float(np.clip((index - 30) / frames, 0, 1)) * size[1] / 2)
        frame[:, :columns] = thing[:, size[1] - columns :]
    assert found(pixels) == ()


@every_size
@pytest.mark.parametrize("share", [0.1, 0.25, 0.4])
def test_a_caption_box_that_pops_up_is_no_cut(size: tuple[int, int], share: float) -> None:
    pixels = still(15, 2, size=size).copy()
    top, bottom = round(size[0] * (1 - share) / 2), round(size[0] * (1 + share) / 2)
    pixels[30:, top:bottom] = 255
    for frame in pixels[30:]:
        cv2.putText(frame, "POP UP", (3, size[0] // 2 + 4), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (255, 0, 0), 2)
    assert found(pixels) == ()


@pytest.mark.parametrize("colour", [0, 255, 90], ids=["black", "white", "grey"])
def test_text_that_appears_on_a_plain_card_is_no_cut(colour: int) -> None:
    pixels = np.full((60, *UPRIGHT, 3), colour, np.uint8)
    for line, text in enumerate(["HELLO", "WORLD", "again", "more"]):
        for frame in pixels[15 * line :]:
            place = (4, 30 + 18 * line)
            cv2.putText(frame, text, place, cv2.FONT_HERSHEY_SIMPLEX, 0.55, (255 - colour, 200, 80), 2)
    assert found(pixels) == ()


@pytest.mark.parametrize("speed", [0.05, 0.2, 0.8])
def test_a_slow_pan_is_no_dissolve(speed: float) -> None:
    assert found(shot(5, 3, camera=lambda t: (speed * t - 1, 0.0, 1.0, 0.0), span=8)) == ()


def test_shots_cover_the_video_and_are_parted_at_cuts_and_in_the_middle_of_dissolves() -> None:
    clip = np.concatenate([still(1, 1), dissolve(still(2, 2), still(3, 2), 15)])
    result = cuts_of(batch(clip))
    edges = [result.shots[0].start, *(each.end for each in result.shots)]
    assert edges == pytest.approx([0, 1, 2.75, 4.5], abs=0.05)
    assert all(one.end == other.start for one, other in pairwise(result.shots))
    assert result.cuts_per_minute == pytest.approx(2 / 4.5 * 60, abs=0.01)
    assert result.average_shot_length == pytest.approx(1.5, abs=0.001)


def test_a_fade_out_and_in_again_is_one_change_of_shot_and_a_fade_at_the_end_is_none() -> None:
    black = np.zeros((15, *UPRIGHT, 3), np.uint8)
    clip = np.concatenate([faded_out(still(1, 2), 15), black, faded_out(faded_in(still(2, 2), 15), 15), black])
    result = cuts_of(batch(clip))
    assert [cut.type for cut in result.cuts] == ["fade_out", "fade_in", "fade_out"]
    assert [each.start for each in result.shots] == [0, pytest.approx(2.25, abs=0.1)]


def test_one_picture_is_one_shot() -> None:
    result = cuts_of(batch(still(1, 1 / 30)))
    assert result.cuts == ()
    assert len(result.shots) == 1
    assert result.headline() == "one shot of 0.0 s"


def test_the_timeline_is_sorted_and_holds_cuts_and_shots() -> None:
    timeline = cuts_of(batch(np.concatenate([still(1, 1), still(2, 1)]))).timeline()
    assert [(each.label, each.start, each.end) for each in timeline] == [
        ("shot", 0.0, 1.0),
        ("cut", 1.0, 1.0),
        ("shot", 1.0, 2.0),
    ]


@pytest.mark.parametrize("bit_rate", [None, 300_000], ids=["good quality", "poor quality"])
def test_cuts_and_a_dissolve_survive_coding(
    filmed: Callable[..., tuple[object, FrameBatch]], bit_rate: int | None
) -> None:
    parts = [shot(31, 1.2, camera=handheld(1, 0.01)), shot(32, 0.8), dissolve(shot(33, 1.5), shot(34, 1.5), 15)]
    _, frames = filmed(enlarged(np.concatenate(parts), 2), EVERY_FRAME, fps=30, bit_rate=bit_rate)

    cuts = cuts_of(frames).cuts

    assert [cut.type for cut in cuts] == ["cut", "cut", "dissolve"]
    assert [cut.t for cut in cuts[:2]] == pytest.approx([1.2, 2.0], abs=1e-3)
    assert overlap(cuts[2], 3.0, 3.5) > 0.5


@pytest.mark.parametrize(
    ("name", "truth"),
    [
        ("vertical_red_dress.mp4", []),
        ("animation_captions.mp4", [6.0, 9.875]),
        ("nasa_talk.mp4", [8.008]),
        ("static_room.mp4", []),
    ],
)
def test_hard_cuts_of_real_clips(
    real_clip: Callable[..., tuple[object, FrameBatch]], name: str, truth: list[float]
) -> None:
    _, frames = real_clip(name, EVERY_FRAME)
    cuts = [cut.t for cut in cuts_of(frames).cuts if cut.type == "cut"]
    assert cuts == pytest.approx(truth, abs=1e-3)


def test_the_real_dissolve_between_two_talks_is_found_and_no_other(
    real_clip: Callable[..., tuple[object, FrameBatch]],
) -> None:
    # Seen by eye, frame by frame: the second picture first shines through at 4.97 s and stands alone at 5.97 s.
    _, frames = real_clip("nasa_talk.mp4", EVERY_FRAME)
    soft = [cut for cut in cuts_of(frames).cuts if cut.type != "cut"]
    assert [cut.type for cut in soft] == ["dissolve"]
    assert overlap(soft[0], 4.97, 5.97) > 0.9
