"""By what is this video known again, when somebody posts it once more?

Key frames on a fixed grid of time (two per second, fewer from 32 s on; so that a copy has them at the same moments,
however it was coded), without bars around the picture: of each the perceptual hash of Zauner (2010) and a sketch
(`picture_hash.py`). The hash of the whole video is that of its mean key frame (Esmaeili, Fatourechi & Ward, "A robust
and fast video copy detection system using content-based fingerprinting", 2011). Of the sound, a fingerprint after
Haitsma & Kalker (`sound/sound_fingerprint.py`). `video_likeness.py` compares two fingerprints. Classical, no model.
Plain pictures (black, one colour, a slope) have no hash; a video of nothing else has none either. It tells copies from
other videos, not two takes of one scene from each other, if these look alike at 16 x 16 cells.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from analyzers.contract import Analyzer, Inputs, Needs, Result, Segment
from analyzers.media import EVERY_FRAME, FrameBatch
from analyzers.picture.bars import Bars, find_bars
from analyzers.picture.cut_analysis import CutAnalysis, Shot
from analyzers.picture.picture_hash import hamming, is_plain, perceptual_hash, sketch
from analyzers.sound.sound_fingerprint import SoundFingerprint

Luma = NDArray[np.uint8]

#: Seconds from one key frame to the next, and of the first; key frames on the grid at most.
_STEP, _FIRST, _MOST = 0.5, 0.2, 64
#: Bits of 64 up to which a key frame shows what the one before it does; then its sketch is not kept again.
_SAME = 2


@dataclass(frozen=True, slots=True)
class KeyFrame:
    """What is kept of one picture."""

    #: Seconds.
    t: float
    #: Perceptual hash, 16 hex digits; empty for a plain picture.
    hash: str
    #: 16 x 16 cells of 64 levels, a digit of base 64 each; empty for a plain picture, and where that of the key frame
    #: before still holds.
    sketch: str


@dataclass(frozen=True, slots=True)
class ShotHashes:
    """What is kept of one shot."""

    #: Seconds, half-open.
    start: float
    end: float
    #: In order of time, at least one.
    key_frames: tuple[KeyFrame, ...]


@dataclass(frozen=True, slots=True)
class VideoFingerprintResult(Result):
    """The fingerprint of a video."""

    #: Perceptual hash of the mean key frame, 16 hex digits; empty when the video is plain throughout.
    video_hash: str
    #: One per shot, in order of time.
    shot_hashes: tuple[ShotHashes, ...]
    #: Eight hex digits per 1/8 s of sound; empty without sound, or in silence.
    audio_hash: str
    #: Seconds.
    duration: float

    def headline(self) -> str:
        shots = f"{len(self.shot_hashes)} shot{'' if len(self.shot_hashes) == 1 else 's'}"
        sound = "and its sound" if self.audio_hash else "without sound"
        return f"{self.video_hash or 'too plain for a hash'}; {shots} {sound}"

    def timeline(self) -> Sequence[Segment]:
        return [
            Segment(shot.start, shot.end, "fingerprint", data={"hashes": [frame.hash for frame in shot.key_frames]})
            for shot in self.shot_hashes
        ]

    @property
    def key_frames(self) -> tuple[KeyFrame, ...]:
        """Those of all shots, in order of time."""
        return tuple(frame for shot in self.shot_hashes for frame in shot.key_frames)


class VideoFingerprint(Analyzer[VideoFingerprintResult]):
    """Hashes key frames and sound, to find reposts and near-duplicates."""

    name = "video_fingerprint"
    version = "1"
    summary = "Perceptual hashes of every shot and of the sound, by which reposts and near-duplicates are found."
    kind = "picture"
    needs = Needs(frames=EVERY_FRAME, may_read=(CutAnalysis, SoundFingerprint))

    def analyze(self, inputs: Inputs) -> VideoFingerprintResult:
        frames = inputs.frames
        cuts = inputs.find(CutAnalysis)
        shots = cuts.shots if cuts is not None else (Shot(0.0, frames.end),)
        indices = _moments(frames, shots)
        bars = find_bars(frames)
        lumas = [_inside(frames.pixels[index], float(frames.times[index]), bars) for index in indices]
        keys = _key_frames(lumas, [float(frames.times[index]) for index in indices])
        sound = inputs.find(SoundFingerprint)
        return VideoFingerprintResult(
            video_hash=_hash_of_all(lumas),
            shot_hashes=_by_shot(keys, shots),
            audio_hash=sound.hash if sound is not None else "",
            duration=round(frames.end, 3),
        )


def _moments(frames: FrameBatch, shots: Sequence[Shot]) -> list[int]:
    """The pictures that are key frames: on the grid, and the middle of each shot that the grid misses."""
    step = _STEP
    while frames.end / step > _MOST:
        step *= 2  # so that the grids of videos of different length share their moments
    grid = np.arange(min(_FIRST, frames.end / 2), frames.end, step)
    shown = np.searchsorted(frames.times, grid + 1e-6, side="right") - 1
    chosen = set(np.clip(shown, 0, len(frames) - 1).tolist())
    times = frames.times
    for shot in shots:
        inside = range(*np.searchsorted(times, [shot.start - 1e-6, shot.end - 1e-6]).tolist())
        if len(inside) and not chosen.intersection(inside):
            chosen.add(inside[len(inside) // 2])
    return sorted(chosen)


def _inside(picture: NDArray[np.uint8], t: float, bars: Sequence[Bars]) -> Luma:
    """The luma of a picture shown at `t`, without the bars around it."""
    luma = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
    height, width = luma.shape
    for each in bars:
        if each.start <= t < each.end:
            rows = slice(round(each.top * height), round((1 - each.bottom) * height))
            columns = slice(round(each.left * width), round((1 - each.right) * width))
            return luma[rows, columns]
    return luma


def _key_frames(lumas: Sequence[Luma], times: Sequence[float]) -> list[KeyFrame]:
    keys: list[KeyFrame] = []
    drawn = ""  # the hash of the last key frame with a sketch
    for luma, t in zip(lumas, times, strict=True):
        if is_plain(luma):
            keys.append(KeyFrame(round(t, 3), "", ""))
            drawn = ""
            continue
        hashed = perceptual_hash(luma)
        same = drawn != "" and hamming(hashed, drawn) <= _SAME
        keys.append(KeyFrame(round(t, 3), hashed, "" if same else sketch(luma)))
        drawn = drawn if same else hashed
    return keys


def _hash_of_all(lumas: Sequence[Luma]) -> str:
    """The hash of the mean of those that are not plain."""
    telling = [cv2.resize(luma, (32, 32), interpolation=cv2.INTER_AREA) for luma in lumas if not is_plain(luma)]
    return perceptual_hash(np.mean(telling, axis=0)) if telling else ""


def _by_shot(keys: Sequence[KeyFrame], shots: Sequence[Shot]) -> tuple[ShotHashes, ...]:
    starts = [shot.start - 1e-6 for shot in shots]
    members: list[list[KeyFrame]] = [[] for _ in shots]
    for key in keys:
        members[max(0, bisect_right(starts, key.t) - 1)].append(key)
    return tuple(
        ShotHashes(round(shot.start, 3), round(shot.end, 3), tuple(inside))
        for shot, inside in zip(shots, members, strict=True)
        if inside
    )
