"""How do cuts and texts compare with those of other tools?"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from analyzers.catalog import by_name
from analyzers.decode import decode
from analyzers.media import DETAILED
from analyzers.models import Device, ModelShelf
from analyzers.picture.text_tracks import edit_distance
from analyzers.run import analyze_video
from benchmarks.truth import rivals
from benchmarks.truth.conditions import CONDITIONS, Condition, Picture, Pictures
from benchmarks.truth.edits import HARD, Edited
from benchmarks.truth.matching import Matched, match_instants
from benchmarks.truth.scenes import Shot

#: Tool, how right it is, seconds.
Compared = list[tuple[str, float, float]]
#: What stands on the picture, each for two seconds with a second between.
WORDS = ("Wait until you see", "three easy steps", "Link in bio", "only 9.99 today", "follow for part 2")


def cuts_compared(conditions: Sequence[Condition], folder: Path) -> Compared:
    """F1 of the hard cuts of `Edited` over all `conditions`, tolerance one picture.

    Only hard cuts are asked for: what a tool reports within a dissolve or a fade is neither right nor wrong.
    """
    tools: dict[str, Callable[[Path], list[float]]] = {
        "ours, decode included": _our_cuts,
        "PySceneDetect content": partial(rivals.pyscenedetect, detector="content"),
        "PySceneDetect adaptive": partial(rivals.pyscenedetect, detector="adaptive"),
        "ffmpeg scdet": rivals.ffmpeg_scdet,
    }
    matched = dict.fromkeys(tools, Matched())
    seconds = dict.fromkeys(tools, 0.0)
    for condition in conditions:
        clip = Edited(1)
        path = condition.write(folder / "cuts.mp4", clip)
        times = condition.times(clip.seconds)
        truth = [float(times[times >= cut - 1e-6][0]) for cut in HARD]
        frame = (1.5 if condition.unsteady else 1.0) / float(condition.fps) + 1e-3
        for tool, ask in tools.items():
            started = time.monotonic()
            found = [t for t in ask(path) if not 3.9 <= t <= 4.7 and not 5.6 <= t <= 7.0]
            seconds[tool] += time.monotonic() - started
            matched[tool] += match_instants(truth, found, frame)
    return [(tool, matched[tool].f1, seconds[tool]) for tool in tools]


def _our_cuts(path: Path) -> list[float]:
    analysis = analyze_video(path, [by_name("cut_analysis")], ModelShelf(Device()), scratch=path.parent / "scratch")
    result: Any = analysis.outcomes[0].result
    return [cut.t for cut in result.cuts if cut.type == "cut"]


@dataclass(frozen=True, slots=True)
class Captioned(Pictures):
    """A slow pan with a caption for two of every three seconds."""

    seconds: float = 3.0 * len(WORDS)

    def at(self, time: float, size: tuple[int, int]) -> Picture:
        picture = Shot(3, lambda t: (0.03 * t - 0.2, 0.0, 1.0, 0.0)).at(time, size).copy()
        number, within = divmod(time, 3.0)
        if within < 2.0:
            (top, left), plate = _plate(WORDS[int(number)], size)
            height, width = plate.shape[:2]
            picture[top : top + height, left : left + width] = plate
        return picture


@lru_cache(maxsize=16)
def _plate(text: str, size: tuple[int, int]) -> tuple[tuple[int, int], NDArray[np.uint8]]:
    """White letters on black, and where their top left corner goes."""
    height, width = size
    font = ImageFont.load_default(max(12, width // 14))
    left, top, right, bottom = (int(edge) for edge in font.getbbox(text))
    image = Image.new("RGB", (right - left + 16, bottom - top + 12))
    ImageDraw.Draw(image).text((8 - left, 6 - top), text, "white", font)
    plate = np.asarray(image, np.uint8)[:, : width - 2]
    return (round(0.75 * height), (width - plate.shape[1]) // 2), plate


def texts_compared(folder: Path) -> Compared:
    """Character error rate over all sampled pictures of `Captioned`: ours, and RapidOCR on every picture."""
    path = CONDITIONS[1].write(folder / "texts.mp4", Captioned())
    started = time.monotonic()
    analysis = analyze_video(path, [by_name("text_overlay")], ModelShelf(Device(threads=2)), scratch=folder / "scratch")
    our_seconds = time.monotonic() - started
    result: Any = analysis.outcomes[0].result
    with decode(path, [DETAILED], [], scratch=folder / "scratch") as decoded:
        frames = decoded.frames[DETAILED]
        started = time.monotonic()
        theirs = rivals.plain_rapidocr(frames.pixels)
        their_seconds = time.monotonic() - started + decoded.seconds
        ours = [" ".join(each.text for each in result.texts if each.start <= t < each.end) for t in frames.times]
        truth = [WORDS[int(t // 3)] if t % 3 < 2 else "" for t in frames.times]
    return [
        ("ours, decode included", error_rate(truth, ours), our_seconds),
        ("RapidOCR on every picture", error_rate(truth, theirs), their_seconds),
    ]


def error_rate(truth: Sequence[str], read: Sequence[str]) -> float:
    """Edits per true character, spaces left out, 0 and more."""
    plain = [("".join(a.split()), "".join(b.split())) for a, b in zip(truth, read, strict=True)]
    return sum(edit_distance(a, b) for a, b in plain) / max(1, sum(len(a) for a, _ in plain))
