"""Where do the colours of the picture come apart sideways for a moment?

The usual glitch: for a few frames red and blue are shifted against each other. The edges of both colours are
correlated at shifts of up to a fifteenth of the width. In a picture as filmed they fit unshifted; in a glitch that
falls and the fit at some shift rises, both against the rest of the video (some always fits: brightness is coded finer
than colour). Known limits: torn
lines, blocks and noise are not looked for; a shift of under a fiftieth of the width, or for more than half of the
video (a pair of colours for glasses), is none.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analyzers.media import FrameBatch

#: Largest shift tried, as a share of the width.
_FARTHEST = 0.067
#: Every so many-th line will do.
_STEP = 4
#: How far the correlation without a shift falls, and how far that at a shift of some pixels rises.
_FALLS, _RISES, _PIXELS = 0.3, 0.2, 2
#: Energy of the lines under which a picture has no edges to compare, squared grey levels.
_EDGES = 20.0
#: Seconds between two shifted frames of one glitch, seconds that one lasts at most, and share of the video.
_GAP, _LONGEST, _MOST = 0.2, 2.0, 0.5
_CHUNK = 256

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Glitch:
    """A moment in which the colours come apart."""

    #: Seconds, half-open.
    start: float
    end: float
    #: How much better the shifted colours fit than before, 0–1.
    score: float


def find_glitches(frames: FrameBatch) -> tuple[Glitch, ...]:
    """The glitches of RGB `frames`, in order of time."""
    if frames.pixels.shape[2] < 32:
        return ()
    parts = [_fits(frames.pixels[start : start + _CHUNK, ::_STEP]) for start in range(0, len(frames), _CHUNK)]
    here, there, detailed = (np.concatenate(each) for each in zip(*parts, strict=True))
    if not detailed.any():
        return ()
    falls = np.median(here[detailed]) - here
    rises = there - np.median(there[detailed])
    better = np.where(detailed & (falls >= _FALLS) & (rises >= _RISES), falls + rises, 0)
    if float((better > 0).mean()) > _MOST:
        return ()
    return tuple(each for each in _joined(frames, better) if each.end - each.start <= _LONGEST)


def _fits(pixels: NDArray[np.uint8]) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Per frame: how well red and blue fit as they are and shifted by some pixels, and whether there are edges."""
    red, blue = (np.diff(pixels[..., channel].astype(np.float32), axis=2) for channel in (0, 2))
    farthest = max(_PIXELS + 1, round(_FARTHEST * pixels.shape[2]))
    shifts = [shift for shift in range(-farthest, farthest + 1) if abs(shift) >= _PIXELS]
    there = np.max([_fit(red, blue, shift) for shift in shifts], axis=0)
    energy = np.minimum(np.square(red).mean(axis=(1, 2)), np.square(blue).mean(axis=(1, 2)))
    return _fit(red, blue, 0), there, energy >= _EDGES


def _fit(red: Floats, blue: Floats, shift: int) -> Floats:
    """The correlation, per frame, of red and blue edges shifted against each other."""
    width = red.shape[2]
    one = red[:, :, max(0, shift) : width + min(0, shift)]
    other = blue[:, :, max(0, -shift) : width + min(0, -shift)]
    size = np.sqrt(np.einsum("nhw,nhw->n", one, one) * np.einsum("nhw,nhw->n", other, other))
    return np.asarray(np.einsum("nhw,nhw->n", one, other) / np.maximum(size, 1e-3), np.float32)


def _joined(frames: FrameBatch, better: NDArray[np.floating]) -> Iterator[Glitch]:
    """Shifted frames close to each other as one glitch."""
    ends = np.append(frames.times[1:], frames.end)
    rows: list[list[int]] = []
    for index in np.flatnonzero(better).tolist():
        if rows and float(frames.times[index]) - float(ends[rows[-1][-1]]) <= _GAP:
            rows[-1].append(index)
        else:
            rows.append([index])
    for row in rows:
        score = min(1.0, float(better[row].mean()))
        yield Glitch(round(float(frames.times[row[0]]), 4), round(float(ends[row[-1]]), 4), round(score, 3))
