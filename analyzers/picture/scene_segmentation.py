"""Which shots belong together?

Shots whose colours return belong to one scene, and so do all shots between them: an interview cut A-B-A-B is one scene.
Overlapping links: Hanjalic, Lagendijk & Biemond, "Automated high-level movie segmentation" (1999); time-constrained
likeness: Yeung & Yeo (1996). Colours are compared as histograms in CIE Lab with the intersection of Swain & Ballard
(1991). Classical, no model; it knows colours, not places: two rooms of the same colours are one scene.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from analyzers.contract import Analyzer, Inputs, Needs, Result, Segment
from analyzers.media import EVERY_FRAME, FrameBatch
from analyzers.picture.cut_analysis import CutAnalysis, Shot

Floats = NDArray[np.float32]

#: Pictures looked at in each shot, and the share of the shot left out at both ends, where dissolves are.
_PICTURES, _MARGIN = 5, 0.15
#: Bins of lightness and of each colour axis: fine enough to tell rooms apart, coarse enough for another angle of one.
_BINS = (8, 12, 12)
#: Histogram intersection from which two shots are alike: other angles of one place have 0.8, other places under 0.5.
_ALIKE = 0.62
#: Seconds between two shots over which a likeness still ties them together.
_REACH = 20.0
#: Lightness (CIE L*, 0–100) below and above which a scene is called dark, dim, or bright.
_DARK, _DIM, _BRIGHT = 20.0, 38.0, 70.0
#: CIE chroma from which a pixel has a colour, and the share of such pixels from which a scene has one.
_CHROMA, _COLOURED = 18.0, 0.2
#: Where each colour's name begins on the hue circle of CIE Lab, degrees.
_HUES = ((0, "pink"), (20, "red"), (50, "orange"), (80, "yellow"), (110, "green"), (190, "cyan"), (230, "blue"),
         (310, "purple"), (340, "pink"))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Scene:
    """Neighbouring shots that share their colours."""

    #: From 1, in order of time.
    scene_id: int
    #: Seconds, half-open.
    start: float
    end: float
    #: Numbers of its shots, from 1, in order of time.
    shot_ids: tuple[int, ...]
    #: Its light and colour in two words, such as "bright orange" or "dark grey".
    label: str
    #: Mean likeness 0–1 of its pictures to the scene's mean colours.
    cohesion: float


@dataclass(frozen=True, slots=True)
class SceneResult(Result):
    """The scenes of a video."""

    #: In order of time, at least one; they cover the whole video.
    scenes: tuple[Scene, ...]

    def headline(self) -> str:
        labels = ", ".join(dict.fromkeys(scene.label for scene in self.scenes[:4]))
        return f"{len(self.scenes)} scene{'' if len(self.scenes) == 1 else 's'}: {labels}"

    def timeline(self) -> Sequence[Segment]:
        return [
            Segment(
                scene.start,
                scene.end,
                "scene",
                scene.cohesion,
                scene.label,
                {"scene_id": scene.scene_id, "shot_ids": list(scene.shot_ids)},
            )
            for scene in self.scenes
        ]


class SceneSegmentation(Analyzer[SceneResult]):
    """Groups shots into scenes by colours that return."""

    name = "scene_segmentation"
    version = "1"
    summary = "Scenes: neighbouring shots whose colours return, with their light and colour."
    kind = "picture"
    needs = Needs(frames=EVERY_FRAME, results=(CutAnalysis,))

    def analyze(self, inputs: Inputs) -> SceneResult:
        frames = inputs.frames
        shots = inputs.result(CutAnalysis).shots
        pictures = [_pictures(frames, shot) for shot in shots]
        histograms = [np.stack([_histogram(frames.pixels[index]) for index in each]) for each in pictures]
        groups = _groups(shots, histograms)
        scenes = []
        for number, group in enumerate(groups, start=1):
            colours = np.concatenate([histograms[shot] for shot in group])
            middle = [frames.pixels[pictures[shot][len(pictures[shot]) // 2]] for shot in group]
            scenes.append(
                Scene(
                    scene_id=number,
                    start=shots[group[0]].start,
                    end=shots[group[-1]].end,
                    shot_ids=tuple(shot + 1 for shot in group),
                    label=_label(middle),
                    cohesion=round(float(np.minimum(colours, colours.mean(axis=0)).sum(axis=1).mean()), 3),
                )
            )
        return SceneResult(tuple(scenes))


def _pictures(frames: FrameBatch, shot: Shot) -> list[int]:
    """Indices of a few pictures spread over the shot, at least one."""
    length = shot.end - shot.start
    wanted = shot.start + length * np.linspace(_MARGIN, 1 - _MARGIN, _PICTURES)
    indices = np.searchsorted(frames.times, wanted, side="right") - 1
    return sorted(set(np.clip(indices, 0, len(frames) - 1).tolist()))


def _histogram(picture: NDArray[np.uint8]) -> Floats:
    """Shares of the picture's pixels per bin of L*, a* and b*, float32, sum 1; bins blurred, as light drifts."""
    lab = cv2.cvtColor(cv2.GaussianBlur(picture, (5, 5), 0), cv2.COLOR_RGB2LAB)
    # a* and b* of pictures stay well inside the middle half of their range.
    counts = cv2.calcHist([lab], [0, 1, 2], None, list(_BINS), [0, 256, 64, 192, 64, 192])
    for axis in range(3):
        rolled = np.moveaxis(counts, axis, 0)
        padded = np.concatenate([rolled[:1], rolled, rolled[-1:]])
        counts = np.moveaxis((padded[:-2] + 2 * padded[1:-1] + padded[2:]) / 4, 0, axis)
    shares: Floats = (counts / max(float(counts.sum()), 1e-6)).astype(np.float32).ravel()
    return shares


