"""Are two videos the same one, posted twice: coded again, cropped, mirrored, with a caption burnt in, cut shorter?

From two fingerprints alone. The sketches of one are compared with what those of the other would be after a crop of up
to a fifth, a mirror, or both (`geometries`); the one that explains most, at the one shift in time that lines most key
frames up, decides. Sketches are whitened, for nature is smooth and any two landscapes correlate (Attneave; Field 1987),
and clipped, so that a caption counts for no more than its area. What a correlation is worth depends on how much the
pictures hold: it is weighed by their effective number of independent cells (Bartlett), over all that is new from one
key frame to the next. So blank cards and blobs of light, which always look alike, prove nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.fft import dctn, idctn

from analyzers.picture.picture_hash import CELLS, unpacked, without_slopes
from analyzers.picture.video_fingerprint import KeyFrame, ShotHashes, VideoFingerprintResult
from analyzers.sound.sound_fingerprint import SAME_SOUND, sound_likeness

Floats = NDArray[np.float32]

#: Parts of the picture's sides that may be left of it, and places of the part: shares of what was cut off.
_LEFT, _PLACES = (0.95, 0.9, 0.85, 0.8), (0.0, 0.5, 1.0)
#: Key frames of each video by which geometries are tried, and geometries looked at closely.
_PROBES, _CLOSE = 4, 3
#: Correlation from which two key frames show one picture. Unrelated ones have 0 ± 0.11, at most 0.78 for landscapes
#: painted by one formula; coded again 0.95 and more, cropped by a step between two that are tried 0.75 and more.
_ALIKE = 0.5
#: Share of the key frames in the common time that must be alike, and of the shorter video that must be common.
_SHARE, _COMMON = 0.6, 0.5
#: Standard deviations from chance, given all the geometries and shifts that are tried; among thousands of unrelated
#: clips 5.0 was the most.
_EVIDENCE = 6.0
#: Seconds between two key frames that count as simultaneous.
_TOGETHER = 0.26


@dataclass(frozen=True, slots=True)
class Geometry:
    """Which part of one video's picture fills the other's."""

    #: x1, y1, x2, y2, normalised 0–1; all of it is (0, 0, 1, 1).
    window: tuple[float, float, float, float]
    mirrored: bool


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike two videos are."""

    #: How alike their pictures are, 0 (unrelated) – 1 (the same): mean correlation of simultaneous key frames.
    score: float
    #: Whether they are one video.
    same_video: bool
    #: Whether they have one sound; that alone makes no copy, for thousands use one song.
    same_sound: bool
    #: How alike the sounds are, 0–1; None where one of them has none.
    sound: float | None
    #: Whether one is the other's mirror image.
    mirrored: bool
    #: The part of the first one's picture that the second shows, and the other way round; x1, y1, x2, y2, 0–1.
    window: tuple[float, float, float, float]
    window_back: tuple[float, float, float, float]
    #: Seconds by which the second shows everything later.
    offset: float
    #: Share 0–1 of their common key frames that show one picture.
    share: float
    #: Why, in a line.
    reason: str


_WHOLE = (0.0, 0.0, 1.0, 1.0)


def compare(one: VideoFingerprintResult, other: VideoFingerprintResult) -> Likeness:
    """Whether `one` and `other` are the same video."""
    sound = sound_likeness(one.audio_hash, other.audio_hash)[0] if one.audio_hash and other.audio_hash else None
    same_sound = sound is not None and sound >= SAME_SOUND
    first, second = _telling(one), _telling(other)
    if not len(first.times) or not len(second.times):
        reason = "one of them has only plain pictures, which prove nothing"
        return Likeness(0.0, False, same_sound, sound, False, _WHOLE, _WHOLE, 0.0, 0.0, reason)
    best = max(_matches(first, second, one.duration, other.duration), key=lambda match: match.rank)
    same, reason = best.verdict()
    window, back = (best.geometry.window, _WHOLE) if best.forward else (_WHOLE, best.geometry.window)
    return Likeness(
        score=round(max(0.0, min(1.0, best.correlation)), 3),
        same_video=same,
        same_sound=same_sound,
        sound=sound,
        mirrored=best.geometry.mirrored,
        window=window,
        window_back=back,
        offset=round(best.offset, 3),
        share=round(best.share, 3),
        reason=reason,
    )


