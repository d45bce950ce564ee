"""How restless is the edge of masks over time, and is there a rim around them?

Flicker counts what turns and turns back: a pixel that differs from both the picture before and the one after, which
agree, has not moved but flickered. Counted against the length of the edge, so that it doesn't depend on the size.
"""

from collections.abc import Sequence
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from analyzers.picture.backdrops import Mask, Picture

#: Pixels around a mask: those next to its edge are mixed; then comes the rim.
_MIXED, _BROAD = 5, 13
#: Pixels of a rim and of a rest that are worth a mean.
_ENOUGH = 50


def edge_flicker(masks: NDArray[np.bool_]) -> float | None:
    """The share 0–1 of the edge of bool (n, h, w) that flickers per picture; None for fewer than three, or no edge."""
    if len(masks) < 3:
        return None
    turned = (masks[1:-1] != masks[:-2]) & (masks[1:-1] != masks[2:])
    edges = [_edge(mask) for mask in masks[1:-1]]
    total = int(sum(edge.sum() for edge in edges))
    if not total:
        return None
    near = sum(
        int((each & cv2.dilate(edge, np.ones((5, 5), np.uint8)).astype(bool)).sum())
        for each, edge in zip(turned, edges, strict=True)
    )
    return round(min(1.0, near / total), 3)


def _edge(mask: Mask) -> NDArray[np.uint8]:
    small = mask.astype(np.uint8)
    return np.asarray(cv2.morphologyEx(small, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)), np.uint8)


def rim_and_rest(pictures: Sequence[Picture], masks: Sequence[Mask]) -> tuple[float, float] | None:
    """Grey levels that change from picture to picture in a rim around the masks, and in the rest of the background.

    What any of the two pictures covers is left out. None without people, or with too few pixels to tell.
    """
    rims, rests = [], []
    for (old, new), (one, other) in zip(pairwise(pictures), pairwise(masks), strict=True):
        covered = (one | other).astype(np.uint8)
        if not covered.any():
            continue
        near, far = (cv2.dilate(covered, np.ones((size, size), np.uint8)).astype(bool) for size in (_MIXED, _BROAD))
        change = np.abs(new.astype(np.int16) - old).max(axis=2)
        rim, rest = change[far & ~near], change[~far]
        if len(rim) >= _ENOUGH and len(rest) >= _ENOUGH:
            rims.append(float(rim.mean()))
            rests.append(float(rest.mean()))
    return (float(np.median(rims)), float(np.median(rests))) if rims else None
