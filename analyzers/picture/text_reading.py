"""Which lines of text stand in each sampled picture, for as little reading as possible?

Every other picture worth reading is read. One between two readings takes its lines from them, each that looks the
same there; it is read itself only when a line of its neighbours is neither there nor clearly replaced by another. A
line where nothing changed since the last reading is not recognised again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from analyzers.media import FrameBatch
from analyzers.models.korean_reader import KoreanReader, lacks_letters
from analyzers.models.text_reader import TextReader
from analyzers.picture.text_gate import fresh_detail

#: Pictures read and lines recognised in one video at most: about 20 s of one CPU core.
MAX_PICTURES, MAX_LINES = 240, 600
#: Lines recognised in one picture at most, the highest first: a page of text is not a caption.
_MAX_LINES_AT_ONCE = 24
#: Pixels: lower lines can't be read.
_MIN_HEIGHT = 7.0
#: Correlation from which two cuts hold the same letters: at the median letter, and at the worst.
_THERE, _THERE_TO_THE_LAST = 0.55, 0.5
#: Levels (of 255) that the most changed part of a letter may differ by and count as untouched; coding makes 2 to 4.
_UNTOUCHED = 8.0
#: Correlation by which one of two texts must be likelier than the other to be taken without reading.
_CLEARLY = 0.2
#: A letter cell with less than this share of the strongest one's contrast is a gap between words.
_GAP = 0.35

Box = tuple[float, float, float, float]
#: Blocks with new detail from which there may be a line of text: a word of four letters covers two.
_FRESH_BLOCKS = 2


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text in one picture."""

    #: x1, y1, x2, y2 in pixels of the sampled picture.
    box: Box
    #: Pixels of the sampled picture: the line's height, across its reading direction.
    height: float
    text: str
    #: Confidence 0–1.
    score: float
    #: uint8, (h, w): the box in grey, to recognise it by.
    look: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Survey:
    """What was read in a video."""

    #: One entry per sampled picture.
    lines: tuple[tuple[Line, ...], ...]
    #: Pictures read, and pictures that should have been.
    pictures_read: int
    pictures_wanted: int
    #: Lines found but not recognised, for lack of budget.
    lines_unread: int
    #: Lines found in which nothing could be read: letters of a script that no recogniser here knows.
    lines_unknown: int


def read_through(
    frames: FrameBatch,
    worth: Sequence[int],
    reader: TextReader,
    korean: KoreanReader | None = None,
    pictures: int = MAX_PICTURES,
) -> Survey:
    """The lines in every picture of `frames` (RGB), reading at most `pictures` of those `worth` it."""
    reading = _Reading(frames, reader, korean)
    wanted = [*worth[:-1:2], worth[-1]]
    first = _spread(wanted, pictures)
    for index in first:
        reading.read(index, near=reading.known_before(index))
    unclear: list[int] = []
    for before, after in pairwise(first):
        for index in (each for each in worth if before < each < after):
            if not reading.inherit(index, before, after):
                unclear.append(index)
    rest = _spread(unclear, pictures - len(first))
    for index in rest:
        reading.read(index, near=(*reading.known_before(index), *reading.known_after(index)))
    return Survey(
        lines=reading.filled(),
        pictures_read=len(first) + len(rest),
        pictures_wanted=len(wanted) + len(unclear),
        lines_unread=reading.unread,
        lines_unknown=reading.unknown,
    )


