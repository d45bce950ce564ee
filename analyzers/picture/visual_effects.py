"""Which effects did the edit add, and when?

A fold over finders with one question each: freezes, flashes and strobes, slow motion and speed ramps, sudden zooms,
split screens, letterbox bars, toned pictures, colours that come apart, backdrops for keying; plus the transitions of
the cut analysis and whips of the camera at a cut. Rules over every frame at a small size, true to one frame; what each
can't find is said in its module. No model. Stickers are told by text_overlay.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from analyzers.contract import Analyzer, Inputs, Needs, Result, Segment
from analyzers.media import EVERY_FRAME, FrameBatch
from analyzers.picture.backdrops import backdrop_of, is_key_colour
from analyzers.picture.bars import Bars, find_bars
from analyzers.picture.camera_analysis import CameraAnalysis, CameraResult
from analyzers.picture.cut_analysis import CutAnalysis, CutResult
from analyzers.picture.filters import find_toned
from analyzers.picture.flashes import find_flashes
from analyzers.picture.frame_steps import FrameSteps, frame_steps
from analyzers.picture.freezes import find_freezes
from analyzers.picture.glitches import find_glitches
from analyzers.picture.speed_changes import find_speed_changes
from analyzers.picture.split_screen import find_splits
from analyzers.picture.sudden_zooms import find_sudden_zooms

EffectType = Literal[
    "flash",
    "strobe",
    "freeze",
    "slow_motion",
    "speed_ramp",
    "punch_zoom",
    "glitch",
    "filter",
    "split_screen",
    "letterbox",
    "green_screen",
    "transition",
]

#: Seconds between a whip of the camera and a cut that make one transition.
_WHIP = 0.2
#: Seconds between two looks for a backdrop.
_LOOK = 0.5


@dataclass(frozen=True, slots=True)
class Effect:
    """One effect."""

    type: EffectType
    #: Seconds, half-open; equal for a zoom from one frame to the next.
    start: float
    end: float
    #: Confidence 0–1.
    score: float
    #: Which one of its type, such as "dissolve", "sepia" or "2 side by side"; empty where there is but one.
    detail: str = ""
    #: Times the usual speed (slow_motion, speed_ramp), size (punch_zoom) or number (strobe); None for the others.
    factor: float | None = None


@dataclass(frozen=True, slots=True)
class EffectsResult(Result):
    """The effects of a video."""

    #: Sorted by start; empty when there are none.
    effects: tuple[Effect, ...]
    #: Why some kinds could not be looked for; empty when all were.
    limits: str

    def headline(self) -> str:
        if not self.effects:
            return "no effects"
        counts = Counter(effect.type for effect in self.effects).most_common()
        return ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counts)

    def timeline(self) -> Sequence[Segment]:
        return tuple(
            Segment(each.start, each.end, each.type, each.score, data={"detail": each.detail, "factor": each.factor})
            for each in self.effects
        )

    def degraded_because(self) -> str:
        return self.limits


class VisualEffects(Analyzer[EffectsResult]):
    """Finds what the edit did to the pictures."""

    name = "visual_effects"
    version = "1"
    summary = "Effects of the edit: freezes, flashes, slow motion, zooms, split screens, bars, filters, transitions."
    kind = "picture"
    needs = Needs(frames=EVERY_FRAME, may_read=(CutAnalysis, CameraAnalysis))

    def analyze(self, inputs: Inputs) -> EffectsResult:
        frames, cuts = inputs.frames, inputs.find(CutAnalysis)
        steps = frame_steps(frames)
        effects = [
            *_of_time(frames, steps, _first_frames(frames, cuts)),
            *_of_light(frames, steps),
            *_of_place(frames, steps),
            *_transitions(cuts, inputs.find(CameraAnalysis)),
            *_green_screens(frames),
        ]
        return EffectsResult(tuple(sorted(effects, key=lambda each: (each.start, each.end))), "; ".join(inputs.lacks))


def _first_frames(frames: FrameBatch, cuts: CutResult | None) -> list[int]:
    """Numbers of the first frames of all shots."""
    if cuts is None:
        return [0]
    return sorted({0, *np.searchsorted(frames.times, [shot.start for shot in cuts.shots[1:]]).tolist()})


def _of_time(frames: FrameBatch, steps: FrameSteps, shots: Sequence[int]) -> Iterator[Effect]:
    for freeze in find_freezes(frames, steps, shots):
        yield Effect("freeze", freeze.start, freeze.end, freeze.score)
    for change in find_speed_changes(frames, steps, shots):
        yield Effect(change.kind, change.start, change.end, change.score, factor=change.factor)


def _of_light(frames: FrameBatch, steps: FrameSteps) -> Iterator[Effect]:
    for flash in find_flashes(frames, steps):
        if flash.is_strobe:
            yield Effect("strobe", flash.start, flash.end, flash.score, factor=flash.count)
        else:
            yield Effect("flash", flash.start, flash.end, flash.score)
    for toned in find_toned(frames, steps):
        yield Effect("filter", toned.start, toned.end, toned.score, toned.tone.replace("_", " "))
    for glitch in find_glitches(frames):
        yield Effect("glitch", glitch.start, glitch.end, glitch.score, "colours apart")


def _of_place(frames: FrameBatch, steps: FrameSteps) -> Iterator[Effect]:
    for zoom in find_sudden_zooms(frames, steps):
        yield Effect(
            "punch_zoom", zoom.start, zoom.end, zoom.score, "in" if zoom.factor > 1 else "out", factor=zoom.factor
        )
    for split in find_splits(frames, steps):
        layout = "2 by 2" if split.columns == split.rows else "2 side by side" if split.columns == 2 else "2 stacked"
        yield Effect("split_screen", split.start, split.end, split.score, layout)
    for bars in find_bars(frames):
        yield Effect("letterbox", round(bars.start, 4), round(bars.end, 4), bars.score, _where(bars))


def _where(bars: Bars) -> str:
    places = [place for place, share in (("top and bottom", bars.top), ("left and right", bars.left)) if share]
    return " and ".join(places)


def _transitions(cuts: CutResult | None, camera: CameraResult | None) -> Iterator[Effect]:
    """Soft cuts, and whips of the camera that lead into a hard one."""
    if cuts is None:
        return
    for cut in cuts.cuts:
        if cut.type != "cut":
            yield Effect("transition", cut.start, cut.end, cut.score, cut.type.replace("_", " "))
    hard = [cut.t for cut in cuts.cuts if cut.type == "cut"]
    for move in camera.moves if camera is not None else ():
        if move.motion == "whip" and any(move.start - _WHIP <= t <= move.end + _WHIP for t in hard):
            yield Effect("transition", round(move.start, 4), round(move.end, 4), 0.7, "whip")


def _green_screens(frames: FrameBatch) -> Iterator[Effect]:
    """Stretches before a backdrop in a colour for keying, looked at twice a second."""
    looks = np.unique(np.searchsorted(frames.times, np.arange(0, frames.end, _LOOK)).clip(max=len(frames) - 1))
    ends = [*(float(frames.times[look]) for look in looks[1:]), frames.end]
    found: list[Effect] = []
    for look, end in zip(looks.tolist(), ends, strict=True):
        above = frames.pixels[look][: max(1, frames.pixels.shape[1] // 8)].reshape(-1, 3)
        red, green, blue = np.median(above, axis=0).round().astype(int).tolist()
        if not is_key_colour((red, green, blue)):
            continue
        backdrop = backdrop_of(frames.pixels[look])
        if backdrop is None or not backdrop.is_key:
            continue
        start = round(float(frames.times[look]), 4)
        if found and found[-1].end == start:
            start = found.pop().start
        found.append(Effect("green_screen", start, round(end, 4), 0.8))
    return iter(each for each in found if each.end - each.start > _LOOK or each.end - each.start >= frames.end - 0.01)
