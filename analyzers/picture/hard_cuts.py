"""Where does one picture abruptly replace another?

A candidate is a step between neighbouring frames that is large and stands alone. It is a cut when most of the new
picture can't be found in the old one, and the old picture does not come back at once. So flashes (they pass), strobing
and whip pans (no step stands alone), shake and zoom (the picture is found elsewhere) and captions or objects that pop
up (most of the picture stays) are none. The stand-alone rule follows PySceneDetect's adaptive detector and Yeo & Liu,
"Rapid scene analysis on compressed video" (1995); the return rule is the usual flash test of Zhang et al. (1993).
"""

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from analyzers.media import FrameBatch
from analyzers.picture.likeness import Floats, Thumbnails, has_details, unexplained

#: Mean grey levels between neighbouring thumbnails under which nothing can have been replaced: coding noise reaches 1.
_FLOOR = 2.0
#: Seconds a flash lasts at most, three frames of a 24 Hz film and a little; and frames, for slow frame rates.
_FLASH_SECONDS, _FLASH_FRAMES = 0.14, 4
#: How many times larger than its neighbours a lonely step is.
_ALONE = 1.6
#: A step so much larger stands out even among neighbours that can't be explained by motion.
_ALONE_IN_TURMOIL = 3.0
#: Share of the step at which two pictures on either side count as the same one: it came back.
_RETURNED = 0.35
#: Share of the change around a cut that its one step carries: nearly all, half with a blended frame between; within a
#: dissolve of shaking pictures less.
_CARRIES = 0.45
#: Share of the picture that must be new. Half: captions, stickers and people take less, another shot takes more.
NEW_PICTURE = 0.5


@dataclass(frozen=True, slots=True)
class HardCut:
    """A cut between two frames."""

    #: Index of the first frame of the new shot.
    index: int
    #: Share 0–1 of the picture that is new.
    score: float


def steps(colours: Floats) -> Floats:
    """Mean grey levels between each thumbnail and the one before it: float32 (n,), 0 for the first."""
    change = np.zeros(len(colours), np.float32)
    for start in range(1, len(colours), 2048):
        part = colours[start - 1 : start + 2048]
        change[start : start + 2048] = np.abs(np.diff(part, axis=0)).mean(axis=(1, 2))
    return change


def find_hard_cuts(frames: FrameBatch, thumbs: Thumbnails) -> tuple[HardCut, ...]:
    """The cuts of `frames` (RGB), whose thumbnails are `thumbs`."""
    colours = thumbs.colours
    change = steps(colours)
    reach = _flash_frames(frames.times)
    loud = _loudness(change, reach)
    lonely = (change >= _FLOOR) & (change >= _ALONE * loud.min(axis=1))
    # What is shown for no longer than a flash at the very beginning or end may be one.
    candidates = reach + 1 + np.flatnonzero(lonely[reach + 1 : len(change) - reach])
    cuts = []
    for index in candidates.tolist():
        score = _replaced(frames, colours, change, index, reach, float(loud[index].max()))
        if score >= NEW_PICTURE:
            cuts.append(HardCut(index, score))
    return _merged(cuts, reach)


def _flash_frames(times: NDArray[np.float64]) -> int:
    """How many frames a flash may last."""
    if len(times) < 2:
        return _FLASH_FRAMES
    return max(_FLASH_FRAMES, round(_FLASH_SECONDS / float(np.median(np.diff(times)))))


def _loudness(change: Floats, reach: int) -> Floats:
    """The second largest step among the `reach` before and after each one: float32 (n, 2).

    The second largest, so that the cut before or after in a quick montage does not hide this one.
    """
    padded = np.pad(change, reach)
    windows = sliding_window_view(padded, reach)
    second = np.partition(windows, -2, axis=1)[:, -2]
    count = len(change)
    return np.stack([second[:count], second[reach + 1 : reach + 1 + count]], axis=1)


def _replaced(frames: FrameBatch, colours: Floats, change: Floats, index: int, reach: int, loudest: float) -> float:
    """The share of frame `index` that is new for good; 0 where the change is motion, or passes."""
    step = float(change[index])
    if _returns(colours, step, index, reach) or step < _CARRIES * _change_around(colours, index, reach):
        return 0.0
    new = unexplained(frames.pixels[index - 1], frames.pixels[index])
    if new < NEW_PICTURE:
        return 0.0
    if change[index] < _ALONE * loudest and _in_fade(frames, index):
        return 0.0
    if change[index] < _ALONE * loudest and _in_turmoil(frames, change, index, reach):
        return 0.0 if change[index] < _ALONE_IN_TURMOIL * loudest else new
    return new if _still_new(frames, index, reach) else 0.0


def _returns(colours: Floats, step: float, index: int, reach: int) -> bool:
    """Whether a picture from just before is back just after."""
    # One more on either side than a flash is long, so that both its beginning and its end see the picture beyond it.
    before = colours[max(0, index - reach - 1) : index]
    after = colours[index : index + reach + 1]
    distance = np.abs(before[:, None] - after[None]).mean(axis=(2, 3))
    apart = np.arange(len(before), 0, -1)[:, None] + np.arange(len(after))[None]
    return bool((distance[apart <= reach + 1] < _RETURNED * step).any())


def _change_around(colours: Floats, index: int, reach: int) -> float:
    """Mean grey levels between the pictures a flash's length before and after the step."""
    return float(np.abs(colours[index + reach] - colours[index - 1 - reach]).mean())


def _in_fade(frames: FrameBatch, index: int) -> bool:
    """Whether one side of the step is a plain colour, so that equal steps beside it are a ramp out of it or into it."""
    return not (has_details(frames.pixels[index - 1]) and has_details(frames.pixels[index]))


def _in_turmoil(frames: FrameBatch, change: Floats, index: int, reach: int) -> bool:
    """Whether the neighbouring steps are as inexplicable as this one: a whip pan, strobing, confetti."""
    window = [k for k in range(max(1, index - reach), min(len(change), index + reach + 1)) if k != index]
    worst = sorted(window, key=lambda k: -change[k])[:2]
    return all(unexplained(frames.pixels[k - 1], frames.pixels[k]) >= NEW_PICTURE for k in worst)


def _still_new(frames: FrameBatch, index: int, reach: int) -> bool:
    """Whether the picture is still another one when a flash would be over, however the camera moved meanwhile."""
    before, after = max(0, index - 2), min(len(frames) - 1, index + reach)
    return (
        unexplained(frames.pixels[index - 1], frames.pixels[after]) >= NEW_PICTURE
        and unexplained(frames.pixels[before], frames.pixels[min(len(frames) - 1, index + 1)]) >= NEW_PICTURE
    )


def _merged(cuts: list[HardCut], reach: int) -> tuple[HardCut, ...]:
    """One cut where old and new picture are a blend or a flash apart: the first clean frame of the new shot."""
    kept: list[HardCut] = []
    for cut in cuts:
        if kept and cut.index - kept[-1].index <= reach // 2:
            kept.pop()
        kept.append(cut)
    return tuple(kept)
