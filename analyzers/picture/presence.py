"""From when to when is something there, when it is looked for in sampled pictures?

What is missed in a few pictures between two where it is seen has been there all the time.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def stretches(present: Sequence[bool] | NDArray[np.bool_], bridged: int) -> list[tuple[int, int]]:
    """The first and last picture of each stretch; up to `bridged` pictures without it do not end one."""
    found: list[tuple[int, int]] = []
    for index in np.flatnonzero(present).tolist():
        if found and index - found[-1][1] <= bridged + 1:
            found[-1] = (found[-1][0], index)
        else:
            found.append((index, index))
    return found


def span_of(first: int, last: int, times: NDArray[np.float64], end: float) -> tuple[float, float]:
    """Seconds from picture `first` to the one after `last`, or to `end` where there is none."""
    after = times[last + 1] if last + 1 < len(times) else end
    return float(times[first]), min(float(after), end)
