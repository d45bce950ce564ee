"""What is in the demo's three sample clips, and how are they made?

Each is a storyboard: shots, captions and sounds with their times. The pictures are painted from it, and so is the truth
that is written beside the clip: what the analyzers find can be compared with what was put in.
"""

import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mass_processing.demo.captions import Plate, write
from mass_processing.demo.encode import write_clip
from mass_processing.demo.scenery import DAWN, DUSK, GOLD, NIGHT, NOON, Light, Picture, balloon, scenery
from mass_processing.demo.sounds import beat, phrases, speech_like

log = logging.getLogger(__name__)

#: Raised whenever a storyboard or the way it is painted changes, so that clips of an older one are made anew.
_RECIPE = 1
_FPS = 30
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


@dataclass(frozen=True, slots=True)
class Shot:
    """One place, until the next one; the camera stands, or does one of three things."""

    start: float
    place: str
    light: Light
    #: Picture widths per second that the view goes to the right.
    pan: float = 0.0
    #: Factor by which things grow in each second; below 1 they shrink.
    zoom: float = 1.0
    #: Seconds in which the shot before is dissolved into this one, centred on `start`; 0 is a cut.
    dissolve: float = 0.0


@dataclass(frozen=True, slots=True)
class Caption:
    """Text on the picture from `start` to `end`, at the share `middle` of its height."""

    start: float
    end: float
    text: str
    middle: float


@dataclass(frozen=True, slots=True)
class Speech:
    """A voice from `start` to `end`."""

    start: float
    end: float
    pitch_hz: float
    seed: int


@dataclass(frozen=True, slots=True)
class Storyboard:
    """All of a clip; times in seconds."""

    name: str
    seconds: float
    shots: tuple[Shot, ...]
    captions: tuple[Caption, ...]
    voices: tuple[Speech, ...] = ()
    #: Beats per minute from 0 s on; 0 is none.
    bpm: float = 0.0


STORYBOARDS = (
    # Every fourth beat of 120 per minute is a cut: one each 2 s.
    Storyboard(
        "eight-places-on-the-beat",
        16.0,
        (
            Shot(0.0, "mountains", GOLD),
            Shot(2.0, "sea", NOON),
            Shot(4.0, "city", NIGHT),
            Shot(6.0, "forest", NOON),
            Shot(8.0, "dunes", GOLD),
            Shot(10.0, "sea", DUSK),
            Shot(12.0, "mountains", NOON),
            Shot(14.0, "city", DUSK),
        ),
        (Caption(0.5, 3.5, "EIGHT PLACES TO SEE", 0.2), Caption(12.5, 15.5, "WHICH ONE IS YOURS?", 0.8)),
        bpm=120.0,
    ),
    Storyboard(
        "a-morning-told",
        18.0,
        (Shot(0.0, "forest", DAWN), Shot(6.0, "sea", DAWN, dissolve=0.8), Shot(12.0, "mountains", NOON, zoom=1.05)),
        (Caption(1.0, 5.0, "Up before the sun", 0.75), Caption(13.0, 17.0, "Follow for part two", 0.75)),
        (Speech(1.0, 7.0, 120.0, 3), Speech(9.5, 15.5, 120.0, 8)),
    ),
    Storyboard(
        "walk-along-the-dunes",
        15.0,
        (Shot(0.0, "dunes", DUSK, pan=0.12), Shot(6.0, "forest", GOLD), Shot(10.0, "city", NIGHT, zoom=1 / 1.05)),
        (Caption(6.5, 9.5, "Save this for later", 0.2),),
        (Speech(2.0, 9.0, 200.0, 5),),
    ),
)


def make_clips(folder: Path, *, scale: float = 1.0) -> list[DemoClip]:
    """Makes the three clips in `folder`, 15 to 18 s of 1080x1920 h264 and aac at 30 per second, and their truth files.

    A clip that is there and whole is kept. `scale` makes smaller pictures. Raises: OSError (no space, not writable).
    """
    folder.mkdir(parents=True, exist_ok=True)
    return [_whole_clip(folder, board, scale) or _make(folder, board, scale) for board in STORYBOARDS]


def truth_of(board: Storyboard, scale: float = 1.0) -> dict[str, Any]:
    """What is known to be in the clip of a storyboard, before it is made."""
    height, width = _scaled(scale)
    ends = [*(shot.start for shot in board.shots[1:]), board.seconds]
    spoken = [
        {"start": round(voice.start + start, 3), "end": round(voice.start + end, 3)}
        for voice in board.voices
        for start, end in phrases(voice.end - voice.start, seed=voice.seed)
    ]
    return {
        "name": board.name,
        "duration": board.seconds,
        "width": width,
        "height": height,
        "fps": _FPS,
        "video_codec": "h264",
        "audio_codec": "aac",
        "cuts": [shot.start for shot in board.shots[1:] if not shot.dissolve],
        "dissolves": [
            {"start": shot.start - shot.dissolve / 2, "end": shot.start + shot.dissolve / 2}
            for shot in board.shots
            if shot.dissolve
        ],
        "camera": [
            {"start": shot.start, "end": end, "motion": _motion(shot), "pan": shot.pan, "zoom": round(shot.zoom, 4)}
            for shot, end in zip(board.shots, ends, strict=True)
        ],
        "texts": [
            {
                "start": caption.start,
                "end": caption.end,
                "text": caption.text,
                "box": [round(edge, 4) for edge in write(caption.text, caption.middle, (height, width)).box],
            }
            for caption in board.captions
        ],
        "speech": spoken,
        "bpm": board.bpm or None,
        "beats": [round(time, 3) for time in np.arange(0, board.seconds, 60 / board.bpm)] if board.bpm else [],
    }