def _groups(shots: Sequence[Shot], histograms: Sequence[Floats]) -> list[list[int]]:
    """Indices of the shots of each scene: a scene ends where no likeness reaches across."""
    groups: list[list[int]] = []
    reaches = -1
    for index, shot in enumerate(shots):
        if index > reaches:
            groups.append([])
            reaches = index
        groups[-1].append(index)
        # From the farthest shot back: the first that is alike settles it.
        for other in range(len(shots) - 1, reaches, -1):
            near = shots[other].start - shot.end <= _REACH
            if near and _likeness(histograms[index], histograms[other]) >= _ALIKE:
                reaches = other
                break
    return groups


def _likeness(one: Floats, other: Floats) -> float:
    """The best intersection 0–1 of any two of the pictures of two shots, (pictures, bins) each."""
    return float(np.minimum(one[:, None], other[None]).sum(axis=2).max())


def _label(pictures: Sequence[NDArray[np.uint8]]) -> str:
    """The light and the colour of `pictures` in up to two words."""
    lab = np.concatenate(
        [cv2.cvtColor(each.astype(np.float32) / 255, cv2.COLOR_RGB2LAB).reshape(-1, 3) for each in pictures]
    )
    lightness = float(lab[:, 0].mean())
    light = next((word for limit, word in ((_DARK, "dark"), (_DIM, "dim")) if lightness < limit), "")
    light = "bright" if lightness >= _BRIGHT else light
    return f"{light} {_colour(lab)}".strip()


def _colour(lab: Floats) -> str:
    """The name of the colour most pixels have; "grey" where most have none."""
    chroma = np.hypot(lab[:, 1], lab[:, 2])
    coloured = chroma >= _CHROMA
    if coloured.mean() < _COLOURED:
        return "grey"
    hue = np.degrees(np.arctan2(lab[coloured, 2], lab[coloured, 1])) % 360
    names = np.searchsorted([start for start, _ in _HUES], hue, side="right") - 1
    weight: dict[str, float] = {}
    for index, (_, name) in enumerate(_HUES):
        weight[name] = weight.get(name, 0.0) + float(chroma[coloured][names == index].sum())
    return max(weight, key=lambda name: weight[name])
