"""How does a video file become every view that was asked for, in one pass?

The only file that opens media. One open, one demux loop that feeds both decoders; only pictures that a view keeps are
converted, straight to that view's size. A damaged file answers with what could be decoded.
"""

import builtins
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.stream import Discard
from av.video import VideoFrame

from analyzers.clock import PictureClock
from analyzers.container import Tracks, Turn, choose_tracks, describe, file_seconds, track_seconds
from analyzers.errors import Cancelled, InvalidMedia
from analyzers.growing import forget_pages
from analyzers.media import Audio, AudioTrack, FrameBatch, Frames, VideoInfo
from analyzers.soundtrack import SoundTracks
from analyzers.views import View, share_out

#: Bytes that all views of one video may take in memory.
MEMORY_BUDGET = 600 * 2**20
#: Bytes that one view may take in a file: 40 minutes of pictures for optical flow.
FILE_BUDGET = 4 * 2**30
#: Containers that are tried. Playlists and other formats that name further files or addresses are not among them.
_CONTAINERS = "mov,matroska,webm,avi,flv,asf,mpegts,mpeg,ogg,gif,h264,hevc,ivf,wav,mp3,aac,flac"
#: Seconds by which the sound may outlast the pictures before the last picture counts as shown that long.
_SOUND_TAIL = 0.5
#: Seconds up to which gaps in the sound are believed when the container doesn't say how long it is.
_UNTOLD = 60.0


def never() -> bool:
    """Nobody asks to stop."""
    return False


def probe(path: Path) -> VideoInfo:
    """What `path` is, after its first picture was decoded. Raises: InvalidMedia."""
    with opened(path) as container:
        tracks = choose_tracks(container, path)
        select_tracks(container, Tracks(tracks.video, None), threads=1)
        for packet in packets_of(container, Tracks(tracks.video, None), []):
            for frame in frames_of(packet, []):
                return describe(container, tracks, path, Turn.of(frame))
    raise InvalidMedia(f"no picture in {path} can be decoded")


def decode(
    path: Path,
    frames: Collection[Frames],
    audio: Collection[Audio],
    *,
    scratch: Path,
    memory_budget: int = MEMORY_BUDGET,
    file_budget: int = FILE_BUDGET,
    threads: int = 2,
    cancelled: Callable[[], bool] = never,
) -> "Decoded":
    """Opens `path` once and answers all requests; use it in a `with`.

    Views that outgrow their share of `memory_budget` (bytes) are held in nameless files in `scratch`, each of up to
    `file_budget` bytes unless every picture or sound was asked for. What fits neither is thinned, and so are samples of
    the whole (see `views.py`). `cancelled` is asked about once per picture.

    Raises: InvalidMedia when there is not one picture; Cancelled; OSError when the disk is full or can't be read.
    """
    started = time.monotonic()
    scratch.mkdir(parents=True, exist_ok=True)
    with opened(path) as container:
        tracks = choose_tracks(container, path)
        select_tracks(container, tracks if audio else Tracks(tracks.video, None), threads)
        one_pass = _Pass(container, tracks, path, (set(frames), set(audio)), scratch, (memory_budget, file_budget))
        try:
            one_pass.run(cancelled)
            return one_pass.decoded(started)
        except FFmpegError as error:
            raise InvalidMedia(f"the pictures of {path} can't be converted ({error.strerror})") from error
        finally:
            one_pass.close()


class Decoded:
    """The views of one video, held until it is closed or they are released."""

    def __init__(
        self,
        video: VideoInfo,
        frames: dict[Frames, FrameBatch],
        audio: dict[Audio, AudioTrack],
        seconds: float,
        damage: str,
    ) -> None:
        #: As the container says, with duration and sound corrected to what was decoded.
        self.video = video
        self.frames = frames
        #: Empty when there is no sound that can be decoded.
        self.audio = audio
        #: Seconds the decode took.
        self.seconds = seconds
        #: What is broken in the file; empty when nothing is.
        self.damage = damage

    def release(self, request: Frames | Audio) -> None:
        """Forgets one view; its memory is free when nobody else holds it."""
        if isinstance(request, Frames):
            self.frames.pop(request, None)
        else:
            self.audio.pop(request, None)

    def forget_pages(self) -> None:
        """Gives back the memory of views that lie in files; they stay readable."""
        for batch in self.frames.values():
            forget_pages(batch.pixels)
        for track in self.audio.values():
            forget_pages(track.samples)

    def close(self) -> None:
        self.frames.clear()
        self.audio.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


