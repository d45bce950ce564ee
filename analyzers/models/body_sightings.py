"""Which people are on the pictures of a video, five times a second, and where are their joints?

The pose estimator over WATCHED, once for all that read it.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from analyzers.contract import Inputs, Needs, Pass
from analyzers.media import WATCHED
from analyzers.models.pose_estimator import Bodies, PoseEstimator
from analyzers.models.watching import watched


@dataclass(frozen=True, slots=True)
class SeenBodies:
    """The people on the sampled pictures of a video, at least one picture."""

    #: float64 (n,), seconds, strictly increasing: when each picture is shown.
    times: NDArray[np.float64]
    #: Seconds: where the last picture ends.
    end: float
    #: Width of the picture divided by its height.
    aspect: float
    #: The people on each picture, the doubtful too.
    bodies: tuple[Bodies, ...]


class BodySightings(Pass[SeenBodies]):
    """Runs the pose estimator once for all that read from it."""

    name: ClassVar[str] = "body_sightings"
    needs: ClassVar[Needs] = Needs(frames=WATCHED, models=(PoseEstimator,))

    def analyze(self, inputs: Inputs) -> SeenBodies:
        frames = inputs.frames
        height, width = frames.pixels.shape[1:3]
        bodies = watched(frames, inputs.model(PoseEstimator), lambda answer: answer)
        return SeenBodies(frames.times, frames.end, width / height, bodies)
