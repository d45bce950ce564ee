"""Into which stretches is a video cut so that each can be described by one word?

Shots, and the parts of long ones: what is seen changes at cuts, and in a long take now and then without one.
"""

from collections.abc import Sequence
from itertools import pairwise
from math import ceil

from analyzers.contract import Inputs
from analyzers.picture.cut_analysis import CutAnalysis

#: Start and end, seconds, half-open.
Span = tuple[float, float]


def shots_of(inputs: Inputs) -> list[Span]:
    """The shots of the video, in order; one where its cuts are not known."""
    cuts = inputs.find(CutAnalysis)
    if cuts is None:
        return [(0.0, inputs.video.duration)]
    return [(shot.start, shot.end) for shot in cuts.shots]


def parts_of(shots: Sequence[Span], longest: float) -> list[Span]:
    """`shots`, those that last more than `longest` seconds cut into equal parts that don't."""
    parts: list[Span] = []
    for start, end in shots:
        count = max(1, ceil((end - start) / longest - 1e-6))
        edges = [start + (end - start) * number / count for number in range(count)] + [end]
        parts += pairwise(edges)
    return parts
