"""Which videos are hard to analyse, and how is each one made?

Two shots of half the length: the camera pans right over a scene, then stands still before another one with a caption.
"""

from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mass_processing.demo.encode import write_clip
from mass_processing.demo.sounds import beat, speech_like
from tests.analyzers.clips import grey, tone, write_tracks
from tests.analyzers.picture.scenes import look, world
from tests.analyzers.picture.stills import lettered

Pixels = NDArray[np.uint8]

#: (height, width)
UPRIGHT = (320, 180)
CAPTION = "SUMMER SALE"
#: Frame widths per second.
PAN_SPEED = 0.2


def sequence(times: NDArray[np.float64], size: tuple[int, int] = UPRIGHT, cut: float | None = None) -> Iterator[Pixels]:
    """The two shots as they look at `times`; they meet at `cut` seconds, or in the middle."""
    height, width = size
    cut = (times[0] + times[-1]) / 2 if cut is None else cut
    panned, still = (world(seed, max(width, height) // 4, span=6.0) for seed in (3, 8))
    for time in times:
        if time < cut:
            yield look(panned, size, x=PAN_SPEED * time)
        else:
            yield captioned(look(still, size))


def captioned(picture: Pixels) -> Pixels:
    """`picture` with CAPTION on it where there is room to read it."""
    height, width = picture.shape[:2]
    if width < 120 or height < 60:
        return picture
    return lettered(picture, CAPTION, (width // 2, round(0.75 * height)), min(width // 8, height // 4))


def steadily(seconds: float, fps: float) -> NDArray[np.float64]:
    """The times of the pictures of a clip with a steady frame rate."""
    return np.arange(round(seconds * fps)) / fps


def unsteadily(seconds: float) -> NDArray[np.float64]:
    """Times 10 to 60 ms apart, as a phone in poor light writes them."""
    steps = np.random.default_rng(5).uniform(0.010, 0.060, round(40 * seconds))
    times = np.concatenate([[0.0], np.cumsum(steps)])
    return np.asarray(times[times < seconds])


def usual_sound(seconds: float) -> NDArray[np.float32]:
    """Half a voice, half a drum at 120 bpm."""
    both = [speech_like(seconds / 2), beat(seconds / 2, 120)]
    return np.concatenate(both).astype(np.float32)


def usual(path: Path, size: tuple[int, int] = UPRIGHT, fps: float = 25, seconds: float = 4.0) -> Path:
    return write_clip(path, sequence(steadily(seconds, fps), size), fps=fps, sound=usual_sound(seconds))


def turned(path: Path) -> Path:
    """As a phone held upright writes: coded lying on its left side, to be turned 90° clockwise."""
    coded = (np.ascontiguousarray(np.rot90(picture)) for picture in sequence(steadily(4, 25)))
    return write_clip(path, coded, fps=25, sound=usual_sound(4), rotation=90)


def variable(path: Path) -> Path:
    times = unsteadily(4)
    return write_clip(path, sequence(times, cut=2.0), times=times.tolist(), sound=usual_sound(4))


def with_sound(sound: NDArray[np.float32] | None) -> Callable[[Path], Path]:
    return lambda path: write_clip(path, sequence(steadily(4, 25)), fps=25, sound=sound)


def pictures(count: int) -> Callable[[Path], Path]:
    return lambda path: write_clip(path, sequence(steadily(count / 25, 25)), fps=25, sound=usual_sound(count / 25))


def cut_short(path: Path) -> Path:
    """The last third of the file never arrived."""
    data = usual(path).read_bytes()
    path.write_bytes(data[: len(data) * 2 // 3])
    return path


def damaged(path: Path) -> Path:
    """Garbage in the last third of the file."""
    data = bytearray(usual(path).read_bytes())
    begin = len(data) * 2 // 3
    data[begin:] = np.random.default_rng(9).integers(0, 256, len(data) - begin, np.uint8).tobytes()
    path.write_bytes(data)
    return path


def ten_bit(path: Path) -> Path:
    return write_tracks(path, sequence(steadily(2, 25)), pix_fmt="yuv420p10le", sound=usual_sound(2))


def black(path: Path) -> Path:
    return write_clip(path, (grey(0, *UPRIGHT) for _ in range(50)), fps=25, sound=tone(2.0, 0.3))


def noise(path: Path) -> Path:
    """Pictures and sound without anything in them that repeats."""
    chance = np.random.default_rng(2)
    drawn = (chance.integers(0, 256, (*UPRIGHT, 3), np.uint8) for _ in range(50))
    return write_clip(path, drawn, fps=25, sound=chance.uniform(-0.5, 0.5, 96_000).astype(np.float32))


def silent(seconds: float) -> NDArray[np.float32]:
    return np.zeros(round(48_000 * seconds), np.float32)


#: What is hard about a clip, and how it is made in a file of the given path.
HARD_CLIPS: dict[str, Callable[[Path], Path]] = {
    "an ordinary clip": usual,
    "a variable frame rate": variable,
    "a rotation by 90 degrees": turned,
    "no sound": with_sound(None),
    "sound that is silent": with_sound(silent(4)),
    "sound that ends early": with_sound(usual_sound(1)),
    "sound that goes on for long": with_sound(usual_sound(12)),
    "sound of a single block": with_sound(tone(0.01, 0.3)),
    "one picture": pictures(1),
    "two pictures": pictures(2),
    "one picture a second": lambda path: usual(path, fps=1, seconds=6),
    "120 pictures a second": lambda path: usual(path, fps=120, seconds=2),
    "a file that was cut short": cut_short,
    "a file with a damaged end": damaged,
    "16x16 pixels": lambda path: usual(path, (16, 16), seconds=2),
    "a very wide picture": lambda path: usual(path, (64, 1280), seconds=2),
    "a very high picture": lambda path: usual(path, (1280, 64), seconds=2),
    "odd sizes": lambda path: usual(path, (181, 101), seconds=2),
    "10 bits per colour": ten_bit,
    "nothing but black": black,
    "nothing but noise": noise,
}


@lru_cache(maxsize=1)
def long_scene() -> NDArray[np.float32]:
    return world(4, 160, span=6.0)


def ten_minutes(path: Path) -> Path:
    """600 s of a camera that swings to and fro, 2 pictures a second, with sound that takes no encoder's time."""
    times = steadily(600, 2)
    swinging = (look(long_scene(), (180, 320), x=0.5 * np.sin(0.3 * time)) for time in times)
    return write_tracks(path, swinging, fps=2, sound=tone(600.0, 0.3), audio_codec="pcm_s16le", preset="ultrafast")
