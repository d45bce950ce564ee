"""What things are on the pictures of a video, five times a second?

The detector over WATCHED, once for all that read it. Of masks only those of people are kept, joined and coarse.
"""

from dataclasses import dataclass, replace
from typing import ClassVar

import cv2
import numpy as np
from numpy.typing import NDArray

from analyzers.contract import Inputs, Needs, Pass
from analyzers.media import WATCHED
from analyzers.models.detector import SURE, Detections, ObjectDetector
from analyzers.models.watching import watched

#: What the detector calls people.
PERSON = "person"
#: Pixels of the shorter side of the masks of people, and of the longer side at most.
_SHORT_SIDE, _LONGEST = 96, 512


@dataclass(frozen=True, slots=True)
class Sightings:
    """What is on the sampled pictures of a video, at least one."""

    #: float64 (n,), seconds, strictly increasing: when each picture is shown.
    times: NDArray[np.float64]
    #: Seconds: where the last picture ends.
    end: float
    #: Width of the picture divided by its height.
    aspect: float
    #: What is on each picture, the doubtful (scores under SURE) too; without masks.
    found: tuple[Detections, ...]
    #: bool (n, h, w), on the whole picture: what is part of any person that is surely seen; the shorter side is 96.
    people: NDArray[np.bool_]


class ObjectSightings(Pass[Sightings]):
    """Runs the detector once for all that read from it."""

    name: ClassVar[str] = "object_sightings"
    needs: ClassVar[Needs] = Needs(frames=WATCHED, models=(ObjectDetector,))

    def analyze(self, inputs: Inputs) -> Sightings:
        frames = inputs.frames
        height, width = frames.pixels.shape[1:3]
        scale = min(_SHORT_SIDE / min(height, width), _LONGEST / max(height, width))
        size = (max(1, round(width * scale)), max(1, round(height * scale)))

        def boiled_down(found: Detections) -> tuple[Detections, NDArray[np.bool_]]:
            return replace(found, masks=None), _people(found, size)

        kept = watched(frames, inputs.model(ObjectDetector), boiled_down)
        return Sightings(
            times=frames.times,
            end=frames.end,
            aspect=width / height,
            found=tuple(found for found, _ in kept),
            people=np.stack([people for _, people in kept]),
        )


def _people(found: Detections, size: tuple[int, int]) -> NDArray[np.bool_]:
    """The people of one picture as one mask of `size` (width, height)."""
    rows = [row for row, label in enumerate(found.labels) if label == PERSON and found.scores[row] >= SURE]
    if found.masks is None or not rows:
        return np.zeros(size[::-1], np.bool_)
    joined = np.asarray(found.masks[rows].any(axis=0), dtype=np.float32)
    return np.asarray(cv2.resize(joined, size, interpolation=cv2.INTER_LINEAR) > 0.5)