class _Reading:
    """One video being read: the lines of the pictures known so far."""

    def __init__(self, frames: FrameBatch, reader: TextReader, korean: KoreanReader | None) -> None:
        self._frames, self._reader, self._korean = frames, reader, korean
        self._lines: dict[int, tuple[Line, ...]] = {}
        self._left = MAX_LINES
        self.unread = self.unknown = 0

    def known_before(self, index: int) -> tuple[Line, ...]:
        return self._lines.get(max((each for each in self._lines if each < index), default=-1), ())

    def known_after(self, index: int) -> tuple[Line, ...]:
        return self._lines.get(min((each for each in self._lines if each > index), default=-1), ())

    def read(self, index: int, near: Sequence[Line]) -> None:
        """Reads picture `index`; the lines `near` in time that are still there are taken over where that is safe."""
        picture = self._frames.pixels[index]
        grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
        kept: list[Line] = []
        for line in near:
            if is_there(line, grey, all_letters=True) and not _covering(kept, line.box):
                kept.append(line)
        fresh: list[NDArray[np.float32]] = []
        for corners in sorted(self._reader.find(picture), key=_height, reverse=True):
            covered = _covering(kept, _box(corners))
            if _height(corners) < _MIN_HEIGHT or (covered and _says_nothing_new(_box(corners), covered, grey)):
                continue
            kept = [line for line in kept if line not in covered]
            fresh.append(corners)
        self._lines[index] = (*kept, *self._recognised(picture, grey, fresh))

    def _recognised(
        self, picture: NDArray[np.uint8], grey: NDArray[np.uint8], found: Sequence[NDArray[np.float32]]
    ) -> tuple[Line, ...]:
        """What the lines `found` say, as far as the budget goes; those that say nothing are left out."""
        now = found[: min(_MAX_LINES_AT_ONCE, self._left)]
        self._left -= len(now)
        self.unread += len(found) - len(now)
        lines: list[Line] = []
        for corners, said in zip(now, self._reader.read(picture, now), strict=True):
            if self._korean is not None and lacks_letters(said.text, corners):
                said = self._korean.read(picture, corners, otherwise=said)
            if said.text:
                lines.append(_line(corners, grey, said.text, said.score))
            else:
                self.unknown += 1
        return tuple(lines)

    def inherit(self, index: int, before: int, after: int) -> bool:
        """Takes the lines of picture `index` from those of `before` and `after`; False when they don't explain it."""
        grey = cv2.cvtColor(self._frames.pixels[index], cv2.COLOR_RGB2GRAY)
        offered = [(_likeness(line, grey), line) for line in (*self._lines[before], *self._lines[after])]
        there: list[tuple[float, Line]] = []
        explained = True
        for likeness, line in sorted(offered, key=lambda each: -each[0]):
            rivals = [each for each in there if overlap(each[1].box, line.box) > 0.5]
            if not rivals and likeness >= _THERE:
                there.append((likeness, line))
            else:
                explained &= any(_beats(rival, (likeness, line)) for rival in rivals)
        self._lines[index] = tuple(line for _, line in there)
        return explained and not self._shows_more(index, before, after)

    def _shows_more(self, index: int, before: int, after: int) -> bool:
        """Whether beside its lines something like text stands in picture `index` alone."""
        pixels = self._frames.pixels
        fresh = fresh_detail(pixels[index], (pixels[before], pixels[after]))
        down, across = np.array(fresh.shape) / pixels.shape[1:3]
        for x1, y1, x2, y2 in (line.box for line in self._lines[index]):
            fresh[int(y1 * down) : int(y2 * down) + 1, int(x1 * across) : int(x2 * across) + 1] = False
        return int(fresh.sum()) >= _FRESH_BLOCKS

    def filled(self) -> tuple[tuple[Line, ...], ...]:
        """The lines of every picture: one that was not worth reading shows what the one before shows."""
        lines: list[tuple[Line, ...]] = []
        for index in range(len(self._frames)):
            lines.append(self._lines.get(index, lines[-1] if lines else ()))
        return tuple(lines)


