"""Must a picture be read, or does a glance tell that nothing new is written in it?

A glance is the text finder on a small copy, for a sixth of what reading costs. It misses no text of a caption's size
but takes much for text that is none; what was read and found to be none is remembered while it looks the same. Smaller
text is found because a picture is read anyway in a new shot and every few seconds, more rarely the longer that was in
vain.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from analyzers.media import FrameBatch
from analyzers.models.text_reader import TextReader

#: Seconds after which a picture is read whatever the glance says: at first, and at most.
_PATIENCE, _MOST_PATIENCE = 4.0, 16.0
#: Mean grey levels between two pictures, each blurred to _SHOT_SIDE pixels a side, from which it is another shot.
_OTHER_SHOT, _SHOT_SIDE = 20.0, 16
#: Share of a line's height around it in which a glance sees nothing but that line.
_AROUND = 0.3
#: Mean grey levels by which what was no text may change and still be none.
_SAME = 4.0
#: Lines that are recognised in the time that a glance saves, with some to spare.
_FEW = 2
#: How many places that are no text are remembered.
_MEMORY = 24

Box = tuple[float, float, float, float]
Grey = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class _NoText:
    """A place that a glance took for text and that has none."""

    #: Pixels of the sampled picture.
    box: Box
    look: Grey


class Lookout:
    """The glances at one video, in order of time."""

    def __init__(self, frames: FrameBatch, reader: TextReader) -> None:
        self._frames, self._reader = frames, reader
        self._no_text: list[_NoText] = []
        self._patience = _PATIENCE
        self._read_at: float | None = None
        self._last_shot: NDArray[np.float32] | None = None
        #: What the glance at the present picture saw beside known things; None when it was not glanced at.
        self._news: NDArray[np.bool_] | None = None
        self._waited_long = False

    def calls(self, index: int, grey: Grey, known: Iterable[Box], *, unsure: int) -> bool:
        """Whether picture `index` (`grey`) must be read though lines stand in the boxes `known`, `unsure` of which have
        to be recognised again otherwise.
        """
        self._news = None
        self._waited_long = self._read_at is None or float(self._frames.times[index]) - self._read_at >= self._patience
        picture = self._frames.pixels[index]
        if unsure > _FEW or self._waited_long or self._is_other_shot(grey):
            return True
        if not self._reader.glances_are_cheap(picture):
            return True
        self._news = self._reader.glance(picture)
        same = (each.box for each in self._no_text if _mean_change(each, grey) <= _SAME)
        _clear(self._news, [*map(_grown, known), *same], grey.shape)
        return bool(self._news.any())

    def was_read(self, index: int, grey: Grey, lines: Iterable[Box], *, found_new: bool) -> None:
        """Learns from the reading of picture `index`, where text stands in the boxes `lines`."""
        if found_new:
            self._patience = _PATIENCE
        elif self._waited_long and self._read_at is not None:
            self._patience = min(2 * self._patience, _MOST_PATIENCE)
        self._read_at = float(self._frames.times[index])
        self._last_shot = _shot_of(grey)
        if self._news is not None:
            _clear(self._news, map(_grown, lines), grey.shape)
            self._no_text += [_NoText(box, _cut(grey, box).copy()) for box in _places(self._news, grey.shape)]
            self._no_text = self._no_text[-_MEMORY:]

    def _is_other_shot(self, grey: Grey) -> bool:
        return self._last_shot is None or float(np.abs(self._last_shot - _shot_of(grey)).mean()) > _OTHER_SHOT


def _shot_of(grey: Grey) -> NDArray[np.float32]:
    return np.asarray(cv2.resize(grey, (_SHOT_SIDE, _SHOT_SIDE), interpolation=cv2.INTER_AREA), dtype=np.float32)


def _mean_change(place: _NoText, grey: Grey) -> float:
    return float(cv2.absdiff(place.look, _cut(grey, place.box)).mean())


def _grown(box: Box) -> Box:
    around = _AROUND * min(box[2] - box[0], box[3] - box[1])
    return box[0] - around, box[1] - around, box[2] + around, box[3] + around


def _clear(mask: NDArray[np.bool_], boxes: Iterable[Box], size: tuple[int, ...]) -> None:
    """Unsets `mask` within `boxes`, given in pixels of a picture of `size` (height, width)."""
    across, down = mask.shape[1] / size[1], mask.shape[0] / size[0]
    for x1, y1, x2, y2 in boxes:
        rows = slice(max(0, int(y1 * down)), max(0, int(np.ceil(y2 * down))))
        mask[rows, max(0, int(x1 * across)) : max(0, int(np.ceil(x2 * across)))] = False


def _places(mask: NDArray[np.bool_], size: tuple[int, ...]) -> list[Box]:
    """The boxes of what is set in `mask`, in pixels of a picture of `size` (height, width)."""
    across, down = size[1] / mask.shape[1], size[0] / mask.shape[0]
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    return [
        (float(x * across), float(y * down), float((x + w) * across), float((y + h) * down))
        for x, y, w, h, _ in stats[1:].tolist()
    ]


def _cut(grey: Grey, box: Box) -> Grey:
    x1, y1 = int(box[0]), int(box[1])
    return grey[y1 : max(y1 + 1, round(box[3])), x1 : max(x1 + 1, round(box[2]))]
