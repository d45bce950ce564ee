"""How many faces are in the picture, how large, where, and how close does each shot come?

Faces are looked for in two pictures per second (`face_search.py`), must stay to count (`face_tracks.py`), and give the
shot its scale (`shot_scale.py`). Model: YuNet (MIT). Without its weights, the Haar cascades in OpenCV's wheel: faces
seen from the front that are taller than about a tenth of the picture; the answer then says that it is a lesser one.
Faces are counted and framed, never recognised. Drawn faces may or may not count. The scale is that of the largest
face, so a shot without one has none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import ClassVar

import numpy as np

from analyzers.contract import Analyzer, Inputs, Needs, Result, Segment
from analyzers.errors import Unavailable
from analyzers.media import DETAILED, FrameBatch
from analyzers.models.face_cascades import FaceCascades
from analyzers.models.face_detector import FaceDetector
from analyzers.picture.cut_analysis import CutAnalysis, Shot
from analyzers.picture.face_search import search_all, search_some
from analyzers.picture.face_tracks import FaceTrack, follow_faces
from analyzers.picture.shot_scale import NAMES, shot_scale


@dataclass(frozen=True, slots=True)
class Face:
    """One face for as long as it stays in a shot; sizes and places are medians over its sightings."""

    #: Seconds, half-open; true to one sampled picture (half a second).
    start: float
    end: float
    #: From the forehead to the chin, normalised 0–1.
    x1: float
    y1: float
    x2: float
    y2: float
    #: Shares of the picture's height and area, 0–1.
    height: float
    area: float
    #: "ECU", "CU", "MCU", "MS", "MLS" or "WS": how much of a standing person the picture would hold.
    scale: str
    #: The third its middle lies in: "left", "centre" or "right", and "top", "middle" or "bottom".
    column: str
    row: str
    #: 1 seen from the front, 0 from the side.
    frontal: float
    #: Confidence 0–1, and the sampled pictures it was seen in.
    score: float
    pictures: int


@dataclass(frozen=True, slots=True)
class ShotFraming:
    """How one shot frames people."""

    #: Seconds, half-open.
    start: float
    end: float
    #: Faces at once, at most.
    faces: int
    #: Scale by its largest face; None where no face is seen.
    scale: str | None
    #: Height of that face as a share 0–1 of the picture's; 0.0 where no face is seen.
    face_height: float


@dataclass(frozen=True, slots=True)
class FaceFramingResult(Result):
    """The faces of a video and how its shots frame them."""

    #: Sorted by start; empty when no face is seen.
    faces: tuple[Face, ...]
    #: All shots, in order of time.
    shots: tuple[ShotFraming, ...]
    #: Faces at once: at most, and the median over the pictures with any; 0 without faces.
    face_count: int
    typical_count: int
    #: Share 0–1 of the picture's area that the largest face takes; 0.0 without faces.
    largest_area: float
    #: Share 0–1 of the time with a face in the picture.
    face_share: float
    #: Seconds until a face is seen; None when none is.
    first_face: float | None
    #: 1 all seen from the front, 0 from the side, weighted by time; None without faces.
    frontal_score: float | None
    #: Why this is a lesser answer; empty when it isn't.
    limits: str

    def headline(self) -> str:
        if not self.faces:
            return "no faces"
        largest = max(self.shots, key=lambda shot: shot.face_height)
        count = "one face" if self.face_count == 1 else f"up to {self.face_count} faces"
        return f"{count}, {self.face_share:.0%} of the time; closest in a {NAMES[largest.scale or 'WS']}"

    def timeline(self) -> Sequence[Segment]:
        return [
            Segment(
                start=face.start,
                end=face.end,
                label="face",
                score=face.score,
                data={
                    "box": [face.x1, face.y1, face.x2, face.y2],
                    "scale": face.scale,
                    "place": f"{face.row} {face.column}",
                    "frontal": face.frontal,
                },
            )
            for face in self.faces
        ]

    def degraded_because(self) -> str:
        return self.limits


class FaceFraming(Analyzer[FaceFramingResult]):
    """Counts faces and says how shots frame them."""

    name: ClassVar[str] = "face_framing"
    version: ClassVar[str] = "1"
    summary: ClassVar[str] = "How many faces are seen, when, where and how large, and the scale of every shot."
    kind: ClassVar[str] = "picture"
    needs: ClassVar[Needs] = Needs(frames=DETAILED, may_read=(CutAnalysis,), may_use=(FaceDetector, FaceCascades))

    def analyze(self, inputs: Inputs) -> FaceFramingResult:
        frames = inputs.frames
        cuts = inputs.find(CutAnalysis)
        shots = cuts.shots if cuts is not None else (Shot(0.0, frames.end),)
        starts = [shot.start for shot in shots]
        detector, cascades = inputs.find_model(FaceDetector), inputs.find_model(FaceCascades)
        if detector is not None:
            seen = search_all(frames, detector)
        elif cascades is not None:
            seen = search_some(frames, cascades, starts)
        else:
            raise Unavailable("; ".join(inputs.lacks) or "neither YuNet nor OpenCV's face cascades are here")
        tracks = follow_faces(frames, seen, starts)
        faces = sorted((_face(track, frames, shots) for track in tracks), key=lambda face: (face.start, face.x1))
        counts = _counts(tracks, len(frames))
        return FaceFramingResult(
            faces=tuple(faces),
            shots=tuple(_framing(shot, number, frames, tracks, faces) for number, shot in enumerate(shots, start=1)),
            face_count=max(counts),
            typical_count=round(median([count for count in counts if count] or [0])),
            largest_area=max((face.area for face in faces), default=0.0),
            face_share=round(min(1.0, _covered(faces) / max(frames.end, 1e-6)), 3),
            first_face=min((face.start for face in faces), default=None),
            frontal_score=_frontal(faces),
            limits=_limits(inputs, with_network=detector is not None),
        )


def _limits(inputs: Inputs, *, with_network: bool) -> str:
    reasons = list(inputs.lacks if not with_network else ())
    if not with_network:
        reasons.append("faces were found with Haar cascades, which miss small ones and those seen from the side")
    return "; ".join(reasons)


def _face(track: FaceTrack, frames: FrameBatch, shots: Sequence[Shot]) -> Face:
    x1, y1, x2, y2 = (float(part) for part in np.median([face.box for face in track.faces], axis=0).clip(0, 1))
    last = track.pictures[-1]
    after = float(frames.times[last + 1]) if last + 1 < len(frames) else frames.end
    shot_end = shots[min(max(track.shot, 1), len(shots)) - 1].end
    start = float(frames.times[track.pictures[0]])
    return Face(
        start=round(start, 3),
        end=round(max(start, min(after, shot_end)), 3),
        x1=round(x1, 4),
        y1=round(y1, 4),
        x2=round(x2, 4),
        y2=round(y2, 4),
        height=round(y2 - y1, 4),
        area=round((x2 - x1) * (y2 - y1), 4),
        scale=shot_scale(max(y2 - y1, 1e-3)),
        column=("left", "centre", "right")[min(2, int((x1 + x2) / 2 * 3))],
        row=("top", "middle", "bottom")[min(2, int((y1 + y2) / 2 * 3))],
        frontal=round(float(np.mean([face.frontal for face in track.faces])), 3),
        score=round(float(np.mean([face.score for face in track.faces])), 3),
        pictures=len(track.pictures),
    )


def _framing(
    shot: Shot, number: int, frames: FrameBatch, tracks: Sequence[FaceTrack], faces: Sequence[Face]
) -> ShotFraming:
    counts = _counts([track for track in tracks if track.shot == number], len(frames))
    largest = max((face.height for face in faces if shot.start <= face.start < shot.end), default=0.0)
    scale = shot_scale(largest) if largest else None
    return ShotFraming(round(shot.start, 3), round(shot.end, 3), max(counts), scale, largest)


def _counts(tracks: Sequence[FaceTrack], pictures: int) -> list[int]:
    """Faces in each picture; one that is out of sight between two sightings is still there."""
    counts = [0] * pictures
    for track in tracks:
        for picture in range(track.pictures[0], track.pictures[-1] + 1):
            counts[picture] += 1
    return counts


def _covered(faces: Sequence[Face]) -> float:
    """Seconds with at least one of `faces`, which are sorted by start."""
    total = until = 0.0
    for face in faces:
        total += max(0.0, face.end - max(until, face.start))
        until = max(until, face.end)
    return total


def _frontal(faces: Sequence[Face]) -> float | None:
    weights = [max(face.end - face.start, 1e-3) for face in faces]
    return round(float(np.average([face.frontal for face in faces], weights=weights)), 3) if faces else None