def fingerprint_of(document: Mapping[str, Any]) -> VideoFingerprintResult:
    """A fingerprint as results are stored (JSON). Raises: KeyError, TypeError when it is none."""
    shots = tuple(
        ShotHashes(shot["start"], shot["end"], tuple(KeyFrame(**frame) for frame in shot["key_frames"]))
        for shot in document["shot_hashes"]
    )
    return VideoFingerprintResult(document["video_hash"], shots, document["audio_hash"], document["duration"])


@lru_cache(maxsize=1)
def geometries() -> tuple[Geometry, ...]:
    """All that are tried, the whole picture first: crops of both sides alike, and of one side."""
    sizes = [(1.0, 1.0)] + [size for left in _LEFT for size in ((left, left), (left, 1.0), (1.0, left))]
    windows = dict.fromkeys(
        (round((1 - w) * x, 4), round((1 - h) * y, 4), round((1 - w) * x + w, 4), round((1 - h) * y + h, 4))
        for w, h in sizes
        for x, y in product(_PLACES, _PLACES)
    )
    return tuple(Geometry(window, mirrored) for window in windows for mirrored in (False, True))


@dataclass(frozen=True, slots=True)
class _Telling:
    """The key frames of a video that are not plain."""

    #: Seconds, (n,).
    times: NDArray[np.float64]
    #: Cells of their sketches, (n, 256).
    cells: Floats
    #: Their whitened sketches, of length 1, (n, 256).
    features: Floats
    #: Independent cells that each adds to those before it, (n,).
    news: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Match:
    """Two videos laid over each other."""

    geometry: Geometry
    #: Whether the geometry is of the first one's picture (else of the second's).
    forward: bool
    offset: float
    correlation: float
    share: float
    #: Share of the shorter video that is common.
    common: float
    #: Standard deviations from chance.
    evidence: float

    @property
    def rank(self) -> tuple[bool, float]:
        return self.verdict()[0], self.evidence

    def verdict(self) -> tuple[bool, str]:
        """Whether it is one video, and why."""
        if self.correlation < _ALIKE or self.share < _SHARE:
            return False, f"their pictures differ (correlation {self.correlation:.2f})"
        if self.common < _COMMON:
            return False, f"they share only {self.common:.0%} of the shorter one"
        if self.evidence < _EVIDENCE:
            return False, "what they share is too plain to prove anything"
        return True, f"{self.share:.0%} of their key frames show one picture (correlation {self.correlation:.2f})"


def _telling(fingerprint: VideoFingerprintResult) -> _Telling:
    times, sketches = [], []
    last = ""
    for frame in fingerprint.key_frames:
        last = frame.sketch or last
        if frame.hash and last:
            times.append(frame.t)
            sketches.append(last)
    unique = {text: unpacked(text) for text in dict.fromkeys(sketches)}
    cells = np.array([unique[text] for text in sketches], np.float32).reshape(-1, CELLS * CELLS)
    features = _clipped(cells @ _whitening())
    beside = np.sum(features[1:] * features[:-1], axis=1).clip(0, 1) if len(features) > 1 else np.zeros(0)
    novelty = np.concatenate([np.ones(min(1, len(features))), 1 - beside**2])
    return _Telling(np.array(times), cells, features, novelty * _independent(features))


@lru_cache(maxsize=1)
def _whitening() -> Floats:
    """The matrix (256, 256) that takes slopes away from cells and makes all frequencies alike."""
    waves = dctn(without_slopes().reshape(-1, CELLS, CELLS), axes=(1, 2), norm="ortho")
    flat = idctn(waves * np.hypot(*np.mgrid[0:CELLS, 0:CELLS]), axes=(1, 2), norm="ortho")
    return np.asarray(flat.reshape(-1, CELLS * CELLS), dtype=np.float32)


def _clipped(whitened: Floats) -> Floats:
    """Whitened cells (n, 256), none over the usual size, and of length 1."""
    usual = 1.25 * np.abs(whitened).mean(axis=1, keepdims=True)
    clipped = np.clip(whitened, -usual, usual)
    lengths = np.linalg.norm(clipped, axis=1, keepdims=True)
    return np.asarray(clipped / np.maximum(lengths, 1e-9), dtype=np.float32)


def _independent(features: Floats) -> NDArray[np.float64]:
    """The effective number of independent cells of each, (n,): (sum of variances)² / sum of squared variances."""
    power = dctn(features.reshape(-1, CELLS, CELLS).astype(np.float64), axes=(1, 2), norm="ortho") ** 2
    return np.asarray(power.sum(axis=(1, 2)) ** 2 / np.maximum((power**2).sum(axis=(1, 2)), 1e-12))


