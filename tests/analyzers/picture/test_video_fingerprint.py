"""Has every shot hashes, in pictures and in sound, whatever the video?"""

import json
import re

import numpy as np
import pytest

from analyzers.contract import Inputs, Status
from analyzers.jsonable import jsonable
from analyzers.models import Device, ModelShelf
from analyzers.picture.cut_analysis import CutAnalysis, CutResult, Shot
from analyzers.picture.picture_hash import hamming
from analyzers.picture.video_fingerprint import VideoFingerprint
from analyzers.picture.video_likeness import fingerprint_of
from analyzers.run import analyze_video
from mass_processing.demo.encode import write_clip
from mass_processing.demo.sounds import speech_like
from tests.analyzers.picture.scenes import batch, enlarged, handheld, info, shot, still

HASH = re.compile(r"[0-9a-f]{16}")


def fingerprint(pixels, fps=30.0, shots=None):
    frames = batch(pixels, fps)
    results = {CutAnalysis: CutResult((), shots, 0.0, 0.0)} if shots else {}
    return VideoFingerprint().analyze(Inputs(info(frames), frames, results=results))


def test_hashes_are_sixteen_hex_digits_each():
    result = fingerprint(shot(1, 3.0, camera=handheld(1)))

    assert HASH.fullmatch(result.video_hash)
    assert all(HASH.fullmatch(frame.hash) for frame in result.key_frames)


def test_there_are_two_key_frames_per_second():
    assert [frame.t for frame in fingerprint(still(1, 3.0)).key_frames] == pytest.approx(
        [0.2, 0.7, 1.2, 1.7, 2.2, 2.7], abs=1 / 30
    )


def test_a_long_video_has_64_key_frames_at_most_at_moments_a_shorter_one_has_too():
    long = fingerprint(still(1, 100.0, fps=4), fps=4.0)
    short = fingerprint(still(1, 30.0, fps=4), fps=4.0)

    times = [frame.t for frame in long.key_frames]
    assert 32 <= len(times) <= 64
    assert {t for t in times if t < 30} <= {frame.t for frame in short.key_frames}


def test_every_shot_has_a_key_frame_though_it_be_short():
    pixels = np.concatenate([still(seed, 0.2) for seed in range(10)])
    shots = tuple(Shot(0.2 * number, 0.2 * number + 0.2) for number in range(10))

    result = fingerprint(pixels, shots=shots)

    assert [(shot.start, len(shot.key_frames)) for shot in result.shot_hashes] == [
        (pytest.approx(0.2 * number), 1) for number in range(10)
    ]


def test_a_single_picture_has_a_hash():
    result = fingerprint(still(1, 1.0)[:1])

    assert HASH.fullmatch(result.video_hash)
    assert len(result.key_frames) == 1


@pytest.mark.parametrize("size", [(1, 1), (2, 300), (170, 96)])
def test_a_black_video_has_no_hash(size):
    result = fingerprint(np.zeros((30, *size, 3), np.uint8))

    assert result.video_hash == ""
    assert "plain" in result.headline()


def test_a_still_keeps_one_sketch():
    assert sum(frame.sketch != "" for frame in fingerprint(still(1, 20.0)).key_frames) == 1


def test_bars_around_the_picture_do_not_change_its_hash():
    plain = shot(3, 2.0, camera=handheld(3))
    barred = np.pad(plain, ((0, 0), (40, 40), (0, 0), (0, 0)))

    assert hamming(fingerprint(plain).video_hash, fingerprint(barred).video_hash) <= 6


def test_a_stored_fingerprint_is_read_back():
    result = fingerprint(shot(1, 3.0, camera=handheld(1)))

    assert fingerprint_of(json.loads(json.dumps(jsonable(result)))) == result


@pytest.mark.parametrize("sound", [True, False], ids=["with sound", "without sound"])
def test_it_answers_with_and_without_sound(tmp_path, sound):
    samples = speech_like(3.0) if sound else None
    clip = write_clip(tmp_path / "clip.mp4", enlarged(still(1, 3.0), 2), sound=samples)

    analysis = analyze_video(clip, [VideoFingerprint], ModelShelf(Device()), scratch=tmp_path)

    outcome = analysis.outcomes[0]
    assert outcome.status is Status.OK
    assert bool(outcome.result.audio_hash) == sound
