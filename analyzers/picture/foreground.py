"""Which pixels of a shot are foreground, without a network?

Three ways, the surest first. Before a plain backdrop: what isn't of its colour. From a tripod: what leaves the median
of the shot's pictures by more than their noise (background subtraction; the median after Lo & Velastin, 2001). Else: a
mixture of colours for the middle against one for the border, cut along the edges (GrabCut, Rother et al., 2004), which
is believed only where both have different colours. Known limits: who hardly moves before a tripod melts into the
median; GrabCut takes anything in the middle for the foreground.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from analyzers.picture.backdrops import Backdrop, Mask, Picture, backdrop_of

#: Share of a shot's pictures that must have the same backdrop.
_MOST = 0.6
#: Grey levels off the median from which a pixel is foreground, and times the noise.
_OFF, _NOISES = 10.0, 5.0
#: Grey levels off the median that the border of a tripod's pictures has at most, and share of the border that does.
_RESTS, _STANDS = 7.0, 0.8
#: Shares of the picture that something moving covers at least, on average, to be taken for all of the foreground.
_MOVING = 0.02
#: Share of the time that a zone of motion moves at least, and share of the picture of a core that is worth it.
_SOMETIMES, _CORE = 0.1, 0.02
#: Pictures of one shot that GrabCut looks at, and its rounds.
_CUTS, _ROUNDS = 3, 2
#: Shares of width and height left out around the middle at first.
_SIDE, _TOP = 0.15, 0.1
#: Overlap of colour histograms (Bhattacharyya) over which foreground and background are the same.
_SAME_COLOURS = 0.6
#: Share of the middle that a foreground covers at least, and of the picture at most.
_MIDDLE, _MOST_COVERED = 0.5, 0.9

Way = Literal["backdrop", "motion", "colour"]


@dataclass(frozen=True, slots=True)
class Foreground:
    """The foreground of some pictures of a shot."""

    #: Which of the pictures given were looked at, and bool (n, h, w): what is foreground on each.
    pictures: tuple[int, ...]
    masks: NDArray[np.bool_]
    way: Way
    #: The backdrop, where that is the way.
    backdrop: Backdrop | None = None


def foreground_of(pictures: Sequence[Picture]) -> Foreground | None:
    """The foreground of `pictures` of one shot, small RGB ones of one size; None where nothing tells it."""
    return _before_backdrop(pictures) or _that_moves(pictures) or _by_colour(pictures)


def _before_backdrop(pictures: Sequence[Picture]) -> Foreground | None:
    found = [(number, backdrop) for number, each in enumerate(pictures) if (backdrop := backdrop_of(each)) is not None]
    if len(found) < _MOST * len(pictures):
        return None
    colours = np.array([backdrop.colour for _, backdrop in found])
    if np.abs(colours - np.median(colours, axis=0)).max() > 40:
        return None
    masks = np.stack([_cleaned(~backdrop.mask) for _, backdrop in found])
    return Foreground(tuple(number for number, _ in found), masks, "backdrop", found[len(found) // 2][1])


def _that_moves(pictures: Sequence[Picture]) -> Foreground | None:
    if len(pictures) < 4:
        return None
    stack = np.stack(pictures)
    median = np.median(stack, axis=0).astype(np.int16)
    off = np.abs(stack - median).max(axis=3).astype(np.float32)
    noise = 1.4826 * float(np.median(off))
    limit = max(_OFF, _NOISES * noise)
    height, width = off.shape[1:]
    border = np.ones((height, width), bool)
    border[height // 12 : -max(1, height // 12), width // 12 : -max(1, width // 12)] = False
    if float((np.median(off[:, border], axis=0) < _RESTS).mean()) < _STANDS or noise > _RESTS:
        return None
    masks = np.stack([_cleaned(cv2.medianBlur(each, 3) > limit) for each in off])
    if masks.mean() < _MOVING:
        return None
    return _with_core(pictures, masks) or Foreground(tuple(range(len(pictures))), masks, "motion")


def _with_core(pictures: Sequence[Picture], off: NDArray[np.bool_]) -> Foreground | None:
    """The foreground where motion encloses a core without any; None where it doesn't.

    Of somebody who sways the middle is always there, and around it the median is theirs in part. So the colours decide:
    those of the core against those of what never moves.
    """
    often = off.mean(axis=0)
    zone = often >= _SOMETIMES
    zone = cv2.morphologyEx(zone.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8)).astype(bool)
    # What is off the median for most of the time has no background in it, either.
    core = _cleaned(_enclosed(zone) | (often > 0.5))
    outside = ~(zone | core)
    if core.mean() < _CORE or not outside.any():
        return None
    labels = np.where(core, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    labels[outside] = cv2.GC_BGD
    numbers = np.unique(np.linspace(0, len(pictures) - 1, _CUTS + 2).round().astype(int)[1:-1]).tolist()
    masks = np.stack([_cut(pictures[number], labels) for number in numbers])
    return Foreground(tuple(numbers), masks, "motion")


def _enclosed(zone: Mask) -> Mask:
    """What can't be reached from the upper border without crossing `zone`: people often are cut by the lower one."""
    height, width = zone.shape
    free = np.pad((~zone).astype(np.uint8), ((1, 0), (1, 1)), constant_values=1)
    free[1 + height * 3 // 4 :, [0, -1]] = 0
    _, parts = cv2.connectedComponents(free, connectivity=4)
    return np.asarray(((parts != parts[0, 0]) & (free > 0))[1:, 1 : width + 1])


def _cleaned(mask: Mask) -> Mask:
    """`mask` without specks, and with its small holes filled."""
    small, large = np.ones((3, 3), np.uint8), np.ones((5, 5), np.uint8)
    opened = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, small)
    return np.asarray(cv2.morphologyEx(opened, cv2.MORPH_CLOSE, large).astype(bool))


