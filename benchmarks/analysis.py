"""What does the analysis of a 30 s clip cost: per analyzer and shared pass, in total, in memory?

    python -m benchmarks.analysis [VIDEO]

Makes a 30 s 1080x1920 clip (or takes yours), analyses it three times in a fresh engine process as a cpu worker would,
and prints the median of each figure as a table and as one JSON line. Where other programs share the cores, wall time
tells little: look at the CPU seconds of the engine then, which count loading the models too.
"""

import argparse
import json
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from numpy.typing import NDArray

from mass_processing.demo.encode import write_clip
from mass_processing.demo.sounds import beat, silence, speech_like
from mass_processing.engine import Engine, EngineConfig

_RUNS = 3
_SECONDS, _FPS = 30, 30


def main() -> None:
    """Prints the table and the JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("video", nargs="?", type=Path, help="the clip to analyse; one is made when none is given")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1, help="threads of the engine")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        video = arguments.video or make_clip(Path(folder) / "clip.mp4")
        runs = [analyse(video, arguments.threads, Path(folder)) for _ in range(_RUNS)]
    report(video, arguments.threads, runs)


def make_clip(path: Path) -> Path:
    """30 s at 1080x1920: textured shots that pan, captions that change every 2 s, speech, silence and a beat."""
    sound = np.concatenate([speech_like(12), silence(3, 48_000), beat(15, 120)])
    return write_clip(path, pictures(), fps=_FPS, sound=sound.astype(np.float32), rate=48_000)


def pictures() -> Iterator[NDArray[np.uint8]]:
    """900 pictures, (1920, 1080, 3) RGB."""
    import cv2

    random = np.random.default_rng(1)
    shots = []
    for _ in range(6):
        coarse = random.integers(0, 255, (48, 40, 3), np.uint8)
        fine = random.integers(0, 40, (2000, 1600, 3), np.uint8)
        shots.append(cv2.add(cv2.resize(coarse, (1600, 2000), interpolation=cv2.INTER_CUBIC), fine))
    words = "the quick brown fox jumps over a lazy dog near my house today with friends".split()  # noqa: SIM905  # a sentence
    for index in range(_SECONDS * _FPS):
        shot, step = divmod(index, _SECONDS * _FPS // len(shots))
        picture = shots[shot][40:1960, step * 2 : step * 2 + 1080].copy()
        text = " ".join(words[(index // (2 * _FPS)) % 12 :][:3])
        cv2.rectangle(picture, (80, 1420), (1000, 1560), (0, 0, 0), -1)
        cv2.putText(picture, text, (110, 1515), cv2.FONT_HERSHEY_SIMPLEX, 2, (255, 255, 255), 5, cv2.LINE_AA)
        yield np.asarray(picture, np.uint8)


def analyse(video: Path, threads: int, scratch: Path) -> dict[str, Any]:
    """One analysis in a fresh engine: wall and CPU seconds, peak bytes, and what it answered."""
    engine = Engine(EngineConfig(card=None, in_flight=1, threads=threads, scratch=scratch / "scratch"))
    try:
        while not engine.status()["engine_ready"]:
            time.sleep(0.05)
        process = psutil.Process(engine.status()["engine_pid"])
        started, used = time.monotonic(), _cpu_seconds(process)
        analysis = engine.submit(1, str(video), time_limit_s=900).result()
        seconds = time.monotonic() - started
        cpu = _cpu_seconds(process) - used
        time.sleep(1)  # the peak comes with the next heartbeat
        return {"seconds": seconds, "cpu_seconds": cpu, "peak_bytes": engine.resident_peak, "analysis": analysis}
    finally:
        engine.stop()


def _cpu_seconds(process: psutil.Process) -> float:
    """Seconds of all its threads on all cores, in the program and in the kernel for it."""
    times = process.cpu_times()
    return float(times.user + times.system)


def report(video: Path, threads: int, runs: list[dict[str, Any]]) -> None:
    """Medians over the runs."""
    outcomes = [run["analysis"]["analyzer_results"] for run in runs]
    seconds = statistics.median(run["seconds"] for run in runs)
    cpu = statistics.median(run["cpu_seconds"] for run in runs)
    duration = runs[0]["analysis"]["video"]["duration"]
    peak = max(run["peak_bytes"] for run in runs)
    decode = statistics.median(run["analysis"]["decode_seconds"] for run in runs)
    rows = {name: statistics.median(each[name]["seconds"] for each in outcomes) for name in outcomes[0]}
    shared = [run["analysis"]["passes"] for run in runs]
    passes = {name: statistics.median(each[name]["seconds"] for each in shared) for name in shared[0]}
    print(
        f"{video.name}: {duration:.1f} s; {threads} threads, {platform.machine()}, Python {platform.python_version()}"
    )
    print(f"{'decode, all views':24} {decode:8.2f} s")
    for name, cost in passes.items():
        print(f"{'pass: ' + name:24} {cost:8.2f} s  {shared[0][name]['status']}")
    for name, cost in rows.items():
        print(f"{name:24} {cost:8.2f} s  {outcomes[0][name]['status']}  {outcomes[0][name]['headline']}")
    print(f"{'wall time':24} {seconds:8.2f} s = {seconds / duration:.3f} s per second of video")
    print(f"{'engine, CPU time':24} {cpu:8.2f} s = {cpu / duration:.3f} s per second of video")
    print(f"{'engine, peak memory':24} {peak / 1e9:8.2f} GB")
    print(
        json.dumps(
            {
                "benchmark": "analysis",
                "seconds_per_video_second": round(seconds / duration, 4),
                "wall_seconds": round(seconds, 3),
                "cpu_seconds": round(cpu, 3),
                "decode_seconds": decode,
                "passes": {name: round(cost, 3) for name, cost in passes.items()},
                "analyzers": {name: round(cost, 3) for name, cost in rows.items()},
                "peak_bytes": peak,
                "threads": threads,
                "runs": len(runs),
            }
        )
    )


if __name__ == "__main__":
    main()
