"""What does the camera see at each moment of a storyboard?"""

from collections.abc import Iterator

import cv2
import numpy as np

from mass_processing.demo.captions import Plate, write
from mass_processing.demo.scenery import Picture, balloon, scenery
from mass_processing.demo.storyboards import FPS, Caption, Shot, Storyboard


def frames(board: Storyboard, size: tuple[int, int]) -> Iterator[Picture]:
    """All frames of the clip, one at a time."""
    plates = [(caption, write(caption.text, caption.middle, size)) for caption in board.captions]
    views = _Views(board, size)
    for number in range(round(board.seconds * FPS)):
        time = number / FPS
        picture = _seen(board, views, time)
        _lay_captions(picture, plates, time)
        yield picture


def _seen(board: Storyboard, views: "_Views", time: float) -> Picture:
    """The frame at `time`, without captions."""
    current = max(number for number, shot in enumerate(board.shots) if time >= shot.start - shot.dissolve / 2)
    shot = board.shots[current]
    if time >= shot.start + shot.dissolve / 2:
        views.pop(current - 1, None)  # a shot's canvas is large, and it doesn't come back
        return views[current].at(time - shot.start)
    share = (time - shot.start) / shot.dissolve + 0.5
    before = views[current - 1].at(time - board.shots[current - 1].start)
    return np.asarray(cv2.addWeighted(views[current].at(time - shot.start), share, before, 1 - share, 0), np.uint8)


class _Views(dict[int, "_View"]):
    """The views of a storyboard's shots, painted when first looked at."""

    def __init__(self, board: Storyboard, size: tuple[int, int]) -> None:
        super().__init__()
        self._board = board
        self._size = size

    def __missing__(self, number: int) -> "_View":
        ends = [*(shot.start for shot in self._board.shots[1:]), self._board.seconds]
        shot = self._board.shots[number]
        self[number] = _View(shot, ends[number] - shot.start, self._size, seed=len(self._board.name) * 100 + number)
        return self[number]


class _View:
    """What the camera sees of one place: a window onto a canvas that is as large as its movement needs."""

    def __init__(self, shot: Shot, seconds: float, size: tuple[int, int], seed: int) -> None:
        height, width = size
        self._shot, self._size = shot, size
        # Zooming out shows more and more: the canvas has the size of the last view.
        self._widest = min(1.0, shot.zoom) ** -seconds
        painted = (
            round(height * self._widest),
            round(width * (self._widest + abs(shot.pan) * (seconds + shot.dissolve))),
        )
        self._canvas = scenery(shot.place, shot.light, painted, seed)
        self._balloon, mask = balloon(max(8, height // 9), seed)
        self._mask = mask[..., None]

    def at(self, seconds: float) -> Picture:
        """The frame `seconds` after the shot's start; the caller may draw on it."""
        height, width = self._size
        shot = self._shot
        if shot.pan == 0 and shot.zoom == 1:
            picture = self._canvas.copy()
        else:
            scale = shot.zoom**seconds
            canvas_height, canvas_width = self._canvas.shape[:2]
            shift_x = -shot.pan * width * seconds if shot.pan else width / 2 - scale * canvas_width / 2
            shift_y = height / 2 - scale * canvas_height / 2
            window = np.array([[scale, 0, shift_x], [0, scale, shift_y]], np.float32)
            picture = np.asarray(cv2.warpAffine(self._canvas, window, (width, height), borderMode=cv2.BORDER_REFLECT))
        self._fly(picture, seconds)
        return picture

    def _fly(self, picture: Picture, seconds: float) -> None:
        """A balloon drifts through the sky, so that a standing camera sees something move."""
        height, width = self._size
        tall, wide = self._mask.shape[:2]
        x = round(width * (0.12 + 0.03 * seconds))
        y = round(height * (0.3 - 0.008 * seconds))
        part = picture[y : y + tall, x : x + wide]
        mask = self._mask[:, : part.shape[1]]
        part[:] = (part + mask * (self._balloon[:, : part.shape[1]].astype(np.float32) - part)).astype(np.uint8)


def _lay_captions(picture: Picture, plates: list[tuple[Caption, Plate]], time: float) -> None:
    for caption, plate in plates:
        if caption.start <= time < caption.end:
            plate.lay_on(picture)
