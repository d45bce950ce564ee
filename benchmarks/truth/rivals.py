"""What would somebody use instead, and what does it say about the same file or sound?

PySceneDetect, FFmpeg's filters (those in PyAV's build), librosa, and plain RapidOCR; each as its manual shows it.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.filter import Graph
from numpy.typing import NDArray

Samples = NDArray[np.float32]


def pyscenedetect(path: Path, detector: str) -> list[float]:
    """Seconds of the cuts by PySceneDetect's "content" or "adaptive" detector, default settings."""
    from scenedetect import AdaptiveDetector, ContentDetector, detect

    made: Any = ContentDetector() if detector == "content" else AdaptiveDetector()
    scenes: Any = detect(str(path), made)
    return [float(start.seconds) for start, _ in scenes[1:]]


def ffmpeg_scdet(path: Path) -> list[float]:
    """Seconds of the cuts by FFmpeg's scdet filter, default threshold 10."""
    times: list[float] = []
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        graph = Graph()
        graph.link_nodes(
            graph.add_buffer(template=stream), graph.add("scdet", "threshold=10"), graph.add("buffersink")
        ).configure()
        for frame in container.decode(stream):
            for seen in _through(graph, frame):
                if "lavfi.scd.time" in seen.metadata:
                    times.append(float(seen.metadata["lavfi.scd.time"]))
    return times


def ffmpeg_loudness(samples: Samples, rate: int) -> float:
    """Integrated loudness in LUFS of `samples` (n, 2) by FFmpeg's ebur128 filter."""
    loudness = -70.0
    for frame in _heard(samples, rate, "ebur128", "metadata=1"):
        loudness = float(frame.metadata.get("lavfi.r128.I", loudness))
    return loudness


def ffmpeg_silences(samples: Samples, rate: int) -> list[tuple[float, float]]:
    """Seconds, start and end, of the silences of `samples` (n, 2) by FFmpeg's silencedetect at −50 dB, 0.5 s."""
    starts, ends = [], []
    for frame in _heard(samples, rate, "silencedetect", "noise=-50dB:duration=0.5"):
        starts += [float(frame.metadata[key]) for key in ("lavfi.silence_start",) if key in frame.metadata]
        ends += [float(frame.metadata[key]) for key in ("lavfi.silence_end",) if key in frame.metadata]
    return list(zip(starts, [*ends, len(samples) / rate], strict=False))


def librosa_beats(mono: Samples, rate: int) -> tuple[float, list[float]]:
    """Tempo in beats per minute and seconds of the beats, by librosa's beat tracker."""
    import librosa

    tempo, beats = librosa.beat.beat_track(y=mono, sr=rate, units="time")
    return float(np.atleast_1d(tempo)[0]), [float(beat) for beat in beats]


def librosa_pitch(mono: Samples, rate: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Seconds and Hz (NaN without a voice) by librosa's pYIN, 60–700 Hz."""
    import librosa

    hz, _, _ = librosa.pyin(mono, fmin=60, fmax=700, sr=rate)
    return np.asarray(librosa.times_like(hz, sr=rate)), np.asarray(hz)


def plain_rapidocr(pictures: NDArray[np.uint8]) -> list[str]:
    """What stands on each of `pictures` (n, h, w, 3) RGB, lines joined by a space, by RapidOCR on every one."""
    from rapidocr import RapidOCR

    engine = RapidOCR(params={"Global.log_level": "critical"})
    texts = []
    for picture in pictures:
        found: Any = engine(np.ascontiguousarray(picture[:, :, ::-1]))
        texts.append(" ".join(found.txts or ()))
    return texts


def _heard(samples: Samples, rate: int, name: str, arguments: str) -> Iterator[Any]:
    """The frames of `samples` (n, 2) behind an audio filter of FFmpeg."""
    graph = Graph()
    source = graph.add_abuffer(sample_rate=rate, format="flt", layout="stereo")
    graph.link_nodes(source, graph.add(name, arguments), graph.add("abuffersink")).configure()
    for start in range(0, len(samples), 4800):
        block = np.ascontiguousarray(samples[start : start + 4800].reshape(1, -1))
        frame = av.AudioFrame.from_ndarray(block, format="flt", layout="stereo")
        frame.sample_rate, frame.pts = rate, start
        yield from _through(graph, frame)


def _through(graph: Graph, frame: Any) -> Iterator[Any]:
    """`frame`, and what else is ready, behind the filter."""
    graph.push(frame)
    while True:
        try:
            yield graph.pull()
        except (av.BlockingIOError, av.EOFError):
            return
