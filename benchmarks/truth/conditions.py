"""Under which conditions is every truth tried: which sizes, frame rates and bit rates?"""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mass_processing.demo.encode import write_clip

#: uint8, (height, width, 3), RGB.
Picture = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Condition:
    """One way in which a clip comes to us."""

    name: str
    #: Pixels: height, width.
    size: tuple[int, int]
    fps: Fraction
    #: Whether pictures come 60–150 % of their usual time apart, as a phone in poor light writes them.
    unsteady: bool = False
    #: Bits per second and pixel; None for constant high quality.
    bits_per_pixel: float | None = None

    def times(self, seconds: float) -> NDArray[np.float64]:
        """Seconds at which the pictures of a clip of `seconds` are shown."""
        step = float(1 / self.fps)
        if not self.unsteady:
            return np.asarray(np.arange(round(seconds / step)) * step, np.float64)
        steps = step * np.random.default_rng(5).uniform(0.6, 1.5, round(2 * seconds / step))
        times = np.concatenate([[0.0], np.cumsum(steps)])
        return np.asarray(times[times < seconds])

    def write(self, path: Path, pictures: "Pictures", sound: NDArray[np.float32] | None = None) -> Path:
        """Encodes `pictures` at `path`, with `sound` (n,) or (n, 2) at 48 kHz."""
        times = self.times(pictures.seconds)
        height, width = self.size
        rate = None if self.bits_per_pixel is None else round(self.bits_per_pixel * height * width * float(self.fps))
        stamps = [float(time) for time in times] if self.unsteady else None
        seen = (pictures.at(float(time), self.size) for time in times)
        return write_clip(path, seen, fps=self.fps, sound=sound, times=stamps, bit_rate=rate)


class Pictures:
    """A clip as a function of time."""

    #: Seconds.
    seconds: float

    def at(self, time: float, size: tuple[int, int]) -> Picture:
        """What is seen at `time` in a picture of `size` (height, width)."""
        raise NotImplementedError


#: Upright, as most clips are, at three sizes and two rates; then what a phone and what a strict encoder make of it.
CONDITIONS = (
    Condition("256x144 at 25 per second", (256, 144), Fraction(25)),
    Condition("640x360 at 29.97 per second", (640, 360), Fraction(30000, 1001)),
    Condition("1920x1080 at 25 per second", (1920, 1080), Fraction(25)),
    Condition("640x360 unsteady around 30 per second", (640, 360), Fraction(30), unsteady=True),
    # 640x360 at 30: 138 kbit/s, a fifth of what such a clip usually has.
    Condition("640x360 at a low bit rate", (640, 360), Fraction(30), bits_per_pixel=0.02),
)
