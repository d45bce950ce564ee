"""Where does one shot end and the next begin?

Hard cuts, dissolves and fades from every frame at a small size, and the shots between them. Methods and sources:
`hard_cuts` (a lonely step to a picture that can't be found in the old one) and `soft_cuts` (a straight line between two
pictures, or to and from black). Classical, no model. Definitions: Boreczky & Rowe, "Comparison of video shot boundary
detection techniques" (1996). Known limits: a jump cut that keeps more than half of the picture (same room, same
camera) is not seen; nor is a picture shown for less than a seventh of a second between two that are alike.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from analyzers.contract import Analyzer, Inputs, Needs, Result, Segment
from analyzers.media import EVERY_FRAME, FrameBatch
from analyzers.picture.hard_cuts import HardCut, find_hard_cuts
from analyzers.picture.likeness import thumbnails
from analyzers.picture.soft_cuts import SoftCut, find_soft_cuts

#: Seconds around a hard cut in which no dissolve of its own can lie.
_NEAR = 0.1


@dataclass(frozen=True, slots=True)
class Cut:
    """One transition."""

    #: Seconds: the first frame of the new shot; for gradual ones the middle.
    t: float
    type: Literal["cut", "dissolve", "fade_in", "fade_out"]
    #: Confidence 0–1.
    score: float
    #: Seconds; equal to `t` for a hard cut.
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Shot:
    """One take of the camera; shots follow each other without a gap."""

    #: Seconds, half-open.
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class CutResult(Result):
    """The transitions and shots of a video."""

    #: In order of time; empty for a single take.
    cuts: tuple[Cut, ...]
    #: In order of time, at least one; they cover the whole video. A gradual transition is parted in its middle.
    shots: tuple[Shot, ...]
    #: Changes of shot per minute; a fade at the very beginning or end is none.
    cuts_per_minute: float
    #: Seconds.
    average_shot_length: float

    def headline(self) -> str:
        changes = len(self.shots) - 1
        if changes == 0:
            return f"one shot of {self.average_shot_length:.1f} s"
        plural = "" if changes == 1 else "s"
        return (
            f"{changes} cut{plural}, {self.cuts_per_minute:.0f} per minute, shots of {self.average_shot_length:.1f} s"
        )

    def timeline(self) -> Sequence[Segment]:
        cuts = [Segment(cut.start, cut.end, cut.type, cut.score) for cut in self.cuts]
        shots = [
            Segment(shot.start, shot.end, "shot", data={"number": number})
            for number, shot in enumerate(self.shots, start=1)
        ]
        return sorted([*cuts, *shots], key=lambda segment: (segment.start, segment.end))


class CutAnalysis(Analyzer[CutResult]):
    """Finds hard cuts to the frame, dissolves and fades with their extent."""

    name = "cut_analysis"
    version = "2"
    summary = "Cuts, dissolves and fades, the shots between them, and the pace of the editing."
    kind = "picture"
    needs = Needs(frames=EVERY_FRAME)

    def analyze(self, inputs: Inputs) -> CutResult:
        frames = inputs.frames
        thumbs = thumbnails(frames.pixels)
        hard = find_hard_cuts(frames, thumbs)
        soft = find_soft_cuts(frames, thumbs, tuple(cut.index for cut in hard))
        cuts = _all_cuts(frames, hard, soft)
        edges = [0.0, *_changes(cuts, frames.end), frames.end]
        shots = tuple(Shot(start, end) for start, end in pairwise(edges))
        minutes = max(frames.end, 1e-6) / 60
        return CutResult(cuts, shots, round((len(shots) - 1) / minutes, 2), round(frames.end / len(shots), 3))


def _all_cuts(frames: FrameBatch, hard: Sequence[HardCut], soft: Sequence[SoftCut]) -> tuple[Cut, ...]:
    cuts = [Cut(t, "cut", round(cut.score, 3), t, t) for cut in hard for t in (float(frames.times[cut.index]),)]
    for each in soft:
        if each.kind == "dissolve" and any(each.start - _NEAR <= cut.t <= each.end + _NEAR for cut in cuts):
            continue  # a flash that dies away after the cut, or a cut of three blended frames
        middle = (each.start + each.end) / 2
        cuts.append(Cut(round(middle, 3), each.kind, each.score, round(each.start, 3), round(each.end, 3)))
    return tuple(sorted(cuts, key=lambda cut: cut.t))


def _changes(cuts: Sequence[Cut], end: float) -> list[float]:
    """Seconds at which a shot gives way to the next.

    A fade out and the fade in after it are one change, halfway through the black; a fade with nothing beyond it, at
    the beginning or the end of the video, is none; one whose black is cut hard on the other side is told by that cut.
    """
    changes: list[float] = []
    for index, cut in enumerate(cuts):
        following = cuts[index + 1] if index + 1 < len(cuts) else None
        if cut.type in ("cut", "dissolve"):
            changes.append(cut.t)
        elif cut.type == "fade_out" and following is not None and following.type == "fade_in":
            changes.append((cut.end + following.start) / 2)
    return [t for t in changes if 0 < t < end]
