"""How do the people in a video hold and move their bodies?

Joints by YOLO26-pose (Ultralytics, AGPL-3.0; 17 points of COCO), five times a second (`body_sightings`); people are
followed within each shot by their boxes (`box_tracker`), and postures and gestures follow from the geometry of their
joints (`body_geometry`). A slot is a place in one shot, the largest person first: who stands in slot 1 of one shot need
not be who stands in slot 1 of another. Known limits: those of `body_geometry`; trembling joints alone give a motion
energy of about 0.05.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from analyzers.contract import Analyzer, Inputs, Needs, Result, Segment
from analyzers.models.body_sightings import BodySightings, SeenBodies
from analyzers.models.detector import Detections
from analyzers.picture.body_geometry import SEEN, Body, gestures, posture
from analyzers.picture.box_tracker import BoxTrack, follow, seconds_of, stays
from analyzers.picture.cut_analysis import CutAnalysis
from analyzers.picture.lesser import told_once
from analyzers.picture.presence import span_of, stretches
from analyzers.picture.stretches import Span, shots_of

#: People told at most, the largest; poses kept of each, and seconds between two of them at least.
_MOST, _POSES, _EVERY = 30, 20, 1.0
#: Pictures in which a gesture must be seen, where there are as many; and those without it that don't end it.
_ENOUGH, _BRIDGED = 2, 1


@dataclass(frozen=True, slots=True)
class BodySpan:
    """A posture or a gesture for as long as it lasts."""

    #: Such as "standing" or "hand raised".
    label: str
    #: Seconds, half-open.
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Pose:
    """One person's joints on one picture."""

    #: Seconds.
    t: float
    #: x and y, normalised 0–1, and confidence 0–1 of COCO's 17 key points: nose, eyes, ears, shoulders, elbows, wrists,
    #: hips, knees, ankles, of each pair the person's own left first.
    points: tuple[tuple[float, float, float], ...]


@dataclass(frozen=True, slots=True)
class PersonInShot:
    """One person in one shot."""

    #: From 1, the largest person of the shot first; says nothing about who it is.
    slot: int
    #: Seconds, half-open.
    start: float
    end: float
    #: Mean share of the picture that the person's box covers, 0–1.
    area: float
    #: The posture they keep longest: standing, sitting, crouching, kneeling, lying, "bent over", "upside down";
    #: "legs unseen" or "unclear" where it can't be told.
    posture: str
    #: In order of time; together they last as long as the person is there.
    postures: tuple[BodySpan, ...]
    #: By start; empty when the hands do nothing that has a name here.
    gestures: tuple[BodySpan, ...]
    #: Mean speed of the joints, in lengths of the longer side of the person's box per second; None on one picture.
    motion_energy: float | None
    #: One per second, evenly fewer of long stretches; at least one.
    poses: tuple[Pose, ...]


@dataclass(frozen=True, slots=True)
class BodyPoseResult(Result):
    """The people of a video by how they hold and move their bodies."""

    #: By start, then slot; empty when nobody is seen. The 30 largest where there are more.
    people: tuple[PersonInShot, ...]
    #: The most people at once.
    most_at_once: int
    #: Mean motion energy of all, weighted by the time each is seen; None without people.
    motion_energy: float | None
    #: Why people may be followed across cuts; empty when they aren't.
    limits: str

    def headline(self) -> str:
        if not self.people:
            return "no person"
        seconds: Counter[str] = Counter()
        for person in self.people:
            for span in person.postures:
                seconds[span.label] += round(1000 * (span.end - span.start))
        told = dict.fromkeys(span.label for person in self.people for span in person.gestures)
        crowd = "1 person" if self.most_at_once == 1 else f"up to {self.most_at_once} people"
        return ", ".join([f"{crowd}, mostly {seconds.most_common(1)[0][0]}", *list(told)[:3]])

    def timeline(self) -> Sequence[Segment]:
        segments = [
            Segment(span.start, span.end, span.label, data={"slot": person.slot})
            for person in self.people
            for span in (*person.postures, *person.gestures)
        ]
        return sorted(segments, key=lambda segment: (segment.start, segment.data["slot"], segment.label))

    def degraded_because(self) -> str:
        return self.limits


class BodyPose(Analyzer[BodyPoseResult]):
    """Tells postures, gestures and motion of people by their joints."""

    name: ClassVar[str] = "body_pose"
    version: ClassVar[str] = "1"
    summary: ClassVar[str] = "Postures, gestures and motion of the people in each shot, by their joints."
    kind: ClassVar[str] = "picture"
    needs: ClassVar[Needs] = Needs(results=(BodySightings,), may_read=(CutAnalysis,))

    def analyze(self, inputs: Inputs) -> BodyPoseResult:
        seen, shots = inputs.result(BodySightings), shots_of(inputs)
        boxes = [Detections(each.boxes, each.scores, ("person",) * len(each)) for each in seen.bodies]
        followed = follow(boxes, seen.times, seen.aspect, [start for start, _ in shots[1:]])
        staying = stays(followed, seen.times, shots)
        slots = _slots(staying, seen)
        largest = sorted(staying, key=lambda track: -_size(track, seen))[:_MOST]
        people = [_person(slots[id(track)], track, seen, shots) for track in largest]
        at_once = Counter(picture for track in staying for picture in track.pictures)
        return BodyPoseResult(
            people=tuple(sorted(people, key=lambda person: (person.start, person.slot))),
            most_at_once=max(at_once.values(), default=0),
            motion_energy=_energy_of_all(people),
            limits=told_once(inputs.lacks),
        )


