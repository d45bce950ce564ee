"""What can people be shown of a video once its file is gone: a still, and a small H.264 copy with the same times?

The copy plays in every browser, also where the file doesn't (HEVC, 10 bit, VP9 in an odd container): 4:2:0, 8 bit, its
index first. It is read through `decode.opened` in a pass of its own, because a view has neither every picture at that
size nor the sound; of long videos key frames only. Pixels, picture rate and sound follow from how many bits a second of
it may take, so that the whole never takes more than `LARGEST` bytes.
"""

import math
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
import cv2
import numpy as np
from av.audio import AudioStream
from av.container import OutputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.video import VideoFrame, VideoStream
from numpy.typing import NDArray

from analyzers.clock import PictureClock
from analyzers.container import Tracks, Turn, choose_tracks, file_seconds, track_seconds
from analyzers.decode import frames_of, never, opened, packets_of, select_tracks
from analyzers.errors import Cancelled, InvalidMedia

#: Bytes of a preview at most, and what is aimed at.
LARGEST = 1_000_000
_AIM = 0.9
#: Tries; each later one may take this share of the bits of the one before.
_TRIES, _LESS = 3, 0.6
#: Bits per second from which there is sound, and what it takes.
_SOUND_FROM, _SOUND_BITS = 70_000, 32_000
_SOUND_RATE = 32_000
#: (bits per second from which it looks right, short side in pixels, pictures per second), best first.
_SIZES = ((400_000, 480, 30.0), (180_000, 360, 30.0), (90_000, 288, 24.0), (45_000, 240, 12.0), (18_000, 180, 4.0))
_SMALLEST = (0, 144, 1.0)
#: Pictures per second from which all pictures are decoded for it; under it the key frames have to do.
_KEY_FRAMES_UNDER = 2.0
#: Ticks per second of the copy's picture track.
_TICKS = 90_000
#: Stills that are looked at for the one with the most to see.
_LOOKS = 8
_POSTER_SIDE, _POSTER_QUALITY = 360, 80


@dataclass(frozen=True, slots=True)
class _Plan:
    """What a preview is like."""

    #: Bits per second of the pictures.
    bits: int
    short_side: int
    #: Pictures per second at most.
    fps: float
    sound: bool


def make_preview(path: Path, folder: Path, *, threads: int = 2, cancelled: Callable[[], bool] = never) -> None:
    """Writes `poster.jpg` and `preview.mp4` to `folder`; the preview is left out where it can't be made small enough.

    Raises: InvalidMedia when there is not one picture, Cancelled, OSError, FFmpegError.
    """
    preview = folder / "preview.mp4"
    share = _AIM
    for _ in range(_TRIES):
        best = _write(path, preview, share, threads, cancelled)
        if not (folder / "poster.jpg").exists():
            _write_poster(best, folder / "poster.jpg")
        if preview.stat().st_size <= LARGEST:
            return
        share *= _LESS
    preview.unlink()


def make_poster(path: Path, folder: Path) -> None:
    """Writes `poster.jpg` alone to `folder`, from key frames: for a video whose own file plays in every browser.

    Raises: as `make_preview`.
    """
    with opened(path) as source:
        video = choose_tracks(source, path).video
        select_tracks(source, Tracks(video, None), threads=1)
        stills = _Stills((track_seconds(video) or file_seconds(source) or 1.0) / _LOOKS)
        for packet in _key_packets(packets_of(source, Tracks(video, None), []), stills):
            for frame in frames_of(packet, []):
                size = _even(frame.width, frame.height, _POSTER_SIDE)
                stills.look(_upright(frame, Turn.of(frame), size))
    _write_poster(stills.best(path), folder / "poster.jpg")


def _write(path: Path, preview: Path, share: float, threads: int, cancelled: Callable[[], bool]) -> NDArray[np.uint8]:
    """Writes the whole preview; answers the still (RGB) of those looked at that has the most to see."""
    with opened(path) as source, av.open(str(preview), "w", container_options={"movflags": "faststart"}) as target:
        tracks = choose_tracks(source, path)
        duration = track_seconds(tracks.video) or file_seconds(source) or 1.0
        plan = _plan(duration, share, tracks.audio is not None)
        tracks = tracks if plan.sound else Tracks(tracks.video, None)
        select_tracks(source, tracks, threads)
        if plan.fps < _KEY_FRAMES_UNDER:
            tracks.video.codec_context.skip_frame = "NONKEY"
        copy = _Copy(target, tracks, plan, duration / _LOOKS, threads)
        for packet in packets_of(source, tracks, []):
            if cancelled():
                raise Cancelled(f"the preview of {path} was cancelled")
            for frame in frames_of(packet, []):
                copy.take(packet.stream is tracks.video, frame)
        copy.end()
    return copy.stills.best(path)


def _plan(duration: float, share: float, has_sound: bool) -> _Plan:
    # Two seconds more than it lasts: that much the encoder may be ahead, and the index needs room too.
    bits = int(LARGEST * 8 * share / (duration + 2))
    sound = has_sound and bits >= _SOUND_FROM
    bits -= _SOUND_BITS if sound else 0
    _, side, fps = next((size for size in _SIZES if bits >= size[0]), _SMALLEST)
    # Under a picture a second there are still bits for the pictures there are.
    return _Plan(min(bits, 2_000_000), side, fps if bits > 4_000 else max(0.1, bits / 4_000), sound)


