"""Which boxes in one picture and the next are the same thing?

Two stages as in ByteTrack (Zhang et al., ECCV 2022): what is surely seen is matched first, to tracks in sight and to
those lost for a moment; then the doubtful is matched to tracks in sight that found nothing. Places are predicted by a
Kalman filter of constant velocity, its noise in proportion to the box (as in SORT, Bewley et al. 2016). Boxes are
enlarged before their overlap is taken (C-BIoU, Yang et al., WACV 2023): at five pictures a second they move far.
Tracks end where a shot ends. Nothing about what a thing looks like is remembered.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from analyzers.models.detector import SURE, Detections
from analyzers.picture.presence import span_of
from analyzers.picture.stretches import Span

Floats = NDArray[np.float64]

#: Seconds that something may be out of sight: ByteTrack's thirty pictures at thirty per second.
_LOST = 1.0
#: Share of its width and height that a box is enlarged by on each side.
_MARGIN = 0.3
#: Overlap of enlarged boxes from which they may be the same: of sure ones, and of doubtful ones (ByteTrack: 0.5).
_SAME, _SAME_IF_DOUBTFUL = 0.2, 0.5
#: Factor on the overlap of boxes with different labels: a truck taken for a car once goes on, a rider is no horse.
_OTHER_LABEL = 0.5
#: In box sizes: how exact a detection is, how fast something is at first at most (per second), and how quickly that
#: changes (per second squared). A person is about a metre by this measure.
_EXACT, _FAST, _AGILE = 0.05, 3.0, 3.0
#: Pictures a thing must be seen in, where its shot has as many.
_ENOUGH = 2
#: Share of the newly seen width and height in those of the track.
_NEW_SIZE = 0.5


@dataclass(slots=True)
class BoxTrack:
    """One thing on its way through one shot."""

    #: Number of the shot, from 0.
    shot: int
    #: Pictures it was seen in, rising, and which of the boxes of each it is.
    pictures: list[int] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)


def follow(
    seen: Sequence[Detections], times: Floats, aspect: float, shot_starts: Sequence[float]
) -> tuple[BoxTrack, ...]:
    """The tracks of all boxes of `seen`, one per picture, by their first picture.

    `aspect`: width of the picture divided by its height. `shot_starts`: seconds at which shots begin, rising.
    """
    shot_of = np.searchsorted(np.asarray(shot_starts), times, side="right").tolist()
    ended: list[_Moving] = []
    alive: list[_Moving] = []
    for picture, detections in enumerate(seen):
        now = float(times[picture])
        here = [each for each in alive if each.track.shot == shot_of[picture]]
        going_on = [each for each in here if now - each.seen_at <= _LOST or each.track.pictures[-1] == picture - 1]
        ended += [each for each in alive if each not in going_on]
        in_sight = {id(each) for each in going_on if each.track.pictures[-1] == picture - 1}
        boxes = _square(detections.boxes, aspect)
        taken = _matched(going_on, in_sight, boxes, detections, now)
        for row, moving in taken.items():
            moving.see(boxes[row], now, picture, row, detections.labels[row])
        new = [row for row in range(len(boxes)) if row not in taken and detections.scores[row] >= SURE]
        alive = going_on + [_Moving(BoxTrack(shot_of[picture]), boxes[row]) for row in new]
        for moving, row in zip(alive[len(going_on) :], new, strict=True):
            moving.see(boxes[row], now, picture, row, detections.labels[row])
    return tuple(sorted((each.track for each in ended + alive), key=lambda track: (track.pictures[0], track.rows[0])))


def stays(tracks: Sequence[BoxTrack], times: Floats, shots: Sequence[Span]) -> list[BoxTrack]:
    """Those that are more than a chance sighting: seen in two pictures, or in the only one of their shot."""
    starts = np.array([start for start, _ in shots[1:]])
    pictures = Counter(np.searchsorted(starts, times, side="right").tolist())
    return [track for track in tracks if len(track.pictures) >= min(_ENOUGH, pictures[track.shot])]


def seconds_of(track: BoxTrack, times: Floats, end: float, shots: Sequence[Span]) -> Span:
    """From its first picture to the one after its last, or to the end of its shot."""
    start, after = span_of(track.pictures[0], track.pictures[-1], times, end)
    return round(start, 3), round(max(start, min(after, shots[track.shot][1])), 3)


class _Moving:
    """Where a track is and how fast it moves, in picture heights."""

    def __init__(self, track: BoxTrack, box: Floats) -> None:
        self.track = track
        self.label = ""
        self.seen_at = 0.0
        self._middle, self._size = _middle_and_size(box)
        self._velocity = np.zeros(2)
        #: Of place and velocity, in box sizes; the same across and down.
        self._doubt = np.diag([_EXACT**2, _FAST**2])

    def see(self, box: Floats, now: float, picture: int, row: int, label: str) -> None:
        """Goes on with `box`."""
        if self.track.pictures:
            self._correct(box, now - self.seen_at)
        self.track.pictures.append(picture)
        self.track.rows.append(row)
        self.seen_at, self.label = now, label

    def box_at(self, now: float) -> Floats:
        """x1, y1, x2, y2 where it should be."""
        middle = self._middle + self._velocity * (now - self.seen_at)
        return np.concatenate((middle - self._size / 2, middle + self._size / 2))

    def _correct(self, box: Floats, waited: float) -> None:
        """The Kalman filter's step, `waited` seconds after the one before."""
        step = np.array([[1.0, waited], [0.0, 1.0]])
        push = np.array([waited**2 / 2, waited]) * _AGILE
        doubt = step @ self._doubt @ step.T + np.outer(push, push)
        gain = doubt[:, 0] / (doubt[0, 0] + _EXACT**2)
        middle, size = _middle_and_size(box)
        expected = self._middle + self._velocity * waited
        self._middle = expected + gain[0] * (middle - expected)
        self._velocity = self._velocity + gain[1] * (middle - expected)
        self._doubt = doubt - np.outer(gain, doubt[0])
        self._size = (1 - _NEW_SIZE) * self._size + _NEW_SIZE * size