def _size(track: BoxTrack, seen: SeenBodies) -> float:
    """Share of the picture times pictures."""
    boxes = _boxes(track, seen)
    return float(np.prod(boxes[:, 2:] - boxes[:, :2], axis=1).sum())


def _slots(tracks: Sequence[BoxTrack], seen: SeenBodies) -> Mapping[int, int]:
    """The slot of each track in its shot, by the track's id()."""
    slots: dict[int, int] = {}
    taken: Counter[int] = Counter()
    for track in sorted(tracks, key=lambda track: -_size(track, seen)):
        taken[track.shot] += 1
        slots[id(track)] = taken[track.shot]
    return slots


def _person(slot: int, track: BoxTrack, seen: SeenBodies, shots: Sequence[Span]) -> PersonInShot:
    points = _points(track, seen)
    start, end = seconds_of(track, seen.times, seen.end, shots)
    bodies = [Body.from_points(each, seen.aspect) for each in points]
    postures = _postures([posture(body) for body in bodies], seen.times[track.pictures], end)
    lasting: Counter[str] = Counter()
    for span in postures:
        lasting[span.label] += round(1000 * (span.end - span.start))
    boxes = _boxes(track, seen)
    return PersonInShot(
        slot=slot,
        start=start,
        end=end,
        area=round(float(np.prod(boxes[:, 2:] - boxes[:, :2], axis=1).mean()), 4),
        posture=lasting.most_common(1)[0][0],
        postures=postures,
        gestures=_gestures([gestures(body) for body in bodies], seen.times[track.pictures], end),
        motion_energy=_energy(points, boxes, seen.times[track.pictures], seen.aspect),
        poses=_poses(points, seen.times[track.pictures]),
    )


def _points(track: BoxTrack, seen: SeenBodies) -> NDArray[np.float32]:
    pairs = zip(track.pictures, track.rows, strict=True)
    return np.stack([seen.bodies[picture].points[row] for picture, row in pairs])


def _boxes(track: BoxTrack, seen: SeenBodies) -> NDArray[np.float32]:
    pairs = zip(track.pictures, track.rows, strict=True)
    return np.stack([seen.bodies[picture].boxes[row] for picture, row in pairs])


def _postures(labels: Sequence[str], times: NDArray[np.float64], end: float) -> tuple[BodySpan, ...]:
    """Runs of one posture; what lasts for one picture between two that agree is taken for a slip."""
    steady = list(labels)
    for index in range(1, len(labels) - 1):
        if labels[index - 1] == labels[index + 1]:
            steady[index] = labels[index - 1]
    spans, first = [], 0
    for label, run in groupby(steady):
        last = first + len(list(run)) - 1
        spans.append(BodySpan(label, *(round(t, 3) for t in span_of(first, last, times, end))))
        first = last + 1
    return tuple(spans)


def _gestures(made: Sequence[frozenset[str]], times: NDArray[np.float64], end: float) -> tuple[BodySpan, ...]:
    spans = []
    for label in sorted(frozenset().union(*made)):
        present = [label in each for each in made]
        for first, last in stretches(present, _BRIDGED):
            if sum(present[first : last + 1]) >= min(_ENOUGH, len(made)):
                spans.append(BodySpan(label, *(round(t, 3) for t in span_of(first, last, times, end))))
    return tuple(sorted(spans, key=lambda span: (span.start, span.label)))


def _energy(
    points: NDArray[np.float32], boxes: NDArray[np.float32], times: NDArray[np.float64], aspect: float
) -> float | None:
    """Box lengths per second: the mean over steps of the mean over joints that are seen before and after."""
    places = points[..., :2].astype(np.float64) * np.array([aspect, 1.0])
    both = (points[1:, :, 2] >= SEEN) & (points[:-1, :, 2] >= SEEN)
    if not both.any():
        return None
    speeds = np.linalg.norm(np.diff(places, axis=0), axis=2) / np.diff(times)[:, None]
    length = float(np.median(((boxes[:, 2:] - boxes[:, :2]) * np.array([aspect, 1.0])).max(axis=1)))
    steps = [speeds[step][both[step]].mean() for step in range(len(both)) if both[step].any()]
    return round(float(np.mean(steps)) / max(length, 1e-6), 4)


def _energy_of_all(people: Sequence[PersonInShot]) -> float | None:
    told = [(each.motion_energy, each.end - each.start) for each in people if each.motion_energy is not None]
    seconds = sum(lasting for _, lasting in told)
    return round(sum(energy * lasting for energy, lasting in told) / seconds, 4) if seconds else None


def _poses(points: NDArray[np.float32], times: NDArray[np.float64]) -> tuple[Pose, ...]:
    wanted = max(1, min(_POSES, round((times[-1] - times[0]) / _EVERY) + 1))
    chosen = np.unique(np.linspace(0, len(times) - 1, wanted).round().astype(int))
    return tuple(
        Pose(
            round(float(times[index]), 3),
            tuple((round(float(x), 3), round(float(y), 3), round(float(sure), 2)) for x, y, sure in points[index]),
        )
        for index in chosen
    )