class _Pass:
    """One video on its way through the decoders."""

    def __init__(
        self,
        container: InputContainer,
        tracks: Tracks,
        path: Path,
        requests: tuple[set[Frames], set[Audio]],
        scratch: Path,
        budgets: tuple[int, int],
    ) -> None:
        self._container, self._tracks, self._path = container, tracks, path
        self._frame_requests, self._audio_requests = requests
        self._scratch, self._budgets = scratch, budgets
        self._info: VideoInfo | None = None
        self._views: dict[Frames, View] = {}
        self._sound: SoundTracks | None = None
        self._clock = PictureClock(tracks.video)
        #: Sound that came before the first picture, still coded: its place is known only when time 0 is.
        self._early: list[Packet[Any]] = []
        self._video_faults: list[str] = []
        self._audio_faults: list[str] = []
        self._read_faults: list[str] = []

    def run(self, cancelled: Callable[[], bool]) -> None:
        """Decodes the file to its end, or to where it breaks off."""
        listens = bool(self._audio_requests) and self._tracks.audio is not None
        tracks = self._tracks if listens else Tracks(self._tracks.video, None)
        for packet in packets_of(self._container, tracks, self._read_faults):
            if packet.stream is not self._tracks.video:
                self._hear(packet)
                continue
            if cancelled():
                raise Cancelled(f"decoding {self._path} was cancelled")
            self._clock.packets += 1 if packet.size else 0
            for frame in frames_of(packet, self._video_faults):
                self._see(frame)

    def decoded(self, started: float) -> Decoded:
        """What came out. Raises: InvalidMedia when there was no picture."""
        if self._info is None:
            cause = f": {self._video_faults[0]}" if self._video_faults else ""
            raise InvalidMedia(f"no picture in {self._path} can be decoded{cause}")
        end = self._end()
        heard = self._sound is not None and self._sound.heard
        frames = {request: view.finish(end) for request, view in self._views.items()}
        audio = dict(self._sound.finish(end)) if self._sound is not None and heard else {}
        damage = self._damage(end, heard)
        info = replace(self._info, duration=end, fps=self._info.fps or self._clock.count / end)
        if self._audio_requests and not heard:
            info = replace(info, audio_codec=None, audio_rate=0, audio_channels=0)
        return Decoded(info, frames, audio, time.monotonic() - started, damage)

    def close(self) -> None:
        for view in self._views.values():
            view.close()
        if self._sound is not None:
            self._sound.close()

    def _see(self, frame: VideoFrame) -> None:
        shown_at = self._clock.time_of(frame)
        if shown_at is None:
            return
        if self._info is None:
            self._begin(frame)
        for view in self._views.values():
            view.offer(frame, shown_at)

    def _begin(self, frame: VideoFrame) -> None:
        """Plans the views, now that size and turn are known, and takes the sound that had to wait."""
        turn = Turn.of(frame)
        self._info = info = describe(self._container, self._tracks, self._path, turn)
        shares = share_out(self._frame_requests | self._audio_requests, info, *self._budgets)
        self._views = {
            request: View(request, shares[request], info, turn, self._scratch) for request in self._frame_requests
        }
        listens = self._audio_requests and self._tracks.audio is not None
        if listens:
            sound_shares = {request: shares[request] for request in self._audio_requests}
            longest = max(info.duration, file_seconds(self._container)) or _UNTOLD
            self._sound = SoundTracks(self._audio_requests, sound_shares, longest + 1, self._scratch)
        early, self._early = self._early, []
        for packet in early:
            self._hear(packet)

    def _hear(self, packet: "Packet[Any]") -> None:
        if self._sound is None:
            self._early.append(packet)
            return
        for frame in frames_of(packet, self._audio_faults):
            try:
                self._sound.add(frame, self._clock.relative(frame.pts, packet.stream.time_base))
            except (FFmpegError, ValueError) as error:  # a layout or format that can't be resampled
                self._audio_faults.append(str(error))

    def _end(self) -> float:
        """Seconds where the last picture ends; the sound's end when the picture stays up while that goes on."""
        pictures = self._clock.end()
        sound = self._sound.end if self._sound is not None else 0.0
        return sound if sound > pictures + _SOUND_TAIL else pictures

    def _damage(self, end: float, heard: bool) -> str:
        notes = list(dict.fromkeys(self._read_faults))
        missing = self._clock.missing()
        if missing:
            notes.append(f"{missing} of {self._tracks.video.frames} pictures are missing at the end")
        if self._video_faults:
            notes.append(f"{len(self._video_faults)} parts of the picture track can't be decoded")
        if self._audio_requests and self._tracks.audio is not None and not heard:
            notes.append("the sound track can't be decoded")
        elif self._audio_faults:
            notes.append(f"{len(self._audio_faults)} parts of the sound track can't be decoded")
        expected = track_seconds(self._tracks.video)
        if not missing and end < 0.9 * expected - 0.5:
            notes.append(f"the pictures end at {end:.2f} s although the file says {expected:.2f} s")
        return "; ".join(notes)