def _matched(
    going_on: Sequence[_Moving], in_sight: set[int], boxes: Floats, detections: Detections, now: float
) -> dict[int, _Moving]:
    """Which track each of the boxes goes on with, by row."""
    sure = [row for row in range(len(boxes)) if detections.scores[row] >= SURE]
    taken = _paired(going_on, sure, boxes, detections.labels, now, _SAME)
    doubtful = [row for row in range(len(boxes)) if detections.scores[row] < SURE]
    found = {id(moving) for moving in taken.values()}
    left = [moving for moving in going_on if id(moving) in in_sight - found]
    return taken | _paired(left, doubtful, boxes, detections.labels, now, _SAME_IF_DOUBTFUL)


def _paired(
    tracks: Sequence[_Moving], rows: Sequence[int], boxes: Floats, labels: Sequence[str], now: float, least: float
) -> dict[int, _Moving]:
    """The pairing of `tracks` and `rows` whose boxes overlap most in all, without pairs that overlap by less."""
    if not tracks or not rows:
        return {}
    overlap = _overlap(np.stack([track.box_at(now) for track in tracks]), boxes[list(rows)])
    same = np.array([[track.label == labels[row] for row in rows] for track in tracks])
    overlap = np.where(same, overlap, _OTHER_LABEL * overlap)
    overlap[overlap < least] = 0.0
    lines, columns = linear_sum_assignment(overlap, maximize=True)
    pairs = zip(lines.tolist(), columns.tolist(), strict=True)
    return {rows[column]: tracks[line] for line, column in pairs if overlap[line, column] > 0}


def _overlap(ours: Floats, theirs: Floats) -> Floats:
    """Intersection over union of each of `ours` (m, 4) with each of `theirs` (n, 4), all enlarged: (m, n)."""
    ours, theirs = _enlarged(ours)[:, None], _enlarged(theirs)[None]
    low, high = np.maximum(ours[..., :2], theirs[..., :2]), np.minimum(ours[..., 2:], theirs[..., 2:])
    shared = np.prod(np.clip(high - low, 0, None), axis=-1)
    areas = [np.prod(boxes[..., 2:] - boxes[..., :2], axis=-1) for boxes in (ours, theirs)]
    return np.asarray(shared / np.maximum(areas[0] + areas[1] - shared, 1e-12))


def _enlarged(boxes: Floats) -> Floats:
    margin = np.tile(boxes[:, 2:] - boxes[:, :2], 2) * _MARGIN
    return np.asarray(boxes + margin * np.array([-1, -1, 1, 1]))


def _square(boxes: NDArray[np.float32], aspect: float) -> Floats:
    """Normalised boxes in picture heights, across as well as down."""
    return np.asarray(boxes.astype(np.float64).reshape(-1, 4) * np.array([aspect, 1.0, aspect, 1.0]))


def _middle_and_size(box: Floats) -> tuple[Floats, Floats]:
    return (box[:2] + box[2:]) / 2, np.maximum(box[2:] - box[:2], 1e-6)
