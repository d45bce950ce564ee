"""How many of the true events were found, and how many of those found are true?"""

from collections.abc import Sequence
from dataclasses import dataclass

#: Seconds, start and end.
Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Matched:
    """Counts, to be summed over clips."""

    hits: int = 0
    misses: int = 0
    false: int = 0

    def __add__(self, other: "Matched") -> "Matched":
        return Matched(self.hits + other.hits, self.misses + other.misses, self.false + other.false)

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall, 0–1; 1 when there is nothing to find and nothing was found."""
        whole = 2 * self.hits + self.misses + self.false
        return 2 * self.hits / whole if whole else 1.0


def match_instants(truth: Sequence[float], found: Sequence[float], tolerance: float) -> Matched:
    """Each true instant with one found within `tolerance` seconds, nearest first."""
    pairs = sorted((abs(a - b), i, j) for i, a in enumerate(truth) for j, b in enumerate(found))
    return _paired([(i, j) for distance, i, j in pairs if distance <= tolerance], len(truth), len(found))


def match_spans(truth: Sequence[Span], found: Sequence[Span], iou: float = 0.5) -> Matched:
    """Each true span with one found that shares at least `iou` of their union, best first."""
    pairs = sorted((-overlap(a, b), i, j) for i, a in enumerate(truth) for j, b in enumerate(found))
    return _paired([(i, j) for share, i, j in pairs if -share >= iou], len(truth), len(found))


def overlap(one: Span, other: Span) -> float:
    """Intersection over union, 0–1."""
    shared = min(one[1], other[1]) - max(one[0], other[0])
    whole = max(one[1], other[1]) - min(one[0], other[0])
    return max(0.0, shared) / whole if whole > 0 else float(one == other)


def _paired(pairs: Sequence[tuple[int, int]], true: int, found: int) -> Matched:
    taken: tuple[set[int], set[int]] = (set(), set())
    for i, j in pairs:
        if i not in taken[0] and j not in taken[1]:
            taken[0].add(i)
            taken[1].add(j)
    hits = len(taken[0])
    return Matched(hits, true - hits, found - hits)