def _by_colour(pictures: Sequence[Picture]) -> Foreground | None:
    numbers = sorted({len(pictures) // 4, len(pictures) * 3 // 4})[:_CUTS]
    cuts = [(number, cut) for number in numbers if (cut := _cut_out(pictures[number])) is not None]
    if not cuts:
        return None
    return Foreground(tuple(number for number, _ in cuts), np.stack([cut for _, cut in cuts]), "colour")


def _cut_out(picture: Picture) -> Mask | None:
    height, width = picture.shape[:2]
    if min(height, width) < 32:
        return None
    labels = np.full((height, width), cv2.GC_BGD, np.uint8)
    left, top = round(_SIDE * width), round(_TOP * height)
    labels[top:, left : width - left] = cv2.GC_PR_BGD
    labels[top + height // 8 : height - height // 8, width // 3 : width - width // 3] = cv2.GC_PR_FGD
    mask = _cut(picture, labels)
    seed = mask[top + height // 8 : height - height // 8, width // 3 : width - width // 3]
    if seed.mean() < _MIDDLE or mask.mean() > _MOST_COVERED or _overlap(picture, mask) > _SAME_COLOURS:
        return None
    return mask


def _cut(picture: Picture, labels: NDArray[np.uint8]) -> Mask:
    """GrabCut from `labels`."""
    cv2.setRNGSeed(1)  # its clusters start at random
    labels, back, front = labels.copy(), np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(np.ascontiguousarray(picture), labels, (0, 0, 1, 1), back, front, _ROUNDS, cv2.GC_INIT_WITH_MASK)
    return _cleaned((labels == cv2.GC_FGD) | (labels == cv2.GC_PR_FGD))


def _overlap(picture: Picture, mask: Mask) -> float:
    """How much the colours inside and outside of `mask` have in common, 0–1."""
    bins = (picture // 43).astype(np.int64) @ np.array([1, 6, 36])
    inside, outside = (np.bincount(bins[each], minlength=216) / max(1, each.sum()) for each in (mask, ~mask))
    return float(np.sqrt(inside * outside).sum())
