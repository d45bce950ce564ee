"""Is what the demo's clips are said to hold really in them?"""

import json
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from mass_processing.demo.clips import DemoClip, make_clips
from mass_processing.demo.storyboards import STORYBOARDS, truth_of

pytestmark = pytest.mark.integration

#: Small pictures are painted and coded in a few seconds; the times are those of the full size.
SCALE = 0.125
NAMES = [board.name for board in STORYBOARDS]


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> dict[str, DemoClip]:
    return {clip.name: clip for clip in make_clips(tmp_path_factory.mktemp("clips"), scale=SCALE)}


@pytest.fixture(scope="module")
def pictures(clips: dict[str, DemoClip]) -> dict[str, NDArray[np.float32]]:
    """All frames of each clip as brightness, decoded by PyAV."""
    found = {}
    for name, clip in clips.items():
        with av.open(str(clip.path)) as container:
            frames = [frame.to_ndarray(format="gray") for frame in container.decode(video=0)]
        found[name] = np.stack(frames).astype(np.float32)
    return found


@pytest.fixture(scope="module")
def sounds(clips: dict[str, DemoClip]) -> dict[str, NDArray[np.float32]]:
    """The sound of each clip at 48 kHz, (n,)."""
    found = {}
    for name, clip in clips.items():
        with av.open(str(clip.path)) as container:
            found[name] = np.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0)])
    return found


def loudness(sound: NDArray[np.float32], start: float, end: float) -> float:
    part = sound[round(start * 48_000) : round(end * 48_000)]
    return float(np.sqrt(np.mean(part**2)))


@pytest.mark.parametrize("name", NAMES)
def test_the_file_has_the_length_size_rate_and_codecs_of_its_truth(clips: dict[str, DemoClip], name: str) -> None:
    truth = clips[name].truth
    with av.open(str(clips[name].path)) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        assert (video.width, video.height) == (truth["width"], truth["height"])
        assert (video.codec_context.name, audio.codec_context.name) == (truth["video_codec"], truth["audio_codec"])
        assert video.average_rate == truth["fps"]
        assert video.frames == truth["duration"] * truth["fps"]
        assert video.duration is not None
        assert video.time_base is not None
        assert float(video.duration * video.time_base) == pytest.approx(truth["duration"], abs=0.001)


def test_together_they_hold_all_that_the_analyzers_look_for(clips: dict[str, DemoClip]) -> None:
    truths = [clip.truth for clip in clips.values()]
    motions = {camera["motion"] for truth in truths for camera in truth["camera"]}
    assert {"static", "pan_right", "zoom_in", "zoom_out"} <= motions
    assert all(truth["texts"] for truth in truths)
    assert any(truth["dissolves"] for truth in truths)
    assert any(truth["speech"] for truth in truths)
    assert {truth["bpm"] for truth in truths} == {120.0, None}
    assert all(15 <= truth["duration"] <= 20 for truth in truths)


def test_at_full_size_they_are_vertical_1080_by_1920() -> None:
    truth = truth_of(STORYBOARDS[0], (1920, 1080))
    assert (truth["width"], truth["height"]) == (1080, 1920)


@pytest.mark.parametrize("name", NAMES)
def test_the_picture_changes_at_once_exactly_at_the_cuts(
    clips: dict[str, DemoClip], pictures: dict[str, NDArray[np.float32]], name: str
) -> None:
    changes = np.abs(np.diff(pictures[name], axis=0)).mean(axis=(1, 2))
    cuts = [round(cut * 30) for cut in clips[name].truth["cuts"]]
    assert sorted(int(index) + 1 for index in np.argsort(changes)[::-1][: len(cuts)]) == cuts


def test_every_cut_of_the_clip_with_a_beat_is_on_a_beat(clips: dict[str, DemoClip]) -> None:
    truth = clips["eight-places-on-the-beat"].truth
    assert len(truth["cuts"]) == 7
    assert set(truth["cuts"]) <= set(truth["beats"])


def test_the_beats_sound_when_they_should(clips: dict[str, DemoClip], sounds: dict[str, NDArray[np.float32]]) -> None:
    sound, beats = sounds["eight-places-on-the-beat"], clips["eight-places-on-the-beat"].truth["beats"]
    assert len(beats) == 32
    assert all(loudness(sound, beat, beat + 0.05) > 5 * loudness(sound, beat + 0.35, beat + 0.45) for beat in beats)


