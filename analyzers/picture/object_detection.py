"""What things are to be seen, how many at once, where, and when?

Reads the detector's sightings, five per second (`object_sightings`): YOLO26-seg by Ultralytics, AGPL-3.0, 80 kinds of
things (COCO). A kind is there from the first picture on which it is surely seen to the one after the last; up to two
pictures without it in between are overlooked. A kind seen on one picture alone counts only with a score of a half.
Known limits: things COCO has no word for; things smaller than about a thirtieth of the picture's longer side.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from analyzers.contract import Analyzer, Inputs, Needs, Result, Segment
from analyzers.models.detector import SURE
from analyzers.models.object_sightings import ObjectSightings, Sightings
from analyzers.picture.presence import span_of, stretches

#: Pictures without a kind that do not end its stretch: 0.6 s from one sight of it to the next.
_BRIDGED = 2
#: Score that is believed on a single picture.
_SURE_ALONE = 0.5
#: Boxes kept of one kind at most.
_SAMPLES = 10


@dataclass(frozen=True, slots=True)
class BoxSample:
    """One thing on one picture."""

    #: Seconds.
    t: float
    #: Normalised 0–1.
    x1: float
    y1: float
    x2: float
    y2: float
    #: 0–1.
    score: float


@dataclass(frozen=True, slots=True)
class ObjectStretch:
    """A time in which a kind of thing is there."""

    #: Seconds, half-open.
    start: float
    end: float
    #: The most of them at once.
    max_count: int
    #: Best score, 0–1.
    score: float


@dataclass(frozen=True, slots=True)
class ObjectKind:
    """Things of one kind."""

    #: COCO's word, such as "person" or "cell phone".
    label: str
    #: The most of them on one picture.
    max_count: int
    #: Seconds: when the first is seen, and when the last is seen no more.
    first_seen: float
    last_seen: float
    #: Share of the video with any of them, 0–1.
    share: float
    #: Best score, 0–1.
    best_score: float
    #: In order of time, at least one.
    stretches: tuple[ObjectStretch, ...]
    #: The surest boxes, spread over its time; at least one, ten at most.
    samples: tuple[BoxSample, ...]


@dataclass(frozen=True, slots=True)
class ObjectDetectionResult(Result):
    """The things of a video."""

    #: Most seen first; empty when nothing is recognised.
    objects: tuple[ObjectKind, ...]
    #: Pictures looked at.
    pictures: int

    def headline(self) -> str:
        if not self.objects:
            return "no object recognised"
        told = ", ".join(f"{each.max_count} × {each.label} ({each.share:.0%})" for each in self.objects[:4])
        return told + (f" and {len(self.objects) - 4} more kinds" if len(self.objects) > 4 else "")

    def timeline(self) -> Sequence[Segment]:
        segments = [
            Segment(each.start, each.end, kind.label, each.score, data={"max_count": each.max_count})
            for kind in self.objects
            for each in kind.stretches
        ]
        return sorted(segments, key=lambda segment: (segment.start, segment.label))


class ObjectDetection(Analyzer[ObjectDetectionResult]):
    """Tells which of 80 kinds of things are there."""

    name: ClassVar[str] = "object_detection"
    version: ClassVar[str] = "1"
    summary: ClassVar[str] = "Finds people, animals and things of 80 kinds, how many at once and from when to when."
    kind: ClassVar[str] = "picture"
    needs: ClassVar[Needs] = Needs(results=(ObjectSightings,))

    def analyze(self, inputs: Inputs) -> ObjectDetectionResult:
        seen = inputs.result(ObjectSightings)
        labels = sorted({label for found in seen.found for label in found.labels})
        kinds = [kind for label in labels if (kind := _kind(label, seen)) is not None]
        kinds.sort(key=lambda kind: (-kind.share, -kind.best_score, kind.label))
        return ObjectDetectionResult(tuple(kinds), len(seen.times))


def _kind(label: str, seen: Sightings) -> ObjectKind | None:
    """All about the things called `label`; None when they are too doubtful."""
    rows = [
        [row for row in range(len(found)) if found.labels[row] == label and found.scores[row] >= SURE]
        for found in seen.found
    ]
    counts = np.array([len(each) for each in rows])
    best = np.array(
        [
            max((float(found.scores[row]) for row in each), default=0.0)
            for each, found in zip(rows, seen.found, strict=True)
        ]
    )
    kept = [
        (first, last) for first, last in stretches(counts > 0, _BRIDGED) if last > first or best[first] >= _SURE_ALONE
    ]
    if not kept:
        return None
    found = tuple(_stretch(first, last, counts, best, seen) for first, last in kept)
    return ObjectKind(
        label=label,
        max_count=max(each.max_count for each in found),
        first_seen=found[0].start,
        last_seen=found[-1].end,
        share=round(min(1.0, sum(each.end - each.start for each in found) / max(seen.end, 1e-6)), 3),
        best_score=max(each.score for each in found),
        stretches=found,
        samples=_samples(kept, rows, best, seen),
    )


def _stretch(
    first: int, last: int, counts: NDArray[np.int_], best: NDArray[np.float64], seen: Sightings
) -> ObjectStretch:
    start, end = span_of(first, last, seen.times, seen.end)
    inside = slice(first, last + 1)
    return ObjectStretch(round(start, 3), round(end, 3), int(counts[inside].max()), round(float(best[inside].max()), 3))


def _samples(
    kept: Sequence[tuple[int, int]], rows: Sequence[Sequence[int]], best: NDArray[np.float64], seen: Sightings
) -> tuple[BoxSample, ...]:
    """The surest box of the surest picture in each of up to _SAMPLES equal parts of its pictures."""
    pictures = [index for first, last in kept for index in range(first, last + 1) if rows[index]]
    parts = np.array_split(np.array(pictures), min(_SAMPLES, len(pictures)))
    chosen = [int(part[best[part].argmax()]) for part in parts]
    return tuple(_sample(index, rows[index][0], seen) for index in chosen)


def _sample(index: int, row: int, seen: Sightings) -> BoxSample:
    x1, y1, x2, y2 = (round(float(value), 4) for value in seen.found[index].boxes[row])
    score = round(float(seen.found[index].scores[row]), 3)
    return BoxSample(round(float(seen.times[index]), 3), x1, y1, x2, y2, score)
