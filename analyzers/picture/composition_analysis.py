"""How are the pictures composed: what draws the eye, on which lines, in which frame, and clear of TikTok's own screen?

One picture per second of luma at its coded size. The subject of a shot is its largest face, else what stands out
(`balance.py`: spectral residual, symmetry, thirds). Headroom is the free height over the head of the largest face,
whose crown lies a third of the face's height over its forehead. Bars and blurred fills are measured to the pixel
(`picture_area.py`), and texts and faces laid over the zones that the app draws on (`safe_zones.py`: assumptions). No
model of its own. Known limits: what stands out is contrast, not meaning; a caption may be it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import gcd, log
from statistics import fmean
from typing import ClassVar

import numpy as np

from analyzers.contract import Analyzer, Inputs, Needs, Result, Segment
from analyzers.media import NATIVE, FrameBatch
from analyzers.picture.balance import Luma, on_thirds, salient_point, symmetry
from analyzers.picture.cut_analysis import CutAnalysis, Shot
from analyzers.picture.face_framing import Face, FaceFraming, FaceFramingResult
from analyzers.picture.picture_area import Area, picture_areas
from analyzers.picture.safe_zones import Box, covered
from analyzers.picture.text_overlay import TextOverlay, TextOverlayResult

#: Pictures looked at per shot, and shots; further shots are sampled evenly.
_PICTURES = 5
#: Height from the forehead to the crown, in heights of a face's box.
_CROWN = 1 / 3
#: Shapes of frames that have a name, width and height.
_SHAPES = ((9, 16), (16, 9), (1, 1), (4, 5), (5, 4), (3, 4), (4, 3), (2, 3), (3, 2), (1, 2), (2, 1), (9, 20), (21, 9))
#: Share of a text or face under the app's own screen from which it counts as covered.
_COVERED = 0.1


@dataclass(frozen=True, slots=True)
class ShotComposition:
    """How one shot is composed; means over its pictures."""

    #: Seconds, half-open.
    start: float
    end: float
    #: What draws the eye, shares 0–1 of the picture inside bars: the largest face, else what stands out; None where
    #: the pictures are plain.
    subject_x: float | None
    subject_y: float | None
    #: "face" or "saliency"; empty where there is no subject.
    subject: str
    #: 1 where the subject lies on a crossing of third lines, 0 a sixth of the picture away; None without a subject.
    thirds: float | None
    #: 1 where the right half mirrors the left, 0 where it has nothing of it; None where the pictures are plain.
    symmetry: float | None
    #: Free height over the head of the largest face, share 0–1 of the picture; 0 where the head is cut; None without
    #: a face.
    headroom: float | None


@dataclass(frozen=True, slots=True)
class Covered:
    """A text or a face that TikTok's screen draws over."""

    #: Seconds, half-open.
    start: float
    end: float
    #: "text" or "face".
    what: str
    #: "tabs" (top), "buttons" (right) or "caption" (bottom): the zone with most of it.
    zone: str
    #: Share 0–1 of it that is covered.
    share: float
    #: What the text says; empty for a face.
    text: str


@dataclass(frozen=True, slots=True)
class CompositionResult(Result):
    """The composition of a video."""

    #: Means over time of what the shots say; None where none says it.
    thirds: float | None
    symmetry: float | None
    subject_x: float | None
    subject_y: float | None
    headroom: float | None
    #: Width / height of the frame, and of the picture inside bars (where it lies most of the time).
    aspect: float
    picture_aspect: float
    #: The frame's shape, such as "9:16".
    shape: str
    #: Stretches with bars or a blurred fill around the picture, in pixels; empty when the picture fills the frame.
    areas: tuple[Area, ...]
    #: Shares 0–1 of the area of texts and of faces, over time, under TikTok's own screen; None without any, or when
    #: texts or faces are not known.
    text_covered: float | None
    face_covered: float | None
    #: Texts and faces of which a tenth or more is covered, sorted by start.
    covered: tuple[Covered, ...]
    #: All shots, in order of time.
    shots: tuple[ShotComposition, ...]
    #: Why this is a lesser answer; empty when it isn't.
    limits: str

    def headline(self) -> str:
        parts = [self.shape]
        if self.areas:
            parts.append("between bars" if self.areas[0].fill == "bars" else "on a blurred fill")
        if self.thirds is not None:
            parts.append(f"on the thirds {self.thirds:.0%}")
        if self.symmetry is not None:
            parts.append(f"symmetric {self.symmetry:.0%}")
        if self.covered:
            parts.append(f"{len(self.covered)} under the app's own screen")
        return ", ".join(parts)

    def timeline(self) -> Sequence[Segment]:
        areas = [
            Segment(
                area.start,
                area.end,
                area.fill,
                data={"top": area.top, "bottom": area.bottom, "left": area.left, "right": area.right},
            )
            for area in self.areas
        ]
        hidden = [
            Segment(each.start, each.end, f"{each.what} covered", each.share, each.text or None, {"zone": each.zone})
            for each in self.covered
        ]
        shots = [
            Segment(
                shot.start,
                shot.end,
                "composition",
                data={
                    "thirds": shot.thirds,
                    "symmetry": shot.symmetry,
                    "subject": [shot.subject_x, shot.subject_y],
                    "headroom": shot.headroom,
                },
            )
            for shot in self.shots
        ]
        return sorted([*areas, *hidden, *shots], key=lambda segment: (segment.start, segment.end))

    def degraded_because(self) -> str:
        return self.limits


