"""How did the camera move from one picture to the next?

Corners spread evenly over the picture are tracked with pyramidal Lucas–Kanade (Bouguet 2001) and a similarity (shift,
zoom, roll) is fitted to them with RANSAC (Fischler & Bolles 1981), then to the half that agrees best (least median of
squares, Rousseeuw 1984): it follows the background and leaves out what moves by itself, however slowly. Where that
fails, as in a whip pan, phase correlation (Kuglin & Hines 1975) finds the shift alone.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from analyzers.media import FrameBatch

Grey = NDArray[np.uint8]
Floats = NDArray[np.float64]
#: dx, dy, zoom, roll and agreeing share, as in `Step`.
Motion = tuple[float, float, float, float, float]

#: Pixels of a cell; each gives its best corner, so that shares of corners are shares of the picture's area.
_CELL = 16
#: Smallest eigenvalue of a corner's gradients, as `cornerMinEigenVal` scales it, from which it stands out of noise.
_CORNER = 2e-4
#: Pixels of the tracking window and levels of the pyramid: shifts of up to a third of the shorter side.
_WINDOW, _LEVELS = (15, 15), 4
#: Share of the cells with a corner under which a picture is looked at with more light: corners in the dark are as good,
#: but too faint for a fixed bound; and how much more: beyond this a camera's noise makes corners.
_SPARSE, _MORE_LIGHT = 0.25, 3.0
#: Pixels a tracked corner may be off the common motion, or off its start when tracked back.
_OFF = 1.0
#: Corners that must be there, and the share of them that must agree, for an answer.
_FEWEST, _AGREEING = 12, 0.3
#: Pixels a corner may move and still count as standing.
_STANDING = 0.35
#: Pixels of motion under which there is none: what tracking makes of a coded picture that stands.
_NOTHING = 0.05
#: Shares of all corners and of those along the border that stand when the camera does: whatever walks through a fixed
#: picture leaves most of its border alone, while captions over a moving one are rarely at the border.
_STANDING_SHARE, _STANDING_BORDER = 0.3, 0.5
#: Share of the cells with an answer that fit better unmoved, from which the camera stands; of how many ninths of the
#: picture the same is true at least, since captions over a slow pan are the first to answer; and the ratio of squared
#: errors that is an answer.
_RESTING, _NINTHS, _CLEARLY = 0.5, 5, 0.7
#: Mean grey levels of change under which a picture without corners stands still.
_SAME_PICTURE = 2.0
#: Peak of the phase correlation from which a shift is believed: pictures of other things stay below 0.1, shifts of 40 %
#: of the width reach 0.25.
_PEAK = 0.2
#: Sharpness, as a share of that of the second before, under which a picture is smeared: a shutter open for half of the
#: time in a whip leaves 0.5.
_SMEARED = 0.65
#: When tracking a corner stops: iterations, and pixels.
_STOP = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 10, 0.03)


@dataclass(frozen=True, slots=True)
class Step:
    """The motion of the picture's content between two neighbouring frames of one shot."""

    #: Seconds of the two frames.
    start: float
    end: float
    #: Frame widths that the content moved to the right and down; NaN where it could not be followed.
    dx: float
    dy: float
    #: Logarithm of the enlargement, and radians clockwise.
    zoom: float
    roll: float
    #: Share 0–1 of the picture's corners that agree; 0 where they could not be followed.
    agreeing: float
    #: Whether one of the pictures is much less sharp than those before.
    smeared: bool


def camera_path(frames: FrameBatch, cuts: Sequence[float]) -> tuple[Step, ...]:
    """The steps between neighbouring `frames` (RGB), but for those across one of the `cuts` (seconds, sorted)."""
    grey = grey_pictures(frames)
    shot = np.searchsorted(np.asarray(cuts, dtype=np.float64), frames.times, side="right")
    smeared = _smeared(grey, shot, frames.times)
    steps: list[Step] = []
    for index in np.flatnonzero(shot[1:] == shot[:-1]).tolist():
        start, end = float(frames.times[index]), float(frames.times[index + 1])
        motion = _motion(grey(index), grey(index + 1))
        if motion is None:
            motion = _bridged(grey, shot, index) or _shifted(grey(index), grey(index + 1))
        steps.append(Step(start, end, *motion, bool(smeared[index : index + 2].any())))
    return tuple(steps)


def grey_pictures(frames: FrameBatch) -> Callable[[int], Grey]:
    """The grey picture of each frame, made when asked for; the last few are kept."""

    @lru_cache(maxsize=8)
    def grey(index: int) -> Grey:
        picture: Grey = cv2.cvtColor(frames.pixels[index], cv2.COLOR_RGB2GRAY).astype(np.uint8, copy=False)
        return picture

    return grey


