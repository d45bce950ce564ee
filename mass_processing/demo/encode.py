"""How do arrays become a video file whose truth is known?

H.264 and AAC through PyAV's own encoders, so that no program has to be installed. The demo's sample clips and the
tests' clips are made here.
"""

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import chain, count, pairwise, repeat
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.audio import AudioStream
from av.container import OutputContainer
from av.video import VideoStream
from numpy.typing import NDArray

#: The code of BT.709 in the three colour tags, and of limited range.
_BT709, _LIMITED = 1, 1
#: Ticks per second of a file with variable frame rate.
_TICKS = 90_000
#: Samples per encoded block of AAC.
_AAC_BLOCK = 1024


def write_clip(
    path: Path,
    pictures: Iterable[NDArray[np.uint8]],
    *,
    fps: float | Fraction = 30,
    sound: NDArray[np.float32] | None = None,
    rate: int = 48_000,
    times: Sequence[float] | None = None,
    rotation: int = 0,
    bit_rate: int | None = None,
) -> Path:
    """Writes `pictures` (uint8, (height, width, 3) RGB, all of one size) as H.264 in the container of `path`'s suffix.

    Pictures are taken one at a time, so a generator of any length needs little memory. Odd sizes are coded without
    chroma subsampling (4:4:4), the others as the usual 4:2:0; colours are tagged BT.709, limited range.

    `fps` is exact when it is a Fraction, such as Fraction(30000, 1001). `times` (seconds, increasing, one per picture)
    makes the frame rate variable; the last picture then lasts 1 / `fps`. `sound` is float32 in −1…1, (n,) or (n, 2),
    at `rate` Hz, and starts at time 0. `rotation` tells players to turn the pictures by that many degrees clockwise.
    `bit_rate` is that of the pictures in bits per second; None asks for constant high quality.

    Raises: ValueError for no pictures, another dtype or shape, or times that don't fit.
    """
    source = iter(pictures)
    first = next(source, None)
    if first is None:
        raise ValueError(f"no pictures were given for {path}")
    if rotation not in (0, 90, 180, 270):
        raise ValueError(f"rotation must be 0, 90, 180 or 270 degrees clockwise, not {rotation}")
    steps = zip(count(), repeat(1)) if times is None else _vfr_steps(times, float(fps))
    tick = 1 / _exact(fps) if times is None else Fraction(1, _TICKS)
    try:
        with av.open(str(path), "w", container_options={"movflags": "faststart"}) as container:
            video = _add_video(container, first, _exact(fps), tick, rotation, bit_rate)
            audio = None if sound is None else _Sound(container, sound, rate)
            for start, packets in _encoded(video, chain([first], source), steps, tick):
                if audio is not None:
                    audio.write_until(start)
                container.mux(packets)
            if audio is not None:
                audio.write_rest()
        if times is not None and next(steps, None) is not None:
            raise ValueError(f"{len(times)} times for fewer pictures")
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return path


def _exact(fps: float | Fraction) -> Fraction:
    """`fps` as a fraction: 29.97 is 2997/100, not what the nearest binary number is."""
    return fps if isinstance(fps, Fraction) else Fraction(fps).limit_denominator(1001)


def _vfr_steps(times: Sequence[float], fps: float) -> Iterator[tuple[int, int]]:
    """Start and duration of every picture, in ticks of 1 / 90000 s."""
    ticks = [round(time * _TICKS) for time in times]
    if not ticks or ticks[0] < 0 or any(later <= earlier for earlier, later in pairwise(ticks)):
        raise ValueError("times must be increasing seconds from 0 on")
    ends = [*ticks[1:], ticks[-1] + round(_TICKS / fps)]
    return ((start, end - start) for start, end in zip(ticks, ends, strict=True))


def _add_video(
    container: OutputContainer,
    picture: NDArray[np.uint8],
    fps: Fraction,
    tick: Fraction,
    rotation: int,
    bit_rate: int | None,
) -> VideoStream:
    """The video track, sized like `picture`."""
    height, width = picture.shape[:2]
    quality = {} if bit_rate else {"crf": "17"}
    video = container.add_stream("libx264", rate=fps, options={"preset": "veryfast", **quality})
    context = video.codec_context
    context.width, context.height = width, height
    context.pix_fmt = "yuv420p" if width % 2 == 0 and height % 2 == 0 else "yuv444p"
    context.time_base = tick
    context.gop_size = max(1, round(2 * fps))
    context.color_primaries = context.color_trc = context.colorspace = _BT709
    context.color_range = _LIMITED
    # Two threads whatever the machine: the same pictures give the same file.
    context.thread_count = 2
    if bit_rate:
        context.bit_rate = bit_rate
    if rotation:
        video.set_display_rotation(-rotation)
    return video


def _encoded(
    video: VideoStream, pictures: Iterable[NDArray[np.uint8]], steps: Iterator[tuple[int, int]], tick: Fraction
) -> Iterator[tuple[float, list[Any]]]:
    """For every picture its start in seconds and the packets that became ready; then the rest."""
    height, width = video.codec_context.height, video.codec_context.width
    durations: dict[int | None, int] = {}
    start = 0
    for picture in pictures:
        if picture.dtype != np.uint8 or picture.shape != (height, width, 3):
            raise ValueError(f"pictures must be uint8 {(height, width, 3)}, not {picture.dtype} {picture.shape}")
        step = next(steps, None)
        if step is None:
            raise ValueError("there are more pictures than times")
        start, durations[step[0]] = step
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24").reformat(
            format=video.codec_context.pix_fmt, dst_colorspace="ITU709", dst_color_range="MPEG"
        )
        frame.pts, frame.time_base = start, tick
        yield float(start * tick), _timed(video.encode(frame), durations)
    yield float(start * tick), _timed(video.encode(None), durations)


def _timed(packets: list[Any], durations: dict[int | None, int]) -> list[Any]:
    """`packets` with the duration of their picture, which the encoder doesn't pass on."""
    for packet in packets:
        packet.duration = durations.pop(packet.pts, 0)
    return packets


class _Sound:
    """The sound track, written a little ahead of the pictures so that players find both side by side."""

    def __init__(self, container: OutputContainer, samples: NDArray[np.float32], rate: int) -> None:
        if samples.ndim not in (1, 2) or (samples.ndim == 2 and samples.shape[1] != 2):
            raise ValueError(f"sound must be (n,) or (n, 2), not {samples.shape}")
        self._container = container
        self._planes = np.ascontiguousarray(np.atleast_2d(samples.T), dtype=np.float32)
        self._layout = "mono" if len(self._planes) == 1 else "stereo"
        self._rate = rate
        self._position = 0
        stream: AudioStream = container.add_stream("aac", rate=rate)
        stream.codec_context.layout = self._layout
        stream.codec_context.bit_rate = 96_000 * len(self._planes)
        self._stream = stream

    def write_until(self, seconds: float) -> None:
        """Writes whole blocks up to half a second past `seconds`."""
        while self._position < (seconds + 0.5) * self._rate and self._write_block():
            pass

    def write_rest(self) -> None:
        while self._write_block():
            pass
        self._container.mux(self._stream.encode(None))

    def _write_block(self) -> bool:
        """Writes the next block; False at the end."""
        block = self._planes[:, self._position : self._position + _AAC_BLOCK]
        if block.shape[1] == 0:
            return False
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(block), format="fltp", layout=self._layout)
        frame.sample_rate, frame.pts, frame.time_base = self._rate, self._position, Fraction(1, self._rate)
        self._container.mux(self._stream.encode(frame))
        self._position += block.shape[1]
        return True