class CompositionAnalysis(Analyzer[CompositionResult]):
    """Measures thirds, symmetry, headroom, bars, and what the app's screen covers."""

    name: ClassVar[str] = "composition_analysis"
    version: ClassVar[str] = "1"
    summary: ClassVar[str] = "Thirds, symmetry, headroom, bars to the pixel, and what TikTok's own screen covers."
    kind: ClassVar[str] = "picture"
    needs: ClassVar[Needs] = Needs(frames=NATIVE, may_read=(CutAnalysis, FaceFraming, TextOverlay))

    def analyze(self, inputs: Inputs) -> CompositionResult:
        frames = inputs.frames
        cuts = inputs.find(CutAnalysis)
        spans = cuts.shots if cuts is not None else (Shot(0.0, frames.end),)
        faces, texts = inputs.find(FaceFraming), inputs.find(TextOverlay)
        areas = picture_areas(frames, [(shot.start, shot.end) for shot in spans])
        shots = tuple(_composed(shot, frames, areas, faces.faces if faces is not None else ()) for shot in spans)
        width, height = inputs.video.width, inputs.video.height
        hidden_texts, text_share = _hidden_texts(texts, width / height)
        hidden_faces, face_share = _hidden_faces(faces, width / height)
        return CompositionResult(
            thirds=_over_time(shots, [shot.thirds for shot in shots]),
            symmetry=_over_time(shots, [shot.symmetry for shot in shots]),
            subject_x=_over_time(shots, [shot.subject_x for shot in shots]),
            subject_y=_over_time(shots, [shot.subject_y for shot in shots]),
            headroom=_over_time(shots, [shot.headroom for shot in shots]),
            aspect=round(width / height, 4),
            picture_aspect=_picture_aspect(areas, frames),
            shape=_shape(width, height),
            areas=areas,
            text_covered=text_share,
            face_covered=face_share,
            covered=tuple(sorted([*hidden_texts, *hidden_faces], key=lambda each: (each.start, each.what))),
            shots=shots,
            limits="; ".join(inputs.lacks),
        )


def _composed(shot: Shot, frames: FrameBatch, areas: Sequence[Area], faces: Sequence[Face]) -> ShotComposition:
    pictures, window = _pictures(shot, frames, areas)
    points = [point for point in map(salient_point, pictures) if point is not None]
    alike = [value for value in map(symmetry, pictures) if value is not None]
    face = max((face for face in faces if shot.start <= face.start < shot.end), key=lambda f: f.area, default=None)
    subject: tuple[float, float] | None = None
    if face is not None:
        subject = _inside(window, (face.x1 + face.x2) / 2, (face.y1 + face.y2) / 2)
    elif points:
        subject = fmean(x for x, _ in points), fmean(y for _, y in points)
    crown = _inside(window, 0.5, face.y1 - _CROWN * face.height)[1] if face is not None else None
    return ShotComposition(
        start=round(shot.start, 3),
        end=round(shot.end, 3),
        subject_x=round(subject[0], 3) if subject else None,
        subject_y=round(subject[1], 3) if subject else None,
        subject="" if subject is None else "face" if face is not None else "saliency",
        thirds=round(on_thirds(*subject), 3) if subject else None,
        symmetry=round(fmean(alike), 3) if alike else None,
        headroom=round(crown, 3) if crown is not None else None,
    )


