"""A clip with cuts, a dissolve, fades, and what is easily taken for them: flashes, a whip pan, a strobe."""

from bisect import bisect_right
from dataclasses import dataclass

import numpy as np

from benchmarks.truth.conditions import Picture, Pictures
from benchmarks.truth.scenes import Shot, View, trembling

#: Seconds of the hard cuts.
HARD = (1.6, 2.5, 7.7, 8.6)
#: Seconds, start and end, of the soft ones by type.
SOFT = (("dissolve", 4.0, 4.6), ("fade_out", 5.7, 6.2), ("fade_in", 6.4, 6.9))
#: Seconds between which every second picture pair is lit up.
_STROBE = (9.2, 9.8)
#: Seconds of the flashes, each as long as two pictures at 25 per second.
_FLASHES = (3.2, 9.95)
_FLASH_SECONDS = 0.08
#: The whip pan within the last shot: seconds, and frame widths per second.
_WHIP, _WHIP_SPEED = (10.4, 10.65), 3.0


@dataclass(frozen=True, slots=True)
class Edited(Pictures):
    """Eleven seconds in seven shots of landscapes; `seed` chooses them."""

    seed: int
    seconds: float = 11.2

    def at(self, time: float, size: tuple[int, int]) -> Picture:
        picture = self._shots(time, size).astype(np.float32)
        picture *= _brightness(time)
        if any(start <= time < start + _FLASH_SECONDS for start in _FLASHES):
            picture = 0.25 * picture + 0.75 * 255
        if _STROBE[0] <= time < _STROBE[1] and int((time - _STROBE[0]) / 0.1) % 2 == 0:
            picture = picture * 1.8
        return np.asarray(np.clip(picture, 0, 255), np.uint8)

    def _shots(self, time: float, size: tuple[int, int]) -> Picture:
        """The pictures of the shots, the dissolve between two of them included."""
        _, start, end = SOFT[0]
        changes = (HARD[0], HARD[1], (start + end) / 2, 6.3, HARD[2], HARD[3])
        if start <= time < end:
            share = (time - start) / (end - start)
            before, after = self._shot(2, time, size), self._shot(3, time, size)
            return np.asarray(before * (1 - share) + after * share, np.uint8)
        return self._shot(bisect_right(changes, time), time, size)

    def _shot(self, number: int, time: float, size: tuple[int, int]) -> Picture:
        cameras = (
            lambda _: (0.0, 0.0, 1.0, 0.0),
            trembling(self.seed, 0.008),
            lambda t: (0.1 * t - 0.3, 0.0, 1.0, 0.0),
            lambda t: (0.0, 0.0, 1.06**t, 0.0),
            lambda _: (0.1, 0.05, 1.0, 0.0),
            trembling(self.seed + 1, 0.004),
            _whipping,
        )
        return Shot(7 * self.seed + number, cameras[number]).at(time, size)


def _brightness(time: float) -> float:
    """What the fades leave of the light: 1, or less between them."""
    (_, out_start, out_end), (_, in_start, in_end) = SOFT[1:]
    if time <= out_start or time >= in_end:
        return 1.0
    if time <= out_end:
        return 1 - (time - out_start) / (out_end - out_start)
    return max(0.0, (time - in_start) / (in_end - in_start))


def _whipping(time: float) -> View:
    gone = float(np.clip(time - _WHIP[0], 0, _WHIP[1] - _WHIP[0]))
    return _WHIP_SPEED * gone - 0.4, 0.0, 1.0, 0.0