def _matches(one: _Telling, other: _Telling, length: float, other_length: float) -> list[_Match]:
    """The likeliest ways to lay one over the other; at least one."""
    found = []
    for forward, seen, shown in ((True, one, other), (False, other, one)):
        for number in _likely_geometries(seen, shown):
            correlations = _warped(seen.cells, number) @ shown.features.T
            if not forward:
                correlations = correlations.T
            found.append(_aligned((one, other), (length, other_length), correlations, geometries()[number], forward))
    return found


def _likely_geometries(seen: _Telling, shown: _Telling) -> list[int]:
    """The numbers of those under which pictures of `seen`, at whatever time, look most like ones of `shown`."""
    probes = seen.cells[np.unique(np.linspace(0, len(seen.cells) - 1, _PROBES).astype(int))]
    warped = np.matmul(probes, _warps()).reshape(len(geometries()) * len(probes), -1)
    best = (_clipped(warped) @ shown.features.T).max(axis=1).reshape(len(geometries()), len(probes))
    return [int(number) for number in np.argsort(-best.mean(axis=1), kind="stable")[:_CLOSE]]


def _warped(cells: Floats, number: int) -> Floats:
    """The features that `cells` would have under a geometry."""
    return _clipped(cells @ _warps()[number])


@lru_cache(maxsize=1)
def _warps() -> Floats:
    """Per geometry the matrix (256, 256) that cuts cells to its window, mirrors them, and whitens them."""
    return np.stack([_window_matrix(each) @ _whitening() for each in geometries()])


def _window_matrix(geometry: Geometry) -> Floats:
    x1, y1, x2, y2 = geometry.window
    across, down = _resampling(x1, x2), _resampling(y1, y2)
    if geometry.mirrored:
        across = across[:, ::-1]
    return np.kron(down, across).astype(np.float32)


def _resampling(start: float, end: float) -> NDArray[np.float64]:
    """(old, new): how much of each old cell along a side is in each cell of the part from `start` to `end`.

    Linear between the middles of the old cells.
    """
    middles = (start + (np.arange(CELLS) + 0.5) / CELLS * (end - start)) * CELLS - 0.5
    distances = np.abs(np.arange(CELLS)[:, None] - np.clip(middles, 0, CELLS - 1)[None])
    return np.asarray(np.maximum(0, 1 - distances), dtype=np.float64)


def _aligned(
    videos: tuple[_Telling, _Telling],
    lengths: tuple[float, float],
    correlations: Floats,
    geometry: Geometry,
    forward: bool,
) -> _Match:
    """The two at the shift in time for which most speaks; `correlations` (n, m) are of their key frames."""
    one, other = videos
    shifts = np.round(other.times[None] - one.times[:, None], 1)
    matches = []
    for offset in _likely_shifts(shifts, correlations):
        later = one.times + offset
        beside = np.abs(other.times[None] - later[:, None])
        nearest = beside.argmin(axis=1)
        rows = np.flatnonzero(beside[np.arange(len(later)), nearest] <= _TOGETHER)
        if not len(rows):
            continue
        found = correlations[rows, nearest[rows]]
        mean = float(found.mean())
        cells = min(float(one.news[rows].sum()), float(other.news[np.unique(nearest[rows])].sum()))
        evidence = float(np.arctanh(np.clip(mean, -0.99, 0.99)) * np.sqrt(max(0.0, cells - 3)))
        start, end = max(0.0, -offset), min(lengths[0], lengths[1] - offset)
        common = max(0.0, end - start) / max(min(lengths), 1e-6)
        share = float((found >= _ALIKE).mean())
        matches.append(_Match(geometry, forward, float(offset), mean, share, common, evidence))
    return max(matches, key=lambda match: match.rank)


def _likely_shifts(shifts: NDArray[np.float64], correlations: Floats) -> Sequence[float]:
    """The shifts that the most alike pairs of key frames ask for; none is always among them."""
    values, places = np.unique(shifts, return_inverse=True)
    votes = np.bincount(places.ravel(), weights=np.maximum(0, correlations.ravel() - _ALIKE / 2) ** 2)
    return [float(value) for value in dict.fromkeys([0.0, *values[np.argsort(-votes)[:4]]])]