# --- making -----------------------------------------------------------------------------------------------------------
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
    write_clip(path, _pictures(board, _scaled(scale)), fps=_FPS, sound=_sound(board), rate=_RATE)
    # The truth comes last: a clip without it was cut short.
    truth = truth_of(board, scale) | {"recipe": _RECIPE, "bytes": path.stat().st_size}
    _truth_path(path).write_text(json.dumps(truth, indent=1) + "\n", encoding="utf-8")
    log.info("made %s", path)
    return DemoClip(board.name, path, truth)


def _truth_path(path: Path) -> Path:
    return path.with_suffix(".truth.json")


def _scaled(scale: float) -> tuple[int, int]:
    """(height, width), even as h264 wants them."""
    height, width = (max(2, round(side * scale / 2) * 2) for side in _SIZE)
    return height, width


def _motion(shot: Shot) -> str:
    if shot.pan:
        return "pan_right" if shot.pan > 0 else "pan_left"
    if shot.zoom != 1:
        return "zoom_in" if shot.zoom > 1 else "zoom_out"
    return "static"


# --- sound ------------------------------------------------------------------------------------------------------------
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


# --- pictures ---------------------------------------------------------------------------------------------------------
def _pictures(board: Storyboard, size: tuple[int, int]) -> Iterator[Picture]:
    """All frames of the clip, one at a time."""
    plates = [(caption, write(caption.text, caption.middle, size)) for caption in board.captions]
    views = _views(board, size)
    for number in range(round(board.seconds * _FPS)):
        time = number / _FPS
        picture = _seen(board, views, time)
        _lay_captions(picture, plates, time)
        yield picture


def _seen(board: Storyboard, views: "dict[int, _View]", time: float) -> Picture:
    """The frame at `time`, without captions."""
    current = max(number for number, shot in enumerate(board.shots) if time >= shot.start - shot.dissolve / 2)
    shot = board.shots[current]
    if time >= shot.start + shot.dissolve / 2:
        views.pop(current - 1, None)  # a shot's canvas is large, and it doesn't come back
        return views[current].at(time - shot.start)
    share = (time - shot.start) / shot.dissolve + 0.5
    before = views[current - 1].at(time - board.shots[current - 1].start)
    return np.asarray(cv2.addWeighted(views[current].at(time - shot.start), share, before, 1 - share, 0), np.uint8)


class _Views(dict[int, "_View"]):
    """The views of a storyboard's shots, painted when first looked at."""

    def __init__(self, board: Storyboard, size: tuple[int, int]) -> None:
        super().__init__()
        self._board = board
        self._size = size

    def __missing__(self, number: int) -> "_View":
        ends = [*(shot.start for shot in self._board.shots[1:]), self._board.seconds]
        shot = self._board.shots[number]
        self[number] = _View(shot, ends[number] - shot.start, self._size, seed=len(self._board.name) * 100 + number)
        return self[number]


def _views(board: Storyboard, size: tuple[int, int]) -> "dict[int, _View]":
    return _Views(board, size)


class _View:
    """What the camera sees of one place: a window onto a canvas that is as large as its movement needs."""

    def __init__(self, shot: Shot, seconds: float, size: tuple[int, int], seed: int) -> None:
        height, width = size
        self._shot, self._size = shot, size
        # Zooming out shows more and more: the canvas has the size of the last view.
        self._widest = min(1.0, shot.zoom) ** -seconds
        painted = (
            round(height * self._widest),
            round(width * (self._widest + abs(shot.pan) * (seconds + shot.dissolve))),
        )
        self._canvas = scenery(shot.place, shot.light, painted, seed)
        self._balloon, mask = balloon(max(8, height // 9), seed)
        self._mask = mask[..., None]

    def at(self, seconds: float) -> Picture:
        """The frame `seconds` after the shot's start; the caller may draw on it."""
        height, width = self._size
        shot = self._shot
        if shot.pan == 0 and shot.zoom == 1:
            picture = self._canvas.copy()
        else:
            scale = shot.zoom**seconds
            canvas_height, canvas_width = self._canvas.shape[:2]
            shift_x = -shot.pan * width * seconds if shot.pan else width / 2 - scale * canvas_width / 2
            shift_y = height / 2 - scale * canvas_height / 2
            window = np.array([[scale, 0, shift_x], [0, scale, shift_y]], np.float32)
            picture = np.asarray(cv2.warpAffine(self._canvas, window, (width, height), borderMode=cv2.BORDER_REFLECT))
        self._fly(picture, seconds)
        return picture

    def _fly(self, picture: Picture, seconds: float) -> None:
        """A balloon drifts through the sky, so that a standing camera sees something move."""
        height, width = self._size
        tall, wide = self._mask.shape[:2]
        x = round(width * (0.12 + 0.03 * seconds))
        y = round(height * (0.3 - 0.008 * seconds))
        part = picture[y : y + tall, x : x + wide]
        mask = self._mask[:, : part.shape[1]]
        part[:] = (part + mask * (self._balloon[:, : part.shape[1]].astype(np.float32) - part)).astype(np.uint8)


def _lay_captions(picture: Picture, plates: list[tuple[Caption, Plate]], time: float) -> None:
    for caption, plate in plates:
        if caption.start <= time < caption.end:
            plate.lay_on(picture)
