"""Where does the picture have no colours of its own: black and white, sepia, one tint?

In a toned picture the colour of every place follows from its brightness alone. Per frame, red and blue less grey are
fitted by a parabola of grey over a coarse grid; where next to nothing is left over, the picture is toned, and how far
the curve lies from grey says in which tone. Known limits: a scene that has no colours (snow, a page of text, fog) looks
like black and white, which is why such a stretch has a lower score unless the video shows colours elsewhere; filters
that keep different colours different (a warm look, teal and orange) can't be told from light.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import median_filter

from analyzers.media import FrameBatch
from analyzers.picture.frame_steps import Floats, FrameSteps

#: Grey levels of contrast under which a picture has nothing to tell.
_CONTRAST = 10.0
#: Grey levels left over in a toned picture at most (coding leaves 2), and from which a picture has colours of its own.
_TONED, _COLOURED = 3.0, 8.0
#: Grey levels that the tone is off grey at least; in between nothing is claimed.
_GREY, _TINTED = 4.0, 12.0
#: Seconds that a filter lasts at least; frames that are outvoted.
_SHORTEST, _VOTES = 0.3, 3
#: Every so many-th cell will do.
_STEP = 3

Tone = Literal["black_and_white", "sepia", "tint"]


@dataclass(frozen=True, slots=True)
class Toned:
    """A stretch whose colours follow from brightness alone."""

    #: Seconds, half-open.
    start: float
    end: float
    tone: Tone
    #: 0–1.
    score: float


_TONES: tuple[Tone, ...] = ("black_and_white", "sepia", "tint")


def find_toned(frames: FrameBatch, steps: FrameSteps) -> tuple[Toned, ...]:
    """The toned stretches, in order of time."""
    left, red, blue, contrast = _fits(steps.cells[:, ::_STEP])
    off = np.hypot(red, blue)
    told = contrast >= _CONTRAST
    kinds = np.zeros(len(left), np.int64)
    toned = told & (left <= _TONED)
    kinds[toned & (off <= _GREY)] = 1
    tinted = toned & (off >= _TINTED)
    # Sepia: towards red and away from blue.
    sepia = (red > 0) & (blue < 0) & (np.abs(red) <= 1.5 * np.abs(blue))
    kinds[tinted & sepia] = 2
    kinds[tinted & ~sepia] = 3
    kinds = median_filter(kinds, size=_VOTES, mode="nearest")
    colours = bool((told & (left >= _COLOURED)).any())
    return tuple(_stretches(frames, kinds, 0.9 if colours else 0.6))


def _stretches(frames: FrameBatch, kinds: NDArray[np.int64], score: float) -> Iterator[Toned]:
    edges = [0, *(np.flatnonzero(np.diff(kinds)) + 1).tolist(), len(kinds)]
    for first, last in pairwise(edges):
        start = float(frames.times[first])
        end = float(frames.times[last]) if last < len(frames) else frames.end
        if kinds[first] and (end - start >= _SHORTEST or (first, last) == (0, len(kinds))):
            yield Toned(round(start, 4), round(end, 4), _TONES[int(kinds[first]) - 1], score)


def _fits(cells: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Per frame: what the curves leave over, how far they are off grey in red and in blue, and the contrast."""
    grey = cells.mean(axis=2)
    contrast = grey.std(axis=1)
    scaled = (grey - grey.mean(axis=1, keepdims=True)) / 64
    base = np.stack([np.ones_like(scaled), scaled, scaled**2], axis=2)
    colours = np.stack([cells[..., 0] - grey, cells[..., 2] - grey], axis=2)
    normal = base.transpose(0, 2, 1) @ base + 1e-3 * np.eye(3, dtype=np.float32)
    curves = base @ np.linalg.solve(normal, base.transpose(0, 2, 1) @ colours)
    left = np.sqrt(np.square(colours - curves).mean(axis=(1, 2)))
    # Where it is neither black nor white: there no tone shows.
    middle = ((grey > 40) & (grey < 215)).astype(np.float32)
    middle += 1e-3
    off = (curves * middle[..., None]).sum(axis=1) / middle.sum(axis=1, keepdims=True)
    return left, off[:, 0], off[:, 1], contrast
