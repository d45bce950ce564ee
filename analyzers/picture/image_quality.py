"""How good is the picture technically: sharp, clean, well exposed?

One picture per second of luma at its coded size, measured as in `quality_measures.py`. Temporal information (TI of
ITU-T P.910) is not among the measures: it is defined on consecutive pictures, which these are not. No model.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from analyzers.contract import Analyzer, Inputs, Needs, Result, Segment
from analyzers.media import NATIVE, FrameBatch
from analyzers.picture.quality_measures import (
    banding,
    blockiness,
    clipped,
    exposure,
    noise_sigma,
    sharpness,
    spatial_information,
)


@dataclass(frozen=True, slots=True)
class Quality:
    """The measures of one picture, or the medians of several."""

    #: 0 (blurred) – 1 (sharp): 1 / (1 + (s / 2)²) for edges blurred by s pixels; None without edges.
    sharpness: float | None
    #: Standard deviation of the noise in levels of 255.
    noise: float
    #: Coding blocks, 0 (none) – 1.
    blockiness: float
    #: Share of the picture where gradients fall in visible steps, 0–1.
    banding: float
    #: Shares of the pixels clipped to black and to white, 0–1; black bars count.
    dark_clip: float
    bright_clip: float
    #: SI of ITU-T P.910, levels.
    si: float
    #: Mean luma 0–1, black bars left out.
    exposure: float


#: Label, and what makes a picture one.
_FAULTS: tuple[tuple[str, Callable[[Quality], bool]], ...] = (
    ("blurred", lambda quality: quality.sharpness is not None and quality.sharpness < 0.25),
    ("noisy", lambda quality: quality.noise > 6),
    ("underexposed", lambda quality: quality.exposure < 0.12),
    ("overexposed", lambda quality: quality.exposure > 0.85 or quality.bright_clip > 0.35),
)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of the video with one fault."""

    #: Seconds, half-open.
    start: float
    end: float
    #: "blurred", "noisy", "underexposed" or "overexposed".
    fault: str
    #: The medians of its pictures.
    quality: Quality


@dataclass(frozen=True, slots=True)
class QualityResult(Result):
    """The technical quality of a video."""

    #: Medians over the pictures; `si` is the highest, as the standard has it.
    quality: Quality
    #: Sorted by start; empty when nothing is wrong. Stretches of different faults may overlap.
    stretches: tuple[Stretch, ...]

    def headline(self) -> str:
        sharp = "no edges" if self.quality.sharpness is None else f"sharpness {self.quality.sharpness:.2f}"
        faults = sorted({stretch.fault for stretch in self.stretches})
        return f"{sharp}, noise {self.quality.noise:.1f}" + (f"; partly {', '.join(faults)}" if faults else "")

    def timeline(self) -> Sequence[Segment]:
        return tuple(
            Segment(
                start=stretch.start,
                end=stretch.end,
                label=stretch.fault,
                data={
                    "sharpness": stretch.quality.sharpness,
                    "noise": stretch.quality.noise,
                    "exposure": stretch.quality.exposure,
                },
            )
            for stretch in self.stretches
        )


class ImageQuality(Analyzer[QualityResult]):
    """Measures sharpness, noise, coding artefacts and exposure."""

    name: ClassVar[str] = "image_quality"
    version: ClassVar[str] = "1"
    summary: ClassVar[str] = "Measures sharpness, noise, blockiness, banding, clipping and spatial information."
    kind: ClassVar[str] = "picture"
    needs: ClassVar[Needs] = Needs(frames=NATIVE)

    def analyze(self, inputs: Inputs) -> QualityResult:
        frames = inputs.frames
        pictures = [_measure(picture) for picture in frames.pixels]
        stretches = [each for fault, is_so in _FAULTS for each in _stretches(frames, pictures, fault, is_so)]
        return QualityResult(
            quality=_middle(pictures, si=max(picture.si for picture in pictures)),
            stretches=tuple(sorted(stretches, key=lambda stretch: (stretch.start, stretch.fault))),
        )


def _measure(luma: NDArray[np.uint8]) -> Quality:
    dark, bright = clipped(luma)
    return Quality(
        sharpness=sharpness(luma),
        noise=noise_sigma(luma),
        blockiness=blockiness(luma),
        banding=banding(luma),
        dark_clip=dark,
        bright_clip=bright,
        si=spatial_information(luma),
        exposure=exposure(luma),
    )


def _middle(pictures: Sequence[Quality], si: float | None = None) -> Quality:
    """The medians, rounded to what they are good for."""
    sharp = [picture.sharpness for picture in pictures if picture.sharpness is not None]
    return Quality(
        sharpness=round(median(sharp), 3) if sharp else None,
        noise=round(median(picture.noise for picture in pictures), 2),
        blockiness=round(median(picture.blockiness for picture in pictures), 3),
        banding=round(median(picture.banding for picture in pictures), 3),
        dark_clip=round(median(picture.dark_clip for picture in pictures), 4),
        bright_clip=round(median(picture.bright_clip for picture in pictures), 4),
        si=round(median(picture.si for picture in pictures) if si is None else si, 1),
        exposure=round(median(picture.exposure for picture in pictures), 3),
    )


def _stretches(
    frames: FrameBatch, pictures: Sequence[Quality], fault: str, is_so: Callable[[Quality], bool]
) -> list[Stretch]:
    """The runs of pictures with a fault, each up to the next picture without it."""
    found = []
    begun: int | None = None
    for index in range(len(pictures) + 1):
        faulty = index < len(pictures) and is_so(pictures[index])
        if faulty and begun is None:
            begun = index
        elif not faulty and begun is not None:
            end = float(frames.times[index]) if index < len(frames) else frames.end
            start = float(frames.times[begun])
            found.append(Stretch(round(start, 3), round(end, 3), fault, _middle(pictures[begun:index])))
            begun = None
    return found
