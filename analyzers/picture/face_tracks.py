"""Which sightings are one face that stays, and which are chance?

Sightings in neighbouring pictures of a shot are joined when they are about as large and not far apart. A face counts
when it was seen in three pictures, or in more than half of a shot that has fewer; what a detector saw once or twice in
a long shot was a pattern of light. Who it is, is never asked: after a gap of more than a second it is another stretch.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from analyzers.media import FrameBatch
from analyzers.models.face_detector import SeenFace
from analyzers.picture.face_search import Sightings

#: Pictures a face must be seen in, and the share of the pictures of its stretch.
_ENOUGH, _DENSITY = 3, 0.5
#: Seconds that a face may be out of sight, and face heights that it may move meanwhile, per picture.
_GAP, _REACH = 1.1, 0.9
#: Factor by which its size may change from one sighting to the next.
_GROWTH = 1.6


@dataclass(slots=True)
class FaceTrack:
    """One face on its way through one shot."""

    #: Number of the shot.
    shot: int
    #: Numbers of its pictures, rising, and the face in each.
    pictures: list[int] = field(default_factory=list)
    faces: list[SeenFace] = field(default_factory=list)


def follow_faces(frames: FrameBatch, seen: Sightings, shot_starts: Sequence[float]) -> list[FaceTrack]:
    """The faces that stay, by their first picture."""
    shot_of = np.searchsorted(np.asarray(shot_starts), frames.times, side="right").tolist()
    tracks: list[FaceTrack] = []
    for picture, faces in enumerate(seen):
        open_ones = [
            track
            for track in tracks
            if track.shot == shot_of[picture]
            and (frames.times[picture] - frames.times[track.pictures[-1]] <= _GAP or track.pictures[-1] == picture - 1)
        ]
        for face in sorted(faces, key=lambda face: -face.score):
            track = _continued(open_ones, face, picture, frames.pixels.shape[2] / frames.pixels.shape[1])
            if track is None:
                track = FaceTrack(shot_of[picture])
                tracks.append(track)
            else:
                open_ones.remove(track)
            track.pictures.append(picture)
            track.faces.append(face)
    return [track for track in tracks if _stays(track, shot_of.count(track.shot))]


def _continued(tracks: Sequence[FaceTrack], face: SeenFace, picture: int, aspect: float) -> FaceTrack | None:
    """The nearest of `tracks` that `face` may go on with."""
    best, nearest = None, 1.0
    for track in tracks:
        last = track.faces[-1]
        size, other = _height(face), _height(last)
        if not 1 / _GROWTH <= size / max(other, 1e-6) <= _GROWTH:
            continue
        (x, y), (last_x, last_y) = _middle(face), _middle(last)
        steps = picture - track.pictures[-1]
        off = float(np.hypot((x - last_x) * aspect, y - last_y)) / (max(size, other) * _REACH * steps)
        if off < nearest:
            best, nearest = track, off
    return best


def _stays(track: FaceTrack, pictures_of_shot: int) -> bool:
    needed = min(_ENOUGH, pictures_of_shot // 2 + 1)
    stretch = track.pictures[-1] - track.pictures[0] + 1
    return len(track.pictures) >= needed and len(track.pictures) >= _DENSITY * stretch


def _height(face: SeenFace) -> float:
    return face.box[3] - face.box[1]


def _middle(face: SeenFace) -> tuple[float, float]:
    x1, y1, x2, y2 = face.box
    return (x1 + x2) / 2, (y1 + y2) / 2
