"""Which shots belong together?

A scene goes on in the next shot when that has its colours (another angle of the place), and over shots in between when
its picture returns: an interview cut A-B-A-B is one scene, eight places under skies that resemble each other are eight.
Overlapping links: Hanjalic, Lagendijk & Biemond, "Automated high-level movie segmentation" (1999); time-constrained
likeness: Yeung & Yeo (1996). Colours are compared as histograms in CIE Lab with the intersection of Swain & Ballard
(1991), pictures by `likeness.unexplained`. Classical, no model; it knows colours, not places: neighbouring shots of two
rooms of the same colours are one scene, and a place that returns from another angle only is a new one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from analyzers.contract import Analyzer, Inputs, Needs, Result, Segment
from analyzers.media import EVERY_FRAME, FrameBatch
from analyzers.picture.cut_analysis import CutAnalysis, Shot
from analyzers.picture.likeness import SAME_PLACE, unexplained

Floats = NDArray[np.float32]

#: Pictures looked at in each shot, and the share of the shot left out at both ends, where dissolves are.
_PICTURES, _MARGIN = 5, 0.15
#: Bins of lightness and of each colour axis: fine enough to tell rooms apart, coarse enough for another angle of one.
_BINS = (8, 12, 12)
#: Histogram intersection from which neighbouring shots show one place: other angles of one have 0.85 and more, a little
#: brighter or darker 0.75; another place in the same light has 0.7 on average, in other light under 0.4.
_SAME_COLOURS = 0.75
#: The same for two shots that show one picture, and the share 0–1 of it that may be new: a return of the camera leaves
#: under 0.3, another place under the same sky has 0.4 and more. In between people move, and light drifts.
_ALIKE, _NEW = 0.62, 0.35
#: Seconds between two shots, and shots from one to the other, over which a likeness still ties them together.
_REACH, _REACH_SHOTS = 20.0, 12
#: Lightness (CIE L*, 0–100) below and above which a scene is called dark, dim, or bright.
_DARK, _DIM, _BRIGHT = 20.0, 38.0, 70.0
#: CIE chroma from which a pixel has a colour, and the share of such pixels from which a scene has one.
_CHROMA, _COLOURED = 18.0, 0.2
#: Where each colour's name begins on the hue circle of CIE Lab, degrees.
_HUES = ((0, "pink"), (20, "red"), (50, "orange"), (80, "yellow"), (110, "green"), (190, "cyan"), (230, "blue"),
         (310, "purple"), (340, "pink"))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Scene:
    """Neighbouring shots of one place, and those between returns to it."""

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
                data={"scene_id": scene.scene_id, "looks": scene.label, "shot_ids": list(scene.shot_ids)},
            )
            for scene in self.scenes
        ]


class SceneSegmentation(Analyzer[SceneResult]):
    """Groups shots into scenes by colours that go on and pictures that return."""

    name = "scene_segmentation"
    version = "1"
    summary = "Scenes: shots whose colours go on or whose picture returns, with their light and colour."
    kind = "picture"
    needs = Needs(frames=EVERY_FRAME, results=(CutAnalysis,))

    def analyze(self, inputs: Inputs) -> SceneResult:
        frames = inputs.frames
        shots = inputs.result(CutAnalysis).shots
        seen = [_seen(frames, shot) for shot in shots]
        scenes = []
        for number, group in enumerate(_groups(shots, seen), start=1):
            colours = np.concatenate([seen[shot].histograms for shot in group])
            middle = [seen[shot].pictures[len(seen[shot].pictures) // 2] for shot in group]
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


@dataclass(frozen=True, slots=True)
class _Seen:
    """A few pictures of a shot, at least one."""

    #: uint8 (n, height, width, 3) RGB.
    pictures: NDArray[np.uint8]
    #: float32 (n, bins), see `_histogram`.
    histograms: Floats


def _seen(frames: FrameBatch, shot: Shot) -> _Seen:
    """Pictures spread over `shot`."""
    length = shot.end - shot.start
    wanted = shot.start + length * np.linspace(_MARGIN, 1 - _MARGIN, _PICTURES)
    indices = np.searchsorted(frames.times, wanted, side="right") - 1
    pictures = frames.pixels[np.unique(np.clip(indices, 0, len(frames) - 1))]
    return _Seen(pictures, np.stack([_histogram(picture) for picture in pictures]))


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


def _groups(shots: Sequence[Shot], seen: Sequence[_Seen]) -> list[list[int]]:
    """Indices of the shots of each scene: a scene ends where no likeness reaches across."""
    groups: list[list[int]] = []
    reaches = -1
    for index, shot in enumerate(shots):
        if index > reaches:
            groups.append([])
            reaches = index
        groups[-1].append(index)
        # From the farthest shot back: the first that is alike settles it.
        for other in range(min(index + _REACH_SHOTS, len(shots) - 1), reaches, -1):
            near = shots[other].start - shot.end <= _REACH
            if near and _are_one_scene(seen[index], seen[other], neighbours=other == index + 1):
                reaches = other
                break
    return groups


def _are_one_scene(one: _Seen, other: _Seen, *, neighbours: bool) -> bool:
    """Whether the second shot goes on with the first one's scene."""
    alike = np.minimum(one.histograms[:, None], other.histograms[None]).sum(axis=2)
    best = float(alike.max())
    if neighbours and best >= _SAME_COLOURS:
        return True
    if best < _ALIKE:
        return False
    pairs = zip(_few(one.pictures), _few(other.pictures), strict=True)
    return any(max(unexplained(a, b, SAME_PLACE), unexplained(b, a, SAME_PLACE)) <= _NEW for a, b in pairs)


def _few(pictures: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The first, the middle and the last of `pictures`, which may be one."""
    return pictures[[0, len(pictures) // 2, -1]]


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