class _Copy:
    """The preview while it is written."""

    def __init__(self, target: OutputContainer, tracks: Tracks, plan: _Plan, look_every: float, threads: int) -> None:
        self._target = target
        self._plan = plan
        self._threads = threads
        self._clock = PictureClock(tracks.video)
        self._turn: Turn | None = None
        self._size = (0, 0)
        self._video: VideoStream | None = None
        self._sound: AudioStream | None = self._sound_track() if plan.sound else None
        self._next = 0.0
        #: Sound that came before the first picture, whose time all others count from.
        self._early: list[Any] = []
        self.stills = _Stills(look_every)

    def take(self, is_picture: bool, frame: Any) -> None:
        """The next decoded picture or piece of sound."""
        if is_picture:
            self._see(frame)
        elif self._video is None:
            self._early.append(frame)
        else:
            self._hear(frame)

    def end(self) -> None:
        for stream in (self._video, self._sound):
            if stream is not None:
                self._target.mux(stream.encode(None))

    def _see(self, frame: VideoFrame) -> None:
        shown_at = self._clock.time_of(frame)
        if shown_at is None or shown_at < self._next:
            return
        self._next = max(self._next + 1 / self._plan.fps, shown_at + 0.5 / self._plan.fps)
        picture = self._shown(frame)
        if self.stills.is_due(shown_at):
            self.stills.look(picture)
        picture.pts, picture.time_base = round(shown_at * _TICKS), Fraction(1, _TICKS)
        assert self._video is not None
        self._target.mux(self._video.encode(picture))
        early, self._early = self._early, []
        for sound in early:
            self._hear(sound)

    def _hear(self, frame: Any) -> None:
        heard_at = self._clock.relative(frame.pts, frame.time_base)
        if self._sound is None or heard_at is None or heard_at < 0:
            return
        frame.pts, frame.time_base = round(heard_at * frame.sample_rate), Fraction(1, frame.sample_rate)
        with suppress(FFmpegError, ValueError):  # a layout or format that can't be resampled
            self._target.mux(self._sound.encode(frame))

    def _shown(self, frame: VideoFrame) -> VideoFrame:
        """The picture as it is shown, at the size of the preview."""
        if self._turn is None:
            self._turn = Turn.of(frame)
            self._size = _even(frame.width, frame.height, self._plan.short_side)
            self._video = self._picture_track(*self._turn.size(*self._size))
        return _upright(frame, self._turn, self._size)

    def _picture_track(self, width: int, height: int) -> VideoStream:
        rate = max(1, math.ceil(self._plan.fps))
        bits = self._plan.bits
        # As good as `crf` asks where the bits suffice, so that a short or quiet video takes less than it may.
        options = {"preset": "veryfast", "crf": "26", "maxrate": str(bits), "bufsize": str(2 * bits)}
        video = self._target.add_stream("libx264", rate=rate, options=options)
        context = video.codec_context
        context.width, context.height, context.pix_fmt = width, height, "yuv420p"
        context.time_base = Fraction(1, _TICKS)
        context.gop_size = 10 * rate
        context.thread_count = self._threads
        return video

    def _sound_track(self) -> AudioStream:
        stream = self._target.add_stream("aac", rate=_SOUND_RATE)
        stream.codec_context.layout = "mono"
        stream.codec_context.bit_rate = _SOUND_BITS
        return stream


def _key_packets(packets: "Iterator[Packet[Any]]", stills: "_Stills") -> "Iterator[Packet[Any]]":
    """Those that hold a key frame when one is due, and what makes the decoder give its last ones: few are decoded."""
    for packet in packets:
        coded_at = float((packet.pts or 0) * packet.time_base) if packet.size and packet.time_base else None
        if coded_at is None or (packet.is_keyframe and stills.is_due(coded_at)):
            yield packet


class _Stills:
    """The pictures that may become the poster: of a few, spread over the video, the one with the most to see."""

    def __init__(self, look_every: float) -> None:
        """`look_every`: seconds."""
        self._every, self._next = look_every, -math.inf
        self._most, self._best = -1.0, np.zeros((0, 0, 3), np.uint8)

    def is_due(self, at: float) -> bool:
        """Whether the picture at `at` seconds is to be looked at; the next one is due some time later."""
        if at < self._next:
            return False
        self._next = at + self._every
        return True

    def look(self, picture: VideoFrame) -> None:
        rgb = cast("NDArray[np.uint8]", picture.to_ndarray(format="rgb24"))
        contrast = float(rgb.std())
        if contrast > self._most:
            self._most, self._best = contrast, rgb

    def best(self, path: Path) -> NDArray[np.uint8]:
        """RGB. Raises: InvalidMedia when there was none."""
        if self._most < 0:
            raise InvalidMedia(f"no picture in {path} can be decoded")
        return self._best


def _upright(frame: VideoFrame, turn: Turn, size: tuple[int, int]) -> VideoFrame:
    """The picture as it is shown; `size`: width and height before it is turned."""
    width, height = size
    if turn == Turn():
        return frame.reformat(width, height, "yuv420p")
    coded = frame.reformat(width, height, "rgb24").to_ndarray()
    shown = np.ascontiguousarray(turn.apply(cast("NDArray[np.uint8]", coded)))
    return VideoFrame.from_ndarray(shown, format="rgb24").reformat(format="yuv420p")


def _even(width: int, height: int, short_side: int) -> tuple[int, int]:
    """The size with that short side at most, of even numbers as 4:2:0 wants them."""
    scale = min(1.0, short_side / min(width, height))
    return max(2, 2 * round(width * scale / 2)), max(2, 2 * round(height * scale / 2))


def _write_poster(rgb: NDArray[np.uint8], target: Path) -> None:
    height, width = rgb.shape[:2]
    size = _even(width, height, _POSTER_SIDE)
    small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
    done, jpeg = cv2.imencode(".jpg", small[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, _POSTER_QUALITY])
    if not done:
        raise OSError(f"{target} can't be written")
    target.write_bytes(jpeg.tobytes())
