"""Where are faces in a picture, without a network?

The Haar cascades inside OpenCV's wheel (Viola & Jones 2001; Lienhart & Maydt 2002; BSD 3-clause, by Intel): nothing is
fetched. One cascade alone takes every sixtieth picture of walls and machines for a face; so what one finds at a small
size must be found by another, trained apart, in a close look. Profiles are only followed from a face that was seen from
the front: the profile cascade alone is wrong more often than right. Faces under a twelfth of the picture are not found.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from analyzers.contract import Model, ModelInfo
from analyzers.errors import Unavailable
from analyzers.models import ModelSource
from analyzers.models.face_detector import Box, SeenFace

Grey = NDArray[np.uint8]

#: The cascade that searches, the one that must agree, and the one for profiles, which face left.
_SEARCHES, _AGREES, _PROFILE = "frontalface_alt2", "frontalface_alt", "profileface"
#: Pixels of the whole picture as it is searched, and of the smallest box in it.
_AREA, _SMALLEST = 57_600, 20
#: Growth from one size to the next, and neighbouring hits a box needs, in the search and in the close look.
_STEP, _NEIGHBOURS = 1.2, 2
_CLOSE_STEP, _CLOSE_NEIGHBOURS = 1.1, 3
#: Side of the box in a close look, pixels; how far around is looked, in boxes; how much the size may differ.
_CLOSE_SIDE, _AROUND, _SIZES = 48, 0.5, 1.45
#: A cascade's square reaches past the face. The part of it that is face, from the forehead to the chin, as shares of
#: its side from its left, top, right and bottom; by eye on real faces, frontal and profile.
_FACE_PART = (0.14, 0.1, 0.14, 0.0)
#: What two agreeing cascades, and a profile where a face was before, are worth as a score 0–1.
_SURE, _FOLLOWED = 0.8, 0.6


class FaceCascades(Model):
    """Finds faces seen from the front, and follows them; safe to call from several threads."""

    role: ClassVar[str] = "face_cascades"

    def __init__(self, folder: Path, info: ModelInfo) -> None:
        self.info = info
        self.backend = "opencv"
        self._folder = folder
        # A cascade remembers what it looks at, so no two threads may share one.
        self._idle: list[dict[str, Any]] = [self._read()]
        self._lock = threading.Lock()

    @classmethod
    def load(cls, source: ModelSource) -> Self:
        """Raises: Unavailable, with the command that mends it."""
        data = getattr(cv2, "data", None)
        folder = Path(data.haarcascades) if data is not None else Path()
        if not (folder / _file(_SEARCHES)).is_file():
            raise Unavailable(
                f"opencv {cv2.__version__} has no face cascades; run: pip install 'opencv-python-headless<5'"
            )
        return cls(folder, source.spec(cls).info)

    def find(self, picture: NDArray[np.uint8]) -> list[SeenFace]:
        """The faces of `picture`, uint8 (h, w, 3) RGB, seen from the front."""
        scale = min(1.0, (_AREA / (picture.shape[0] * picture.shape[1])) ** 0.5)
        if min(picture.shape[:2]) * scale < _SMALLEST:
            return []
        grey = _grey(picture)
        small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else grey
        with self._cascades() as cascades:
            boxes = cascades[_SEARCHES].detectMultiScale(small, _STEP, _NEIGHBOURS, 0, (_SMALLEST, _SMALLEST))
            squares = [tuple(float(part) / scale for part in box[:3]) for box in boxes]
            looks = [_look(cascades, _AGREES, grey, square) for square in squares]
        return [_face(square, grey, _SURE, 1.0) for square in looks if square is not None]

    def follow(self, picture: NDArray[np.uint8], face: SeenFace) -> SeenFace | None:
        """`face`, seen in a picture shortly before or after, in this one; None where it isn't near its place."""
        grey = _grey(picture)
        square = _square(face.box, grey)
        with self._cascades() as cascades:
            for name in (_SEARCHES, _AGREES):
                there = _look(cascades, name, grey, square)
                if there is not None:
                    return _face(there, grey, _SURE, 1.0)
            there = _look(cascades, _PROFILE, grey, square) or _mirrored_look(cascades, grey, square)
        return _face(there, grey, _FOLLOWED, 0.0) if there is not None else None

    @contextmanager
    def _cascades(self) -> Iterator[dict[str, Any]]:
        """A set of cascades that nobody else uses for now."""
        with self._lock:
            mine = self._idle.pop() if self._idle else None
        mine = mine or self._read()
        try:
            yield mine
        finally:
            with self._lock:
                self._idle.append(mine)

    def _read(self) -> dict[str, Any]:
        names = (_SEARCHES, _AGREES, _PROFILE)
        return {name: cv2.CascadeClassifier(str(self._folder / _file(name))) for name in names}


