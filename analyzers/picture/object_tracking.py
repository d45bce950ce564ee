"""Which way does each thing take through a shot, how long is it there, and how fast does it move?

Follows the detector's sightings, five per second (`object_sightings`: YOLO26-seg by Ultralytics, AGPL-3.0), with
`box_tracker` (ByteTrack's two stages, no model of its own). A number means one thing within one shot of this video and
nothing beyond it: what is seen again after a cut, or after more than a second out of sight, has a new number.
Speed is that on the picture: a thing that a moving camera keeps in the middle stands still.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from analyzers.contract import Analyzer, Inputs, Needs, Result, Segment
from analyzers.models.object_sightings import ObjectSightings, Sightings
from analyzers.picture.box_tracker import BoxTrack, follow, seconds_of, stays
from analyzers.picture.cut_analysis import CutAnalysis
from analyzers.picture.lesser import told_once
from analyzers.picture.stretches import Span, shots_of

#: Tracks told at most, the longest; and points of one path.
_MOST, _POINTS = 100, 40
#: Seconds over which speed is taken: from one picture to the next, boxes tremble.
_PACE = 1.0


@dataclass(frozen=True, slots=True)
class PathPoint:
    """Where something is at one time."""

    #: Seconds.
    t: float
    #: The middle of its box, normalised 0–1.
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Track:
    """One thing on its way through one shot."""

    #: Counts the things of this video from 1, in order of appearance; says nothing about who or what it is.
    track_id: int
    #: COCO's word for it: the one that most of its sightings, by their scores, agree on.
    label: str
    #: Seconds, half-open.
    start: float
    end: float
    #: Seconds that it stays.
    dwell_s: float
    #: Frame widths per second on the picture, on average over stretches of a second.
    speed: float
    #: Mean score of its sightings, 0–1.
    score: float
    #: Mean share of the picture that its box covers, 0–1.
    area: float
    #: In order of time, at least one, 40 at most.
    path: tuple[PathPoint, ...]


@dataclass(frozen=True, slots=True)
class ObjectTrackingResult(Result):
    """The tracks of a video."""

    #: By start; empty when nothing stays for two pictures. The 100 longest where there are more.
    tracks: tuple[Track, ...]
    #: How many there were in all.
    total: int
    #: Why tracks may run across cuts; empty when they don't.
    limits: str

    def headline(self) -> str:
        if not self.tracks:
            return "nothing to follow"
        kinds = Counter(track.label for track in self.tracks)
        told = ", ".join(f"{count} × {label}" for label, count in kinds.most_common(4))
        longest = max(track.dwell_s for track in self.tracks)
        return f"{self.total} track{'s' if self.total > 1 else ''} ({told}), the longest {longest:.1f} s"

    def timeline(self) -> Sequence[Segment]:
        return tuple(
            Segment(
                track.start,
                track.end,
                track.label,
                track.score,
                data={"track_id": track.track_id, "speed": track.speed, "area": track.area},
            )
            for track in self.tracks
        )

    def degraded_because(self) -> str:
        return self.limits


class ObjectTracking(Analyzer[ObjectTrackingResult]):
    """Follows things through each shot."""

    name: ClassVar[str] = "object_tracking"
    version: ClassVar[str] = "1"
    summary: ClassVar[str] = "Follows people and things through each shot: their paths, how long they stay, how fast."
    kind: ClassVar[str] = "picture"
    needs: ClassVar[Needs] = Needs(results=(ObjectSightings,), may_read=(CutAnalysis,))

    def analyze(self, inputs: Inputs) -> ObjectTrackingResult:
        seen = inputs.result(ObjectSightings)
        shots = shots_of(inputs)
        followed = follow(seen.found, seen.times, seen.aspect, [start for start, _ in shots[1:]])
        staying = stays(followed, seen.times, shots)
        tracks = [_track(number, track, seen, shots) for number, track in enumerate(staying, start=1)]
        longest = sorted(tracks, key=lambda track: -track.dwell_s)[:_MOST]
        return ObjectTrackingResult(
            tracks=tuple(sorted(longest, key=lambda track: (track.start, track.track_id))),
            total=len(tracks),
            limits=told_once(inputs.lacks),
        )


def _track(number: int, track: BoxTrack, seen: Sightings, shots: Sequence[Span]) -> Track:
    sightings = [(seen.found[picture], row) for picture, row in zip(track.pictures, track.rows, strict=True)]
    boxes = np.array([found.boxes[row] for found, row in sightings], dtype=np.float64)
    scores = [float(found.scores[row]) for found, row in sightings]
    votes: Counter[str] = Counter()
    for (found, row), score in zip(sightings, scores, strict=True):
        votes[found.labels[row]] += score  # type: ignore[assignment]  # weights add up as counts do
    times, middles = seen.times[track.pictures], (boxes[:, :2] + boxes[:, 2:]) / 2
    start, end = seconds_of(track, seen.times, seen.end, shots)
    return Track(
        track_id=number,
        label=votes.most_common(1)[0][0],
        start=start,
        end=end,
        dwell_s=round(end - start, 3),
        speed=round(_speed(times, middles, seen.aspect), 3),
        score=round(float(np.mean(scores)), 3),
        area=round(float(np.prod(boxes[:, 2:] - boxes[:, :2], axis=1).mean()), 4),
        path=_path(times, middles),
    )


def _speed(times: NDArray[np.float64], middles: NDArray[np.float64], aspect: float) -> float:
    """Frame widths per second: the mean over pairs of sightings about _PACE apart, or over all of a shorter track."""
    if len(times) < 2:
        return 0.0
    later = np.searchsorted(times, times + _PACE - 1e-6)
    earlier = np.flatnonzero(later < len(times))
    pairs = (earlier, later[earlier]) if len(earlier) else (np.array([0]), np.array([len(times) - 1]))
    moved = (middles[pairs[1]] - middles[pairs[0]]) * np.array([1.0, 1 / aspect])
    return float((np.hypot(moved[:, 0], moved[:, 1]) / (times[pairs[1]] - times[pairs[0]])).mean())


def _path(times: NDArray[np.float64], middles: NDArray[np.float64]) -> tuple[PathPoint, ...]:
    chosen = np.unique(np.linspace(0, len(times) - 1, min(_POINTS, len(times))).round().astype(int))
    return tuple(
        PathPoint(round(float(times[index]), 3), *(round(float(value), 4) for value in middles[index]))
        for index in chosen
    )
