"""How are clips made whose every picture and sample is known?"""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

#: Real clips, beside the repository; see `needs_media`.
MEDIA = Path(__file__).resolve().parents[3] / "shared" / "media"


def grey(level: int, height: int = 96, width: int = 64) -> NDArray[np.uint8]:
    """A picture of one grey level."""
    return np.full((height, width, 3), level, np.uint8)


def greys(count: int, height: int = 96, width: int = 64) -> Iterator[NDArray[np.uint8]]:
    """Pictures that tell their number by their level: 20, 24, 28 … (up to 58 of them)."""
    return (grey(level_of(number), height, width) for number in range(count))


def level_of(number: int) -> int:
    return 20 + 4 * number


def number_of(picture: NDArray[np.uint8]) -> int:
    """Which of `greys` a decoded picture is."""
    return round((float(picture.mean()) - 20) / 4)


def click(at: float, seconds: float, rate: int = 48_000) -> NDArray[np.float32]:
    """Silence with one millisecond of sound at `at` seconds."""
    samples = np.zeros(round(seconds * rate), np.float32)
    begin = round(at * rate)
    samples[begin : begin + rate // 1000] = 0.9
    return samples


def loudest(samples: NDArray[np.float32], rate: int) -> float:
    """Seconds of the loudest sample."""
    mono = samples if samples.ndim == 1 else samples.mean(axis=1)
    return int(np.abs(mono).argmax()) / rate


def tone(seconds: float, gain: float, rate: int = 48_000) -> NDArray[np.float32]:
    """A 440 Hz sine."""
    return (gain * np.sin(2 * np.pi * 440 * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


def rms(samples: NDArray[np.float32]) -> float:
    return float(np.sqrt(np.mean(np.square(samples, dtype=np.float64))))


def write_tracks(
    path: Path,
    pictures: Iterable[NDArray[np.uint8]],
    *,
    fps: int = 25,
    codec: str = "libx264",
    pix_fmt: str = "yuv420p",
    color_range: int = 1,
    video_start: float = 0.0,
    sound: NDArray[np.float32] | None = None,
    sound_start: float = 0.0,
    layout: str = "mono",
    audio_codec: str = "aac",
    hflip: bool = False,
    preset: str = "veryfast",
) -> Path:
    """A clip with what `write_clip` has no switch for: other codecs and pixel formats, tracks that start late, mirrors.

    `sound` is (n,) at 48 kHz, or (channels, n) for a `layout` of several.
    """
    with av.open(str(path), "w") as container:
        options = {"preset": preset} if codec == "libx264" else {}
        video: Any = container.add_stream(codec, rate=fps, options=options)
        audio: Any = container.add_stream(audio_codec, rate=48_000) if sound is not None else None
        if audio is not None:
            audio.codec_context.layout = layout
        if hflip:
            video.set_display_rotation(0, hflip=True)
        for number, picture in enumerate(pictures):
            if number == 0:
                video.width, video.height, video.pix_fmt = picture.shape[1], picture.shape[0], pix_fmt
                video.codec_context.color_range = color_range
                video.codec_context.time_base = Fraction(1, fps)
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(
                format=pix_fmt, dst_color_range=color_range
            )
            frame.pts, frame.time_base = number + round(video_start * fps), Fraction(1, fps)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        if audio is not None and sound is not None:
            _write_sound(container, audio, np.atleast_2d(sound), sound_start, layout)
    return path


def _write_sound(container: Any, audio: Any, planes: NDArray[np.float32], start: float, layout: str) -> None:
    for begin in range(0, planes.shape[1], 1024):
        block = np.ascontiguousarray(planes[:, begin : begin + 1024])
        frame = av.AudioFrame.from_ndarray(block, format="fltp", layout=layout)
        frame.sample_rate, frame.time_base, frame.pts = 48_000, Fraction(1, 48_000), round(start * 48_000) + begin
        container.mux(audio.encode(frame))
    container.mux(audio.encode(None))