def _smeared(grey: Callable[[int], Grey], shot: NDArray[np.int64], times: Floats) -> NDArray[np.bool_]:
    """Which pictures are much less sharp than those of their shot in the second before."""
    sharp = np.array([_sharpness(grey(index)) for index in range(len(times))])
    smeared = np.zeros(len(times), np.bool_)
    for index in range(len(times)):
        before = (shot == shot[index]) & (times < times[index]) & (times >= times[index] - 1.0)
        smeared[index] = before.sum() >= 3 and sharp[index] < _SMEARED * np.percentile(sharp[before], 75)
    return smeared


def _sharpness(picture: Grey) -> float:
    """Mean difference between neighbouring pixels, grey levels."""
    across, down = cv2.absdiff(picture[:, 1:], picture[:, :-1]), cv2.absdiff(picture[1:], picture[:-1])
    return float(across.mean() + down.mean())


def _motion(old: Grey, new: Grey) -> Motion | None:
    """The common motion of the corners; None where they can't be followed."""
    corners = _corners(old)
    if len(corners) < _SPARSE * (old.size // _CELL**2):
        old, new = _lit(old), _lit(new)
        corners = _corners(old)
    if len(corners) < _FEWEST:
        return (0.0, 0.0, 0.0, 0.0, 1.0) if float(cv2.absdiff(old, new).mean()) < _SAME_PICTURE else None
    here, there = _tracked(old, new, corners)
    if len(here) < max(_FEWEST, _AGREEING * len(corners)):
        return None
    common = _similarity(here, there, (old.shape[1], old.shape[0]))
    # The largest common motion may be that of something in front of a fixed camera.
    if common is None or np.hypot(common[0], common[1]) * old.shape[1] > _STANDING:
        share = _standing(here, there, old.shape)
        if share is not None:
            return 0.0, 0.0, 0.0, 0.0, share
    if common is not None and _farthest(common, old.shape[1]) > _NOTHING:
        share = _resting(old, new, common)
        if share is not None:
            return 0.0, 0.0, 0.0, 0.0, share
    return common


def _lit(picture: Grey) -> Grey:
    """`picture` with more contrast around its middle grey, as if there were more light."""
    return cv2.convertScaleAbs(picture, alpha=_MORE_LIGHT, beta=128 - _MORE_LIGHT * float(np.median(picture))).astype(
        np.uint8
    )


def _corners(picture: Grey) -> NDArray[np.float32]:
    """The best corner of every cell that has one: float32 (n, 2), x and y."""
    strength = cv2.cornerMinEigenVal(picture, blockSize=5, ksize=3)
    rows, columns = picture.shape[0] // _CELL, picture.shape[1] // _CELL
    tiles = strength[: rows * _CELL, : columns * _CELL].reshape(rows, _CELL, columns, _CELL)
    cells = tiles.transpose(0, 2, 1, 3).reshape(rows * columns, -1)
    best = cells.argmax(axis=1)
    index = np.flatnonzero(cells[np.arange(len(cells)), best] >= _CORNER)
    x = index % columns * _CELL + best[index] % _CELL
    y = index // columns * _CELL + best[index] // _CELL
    return np.column_stack([x, y]).astype(np.float32)


def _tracked(old: Grey, new: Grey, corners: NDArray[np.float32]) -> tuple[Floats, Floats]:
    """The corners that were found again, and came back when tracked backwards: where they were and are, (n, 2)."""
    points = corners.reshape(-1, 1, 2)
    there, found, _ = cv2.calcOpticalFlowPyrLK(
        old, new, points, points.copy(), winSize=_WINDOW, maxLevel=_LEVELS, criteria=_STOP
    )
    # Back from where they should be: cheap, and whatever was lost on the way doesn't find home.
    back, again, _ = cv2.calcOpticalFlowPyrLK(
        new, old, there, points.copy(), winSize=_WINDOW, maxLevel=1, criteria=_STOP, flags=cv2.OPTFLOW_USE_INITIAL_FLOW
    )
    off = np.linalg.norm((back - points).reshape(-1, 2), axis=1)
    good = (found.ravel() == 1) & (again.ravel() == 1) & (off < _OFF)
    return corners[good].astype(np.float64), there.reshape(-1, 2)[good].astype(np.float64)


def _standing(here: Floats, there: Floats, shape: tuple[int, ...]) -> float | None:
    """The share of corners that stand, if they are so many, and so spread, that the camera does; None otherwise."""
    stands = np.linalg.norm(there - here, axis=1) < _STANDING
    margin = 0.12 * min(shape)
    x, y = here.T
    border = (x < margin) | (y < margin) | (x >= shape[1] - margin) | (y >= shape[0] - margin)
    edge = float(stands[border].mean()) if border.sum() >= 6 else float(stands.mean())
    share = float(stands.mean())
    return share if share >= _STANDING_SHARE and edge >= _STANDING_BORDER else None


def _farthest(motion: Motion, width: int) -> float:
    """About how many pixels the picture's points move at most."""
    dx, dy, zoom, roll, _ = motion
    return float(np.hypot(dx, dy) + np.hypot(zoom, roll) / 2) * width


def _resting(old: Grey, new: Grey, motion: Motion) -> float | None:
    """The share of cells that fit better unmoved than moved by `motion`, if they are so many, and so spread, that the
    camera stands; None otherwise.

    Corners alone mislead before smooth slopes, when most are on what moves by itself; edges and slopes count here.
    """
    height, width = old.shape
    moved = cv2.warpAffine(old, matrix_of(*motion[:4], size=(width, height)), (width, height))
    there = cv2.warpAffine(np.ones_like(old), matrix_of(*motion[:4], size=(width, height)), (width, height))
    fits = []
    for guess in (old, moved):
        off = np.where(there, cv2.subtract(new, guess, dtype=cv2.CV_32F) ** 2, 0).astype(np.float32)
        fits.append(cv2.resize(off, (width // _CELL, height // _CELL), interpolation=cv2.INTER_AREA))
    rests, moves = ((fits[one] + 0.5 < _CLEARLY * fits[1 - one]).astype(np.float32) for one in (0, 1))
    ninths = cv2.resize(rests - moves, (3, 3), interpolation=cv2.INTER_AREA) > 0
    answers = float(rests.sum() + moves.sum())
    if answers < _FEWEST or rests.sum() < _RESTING * answers or ninths.sum() < _NINTHS:
        return None
    return float(rests.sum()) / answers


def matrix_of(dx: float, dy: float, zoom: float, roll: float, *, size: tuple[int, int]) -> Floats:
    """Where a motion (see `Step`) takes the points of a picture of `size` (width, height) pixels: (2, 3)."""
    turn = np.exp(zoom) * np.array([[np.cos(roll), -np.sin(roll)], [np.sin(roll), np.cos(roll)]])
    middle = (np.array(size) - 1) / 2
    return np.column_stack([turn, middle + np.array([dx, dy]) * size[0] - turn @ middle])


def _similarity(here: Floats, there: Floats, size: tuple[int, int]) -> Motion | None:
    here, there = (points - (np.array(size) - 1) / 2 for points in (here, there))
    matrix, agree = cv2.estimateAffinePartial2D(here, there, ransacReprojThreshold=_OFF)
    if matrix is None or float(agree.mean()) < _AGREEING or int(agree.sum()) < _FEWEST:
        return None
    # Among those within `_OFF` there can be a balloon that drifts by half of it: the best half tells the background.
    kept = agree.ravel() == 1
    finer, _ = cv2.estimateAffinePartial2D(here[kept], there[kept], method=cv2.LMEDS)
    matrix = matrix if finer is None else finer
    scale = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    roll = float(np.arctan2(matrix[1, 0], matrix[0, 0]))
    if not 0.5 < scale < 2:
        return None
    return float(matrix[0, 2]) / size[0], float(matrix[1, 2]) / size[0], float(np.log(scale)), roll, float(agree.mean())


def _bridged(grey: Callable[[int], Grey], shot: NDArray[np.int64], index: int) -> Motion | None:
    """Half the motion across a frame that can't be compared with its neighbours, such as a flash."""
    for first, last in ((index - 1, index + 1), (index, index + 2)):
        if first >= 0 and last < len(shot) and shot[first] == shot[last]:
            motion = _motion(grey(first), grey(last))
            if motion is not None:
                dx, dy, zoom, roll, agreeing = motion
                return dx / 2, dy / 2, zoom / 2, roll / 2, agreeing
    return None


def _shifted(old: Grey, new: Grey) -> Motion:
    """The shift of the whole picture, up to half of it; NaN where even that can't be told."""
    window = cv2.createHanningWindow((old.shape[1], old.shape[0]), cv2.CV_32F)
    (dx, dy), peak = cv2.phaseCorrelate(old.astype(np.float32), new.astype(np.float32), window)
    if peak < _PEAK:
        return float("nan"), float("nan"), 0.0, 0.0, 0.0
    return dx / old.shape[1], dy / old.shape[1], 0.0, 0.0, float(min(peak, 1.0))
