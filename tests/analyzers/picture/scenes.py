"""How are pictures made whose cuts and camera moves are known?

A `world` is a large still picture with the spectrum of natural ones; a camera that looks at a part of it makes a shot.
Shots joined end to end, blended or faded give clips; the truth is what the maker asked for.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.fft import irfft2

from analyzers.media import FrameBatch, VideoInfo

Pixels = NDArray[np.uint8]
#: Where the camera looks at second t: centre x and y and zoom as shares of the frame width, and roll in radians.
Camera = Callable[[float], tuple[float, float, float, float]]

#: (height, width): as the small view has them, upright and wide, and odd ones.
UPRIGHT, WIDE = (170, 96), (96, 171)


@lru_cache(maxsize=24)
def world(seed: int, width: int = 96, span: float = 4.0) -> NDArray[np.float32]:
    """A still picture, `span` frame widths wide and high, float32 0–255: falling spectrum, blobs, its own colours."""
    chance = np.random.default_rng(seed)
    size = int(width * span)
    rows = np.fft.fftfreq(size)[:, None]
    columns = np.fft.rfftfreq(size)[None, :]
    # Natural pictures have amplitudes of about 1 / frequency (Field 1987), here flat below one wave per frame width.
    amplitude = 1 / np.maximum(np.hypot(rows, columns), 1 / width)
    phase = 2 * np.pi * chance.random((3, *amplitude.shape)).astype(np.float32)
    spectrum = amplitude.astype(np.float32) * (np.cos(phase) + 1j * np.sin(phase))
    planes = irfft2(spectrum, s=(size, size), axes=(1, 2))
    planes = planes / planes.std(axis=(1, 2), keepdims=True)
    mixed = planes[0] + 0.35 * planes
    tint = chance.uniform(70, 190, 3)
    picture = np.ascontiguousarray(tint + 32 * np.moveaxis(mixed, 0, 2), dtype=np.float32)
    for _ in range(int(6 * span)):
        x, y = chance.integers(0, size, 2).tolist()
        r = int(chance.uniform(0.05, 0.2) * width)
        colour = chance.uniform(0, 255, 3).tolist()
        if chance.random() < 0.5:
            cv2.circle(picture, (x, y), r, colour, -1, cv2.LINE_AA)
        else:
            cv2.rectangle(picture, (x - r, y - r // 2), (x + r, y + r // 2), colour, -1)
    picture = np.clip(picture, 0, 255)
    picture.flags.writeable = False
    return picture


def look(
    at: NDArray[np.float32],
    size: tuple[int, int],
    x: float = 0.0,
    y: float = 0.0,
    zoom: float = 1.0,
    roll: float = 0.0,
) -> Pixels:
    """The part of a world, (height, width) pixels, around (x, y) frame widths right and below of its middle."""
    height, width = size
    centre = np.array(at.shape[1::-1]) / 2 + np.array([x, y]) * width
    turn = np.array([[np.cos(roll), -np.sin(roll)], [np.sin(roll), np.cos(roll)]]) / zoom
    offset = centre - turn @ (np.array([width, height]) - 1) / 2
    matrix = np.column_stack([turn, offset])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    seen = cv2.warpAffine(at, matrix, (width, height), flags=flags, borderMode=cv2.BORDER_REFLECT)
    return np.clip(np.rint(seen), 0, 255).astype(np.uint8)


def shot(
    seed: int,
    seconds: float,
    *,
    fps: float = 30,
    size: tuple[int, int] = UPRIGHT,
    camera: Camera | None = None,
    blur: int = 1,
    span: float = 4.0,
) -> Pixels:
    """A camera's view of world `seed`; still without `camera`. Each frame is the mean of `blur` moments of its time."""
    scene = world(seed, size[1], span)
    where = camera or (lambda _: (0.0, 0.0, 1.0, 0.0))
    frames = []
    for index in range(round(seconds * fps)):
        moments = [look(scene, size, *where((index + part / blur) / fps)) for part in range(blur)]
        frames.append(np.mean(moments, axis=0).round().astype(np.uint8))
    return np.stack(frames)


def still(seed: int, seconds: float, *, fps: float = 30, size: tuple[int, int] = UPRIGHT) -> Pixels:
    """A tripod shot of world `seed`."""
    frame = look(world(seed, size[1]), size)
    return np.repeat(frame[None], round(seconds * fps), axis=0)


def handheld(seed: int, strength: float = 0.02) -> Camera:
    """A hand's tremor: sums of sines of 0.7–4 Hz, `strength` frame widths rms, with a little roll."""
    chance = np.random.default_rng(seed)
    hertz = chance.uniform(0.7, 4.0, (3, 6))
    phase = chance.uniform(0, 2 * np.pi, (3, 6))

    def where(t: float) -> tuple[float, float, float, float]:
        x, y, roll = np.sin(2 * np.pi * hertz * t + phase).sum(axis=1) / np.sqrt(3) * strength
        return float(x), float(y), 1.0, float(roll) / 2

    return where


def dissolve(first: Pixels, second: Pixels, frames: int) -> Pixels:
    """`first`, then a linear blend over the last `frames` of it and the first `frames` of `second`, then the rest."""
    share = ((np.arange(frames) + 1) / (frames + 1))[:, None, None, None]
    blend = first[-frames:] * (1 - share) + second[:frames] * share
    return np.concatenate([first[:-frames], np.rint(blend).astype(np.uint8), second[frames:]])


def faded_in(pixels: Pixels, frames: int) -> Pixels:
    """`pixels` whose first `frames` rise linearly from black."""
    gain = np.minimum(np.arange(len(pixels)) / frames, 1.0)[:, None, None, None]
    return np.rint(pixels * gain).astype(np.uint8)


def faded_out(pixels: Pixels, frames: int) -> Pixels:
    """`pixels` whose last `frames` fall linearly to black."""
    return np.ascontiguousarray(faded_in(pixels[::-1], frames)[::-1])


def noisy(pixels: Pixels, sigma: float, seed: int = 0) -> Pixels:
    """`pixels` with a camera's noise of `sigma` grey levels, anew in every frame."""
    noise = np.random.default_rng(seed).standard_normal(pixels.shape, np.float32)
    noise *= sigma
    noise += pixels
    return np.clip(np.rint(noise, out=noise), 0, 255, out=noise).astype(np.uint8)


def enlarged(pixels: Pixels, times: int) -> Pixels:
    """`pixels` with each side `times` as long, smoothly, and even, as encoders like it."""
    height, width = pixels.shape[1] * times // 2 * 2, pixels.shape[2] * times // 2 * 2
    return np.stack([cv2.resize(frame, (width, height), interpolation=cv2.INTER_CUBIC) for frame in pixels])


def batch(pixels: Pixels, fps: float = 30, times: Sequence[float] | None = None) -> FrameBatch:
    """`pixels` as a view: at `fps`, or at `times` with the last picture lasting 1 / `fps`."""
    stamps = np.arange(len(pixels)) / fps if times is None else np.asarray(times, dtype=np.float64)
    return FrameBatch(pixels, stamps, float(stamps[-1] + 1 / fps))


def info(frames: FrameBatch) -> VideoInfo:
    """The container's words for a clip that never was a file."""
    fps = len(frames) / frames.end
    height, width = frames.pixels.shape[1:3]
    return VideoInfo(Path("made-up.mp4"), frames.end, width, height, fps, 0, "h264", 0, 0, None, 0, 0)
