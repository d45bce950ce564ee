"""How are sightings made whose truth is known: boxes on paths that a formula gives?"""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np

from analyzers.contract import Inputs
from analyzers.media import VideoInfo
from analyzers.models.detector import Detections
from analyzers.models.object_sightings import ObjectSightings, Sightings
from analyzers.picture.cut_analysis import CutAnalysis, CutResult, Shot

#: x1, y1, x2, y2 and score at a time, or None when it isn't seen.
Place = Callable[[float], tuple[float, float, float, float, float] | None]


def gliding(
    start: tuple[float, float],
    speed: tuple[float, float],
    size: tuple[float, float] = (0.12, 0.3),
    *,
    score: float = 0.8,
    unseen: tuple[float, float] = (9e9, 9e9),
    during: tuple[float, float] = (-9e9, 9e9),
) -> Place:
    """A box whose middle moves straight and evenly; `unseen` (start, end) it is out of sight."""

    def place(t: float) -> tuple[float, float, float, float, float] | None:
        if unseen[0] <= t < unseen[1] or not during[0] <= t < during[1]:
            return None
        x, y = start[0] + speed[0] * t, start[1] + speed[1] * t
        return x - size[0] / 2, y - size[1] / 2, x + size[0] / 2, y + size[1] / 2, score

    return place


def sightings(
    things: Mapping[str, Place],
    seconds: float = 6.0,
    fps: float = 5.0,
    aspect: float = 9 / 16,
    *,
    tremble: float = 0.0,
    seed: int = 1,
) -> tuple[Sightings, list[list[str]]]:
    """What a detector sees of `things` ("person a" is a person), and which is which; `tremble` in box sizes."""
    chance = np.random.default_rng(seed)
    times = np.arange(round(seconds * fps)) / fps
    found, truth = [], []
    for t in times:
        seen = [(name, at) for name, place in things.items() if (at := place(float(t))) is not None]
        seen = [seen[index] for index in chance.permutation(len(seen))]  # detectors have no order of things
        seen.sort(key=lambda each: -each[1][4])
        boxes = np.array([at[:4] for _, at in seen], np.float64).reshape(-1, 4)
        sizes = np.tile(boxes[:, 2:] - boxes[:, :2], 2)
        boxes = np.clip(boxes + chance.normal(0, 1, boxes.shape) * sizes * tremble, 0, 1)
        labels = tuple(name.rsplit(" ", 1)[0] for name, _ in seen)
        found.append(Detections(boxes.astype(np.float32), np.array([at[4] for _, at in seen], np.float32), labels))
        truth.append([name for name, _ in seen])
    nobody = np.zeros((len(times), 170, 96), np.bool_)
    return Sightings(times, seconds, aspect, tuple(found), nobody), truth


def inputs(seen: Sightings, cuts: Sequence[float] = (), lacks: Sequence[str] = ()) -> Inputs:
    """What an analyzer gets that reads `seen` and the shots between `cuts`."""
    edges = [0.0, *cuts, seen.end]
    shots = tuple(Shot(start, end) for start, end in pairwise(edges))
    results = {ObjectSightings: seen}
    if not lacks:
        results[CutAnalysis] = CutResult((), shots, 0.0, 0.0)
    video = VideoInfo(Path("clip.mp4"), seen.end, 1080, 1920, 30.0, 0, "h264", 0, 0, None, 0, 0)
    return Inputs(video, results=results, lacks=lacks)
