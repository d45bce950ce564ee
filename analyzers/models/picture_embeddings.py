"""What does a video show from second to second, as vectors that can be compared with words and with each other?

SigLIP 2 over about one picture per second (option `picture_seconds` of the role "embedder"), at least one of each shot,
at most `max_pictures` in all.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from analyzers.contract import Inputs, Needs, Pass
from analyzers.media import DETAILED
from analyzers.models.embedder import PictureWordEmbedder
from analyzers.models.sampling import spread_as_configured
from analyzers.picture.cut_analysis import CutAnalysis


@dataclass(frozen=True, slots=True)
class PictureVectors:
    """Pictures of a video as vectors, at least one."""

    #: Seconds, float64 (n,), strictly increasing.
    times: NDArray[np.float64]
    #: Unit vectors, float32 (n, d).
    vectors: NDArray[np.float32]

    def during(self, start: float, end: float) -> NDArray[np.intp]:
        """Indices of the pictures in `start` <= t < `end`; the nearest one where there is none."""
        inside = np.flatnonzero((self.times >= start) & (self.times < end))
        nearest = np.abs(self.times - (start + end) / 2).argmin()
        return inside if len(inside) else np.array([nearest])


class PictureEmbeddings(Pass[PictureVectors]):
    """Runs the embedder once for all that read from it."""

    name: ClassVar[str] = "picture_embeddings"
    needs: ClassVar[Needs] = Needs(frames=DETAILED, may_read=(CutAnalysis,), models=(PictureWordEmbedder,))

    def analyze(self, inputs: Inputs) -> PictureVectors:
        frames, embedder = inputs.frames, inputs.model(PictureWordEmbedder)
        cuts = inputs.find(CutAnalysis)
        shots = [(shot.start, shot.end) for shot in cuts.shots] if cuts is not None else [(0.0, frames.end)]
        chosen = spread_as_configured(frames.times, shots, embedder.spec.options)
        return PictureVectors(frames.times[chosen], embedder.pictures([frames.pixels[index] for index in chosen]))