def _pictures(shot: Shot, frames: FrameBatch, areas: Sequence[Area]) -> tuple[list[Luma], Box]:
    """A few pictures of a shot without bars, at least one, and the window (shares of the frame) they were cut to."""
    inside = np.flatnonzero((frames.times >= shot.start - 1e-6) & (frames.times < shot.end))
    if not len(inside):  # a short shot between two sampled pictures: the nearest of them
        inside = np.array([int(np.abs(frames.times - (shot.start + shot.end) / 2).argmin())])
    chosen = inside[np.unique(np.linspace(0, len(inside) - 1, _PICTURES).astype(int))]
    height, width = frames.pixels.shape[1:3]
    middle = float(frames.times[chosen[len(chosen) // 2]])
    area = next((each for each in areas if each.start <= middle < each.end), Area(0, 0, "", 0, 0, 0, 0))
    rows, columns = slice(area.top, height - area.bottom), slice(area.left, width - area.right)
    window = (area.left / width, area.top / height, 1 - area.right / width, 1 - area.bottom / height)
    return [frames.pixels[index, rows, columns] for index in chosen], window


def _inside(window: Box, x: float, y: float) -> tuple[float, float]:
    """A point of the frame in shares of `window`, held inside it."""
    x1, y1, x2, y2 = window
    across, down = (x - x1) / max(x2 - x1, 1e-6), (y - y1) / max(y2 - y1, 1e-6)
    return min(1.0, max(0.0, across)), min(1.0, max(0.0, down))


def _over_time(shots: Sequence[ShotComposition], values: Sequence[float | None]) -> float | None:
    """The mean of those there are, each by the length of its shot."""
    told = [
        (value, max(shot.end - shot.start, 1e-3))
        for shot, value in zip(shots, values, strict=True)
        if value is not None
    ]
    return round(sum(value * weight for value, weight in told) / sum(weight for _, weight in told), 3) if told else None


def _picture_aspect(areas: Sequence[Area], frames: FrameBatch) -> float:
    """Width / height of the picture where it lies most of the time."""
    height, width = frames.pixels.shape[1:3]
    whole = (0, 0, 0, 0)
    seconds = {whole: frames.end - sum(area.end - area.start for area in areas)}
    for area in areas:
        edges = (area.top, area.bottom, area.left, area.right)
        seconds[edges] = seconds.get(edges, 0.0) + area.end - area.start
    top, bottom, left, right = max(seconds, key=lambda edges: seconds[edges])
    aspect: float = (width - left - right) / max(1, height - top - bottom)
    return round(aspect, 4)


def _shape(width: int, height: int) -> str:
    """The usual shape that is nearest, within 1 %; else as the pixels have it."""
    wide, tall = min(_SHAPES, key=lambda shape: abs(log(shape[0] / shape[1] * height / width)))
    if abs(wide / tall * height / width - 1) < 0.01:
        return f"{wide}:{tall}"
    common = gcd(width, height)
    return f"{width // common}:{height // common}"


def _hidden_texts(texts: TextOverlayResult | None, aspect: float) -> tuple[list[Covered], float | None]:
    told = [text for text in texts.texts if text.role != "watermark"] if texts is not None else []
    boxes = [((text.x1, text.y1, text.x2, text.y2), text.start, text.end, text.text) for text in told]
    return _hidden("text", boxes, aspect)


def _hidden_faces(faces: FaceFramingResult | None, aspect: float) -> tuple[list[Covered], float | None]:
    seen = faces.faces if faces is not None else ()
    return _hidden("face", [((face.x1, face.y1, face.x2, face.y2), face.start, face.end, "") for face in seen], aspect)


def _hidden(
    what: str, boxes: Sequence[tuple[Box, float, float, str]], aspect: float
) -> tuple[list[Covered], float | None]:
    """Which of `boxes` (with start, end and text) are covered, and the share of all their area that is."""
    found, hidden, total = [], 0.0, 0.0
    for box, start, end, text in boxes:
        overlap = covered(box, aspect)
        weight = max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1]) * max(end - start, 1e-3)
        hidden, total = hidden + overlap.share * weight, total + weight
        if overlap.share >= _COVERED:
            found.append(Covered(start, end, what, overlap.zone, overlap.share, text))
    return found, round(hidden / total, 3) if total else None
