"""In which pictures of a video is a face, and where?

With the network, every picture is searched. With the cascades the whole picture is searched once a second and at the
beginning of a shot; in the pictures between, only the places where a face was just before or is just after.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from analyzers.media import FrameBatch
from analyzers.models.face_cascades import FaceCascades
from analyzers.models.face_detector import FaceDetector, SeenFace

#: Faces of each picture of a view, in order.
Sightings = list[list[SeenFace]]
#: Seconds between two searches of the whole picture; a little less than a second, as stamps are rounded. And searches
#: of a video at most, shots aside: from three minutes on they lie farther apart.
_EVERY, _MOST = 0.95, 180
#: IoU from which two boxes in one picture are one face.
_SAME = 0.3


def search_all(frames: FrameBatch, detector: FaceDetector) -> Sightings:
    """The faces of every picture."""
    return [detector.find(picture) for picture in frames.pixels]


def search_some(frames: FrameBatch, cascades: FaceCascades, shot_starts: Sequence[float]) -> Sightings:
    """The faces of the pictures searched, and of those around them where they were followed; never across a cut."""
    shot_of = np.searchsorted(np.asarray(shot_starts), frames.times, side="right")
    every = max(_EVERY, frames.end / _MOST)
    found: Sightings = []
    searched = -np.inf
    for index, picture in enumerate(frames.pixels):
        begins = index == 0 or shot_of[index] != shot_of[index - 1]
        faces: list[SeenFace] = []
        if begins or frames.times[index] - searched >= every:
            searched = frames.times[index]
            faces = cascades.find(picture)
        found.append(faces if begins else _with_followed(faces, found[-1], picture, cascades.follow))
    for index in range(len(frames) - 2, -1, -1):
        if shot_of[index] == shot_of[index + 1]:
            found[index] = _with_followed(found[index], found[index + 1], frames.pixels[index], cascades.follow)
    return found


def overlap(one: SeenFace, other: SeenFace) -> float:
    """IoU 0–1 of two boxes."""
    left, top = max(one.box[0], other.box[0]), max(one.box[1], other.box[1])
    right, bottom = min(one.box[2], other.box[2]), min(one.box[3], other.box[3])
    shared = max(0.0, right - left) * max(0.0, bottom - top)
    return shared / max(_area(one) + _area(other) - shared, 1e-9)


def _with_followed(
    faces: list[SeenFace],
    known: Sequence[SeenFace],
    picture: NDArray[np.uint8],
    follow: Callable[[NDArray[np.uint8], SeenFace], SeenFace | None],
) -> list[SeenFace]:
    """`faces` of `picture` and those of the picture beside it, `known`, that are in this one but were not found."""
    together = list(faces)
    for face in known:
        if any(overlap(face, other) >= _SAME for other in together):
            continue
        there = follow(picture, face)
        if there is not None and all(overlap(there, other) < _SAME for other in together):
            together.append(there)
    return together


def _area(face: SeenFace) -> float:
    x1, y1, x2, y2 = face.box
    return max(0.0, x2 - x1) * max(0.0, y2 - y1)
