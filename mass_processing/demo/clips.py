"""How are the demo's three sample clips made, and what is known to be in them?"""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mass_processing.demo.camera import frames
from mass_processing.demo.encode import write_clip
from mass_processing.demo.sounds import beat, speech_like
from mass_processing.demo.storyboards import FPS, STORYBOARDS, Storyboard, truth_of

log = logging.getLogger(__name__)

#: Raised whenever a storyboard or the way it is painted changes, so that clips of an older one are made anew.
_RECIPE = 1
_RATE = 48_000
#: (height, width) at scale 1.
_SIZE = (1920, 1080)


@dataclass(frozen=True, slots=True)
class DemoClip:
    """A clip on disk and what is known to be in it."""

    name: str
    path: Path
    #: The document of `<name>.truth.json`.
    truth: Mapping[str, Any]


def make_clips(folder: Path, *, scale: float = 1.0) -> list[DemoClip]:
    """Makes the three clips in `folder`, 15 to 18 s of 1080x1920 h264 and aac at 30 per second, and their truth files.

    A clip that is there and whole is kept. `scale` makes smaller pictures. Raises: OSError (no space, not writable).
    """
    folder.mkdir(parents=True, exist_ok=True)
    return [_whole_clip(folder, board, scale) or _make(folder, board, scale) for board in STORYBOARDS]


def _whole_clip(folder: Path, board: Storyboard, scale: float) -> DemoClip | None:
    """The clip of an earlier run; None when there is none of this recipe and size, or it was cut short."""
    path = folder / f"{board.name}.mp4"
    try:
        truth = json.loads(_truth_path(path).read_text(encoding="utf-8"))
        kept = truth["recipe"] == _RECIPE and (truth["height"], truth["width"]) == _scaled(scale)
        return DemoClip(board.name, path, truth) if kept and truth["bytes"] == path.stat().st_size else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _make(folder: Path, board: Storyboard, scale: float) -> DemoClip:
    path = folder / f"{board.name}.mp4"
    _truth_path(path).unlink(missing_ok=True)
    write_clip(path, frames(board, _scaled(scale)), fps=FPS, sound=_sound(board), rate=_RATE)
    # The truth comes last: a clip without it was cut short.
    truth = truth_of(board, _scaled(scale)) | {"recipe": _RECIPE, "bytes": path.stat().st_size}
    _truth_path(path).write_text(json.dumps(truth, indent=1) + "\n", encoding="utf-8")
    log.info("made %s", path)
    return DemoClip(board.name, path, truth)


def _truth_path(path: Path) -> Path:
    return path.with_suffix(".truth.json")


def _scaled(scale: float) -> tuple[int, int]:
    """(height, width), even as h264 wants them."""
    height, width = (max(2, round(side * scale / 2) * 2) for side in _SIZE)
    return height, width


def _sound(board: Storyboard) -> NDArray[np.float32]:
    """The sound track, silent where nothing is said or beaten."""
    sound = np.zeros(round(board.seconds * _RATE), np.float32)
    if board.bpm:
        sound += beat(board.seconds, board.bpm, _RATE)
    for voice in board.voices:
        said = speech_like(voice.end - voice.start, _RATE, seed=voice.seed, pitch_hz=voice.pitch_hz)
        first = round(voice.start * _RATE)
        sound[first : first + len(said)] += said
    return sound
