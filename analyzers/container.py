"""What is in a media file, and which of its tracks are meant?

Choosing, describing and turning; the file itself is opened by `decode.py`.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from av.audio import AudioStream
from av.container import InputContainer
from av.sidedata.sidedata import Type as SideDataType
from av.stream import Disposition
from av.video import VideoFrame, VideoStream
from numpy.typing import NDArray

from analyzers.errors import InvalidMedia
from analyzers.media import VideoInfo

#: Tracks that are pictures but not the film: covers and chapter thumbnails.
_NOT_FILM = Disposition.attached_pic | Disposition.timed_thumbnails
#: FFmpeg counts the duration of a file in microseconds.
_FILE_TICKS = 1_000_000


@dataclass(frozen=True, slots=True)
class Turn:
    """How coded pictures become shown ones: first mirrored along the diagonal, then along the axes."""

    #: Degrees clockwise: 0, 90, 180 or 270.
    rotation: int = 0
    transpose: bool = False
    flip_x: bool = False
    flip_y: bool = False

    @classmethod
    def of(cls, frame: VideoFrame) -> "Turn":
        """The turn that the display matrix of `frame` asks for, to the nearest quarter.

        The matrix (ISO 14496-12 §6.2.2) takes the coded axes x (right) and y (down) to (a, b) and (c, d).
        """
        side_data: Mapping[Any, Any] = frame.side_data
        matrix = side_data.get(SideDataType.DISPLAYMATRIX)
        if matrix is None:
            return cls()
        a, b, _, c, d = np.frombuffer(matrix, np.int32)[:5].tolist()
        transpose = abs(b) > abs(a)
        across, down = (c, b) if transpose else (a, d)
        rotation = round(math.degrees(math.atan2(b, a)) / 90) * 90 % 360
        return cls(rotation, transpose, across < 0, down < 0)

    def size(self, width: int, height: int) -> tuple[int, int]:
        """Width and height after the turn (and before it: the turn of a size is its own inverse)."""
        return (height, width) if self.transpose else (width, height)

    def apply(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """`picture` as shown; a view, nothing is copied."""
        turned = picture.swapaxes(0, 1) if self.transpose else picture
        return turned[:: -1 if self.flip_y else 1, :: -1 if self.flip_x else 1]


@dataclass(frozen=True, slots=True)
class Tracks:
    """The tracks that a player would play."""

    video: VideoStream
    #: None when there is no sound.
    audio: AudioStream | None


def choose_tracks(container: InputContainer, path: Path) -> Tracks:
    """The default film and sound of a file that may hold several. Raises: InvalidMedia."""
    films = [track for track in container.streams.video if not track.disposition & _NOT_FILM and _decodable(track)]
    if not films:
        raise InvalidMedia(_why_no_film(container, path))
    best = container.streams.best("video")
    video = next((film for film in films if film is best), None) or max(films, key=_prominence)
    audio = container.streams.best("audio", related=video)
    return Tracks(video, audio if isinstance(audio, AudioStream) and _decodable(audio) else None)


def _decodable(track: VideoStream | AudioStream) -> bool:
    """PyAV gives a track no codec context when no decoder is built in."""
    return getattr(track, "codec_context", None) is not None


def _prominence(track: VideoStream) -> tuple[bool, int]:
    return bool(track.disposition & Disposition.default), track.codec_context.width * track.codec_context.height


def _why_no_film(container: InputContainer, path: Path) -> str:
    if container.streams.video:
        return f"{path} has no video track that can be decoded, only covers or unknown codecs"
    if container.streams.audio:
        return f"{path} has no video track, only sound"
    return f"{path} has no video track"


def describe(container: InputContainer, tracks: Tracks, path: Path, turn: Turn) -> VideoInfo:
    """What the container says, with the size as shown."""
    video, audio = tracks.video, tracks.audio
    width, height = turn.size(video.codec_context.width, video.codec_context.height)
    duration = track_seconds(video) or file_seconds(container)
    size = path.stat().st_size
    return VideoInfo(
        path=path,
        duration=duration,
        width=width,
        height=height,
        fps=float(video.average_rate or video.guessed_rate or 0),
        rotation=turn.rotation,
        video_codec=video.codec_context.name,
        bit_rate=container.bit_rate or (round(size * 8 / duration) if duration else 0),
        size=size,
        audio_codec=audio.codec_context.name if audio else None,
        audio_rate=audio.codec_context.sample_rate if audio else 0,
        audio_channels=audio.codec_context.channels if audio else 0,
    )


def track_seconds(track: Any) -> float:
    """How long the track lasts by its own header; 0.0 when it doesn't say."""
    if not track.duration or track.duration < 0 or not track.time_base:
        return 0.0
    return float(track.duration * track.time_base)


def file_seconds(container: InputContainer) -> float:
    """How long the longest track lasts; 0.0 when the file doesn't say."""
    return max(0, container.duration or 0) / _FILE_TICKS
