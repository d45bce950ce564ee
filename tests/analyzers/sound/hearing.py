"""How does a sound become what an analyzer of sound is given?"""

from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from analyzers.contract import Analyzer, Inputs, Model, Result
from analyzers.media import AudioTrack, VideoInfo
from tests.analyzers.clips import MEDIA

Samples = NDArray[np.float32]


def video_with(seconds: float, channels: int = 2) -> VideoInfo:
    """The facts of a clip of `seconds` whose sound track has `channels`."""
    return VideoInfo(Path("clip.mp4"), seconds, 64, 96, 30.0, 0, "h264", 0, 0, "aac", 48_000, channels)


def inputs_of(
    samples: Samples,
    rate: int,
    *,
    channels: int = 2,
    results: dict[type[Analyzer[Any]], Result] | None = None,
    models: dict[type[Model], Model] | None = None,
) -> Inputs:
    """Inputs of a clip that sounds like `samples`."""
    track = AudioTrack(samples, rate)
    return Inputs(video_with(track.duration, channels), audio=track, results=results, models=models)


def stereo(mono: Samples) -> Samples:
    return np.stack([mono, mono], axis=1)


def sine(hz: float, level_dbfs: float, seconds: float, rate: int = 48_000, phase: float = 0.0) -> Samples:
    """A tone whose peak is `level_dbfs`."""
    t = np.arange(round(seconds * rate)) / rate
    return (10 ** (level_dbfs / 20) * np.sin(2 * np.pi * hz * t + phase)).astype(np.float32)


def real_sound(name: str, rate: int, channels: int) -> Samples:
    """The default sound track of a real file, (n,) or (n, 2); skips the test when the file is not there."""
    path = MEDIA / name
    if not path.exists():
        pytest.skip(f"{path} is not there; it holds real material that never enters the repository")
    with av.open(path) as container:
        resampler = av.AudioResampler("fltp", "stereo" if channels == 2 else "mono", rate)
        stream = container.streams.best("audio")
        blocks = [block for frame in container.decode(stream) for block in resampler.resample(frame)]
        blocks += resampler.resample(None)
    samples = np.concatenate([block.to_ndarray() for block in blocks], axis=1)
    return samples[0] if channels == 1 else np.ascontiguousarray(samples.T)