@pytest.mark.parametrize("name", ["a-morning-told", "a-walk-through-town"])
def test_it_is_loud_where_somebody_speaks_and_silent_outside(
    clips: dict[str, DemoClip], sounds: dict[str, NDArray[np.float32]], name: str
) -> None:
    truth = clips[name].truth
    spoken = np.zeros(round(truth["duration"] * 100), bool)
    for phrase in truth["speech"]:
        assert loudness(sounds[name], phrase["start"], phrase["end"]) > 0.03
        spoken[round(phrase["start"] * 100) - 15 : round(phrase["end"] * 100) + 15] = True
    silent = np.flatnonzero(~spoken) / 100
    assert all(loudness(sounds[name], time, time + 0.01) < 0.005 for time in silent)


@pytest.mark.parametrize("name", NAMES)
def test_a_caption_covers_its_box_in_its_time_and_no_longer(
    clips: dict[str, DemoClip], pictures: dict[str, NDArray[np.float32]], name: str
) -> None:
    """White letters on a dark plate: the contrast in the box is far higher with the caption."""
    height, width = pictures[name].shape[1:]
    for text in clips[name].truth["texts"]:
        x1, y1, x2, y2 = text["box"]
        box = pictures[name][:, round(y1 * height) : round(y2 * height), round(x1 * width) : round(x2 * width)]
        first, last = round(text["start"] * 30), round(text["end"] * 30) - 1
        assert np.abs(box[first] - box[first - 1]).mean() > 30
        assert np.abs(box[last] - box[last + 1]).mean() > 30


def shift_and_growth(before: NDArray[np.float32], after: NDArray[np.float32]) -> tuple[float, float]:
    """Share of the width that the view went right, and the factor things grew by; from tracked corners (OpenCV)."""
    first, second = before.astype(np.uint8), after.astype(np.uint8)
    corners: Any = cv2.goodFeaturesToTrack(first, 200, 0.01, 4)
    moved, found, _ = cv2.calcOpticalFlowPyrLK(first, second, corners, corners.copy())
    kept = found.ravel() == 1
    matrix, _ = cv2.estimateAffinePartial2D(corners[kept], moved[kept])
    return -float(matrix[0, 2]) / before.shape[1], float(np.hypot(matrix[0, 0], matrix[1, 0]))


@pytest.mark.parametrize("name", ["a-morning-told", "a-walk-through-town"])
def test_the_camera_moves_as_it_is_said_to(
    clips: dict[str, DemoClip], pictures: dict[str, NDArray[np.float32]], name: str
) -> None:
    for camera in clips[name].truth["camera"]:
        middle = round((camera["start"] + camera["end"]) / 2 * 30)
        shift, growth = shift_and_growth(pictures[name][middle], pictures[name][middle + 6])
        assert growth == pytest.approx(camera["zoom"] ** 0.2, abs=0.003)
        if camera["motion"].startswith("pan") or camera["motion"] == "static":
            assert shift == pytest.approx(camera["pan"] * 0.2, abs=0.003)


def test_the_dissolve_goes_evenly_from_one_picture_to_the_other(
    clips: dict[str, DemoClip], pictures: dict[str, NDArray[np.float32]]
) -> None:
    (dissolve,) = clips["a-morning-told"].truth["dissolves"]
    seen = pictures["a-morning-told"][:, 120:]  # the sky has a balloon
    before, after = seen[round(dissolve["start"] * 30) - 1], seen[round(dissolve["end"] * 30) + 1]
    middle = seen[round((dissolve["start"] + dissolve["end"]) / 2 * 30)]
    assert np.abs(middle - (before + after) / 2).mean() < 3
    assert np.abs(before - after).mean() > 12


@pytest.mark.parametrize("name", NAMES)
def test_the_truth_lies_beside_the_clip(clips: dict[str, DemoClip], name: str) -> None:
    written = json.loads(clips[name].path.with_suffix(".truth.json").read_text(encoding="utf-8"))
    assert written == clips[name].truth


def test_whole_clips_are_kept_and_a_cut_short_one_is_made_anew(clips: dict[str, DemoClip]) -> None:
    kept, broken, other = (clips[name].path for name in NAMES)
    stamps = {path: path.stat().st_mtime_ns for path in (kept, broken, other)}
    whole = broken.stat().st_size
    broken.write_bytes(broken.read_bytes()[: whole // 2])
    make_clips(kept.parent, scale=SCALE)
    assert [path.stat().st_mtime_ns == stamps[path] for path in (kept, broken, other)] == [True, False, True]
    assert broken.stat().st_size == whole


def test_a_folder_that_can_not_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"):
        make_clips(tmp_path / "file" / "clips", scale=SCALE)