#: A cascade's hit: left, top and side, pixels of the whole picture.
_Square = tuple[float, ...]


def _file(name: str) -> str:
    return f"haarcascade_{name}.xml"


def _grey(picture: NDArray[np.uint8]) -> Grey:
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), dtype=np.uint8)


def _look(cascades: dict[str, Any], name: str, grey: Grey, square: _Square) -> _Square | None:
    """Where a cascade sees a face of about this size near `square`; None where it doesn't."""
    left, top, side = square
    x1, y1 = max(0, round(left - _AROUND * side)), max(0, round(top - _AROUND * side))
    x2, y2 = round(left + (1 + _AROUND) * side), round(top + (1 + _AROUND) * side)
    around = grey[y1:y2, x1:x2]
    scale = _CLOSE_SIDE / max(side, 1.0)
    if min(around.shape) * scale < _CLOSE_SIDE / _SIZES:
        return None
    shown = cv2.resize(around, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    least, most = round(_CLOSE_SIDE / _SIZES), round(_CLOSE_SIDE * _SIZES)
    hits = cascades[name].detectMultiScale(shown, _CLOSE_STEP, _CLOSE_NEIGHBOURS, 0, (least, least), (most, most))
    if not len(hits):
        return None
    middle = np.array([left + side / 2 - x1, top + side / 2 - y1]) * scale
    offs = [float(np.hypot(*(np.array([x + w / 2, y + h / 2]) - middle))) for x, y, w, h in hits]
    x, y, w, _ = (float(part) for part in hits[int(np.argmin(offs))])
    return x1 + x / scale, y1 + y / scale, w / scale


def _mirrored_look(cascades: dict[str, Any], grey: Grey, square: _Square) -> _Square | None:
    """The profile that faces right near `square`."""
    left, top, side = square
    width = grey.shape[1]
    there = _look(cascades, _PROFILE, np.ascontiguousarray(grey[:, ::-1]), (width - left - side, top, side))
    return (width - there[0] - there[2], there[1], there[2]) if there is not None else None


def _face(square: _Square, grey: Grey, score: float, frontal: float) -> SeenFace:
    """The face in a cascade's square."""
    (left, top, side), (height, width) = square, grey.shape
    x1, y1, x2, y2 = _FACE_PART
    box = (
        (left + x1 * side) / width,
        (top + y1 * side) / height,
        (left + (1 - x2) * side) / width,
        (top + (1 - y2) * side) / height,
    )
    return SeenFace((round(box[0], 4), round(box[1], 4), round(box[2], 4), round(box[3], 4)), score, frontal)


def _square(box: Box, grey: Grey) -> _Square:
    """The cascade's square around a face: the inverse of `_face`."""
    height, width = grey.shape
    side = (box[3] - box[1]) * height / (1 - _FACE_PART[1] - _FACE_PART[3])
    return (box[0] + box[2]) / 2 * width - side / 2, box[1] * height - _FACE_PART[1] * side, side
