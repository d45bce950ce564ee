"""What does a camera see that moves in a known way over a painted landscape?"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from benchmarks.truth.conditions import Picture
from mass_processing.demo.scenery import DAWN, DUSK, GOLD, NIGHT, NOON, scenery

#: Where the camera looks at second t of its shot: centre right and below of the middle in frame widths, zoom, roll in
#: radians.
View = tuple[float, float, float, float]
Camera = Callable[[float], View]

#: Places that an eye can follow, and all of them: there is little to hold on to on smooth dunes and water.
TEXTURED = ("mountains", "forest", "city")
PLACES = (*TEXTURED, "dunes", "sea")
_LIGHTS = (GOLD, NOON, DAWN, DUSK, NIGHT)
#: The landscape is as many frame widths wide, and as many frame heights high.
_SPAN = 2.2
#: Pixels of the frame's shorter side up to which a landscape is painted; larger ones are enlarged and grained anew.
_PAINTED = 360


@dataclass(frozen=True, slots=True)
class Shot:
    """One take: which landscape, and how the camera moves over it."""

    seed: int
    camera: Camera = lambda _: (0.0, 0.0, 1.0, 0.0)
    places: tuple[str, ...] = PLACES

    def at(self, time: float, size: tuple[int, int]) -> Picture:
        """What is seen `time` seconds into the take, (height, width, 3)."""
        x, y, zoom, roll = self.camera(time)
        height, width = size
        ground = landscape(self.seed, size, self.places)
        centre = np.array(ground.shape[1::-1]) / 2 + np.array([x, y]) * width
        turn = np.array([[np.cos(roll), -np.sin(roll)], [np.sin(roll), np.cos(roll)]]) / zoom
        offset = centre - turn @ (np.array([width, height]) - 1) / 2
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        seen = cv2.warpAffine(
            ground, np.column_stack([turn, offset]), (width, height), flags=flags, borderMode=cv2.BORDER_REFLECT
        )
        return np.asarray(seen, np.uint8)


@lru_cache(maxsize=12)
def landscape(seed: int, size: tuple[int, int], places: tuple[str, ...]) -> Picture:
    """The ground of landscape `seed` for a frame of `size`; textured down to single pixels."""
    height, width = (round(_SPAN * side) for side in size)
    scale = min(1.0, _PAINTED / min(size))
    painted_size = (round(height * scale), round(width * scale))
    painted = scenery(places[seed % len(places)], _LIGHTS[(seed // 2) % len(_LIGHTS)], painted_size, seed)
    whole = cv2.resize(painted, (width, height), interpolation=cv2.INTER_CUBIC).astype(np.float32)
    grain = np.random.default_rng(seed).normal(0, 6, (height, width, 1)).astype(np.float32)
    # The grain of leaves and walls: a landscape of smooth hills alone has nothing for an eye to follow.
    return np.asarray(
        np.clip(whole + cv2.GaussianBlur(grain, (0, 0), max(0.6, min(size) / 400))[..., None], 0, 255), np.uint8
    )


def trembling(seed: int, strength: float) -> Camera:
    """A hand's tremor: sums of sines of 0.7–4 Hz, `strength` frame widths rms, with a little roll."""
    chance = np.random.default_rng(seed)
    hertz, phase = chance.uniform(0.7, 4.0, (3, 6)), chance.uniform(0, 2 * np.pi, (3, 6))

    def where(t: float) -> View:
        x, y, roll = np.sin(2 * np.pi * hertz * t + phase).sum(axis=1) / np.sqrt(3) * strength
        return float(x), float(y), 1.0, float(roll) / 2

    return where
