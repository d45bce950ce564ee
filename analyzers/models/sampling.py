"""Which pictures of a view does a costly network look at?

Spread evenly over each shot, so that every shot is seen and none is looked at where it passes into the next.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Start and end of a shot, seconds.
Span = tuple[float, float]


def spread(times: NDArray[np.float64], shots: Sequence[Span], seconds: float, most: int) -> list[int]:
    """Indices into `times`: about one per `seconds`, at least one per shot; at most `most` of them in all.

    `shots` are in order of time. A shot between two `times` has none. When one per shot is more than `most`, shots are
    left out evenly.
    """
    total = shots[-1][1] - shots[0][0]
    step = max(seconds, total / most)
    chosen = sorted({index for shot in shots for index in _within(times, shot, step)}) or [0]
    if len(chosen) > most:
        chosen = [chosen[round(place)] for place in np.linspace(0, len(chosen) - 1, most)]
    return chosen


def spread_as_configured(times: NDArray[np.float64], shots: Sequence[Span], options: Mapping[str, Any]) -> list[int]:
    """`spread` by a model's options `picture_seconds` (1 without it) and `max_pictures` (240)."""
    return spread(times, shots, float(options.get("picture_seconds", 1.0)), int(options.get("max_pictures", 240)))


def _within(times: NDArray[np.float64], shot: Span, step: float) -> list[int]:
    """The pictures nearest to the middles of equal parts of `shot`."""
    start, end = shot
    inside = np.flatnonzero((times >= start) & (times < end))
    if not len(inside):
        return []
    parts = max(1, round((end - start) / step))
    wanted = start + (end - start) * (np.arange(parts) + 0.5) / parts
    nearest = np.abs(times[inside][None] - wanted[:, None]).argmin(axis=1)
    return [int(inside[index]) for index in nearest]
