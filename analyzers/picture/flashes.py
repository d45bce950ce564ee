"""Where does light flash?

A flash makes the whole picture brighter for a moment and passes: the white top-hat of the mean brightness over time
(Serra, "Image analysis and mathematical morphology", 1982) leaves what is brighter than before and after and lasts less
than a third of a second. It may bridge a cut. Another picture shown for a moment is none, for some of it is darker.
Three flashes or more in quick succession are a strobe; black frames between light ones are one, too. Known limits: the
video's first and last moment can't be told from a brighter shot, and at five pictures a second or fewer there is none.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d, minimum_filter1d

from analyzers.media import FrameBatch
from analyzers.picture.frame_steps import Floats, FrameSteps

#: Seconds that a flash lasts at most, and seconds between frames from which none can be seen.
_LONGEST, _SLOW = 0.3, 0.19
#: Grey levels that the mean rises at least, in a dark and in a bright picture.
_RISE, _BRIGHT_RISE = 25.0, 12.0
#: Share of the rise over which the flash lasts.
_LASTS = 0.2
#: Grey levels from which a cell is brighter or darker; cells that are white can't be.
_CLEARLY, _WHITE = 10.0, 235.0
#: Shares of the cells that brighten at least, and that darken at most.
_ALL, _NONE = 0.7, 0.05
#: Flashes of a strobe at least, and seconds from one to the next at most.
_STROBE, _APART = 3, 0.5


@dataclass(frozen=True, slots=True)
class Flash:
    """A flash, or a row of them."""

    #: Seconds: the first lit frame, and the first after it that isn't.
    start: float
    end: float
    #: 1 for a flash; more for a strobe.
    count: int
    #: How far the brightness rises, of what is possible, 0–1.
    score: float

    @property
    def is_strobe(self) -> bool:
        return self.count >= _STROBE


def find_flashes(frames: FrameBatch, steps: FrameSteps) -> tuple[Flash, ...]:
    """The flashes and strobes, in order of time."""
    if len(frames) < 4:
        return ()
    period = float(np.median(np.diff(frames.times)))
    if period > _SLOW:
        return ()
    light = steps.cells.mean(axis=2)
    mean = light.mean(axis=1).astype(np.float64)
    size = max(3, round(_LONGEST / period) | 1)
    above = mean - maximum_filter1d(minimum_filter1d(mean, size, mode="nearest"), size, mode="nearest")
    single = [_flash(frames, run, mean, above) for run in _runs(above) if _lights_all(light, run, above)]
    return tuple(_rows(single))


def _runs(above: NDArray[np.float64]) -> list[tuple[int, int]]:
    """First and last+1 frame of everything that stands out, each around its own peak."""
    runs = []
    edges = np.flatnonzero(np.diff(np.concatenate([[0], above > 1.0, [0]]))).reshape(-1, 2)
    for start, stop in edges.tolist():
        peak = float(above[start:stop].max())
        inside = np.concatenate([[False], above[start:stop] >= _LASTS * peak, [False]])
        for a, b in np.flatnonzero(np.diff(inside)).reshape(-1, 2).tolist():
            runs.append((start + a, start + b))
    return runs


def _lights_all(light: Floats, run: tuple[int, int], above: NDArray[np.float64]) -> bool:
    """Whether the whole picture becomes brighter, by enough, between the frames before and after `run`."""
    start, stop = run
    if start == 0 or stop == len(light):
        return False
    peak = start + int(np.argmax(above[start:stop]))
    others = np.maximum(light[start - 1], light[stop])
    room = 255.0 - float(others.mean())
    if above[peak] < max(_BRIGHT_RISE, min(_RISE, room / 2)):
        return False
    rises = (light[peak] >= others + _CLEARLY) | (light[peak] >= _WHITE)
    falls = light[peak] <= others - _CLEARLY
    return bool(rises.mean() >= _ALL and falls.mean() <= _NONE)


def _flash(frames: FrameBatch, run: tuple[int, int], mean: NDArray[np.float64], above: NDArray[np.float64]) -> Flash:
    start, stop = run
    peak = start + int(np.argmax(above[start:stop]))
    base = mean[peak] - above[peak]
    score = float(above[peak] / max(255.0 - base, 1.0))
    return Flash(round(float(frames.times[start]), 4), round(float(frames.times[stop]), 4), 1, round(score, 3))


def _rows(single: Sequence[Flash]) -> list[Flash]:
    """Quick successions as one."""
    rows: list[list[Flash]] = []
    for flash in single:
        if rows and flash.start - rows[-1][-1].start <= _APART:
            rows[-1].append(flash)
        else:
            rows.append([flash])
    found: list[Flash] = []
    for row in rows:
        if len(row) < _STROBE:
            found += row
        else:
            score = float(np.median([flash.score for flash in row]))
            found.append(Flash(row[0].start, row[-1].end, len(row), round(score, 3)))
    return found
