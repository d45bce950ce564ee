"""What can an analyzer ask of a video, and what does it get?

Requests (`Frames`, `Audio`) are values: equal requests share one view of one decode.
Answers (`FrameBatch`, `AudioTrack`) are arrays with the time of every frame or sample.
Time 0 is the first picture shown; times come from presentation stamps, never from index / fps.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Frames:
    """A request for pictures."""

    #: Pictures per second at most; None means every frame of the file.
    fps: float | None
    #: Pixels of the shorter side after scaling, aspect kept, never scaled up; None means the native size.
    short_side: int | None
    #: True: the luma plane alone (n, h, w); False: RGB (n, h, w, 3).
    luma: bool = False


#: Every frame, tiny: cuts, flashes, motion energy.
EVERY_FRAME = Frames(fps=None, short_side=96)
#: Enough for optical flow: camera and motion.
FLOWING = Frames(fps=10.0, short_side=180)
#: Enough for networks that find and follow things, on a card or a processor.
WATCHED = Frames(fps=5.0, short_side=360)
#: Enough to read text and judge colour: on-screen text, palettes.
DETAILED = Frames(fps=2.0, short_side=576)
#: The luma plane as coded, for noise, blockiness and sharpness.
NATIVE = Frames(fps=1.0, short_side=None, luma=True)


@dataclass(frozen=True, slots=True)
class Audio:
    """A request for sound."""

    #: Samples per second.
    rate: int = 16_000
    #: 1 (mono, channels averaged) or 2 (stereo; a mono track is doubled without gain).
    channels: int = 1


#: What speech models hear.
SPEECH = Audio(rate=16_000, channels=1)
#: What loudness and music are measured on.
HIFI = Audio(rate=48_000, channels=2)


@dataclass(frozen=True, slots=True)
class FrameBatch:
    """Pictures of one view, in presentation order."""

    #: uint8, (n, height, width, 3) RGB, or (n, height, width) for a luma request; after rotation; read-only.
    pixels: NDArray[np.uint8]
    #: float64 (n,), seconds, strictly increasing.
    times: NDArray[np.float64]
    #: Seconds: where the last picture ends (the duration of the video).
    end: float

    def __len__(self) -> int:
        return len(self.times)

    def __repr__(self) -> str:
        return f"FrameBatch({self.pixels.shape}, {self.times[0] if len(self) else 0:.2f}–{self.end:.2f} s)"


@dataclass(frozen=True, slots=True)
class AudioTrack:
    """Sound of one view; sample 0 is at time 0 (a late track is padded with silence)."""

    #: float32 in −1…1, (n,) for mono, (n, 2) for stereo; read-only.
    samples: NDArray[np.float32]
    #: Samples per second.
    rate: int

    @property
    def duration(self) -> float:
        """Seconds."""
        return len(self.samples) / self.rate

    def __repr__(self) -> str:
        return f"AudioTrack({self.samples.shape} at {self.rate} Hz, {self.duration:.2f} s)"


@dataclass(frozen=True, slots=True)
class VideoInfo:
    """What the container says, without decoding pictures."""

    path: Path
    #: Seconds.
    duration: float
    #: Pixels after rotation.
    width: int
    height: int
    #: Average pictures per second; 0.0 when the container doesn't say.
    fps: float
    #: Degrees clockwise that were applied: 0, 90, 180 or 270.
    rotation: int
    video_codec: str
    #: Bits per second of the whole file; 0 when unknown.
    bit_rate: int
    #: Bytes.
    size: int
    #: None when there is no sound track.
    audio_codec: str | None
    #: Hz and channels as coded; 0 when there is no sound track.
    audio_rate: int
    audio_channels: int

    @property
    def has_audio(self) -> bool:
        return self.audio_codec is not None
