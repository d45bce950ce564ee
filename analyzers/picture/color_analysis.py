"""Which colours make up the video, and how bright, contrasty, saturated and warm is it?

Pictures of 2 per second, thinned to a grid of pixels. The palette is a k-means in OKLab (`palette.py`), the measures
are textbook ones (`colour_measures.py`). Segments are stretches of one look: a new one begins where the mean colour
leaves that of the stretch. No model.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from analyzers.contract import Analyzer, Inputs, Needs, Result, Segment
from analyzers.media import DETAILED, FrameBatch
from analyzers.picture.colour_measures import Look, grade_of, look_of, temperature_of
from analyzers.picture.palette import Colour, palette_of

#: Pixels taken from one picture, about; and from the whole video for its palette.
_GRID, _PALETTE_PIXELS = 6000, 200_000
#: OKLab distance of mean colours from which it is another look: clear at a glance.
_OTHER_LOOK = 0.06


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of the video of one look."""

    #: Seconds, half-open.
    start: float
    end: float
    #: As `ColorResult.grade`.
    grade: str
    #: At most eight colours, the commonest first.
    palette: tuple[Colour, ...]
    #: Mean luma, 0–1, and its mean standard deviation within a picture, 0–0.5.
    brightness: float
    contrast: float
    #: Mean saturation as in HSV, 0–1.
    saturation: float
    #: M of Hasler & Süsstrunk.
    colourfulness: float
    #: Kelvin; None where a colour temperature has no meaning.
    cct_k: float | None


@dataclass(frozen=True, slots=True)
class ColorResult(Result):
    """The colours of a video."""

    #: At most eight colours, the commonest first; edges and specks are left out, so the shares may sum to less than 1.
    palette: tuple[Colour, ...]
    #: Mean luma, 0–1.
    brightness: float
    #: Mean over the pictures of the standard deviation of luma, 0–0.5.
    contrast: float
    #: Mean saturation as in HSV, 0–1.
    saturation: float
    #: Mean over the pictures of M of Hasler & Süsstrunk: 0 grey, 33 moderately, 59 quite, 109 extremely colourful.
    colourfulness: float
    #: Kelvin, assuming a scene that is grey on average; None where a colour temperature has no meaning.
    cct_k: float | None
    #: "warm", "cool", "neutral" or "monochrome", with "high key" or "low key" where it is.
    grade: str
    #: Parts of one look, in order, without gaps.
    stretches: tuple[Stretch, ...]

    def headline(self) -> str:
        colours = ", ".join(f"{each.hex} {each.share:.0%}" for each in self.palette[:3])
        return f"{self.grade}: {colours}" if colours else self.grade

    def timeline(self) -> Sequence[Segment]:
        return tuple(
            Segment(
                start=stretch.start,
                end=stretch.end,
                label=stretch.grade,
                data={
                    "palette": [{"hex": each.hex, "share": each.share} for each in stretch.palette],
                    "brightness": stretch.brightness,
                    "contrast": stretch.contrast,
                    "saturation": stretch.saturation,
                    "colourfulness": stretch.colourfulness,
                    "cct_k": stretch.cct_k,
                },
            )
            for stretch in self.stretches
        )


class ColorAnalysis(Analyzer[ColorResult]):
    """Measures palette, tone and temperature."""

    name: ClassVar[str] = "color_analysis"
    version: ClassVar[str] = "1"
    summary: ClassVar[str] = "Measures palette, brightness, contrast, saturation, colourfulness and colour temperature."
    kind: ClassVar[str] = "picture"
    needs: ClassVar[Needs] = Needs(frames=DETAILED)

    def analyze(self, inputs: Inputs) -> ColorResult:
        frames = inputs.frames
        grids = [_grid(picture) for picture in frames.pixels]
        looks = [look_of(grid) for grid in grids]
        whole = _stretch(frames, grids, looks, range(len(frames)))
        parts = _parts(looks)
        return ColorResult(
            palette=whole.palette,
            brightness=whole.brightness,
            contrast=whole.contrast,
            saturation=whole.saturation,
            colourfulness=whole.colourfulness,
            cct_k=whole.cct_k,
            grade=whole.grade,
            stretches=tuple(_stretch(frames, grids, looks, part) for part in parts) if len(parts) > 1 else (whole,),
        )


def _grid(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(n, 3) pixels on a regular grid: unmixed, as an average of two colours is a third."""
    height, width = picture.shape[:2]
    # An odd step meets odd and even lines alike: patterns of one pixel are common in graphics.
    step = round((height * width / _GRID) ** 0.5) | 1
    return picture[step // 2 :: step, step // 2 :: step].reshape(-1, 3)


def _parts(looks: Sequence[Look]) -> list[range]:
    """Consecutive pictures of one look."""
    parts = [range(0, 1)]
    for index in range(1, len(looks)):
        mean = np.mean([looks[each].lab for each in parts[-1]], axis=0)
        if float(np.linalg.norm(mean - looks[index].lab)) > _OTHER_LOOK:
            parts.append(range(index, index + 1))
        else:
            parts[-1] = range(parts[-1].start, index + 1)
    return parts


def _stretch(frames: FrameBatch, grids: Sequence[NDArray[np.uint8]], looks: Sequence[Look], part: range) -> Stretch:
    pixels = np.concatenate([grids[index] for index in part])
    pixels = pixels[:: max(1, len(pixels) // _PALETTE_PIXELS)]
    mean = _mean([looks[index] for index in part])
    return Stretch(
        start=round(float(frames.times[part.start]), 3),
        end=round(float(frames.times[part.stop] if part.stop < len(frames) else frames.end), 3),
        grade=grade_of(mean),
        palette=palette_of(pixels),
        brightness=round(mean.brightness, 3),
        contrast=round(mean.contrast, 3),
        saturation=round(mean.saturation, 3),
        colourfulness=round(mean.colourfulness, 1),
        cct_k=temperature_of(pixels),
    )


def _mean(looks: Sequence[Look]) -> Look:
    lightness, a, b = np.mean([look.lab for look in looks], axis=0).tolist()
    return Look(
        brightness=fmean(look.brightness for look in looks),
        contrast=fmean(look.contrast for look in looks),
        saturation=fmean(look.saturation for look in looks),
        colourfulness=fmean(look.colourfulness for look in looks),
        lab=(lightness, a, b),
        dark=fmean(look.dark for look in looks),
        bright=fmean(look.bright for look in looks),
    )
