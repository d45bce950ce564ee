"""Which products are on which of the pictures that were looked at?

With the open detector: phrases of `labels/products.toml`, and phrases for what is no product, so that a hand is not
taken for a glove for want of a better word. Else those classes of the detector that are products.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analyzers.media import FrameBatch
from analyzers.models.detector import Detections
from analyzers.models.object_sightings import Sightings
from analyzers.models.open_detector import Found, OpenDetector
from analyzers.models.sampling import spread, spread_as_configured
from analyzers.picture.stretches import Span
from analyzers.picture.zero_shot import label_table

#: Scores from which a product is told, and from which it is still there when it was told before or after. OWLv2's are
#: low: its publisher's examples ask for a few names and take 0.1; of a hundred names the best is higher by chance.
_WORDS_SURE, _WORDS_FAINT = 0.3, 0.2
_CLASSES_SURE, _CLASSES_FAINT = 0.5, 0.25
#: Shared area over joint area from which two boxes are the same thing, seen by two patches or under two names.
_SAME = 0.6
#: What OWLv2 is asked with by its publisher.
_CAPTION = "a photo of {}"


@dataclass(frozen=True, slots=True)
class Sighting:
    """One product on one picture."""

    item: str
    score: float
    #: x1, y1, x2, y2, normalised 0–1.
    box: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Looks:
    """The pictures looked at, in order of time."""

    #: Seconds each of them stands for, half-open.
    spans: tuple[Span, ...]
    #: What is on each of them, without doubles.
    sightings: tuple[tuple[Sighting, ...], ...]
    #: Score from which a product is told.
    sure: float
    #: How many pictures would have been worth a look.
    wanted: int


def categories() -> dict[str, str]:
    """The category of each product."""
    return {item: category for category, listed in label_table("products")["products"].items() for item in listed}


def looked_for_by_words(frames: FrameBatch, shots: Sequence[Span], detector: OpenDetector) -> Looks:
    """What the open detector finds on pictures spread over `shots`."""
    options = detector.spec.options
    chosen = spread_as_configured(frames.times, shots, options)
    wanted = spread(frames.times, shots, float(options.get("picture_seconds", 1.0)), len(frames))
    table = label_table("products")
    phrases = [phrase for listed in table["products"].values() for phrase in listed.values()]
    found = detector.find(
        [frames.pixels[index] for index in chosen],
        tuple(_CAPTION.format(phrase) for phrase in [*phrases, *table["others"]["phrases"]]),
    )
    items = list(categories())
    return Looks(
        spans=spans_of(frames.times[chosen], shots),
        sightings=tuple(_by_words(each, items) for each in found),
        sure=_WORDS_SURE,
        wanted=len(wanted),
    )


def looked_for_by_classes(seen: Sightings, shots: Sequence[Span]) -> Looks:
    """What of the things the detector saw is a product."""
    return Looks(
        spans=spans_of(seen.times, shots),
        sightings=tuple(_by_classes(each) for each in seen.found),
        sure=_CLASSES_SURE,
        wanted=len(seen.times),
    )


def spans_of(times: NDArray[np.float64], shots: Sequence[Span]) -> tuple[Span, ...]:
    """What each picture stands for: halfway to its neighbours, and no further than its shot."""
    middles = (times[1:] + times[:-1]) / 2
    starts, ends = [shots[0][0], *middles], [*middles, shots[-1][1]]
    edges = np.array([start for start, _ in shots])
    within = [shots[max(0, int(np.searchsorted(edges, time, side="right")) - 1)] for time in times]
    return tuple(
        (float(max(start, shot[0])), float(min(end, shot[1])))
        for start, end, shot in zip(starts, ends, within, strict=True)
    )


def _by_words(found: Found, items: Sequence[str]) -> tuple[Sighting, ...]:
    kept = [row for row in _without_doubles(found.boxes, found.scores, _WORDS_FAINT) if found.phrases[row] < len(items)]
    return tuple(_sighting(items[found.phrases[row]], found.scores[row], found.boxes[row]) for row in kept)


def _by_classes(found: Detections) -> tuple[Sighting, ...]:
    names = label_table("products")["coco"]
    rows = [row for row in range(len(found)) if found.labels[row] in names and found.scores[row] >= _CLASSES_FAINT]
    return tuple(_sighting(names[found.labels[row]], found.scores[row], found.boxes[row]) for row in rows)


def _sighting(item: str, score: float, box: NDArray[np.float32]) -> Sighting:
    x1, y1, x2, y2 = (round(float(side), 4) for side in box)
    return Sighting(item, round(float(score), 3), (x1, y1, x2, y2))


def _without_doubles(boxes: NDArray[np.float32], scores: NDArray[np.float32], least: float) -> list[int]:
    """Rows with a score of `least`, best first, without those that cover what a better one covers."""
    kept: list[int] = []
    for row in np.argsort(-scores, kind="stable"):
        if scores[row] < least:
            break
        if not kept or _overlaps(boxes[row], boxes[kept]).max() < _SAME:
            kept.append(int(row))
    return kept


def _overlaps(box: NDArray[np.float32], others: NDArray[np.float32]) -> NDArray[np.float32]:
    """Shared area over joint area of `box` with each of `others` (n, 4)."""
    shared = np.prod((np.minimum(box[2:], others[:, 2:]) - np.maximum(box[:2], others[:, :2])).clip(0), axis=1)
    joint = np.prod(box[2:] - box[:2]) + np.prod(others[:, 2:] - others[:, :2], axis=1) - shared
    return np.asarray(shared / np.maximum(joint, 1e-9), np.float32)