@contextmanager
def opened(path: Path) -> Iterator[InputContainer]:
    """The one open. The path is never read as an address or a pattern, and nothing but this file is reached."""
    if not path.is_file():  # opening a named pipe would wait for ever
        raise InvalidMedia(f"there is no file at {path}")
    options = {"protocol_whitelist": "file", "format_whitelist": _CONTAINERS}
    try:
        container = av.open(f"file:{path.absolute()}", "r", options=options, metadata_errors="replace")
    except FFmpegError as error:
        if isinstance(error, builtins.OSError):
            raise
        raise InvalidMedia(_why_not_opened(path, error)) from error
    with container:
        yield container


def _why_not_opened(path: Path, error: FFmpegError) -> str:
    if path.stat().st_size == 0:
        return f"{path} is empty (0 bytes)"
    return f"{path} is not a video file that can be read ({error.strerror})"


def select_tracks(container: InputContainer, tracks: Tracks, threads: int) -> None:
    """Makes the demuxer skip what isn't looked at, and the decoder use several threads."""
    for track in container.streams:
        if track is not tracks.video and track is not tracks.audio:
            track.discard = Discard.all
    tracks.video.thread_type = "AUTO"
    # One more than work at a time: it decodes on while views are made of the picture it gave last.
    tracks.video.thread_count = threads + 1


def packets_of(container: InputContainer, tracks: Tracks, faults: list[str]) -> "Iterator[Packet[Any]]":
    """All packets, then the empty ones that make decoders give what they hold back, also when reading broke off."""
    wanted = [track for track in (tracks.video, tracks.audio) if track is not None]
    try:
        yield from container.demux(wanted)
    except (FFmpegError, IndexError) as error:  # IndexError: PyAV meets a track that garbage announced on the way
        faults.append(f"reading broke off ({error})")
        for track in wanted:
            yield _flush(track)


def frames_of(packet: "Packet[Any]", faults: list[str]) -> list[Any]:
    """What `packet` decodes to; a packet that doesn't is a fault, and the next one may be sound again."""
    try:
        return packet.decode()
    except EOFError:
        return []
    except FFmpegError as error:
        faults.append(str(error.strerror))
        return []


def _flush(track: av.VideoStream | av.AudioStream) -> "Packet[Any]":
    """The empty packet that ends `track`."""
    packet: Packet[Any] = Packet()
    packet.stream = track
    return packet
