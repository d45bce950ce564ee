"""Is a copy known again, and no other video taken for it?

Originals and copies go through encoder and decoder. The thousand others are made straight as the small view has them.
"""

from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest

from analyzers.contract import Inputs
from analyzers.decode import decode
from analyzers.media import EVERY_FRAME, Frames
from analyzers.picture.cut_analysis import CutAnalysis
from analyzers.picture.video_fingerprint import VideoFingerprint, VideoFingerprintResult
from analyzers.picture.video_likeness import compare
from analyzers.sound.sound_fingerprint import SoundFingerprint, SoundPrint
from mass_processing.demo.encode import write_clip
from mass_processing.demo.scenery import DAWN, GOLD, NOON, scenery
from tests.analyzers.clips import MEDIA
from tests.analyzers.picture import many_clips
from tests.analyzers.picture.copies import COPIES, FPS
from tests.analyzers.picture.scenes import batch, handheld, info, shot, still

SIZE = (480, 270)
ORIGINALS = ("a hand-held shot", "four cuts", "three places", "vertical_red_dress")
#: For each of so many originals, so many other videos.
OTHERS = 1000


def pictures_of(name: str) -> list[np.ndarray]:
    """Four or five seconds at 24 pictures per second."""
    if name == "a pan":
        return list(shot(5, 5, fps=24, size=SIZE, camera=lambda t: (0.15 * t, 0, 1, 0)))
    if name == "a hand-held shot":
        return list(shot(6, 5, fps=24, size=SIZE, camera=handheld(3)))
    if name == "four cuts":
        return [picture for seed in (11, 12, 13, 14) for picture in still(seed, 1.3, fps=24, size=SIZE)]
    if name == "three places":
        kinds = (("city", DAWN), ("sea", NOON), ("forest", GOLD))
        return [place for kind, light in kinds for place in [scenery(kind, light, SIZE, 7)] * 40]
    path = MEDIA / f"{name}.mp4"
    if not path.is_file():
        pytest.skip(f"the real clip {path.name} is not in {MEDIA}")
    view = Frames(fps=24.0, short_side=360)
    with TemporaryDirectory() as scratch, decode(path, [view], [], scratch=Path(scratch)) as decoded:
        pixels = decoded.frames[view].pixels[:120]
    height, width = (side // 2 * 2 for side in pixels.shape[1:3])
    return list(pixels[:, :height, :width])


def fingerprint(path: Path, scratch: Path) -> VideoFingerprintResult:
    with decode(path, [EVERY_FRAME], [], scratch=scratch) as decoded:
        frames = decoded.frames[EVERY_FRAME]
        cuts = CutAnalysis().analyze(Inputs(decoded.video, frames))
        return VideoFingerprint().analyze(Inputs(decoded.video, frames, results={CutAnalysis: cuts}))


def of_view(pixels: np.ndarray, sound: str = "") -> VideoFingerprintResult:
    frames = batch(pixels, many_clips.FPS)
    results = {SoundFingerprint: SoundPrint(sound)}
    return VideoFingerprint().analyze(Inputs(info(frames), frames, results=results))


@pytest.fixture(scope="module")
def originals(tmp_path_factory):
    """A name → its pictures and its fingerprint, each made once."""
    folder = tmp_path_factory.mktemp("originals")
    made = {}

    def original(name):
        if name not in made:
            pictures = pictures_of(name)
            made[name] = pictures, fingerprint(write_clip(folder / f"{len(made)}.mp4", pictures, fps=FPS), folder)
        return made[name]

    return original


@pytest.mark.integration  # encodes or decodes whole clips
@pytest.mark.parametrize("copy", COPIES)
@pytest.mark.parametrize("name", ORIGINALS)
def test_a_copy_is_known_again(originals, tmp_path, name, copy):
    pictures, original = originals(name)
    change, coding = COPIES[copy]
    every = int(coding.get("every", 1))
    changed = [change(picture) for picture in pictures[::every]]
    path = write_clip(tmp_path / "copy.mp4", changed, fps=Fraction(FPS, every), bit_rate=coding.get("bit_rate"))

    likeness = compare(original, fingerprint(path, tmp_path))

    assert likeness.same_video, likeness
    assert likeness.mirrored == ("mirrored" in copy)


def test_a_crop_is_told(originals, tmp_path):
    pictures, original = originals("four cuts")
    change, _ = COPIES["cropped by a tenth at two sides"]

    likeness = compare(original, fingerprint(write_clip(tmp_path / "c.mp4", map(change, pictures), fps=FPS), tmp_path))

    assert likeness.window == pytest.approx((0.1, 0.0, 1.0, 0.9), abs=0.05)


@pytest.mark.integration  # encodes or decodes whole clips
@pytest.mark.parametrize("name", ["a pan", "four cuts"])
def test_a_copy_that_begins_later_is_known_again(originals, tmp_path, name):
    pictures, original = originals(name)

    likeness = compare(original, fingerprint(write_clip(tmp_path / "copy.mp4", pictures[26:], fps=FPS), tmp_path))

    assert likeness.same_video
    assert likeness.offset == pytest.approx(-26 / 24, abs=0.25)


def test_it_does_not_matter_which_is_the_copy(originals):
    (_, one), (_, other) = originals("a pan"), originals("four cuts")

    assert not compare(one, other).same_video
    assert not compare(other, one).same_video
    assert compare(one, one).score == 1.0


@pytest.mark.timeout(300)
@pytest.mark.integration
def test_none_of_a_thousand_other_clips_is_taken_for_one_of_three(originals):
    """Worlds, places, textures, shapes, slopes, stripes, cards, noise; flat and dark ones, which all look alike."""
    known = [originals(name)[1] for name in ("a hand-held shot", "three places")]
    known.append(of_view(many_clips.clip(2 * OTHERS + 2)))  # one of their own kind: a place
    others = [of_view(many_clips.clip(number)) for number in range(OTHERS)]

    mistaken = [
        (which, number)
        for which, original in enumerate(known)
        for number, other in enumerate(others)
        if compare(original, other).same_video
    ]

    assert mistaken == []


@pytest.mark.parametrize("kind", range(9, 11), ids=["flat", "dark"])
def test_flat_and_dark_clips_are_not_taken_for_each_other(kind):
    clips = [of_view(many_clips.clip(11 * number + kind)) for number in range(12)]

    assert not any(compare(one, other).same_video for at, one in enumerate(clips) for other in clips[:at])


def test_black_videos_are_no_copies_of_each_other():
    black = of_view(np.zeros((20, 170, 96, 3), np.uint8))

    likeness = compare(black, black)

    assert not likeness.same_video
    assert "plain" in likeness.reason


def test_one_song_behind_two_videos_makes_no_copy():
    song = "".join(f"{word:08x}" for word in np.random.default_rng(0).integers(1, 2**32, 80).tolist())
    one, other = of_view(many_clips.clip(0), song), of_view(many_clips.clip(1), song)

    likeness = compare(one, other)

    assert likeness.same_sound
    assert not likeness.same_video


def test_a_single_picture_is_known_in_its_mirror_image():
    picture = many_clips.clip(0)[:1]

    likeness = compare(of_view(picture), of_view(picture[:, :, ::-1].copy()))

    assert (likeness.same_video, likeness.mirrored) == (True, True)