def overlap(one: Box, other: Box) -> float:
    """The shared area as a share of the smaller box, 0–1."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    if width <= 0 or height <= 0:
        return 0.0
    return width * height / max(min(_area(one), _area(other)), 1e-6)


def is_there(line: Line, grey: NDArray[np.uint8], *, all_letters: bool = False) -> bool:
    """Whether most, or all, letters of `line` stand in the same place of the grey picture."""
    likeness = letter_likeness(line.look, _cut(grey, line.box))
    return bool(likeness.min() >= _THERE_TO_THE_LAST if all_letters else np.median(likeness) >= _THERE)


def is_untouched(line: Line, grey: NDArray[np.uint8]) -> bool:
    """Whether the picture is the same where `line` stands, down to each stroke and the ground between them."""
    change = cv2.absdiff(line.look, _cut(grey, line.box))
    height, width = change.shape
    cell = max(4, round(line.height / 3))
    cells = cv2.resize(change, (max(1, width // cell), max(1, height // cell)), interpolation=cv2.INTER_AREA)
    return float(cells.max()) <= min(_UNTOUCHED, 0.25 * float(line.look.std()))


def letter_likeness(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The correlation (−1…1) of two cuts of one size, in square cells about as wide as a letter, gaps left out."""
    if one.shape[0] > one.shape[1]:
        one, other = one.T, other.T
    height, width = one.shape
    cells = max(1, round(width / height))
    a, b = (_cells(each, cells) for each in (one, other))
    strength = np.sqrt((a * a).sum(axis=1))
    lettered = strength > max(1.0, _GAP * float(strength.max()))
    norms = strength * np.sqrt((b * b).sum(axis=1))
    likeness = (a * b).sum(axis=1) / np.maximum(norms, 1e-6)
    return np.asarray(likeness[lettered] if lettered.any() else [0.0], dtype=np.float32)


def _cells(look: NDArray[np.uint8], cells: int) -> NDArray[np.float32]:
    """`look` as (cells, pixels), each cell's mean taken off."""
    width = max(1, look.shape[1] // cells)
    parts = look[:, : width * cells].astype(np.float32).reshape(look.shape[0], cells, width).transpose(1, 0, 2)
    flat = parts.reshape(cells, -1)
    return np.asarray(flat - flat.mean(axis=1, keepdims=True), dtype=np.float32)


def _likeness(line: Line, grey: NDArray[np.uint8]) -> float:
    """How much the picture looks like `line` where that stood: −1…1, and 2 if nothing changed there."""
    if is_untouched(line, grey):
        return 2.0
    return float(np.median(letter_likeness(line.look, _cut(grey, line.box))))


def _beats(one: tuple[float, Line], other: tuple[float, Line]) -> bool:
    """Whether it is clear that the first line stands where the second could stand too."""
    return one[1].text == other[1].text or one[0] - other[0] >= _CLEARLY


def _covering(lines: Iterable[Line], box: Box) -> list[Line]:
    """Those of `lines` that stand where `box` is."""
    return [line for line in lines if overlap(line.box, box) > 0.5]


def _says_nothing_new(box: Box, lines: Sequence[Line], grey: NDArray[np.uint8]) -> bool:
    """Whether `box`, found where `lines` still stand, is a fragment of them or nothing changed in it."""
    known = sum(_area(line.box) for line in lines)
    if _area(box) < 0.7 * known:
        return True
    return _area(box) < 1.2 * known and all(is_untouched(line, grey) for line in lines)


def _line(corners: NDArray[np.float32], grey: NDArray[np.uint8], text: str, score: float) -> Line:
    box = _box(corners)
    return Line(box=box, height=_height(corners), text=text, score=score, look=_cut(grey, box).copy())


def _box(corners: NDArray[np.float32]) -> Box:
    (x1, y1), (x2, y2) = corners.min(axis=0), corners.max(axis=0)
    return float(x1), float(y1), float(x2), float(y2)


def _area(box: Box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def _height(corners: NDArray[np.float32]) -> float:
    """Pixels across the reading direction; the shorter side, as lines are longer than high."""
    sides = np.linalg.norm(corners - np.roll(corners, -1, axis=0), axis=1)
    return float(min(sides[0] + sides[2], sides[1] + sides[3]) / 2)


def _cut(grey: NDArray[np.uint8], box: Box) -> NDArray[np.uint8]:
    x1, y1 = int(box[0]), int(box[1])
    return grey[y1 : max(y1 + 1, round(box[3])), x1 : max(x1 + 1, round(box[2]))]


def _spread(items: Iterable[int], most: int) -> list[int]:
    """At most `most` of `items`, evenly chosen, first and last among them."""
    every = list(items)
    if len(every) <= most:
        return every
    return [every[index] for index in np.unique(np.linspace(0, len(every) - 1, max(0, most)).round().astype(int))]
