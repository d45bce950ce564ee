"""What is in the demo's three sample clips, and when?

Each is a storyboard: shots, captions and sounds with their times. The clip is made from it, and so is the truth that is
written beside it: what the analyzers find can be compared with what was put in.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from mass_processing.demo.captions import write
from mass_processing.demo.scenery import DAWN, DUSK, GOLD, NIGHT, NOON, Light
from mass_processing.demo.sounds import phrases

FPS = 30


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
        (Shot(0.0, "forest", DAWN), Shot(6.0, "sea", DAWN, dissolve=0.8), Shot(12.0, "city", GOLD, zoom=1.05)),
        (Caption(1.0, 5.0, "Up before the sun", 0.75), Caption(13.0, 17.0, "Follow for part two", 0.75)),
        (Speech(1.0, 7.0, 120.0, 3), Speech(9.5, 15.5, 120.0, 8)),
    ),
    Storyboard(
        "a-walk-through-town",
        15.0,
        (Shot(0.0, "city", DUSK, pan=0.12), Shot(6.0, "forest", GOLD), Shot(10.0, "city", NIGHT, zoom=1 / 1.05)),
        (Caption(6.5, 9.5, "Save this for later", 0.2),),
        (Speech(2.0, 9.0, 200.0, 5),),
    ),
)


def truth_of(board: Storyboard, size: tuple[int, int]) -> dict[str, Any]:
    """What is known to be in the clip of a storyboard whose pictures are of `size` (height, width); JSON."""
    height, width = size
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
        "fps": FPS,
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


def _motion(shot: Shot) -> str:
    if shot.pan:
        return "pan_right" if shot.pan > 0 else "pan_left"
    if shot.zoom != 1:
        return "zoom_in" if shot.zoom > 1 else "zoom_out"
    return "static"
