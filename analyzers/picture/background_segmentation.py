"""How much of the picture is foreground, and what lies behind it?

First choice: the people that the detector's masks show (`object_sightings`, YOLO-seg; its model is named with the
answer). Without its weights: classical foreground (`foreground`: backdrop colour, motion before a tripod, GrabCut), a
lesser answer. What is behind is judged from the pixels that are surely background (`backdrops`). `replaced` is claimed
only with masks: where the background stands dead still but a rim around the people flickers, as keying by a phone
leaves it. Metrics of such masks: SAD (P3M-500), IoU. Known limits: things held or sat on are background with masks, and
foreground without; a blur is seen against a sharp foreground only; darkness coded as black is a solid black background.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from analyzers.contract import Analyzer, Inputs, Needs, Result, Segment
from analyzers.media import WATCHED, FrameBatch
from analyzers.models.object_sightings import ObjectSightings, Sightings
from analyzers.picture.backdrops import BackgroundType, Mask, Picture, is_blurred, is_key_colour, plain_colour, softness
from analyzers.picture.cut_analysis import CutAnalysis, Shot
from analyzers.picture.foreground import foreground_of
from analyzers.picture.mask_edges import edge_flicker, rim_and_rest

#: Pixels of the shorter side on which masks are made and colours judged.
_SIDE = 96
#: Pictures of one shot, and of the whole video, that are looked at without masks; shots shorter than that many seconds
#: are looked at like others, but at one picture.
_PER_SHOT, _IN_ALL = 16, 160
#: Pictures of a shot whose sharpness is measured.
_SHARP = 2
#: Grey levels per picture that a rim changes, and the rest of a background that was put in.
_RIM, _DEAD = 5.0, 0.8


@dataclass(frozen=True, slots=True)
class ShotBackground:
    """Foreground and background of one shot."""

    #: Seconds, half-open.
    start: float
    end: float
    #: Share of the picture that is foreground, 0–1; None where nothing tells it.
    fg_ratio: float | None
    #: What lies behind; None where that can't be judged, as where the foreground fills the picture.
    bg_type: BackgroundType | None
    #: "#rrggbb" of a solid or chroma background; None for the others.
    bg_colour: str | None
    #: Share 0–1 of the edge of the masks that flickers from picture to picture; None without masks of people.
    edge_flicker: float | None
    #: Confidence 0–1 in the type.
    score: float


@dataclass(frozen=True, slots=True)
class BackgroundResult(Result):
    """Foreground and background of a video."""

    #: Share of the picture that is foreground, mean over time, 0–1; None where nothing tells it.
    fg_ratio: float | None
    #: What lies behind for most of the time; None where that can't be judged.
    bg_type: BackgroundType | None
    #: "#rrggbb" of the longest solid or chroma background, where that is the type; None otherwise.
    bg_colour: str | None
    #: As in the shots, mean over time.
    edge_flicker: float | None
    #: In order of time; they cover the whole video.
    shots: tuple[ShotBackground, ...]
    #: Why this is a lesser answer; empty with masks of people.
    limits: str

    def headline(self) -> str:
        front = "foreground unknown" if self.fg_ratio is None else f"foreground {self.fg_ratio:.0%}"
        if self.bg_type is None:
            return f"{front}, background unknown"
        return f"{front}, {self.bg_type} background{f' {self.bg_colour}' if self.bg_colour else ''}"

    def timeline(self) -> Sequence[Segment]:
        return tuple(
            Segment(
                shot.start,
                shot.end,
                shot.bg_type or "unknown",
                shot.score,
                data={"fg_ratio": shot.fg_ratio, "bg_colour": shot.bg_colour, "edge_flicker": shot.edge_flicker},
            )
            for shot in self.shots
        )

    def degraded_because(self) -> str:
        return self.limits


class BackgroundSegmentation(Analyzer[BackgroundResult]):
    """Parts foreground from background and says what the background is."""

    name = "background_segmentation"
    version = "1"
    summary = "Share of foreground, and the background behind it: real, blurred, solid, chroma or replaced."
    kind = "picture"
    needs = Needs(frames=WATCHED, may_read=(CutAnalysis, ObjectSightings))

    def analyze(self, inputs: Inputs) -> BackgroundResult:
        frames, cuts, sightings = inputs.frames, inputs.find(CutAnalysis), inputs.find(ObjectSightings)
        shots = cuts.shots if cuts is not None else (Shot(0.0, frames.end),)
        per_shot = max(1, min(_PER_SHOT, _IN_ALL // len(shots)))
        judged = tuple(_shot(frames, shot, sightings, per_shot) for shot in shots)
        longest = _longest(judged)
        return BackgroundResult(
            fg_ratio=_mean(judged, [shot.fg_ratio for shot in judged]),
            bg_type=longest.bg_type if longest is not None else None,
            bg_colour=longest.bg_colour if longest is not None else None,
            edge_flicker=_mean(judged, [shot.edge_flicker for shot in judged]),
            shots=judged,
            limits=_limits(inputs, sightings),
        )


def _limits(inputs: Inputs, sightings: Sightings | None) -> str:
    lacks = "; ".join(inputs.lacks)
    if sightings is None:
        return f"foreground told by colour and motion alone: {lacks or 'no masks of people'}"
    return lacks


def _longest(judged: Sequence[ShotBackground]) -> ShotBackground | None:
    """The longest shot of the type that most of the time has; None where none is known."""
    seconds: dict[BackgroundType, float] = {}
    for shot in judged:
        if shot.bg_type is not None:
            seconds[shot.bg_type] = seconds.get(shot.bg_type, 0.0) + shot.end - shot.start
    if not seconds:
        return None
    main = max(seconds, key=lambda each: seconds[each])
    return max((shot for shot in judged if shot.bg_type == main), key=lambda shot: shot.end - shot.start)


def _mean(judged: Sequence[ShotBackground], values: Sequence[float | None]) -> float | None:
    """The mean over time of the values that are known."""
    known = [(value, shot.end - shot.start) for value, shot in zip(values, judged, strict=True) if value is not None]
    total = sum(seconds for _, seconds in known)
    return round(sum(value * seconds for value, seconds in known) / total, 3) if total > 0 else None


def _shot(frames: FrameBatch, shot: Shot, sightings: Sightings | None, most: int) -> ShotBackground:
    first, last = np.searchsorted(frames.times, [shot.start, shot.end]).tolist()
    # A shot between two sampled pictures is told by the one before it.
    first = min(first, len(frames) - 1) if last > first else max(0, first - 1)
    numbers = np.unique(np.linspace(first, max(first, last - 1), most).round().astype(int)).tolist()
    if sightings is not None:
        return _with_masks(frames, shot, sightings, numbers)
    pictures = [_small(frames.pixels[number]) for number in numbers]
    found = foreground_of(pictures)
    if found is None:
        # Nothing stands out: all of it is taken for background.
        kind, colour, score = _type(frames, numbers, pictures, [np.zeros(pictures[0].shape[:2], bool)] * len(pictures))
        return ShotBackground(shot.start, shot.end, None, kind, colour, None, score / 2)
    masks = list(found.masks)
    ratio = round(float(found.masks.mean()), 3)
    if found.backdrop is not None:
        kind, colour = ("chroma" if found.backdrop.is_key else "solid"), _hex(found.backdrop.colour)
        return ShotBackground(shot.start, shot.end, ratio, kind, colour, None, 0.9)
    chosen = [numbers[each] for each in found.pictures], [pictures[each] for each in found.pictures]
    kind, colour, score = _type(frames, *chosen, masks)
    return ShotBackground(shot.start, shot.end, ratio, kind, colour, None, round(0.8 * score, 3))


def _with_masks(frames: FrameBatch, shot: Shot, sightings: Sightings, numbers: Sequence[int]) -> ShotBackground:
    inside = (sightings.times >= shot.start) & (sightings.times < shot.end)
    if not inside.any():
        inside[max(0, int(np.searchsorted(sightings.times, shot.start)) - 1)] = True
    people = sightings.people[inside]
    seen = np.searchsorted(sightings.times, frames.times[list(numbers)], side="right") - 1
    masks = [sightings.people[max(0, number)] for number in seen.tolist()]
    size = masks[0].shape[1], masks[0].shape[0]
    pictures = [cv2.resize(frames.pixels[number], size, interpolation=cv2.INTER_AREA) for number in numbers]
    kind, colour, score = _type(frames, numbers, pictures, masks)
    flicker = edge_flicker(people)
    if kind in ("real", "blur"):
        change = rim_and_rest(pictures, masks)
        if change is not None and change[0] >= _RIM and change[1] <= _DEAD:
            kind, colour, score = "replaced", None, 0.6
    ratio = round(float(people.mean()), 3)
    return ShotBackground(shot.start, shot.end, ratio, kind, colour, flicker, round(score, 3))


def _small(picture: Picture) -> Picture:
    scale = min(1.0, _SIDE / min(picture.shape[:2]))
    size = (max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale)))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def _type(
    frames: FrameBatch, numbers: Sequence[int], pictures: Sequence[Picture], masks: Sequence[Mask]
) -> tuple[BackgroundType | None, str | None, float]:
    """What the background of a shot is, its colour, and how sure that is: by the vote of its pictures."""
    behind = [_surely(~mask) for mask in masks]
    told = [index for index, each in enumerate(behind) if each.mean() >= 0.05]
    if not told:
        return None, None, 0.0
    colours = [plain_colour(pictures[index], behind[index]) for index in told]
    plain = [colour for colour in colours if colour is not None]
    if len(plain) > len(told) / 2:
        red, green, blue = np.median(np.array(plain), axis=0).round().astype(int).tolist()
        kind: BackgroundType = "chroma" if is_key_colour((red, green, blue)) else "solid"
        return kind, _hex((red, green, blue)), 0.8
    judged = [_blurred(frames.pixels[numbers[index]], behind[index], masks[index]) for index in _some(told)]
    votes = [vote for vote in judged if vote is not None]
    share = float(np.mean(votes)) if votes else 0.4
    return ("blur", None, 0.4 + 0.4 * share) if share > 0.5 else ("real", None, 0.8 - 0.4 * share)


def _some(told: Sequence[int]) -> Sequence[int]:
    return sorted({told[len(told) // 4], told[len(told) * 3 // 4]})[:_SHARP]


def _blurred(picture: NDArray[np.uint8], behind: Mask, front: Mask) -> bool | None:
    """Whether what is `behind` in the large picture is out of focus against what is in `front`."""
    size = picture.shape[1], picture.shape[0]
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    large = [
        cv2.resize(each.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST).astype(bool)
        for each in (behind, _surely(front))
    ]
    return is_blurred(*(softness(np.asarray(grey, np.uint8), each) for each in large))


def _surely(mask: Mask) -> Mask:
    """`mask` without its edge, where front and back are mixed."""
    return np.asarray(cv2.erode(mask.astype(np.uint8), np.ones((5, 5), np.uint8), borderValue=1).astype(bool))


def _hex(colour: tuple[int, int, int]) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)
