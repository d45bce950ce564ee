"""What can be said of a video, and of each shot, without a model that describes pictures?

Plain sentences put together from what other analyzers measured: camera, motion, colours, place, things, texts on
screen, speech and music. What was not measured is not mentioned, and nothing is added.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from analyzers.contract import Inputs, Segment
from analyzers.picture.camera_analysis import CameraAnalysis
from analyzers.picture.color_analysis import ColorAnalysis
from analyzers.picture.cut_analysis import CutAnalysis, Shot
from analyzers.picture.motion_analysis import MotionAnalysis
from analyzers.picture.object_detection import ObjectDetection
from analyzers.picture.scene_classification import SceneClassification
from analyzers.picture.scene_words import UNCLEAR
from analyzers.picture.text_overlay import TextOverlay
from analyzers.sound.music_analysis import MusicAnalysis
from analyzers.sound.speech_transcription import SpeechTranscription
from analyzers.sound.voice_activity import VoiceActivity

#: All that is read here.
READ = (
    CutAnalysis,
    CameraAnalysis,
    MotionAnalysis,
    ColorAnalysis,
    SceneClassification,
    ObjectDetection,
    TextOverlay,
    VoiceActivity,
    SpeechTranscription,
    MusicAnalysis,
)

_CAMERA = {
    "static": "stands still",
    "pan_left": "pans left",
    "pan_right": "pans right",
    "tilt_up": "tilts up",
    "tilt_down": "tilts down",
    "zoom_in": "zooms in",
    "zoom_out": "zooms out",
    "roll": "rolls",
    "handheld": "is held by hand",
    "whip": "whips round",
}
_COLOURS = {
    "warm": "warm colours",
    "cool": "cool colours",
    "neutral": "neutral colours",
    "monochrome": "hardly any colour",
}
_KEYS = {"low key": ", mostly dark", "high key": ", mostly bright"}
#: Share of the time from which a second thing the camera does is mentioned.
_ALSO = 0.25
#: Texts that are quoted, kinds of things that are named, and characters of a quote.
_QUOTED, _NAMED, _LONG = 2, 4, 60
#: Plurals that don't end as others do.
_PLURALS = {"person": "people", "mouse": "mice", "knife": "knives", "sheep": "sheep"}
#: Words for one thing that are plurals already.
_PAIRS = ("scissors", "skis")
#: Width over height from which a video is wide, and to which it is upright.
_WIDE, _UPRIGHT = 1.1, 1 / 1.1
#: Shares of the time that are called nothing and all of it.
_NONE, _ALL = 0.005, 0.95


@dataclass(frozen=True, slots=True)
class ShotSentence:
    """One shot in words."""

    #: Seconds, half-open.
    start: float
    end: float
    text: str


def tell_video(inputs: Inputs) -> str:
    """The whole video in one sentence."""
    clauses = _clauses(inputs, 0.0, inputs.video.duration, whole=True)
    return "; ".join([_opening(inputs), *clauses]) + "."


def tell_shots(inputs: Inputs) -> tuple[ShotSentence, ...]:
    """A sentence for each shot; none where shots were not looked for."""
    cuts = inputs.find(CutAnalysis)
    shots = cuts.shots if cuts is not None else ()
    return tuple(_shot(inputs, number, shot, len(shots)) for number, shot in enumerate(shots, start=1))


def things_seen(inputs: Inputs) -> tuple[str, ...]:
    """The kinds of things that were recognised, most seen first."""
    found = inputs.find(ObjectDetection)
    return tuple(kind.label for kind in found.objects) if found is not None else ()


def place_seen(inputs: Inputs) -> str:
    """Where most of the video is; empty where that wasn't told."""
    scene = inputs.find(SceneClassification)
    return scene.place if scene is not None and scene.place != UNCLEAR else ""


def _shot(inputs: Inputs, number: int, shot: Shot, count: int) -> ShotSentence:
    clauses = _clauses(inputs, shot.start, shot.end, whole=False)
    said = "; ".join([f"Shot {number} of {count}, {_length(shot.end - shot.start)}", *clauses])
    return ShotSentence(round(shot.start, 3), round(shot.end, 3), f"{said}.")


def _opening(inputs: Inputs) -> str:
    video, cuts = inputs.video, inputs.find(CutAnalysis)
    aspect = video.width / max(video.height, 1)
    form = "horizontal" if aspect >= _WIDE else "vertical" if aspect <= _UPRIGHT else "square"
    length = _length(video.duration)
    article = "An" if length.startswith(("8", "11 ", "18 ")) else "A"
    shots = "" if cuts is None else f" of {len(cuts.shots)} shots" if len(cuts.shots) > 1 else " of one shot"
    return f"{article} {length} {form} clip{shots}"


def _length(seconds: float) -> str:
    """Such as "0.4 s", "12 s" or "2 min 19 s"."""
    if seconds < 9.95:
        return f"{seconds:.1f} s" if seconds >= 0.1 else f"{seconds:.2f} s"
    minutes, rest = divmod(round(seconds), 60)
    parts = [f"{minutes} min" if minutes else "", f"{rest} s" if rest or not minutes else ""]
    return " ".join(part for part in parts if part)


def _clauses(inputs: Inputs, start: float, end: float, *, whole: bool) -> list[str]:
    """What was measured from `start` to `end`; of the `whole` video also what there is none of."""
    tellers: tuple[Callable[[Inputs, float, float], str], ...] = (_camera, _motion, _colours, _place, _things, _texts)
    told = [teller(inputs, start, end) for teller in tellers]
    sound = [_speech(inputs, start, end, whole), _music(inputs, start, end, whole)]
    told.append(", ".join(each for each in sound if each) if inputs.video.has_audio else "no sound" if whole else "")
    return [each for each in told if each]


def _camera(inputs: Inputs, start: float, end: float) -> str:
    camera = inputs.find(CameraAnalysis)
    shares = _shares(camera.timeline() if camera is not None else (), start, end)
    if not shares:
        return ""
    first, *others = sorted(shares, key=lambda label: -shares[label])
    also = [label for label in others[:1] if shares[label] >= _ALSO]
    mostly = "mostly " if len(shares) > 1 and not also else ""
    return f"the camera {mostly}{' and '.join(_CAMERA[label] for label in (first, *also))}"


def _motion(inputs: Inputs, start: float, end: float) -> str:
    motion = inputs.find(MotionAnalysis)
    pace = _mostly(motion.timeline() if motion is not None else (), start, end)
    return f"{pace} motion" if pace else ""


def _colours(inputs: Inputs, start: float, end: float) -> str:
    colours = inputs.find(ColorAnalysis)
    grade = _mostly(colours.timeline() if colours is not None else (), start, end)
    tint, _, key = grade.partition(" ")
    return f"{_COLOURS[tint]}{_KEYS.get(key, '')}" if grade else ""


def _place(inputs: Inputs, start: float, end: float) -> str:
    scene = inputs.find(SceneClassification)
    places = [Segment(each.start, each.end, each.place) for each in scene.stretches] if scene is not None else []
    place = _mostly(places, start, end)
    return f"place: {place}" if place not in ("", UNCLEAR) else ""


def _things(inputs: Inputs, start: float, end: float) -> str:
    found = inputs.find(ObjectDetection)
    counts: dict[str, int] = {}
    for kind in found.objects if found is not None else ():
        there = [each.max_count for each in kind.stretches if _overlap(each.start, each.end, start, end) > 0]
        if there:
            counts[kind.label] = max(there)
    named = [_counted(label, count) for label, count in list(counts.items())[:_NAMED]]
    return f"in the picture: {', '.join(named)}{', and more' if len(counts) > _NAMED else ''}" if named else ""


def _counted(label: str, count: int) -> str:
    """Such as "a cup" or "3 people"."""
    if count == 1:
        article = "" if label in _PAIRS else "an " if label[0] in "aeiou" else "a "
        return article + label
    plural = "" if label in _PAIRS else "es" if label.endswith(("s", "sh", "ch", "x")) else "s"
    return f"{count} {_PLURALS.get(label, label + plural)}"


def _texts(inputs: Inputs, start: float, end: float) -> str:
    overlay = inputs.find(TextOverlay)
    found = [text for text in overlay.texts if text.role != "watermark"] if overlay is not None else []
    said = dict.fromkeys(text.text for text in found if _overlap(text.start, text.end, start, end) > 0)
    more = ", and more" if len(said) > _QUOTED else ""
    return f"on screen: {', '.join(_quoted(each) for each in list(said)[:_QUOTED])}{more}" if said else ""


def _speech(inputs: Inputs, start: float, end: float, whole: bool) -> str:
    voice = inputs.find(VoiceActivity)
    if voice is None:
        return ""
    share = _covered(((each.start, each.end) for each in voice.speech), start, end)
    if share < _NONE:
        return "no speech" if whole else ""
    told = "speech throughout" if share >= _ALL else f"speech for {max(share, 0.01) * 100:.0f} % of the time"
    words = inputs.find(SpeechTranscription)
    said = [each.text for each in words.captions if _overlap(each.start, each.end, start, end) > 0] if words else []
    return f"{told} ({_quoted(' '.join(said))})" if said else told


def _music(inputs: Inputs, start: float, end: float, whole: bool) -> str:
    music = inputs.find(MusicAnalysis)
    if music is None:
        return ""
    if _covered(((each.start, each.end) for each in music.music), start, end) < _NONE:
        return "no music" if whole else ""
    return f"music at {music.bpm:.0f} bpm" if music.bpm else "music"


def _quoted(text: str) -> str:
    text = " ".join(text.split()).replace("“", "‘").replace("”", "’").replace('"', "'")
    if len(text) > _LONG:
        text = text[:_LONG].rsplit(" ", 1)[0].rstrip(" ,;:.") + "…"
    return f"“{text}”"


def _overlap(start: float, end: float, begin: float, until: float) -> float:
    return min(end, until) - max(start, begin)


def _covered(spans: Iterable[tuple[float, float]], start: float, end: float) -> float:
    """Share 0–1 of the time from `start` to `end` that is in one of `spans`, which don't overlap."""
    seconds = sum(max(_overlap(*span, start, end), 0.0) for span in spans)
    return min(seconds / max(end - start, 1e-6), 1.0)


def _shares(segments: Sequence[Segment], start: float, end: float) -> dict[str, float]:
    """Share of each label among `segments` from `start` to `end`; empty when there are none."""
    seconds: dict[str, float] = defaultdict(float)
    for each in segments:
        if (overlap := _overlap(each.start, each.end, start, end)) > 0:
            seconds[each.label] += overlap
    return {label: length / sum(seconds.values()) for label, length in seconds.items()}


def _mostly(segments: Sequence[Segment], start: float, end: float) -> str:
    """The commonest label; empty when there is none."""
    shares = _shares(segments, start, end)
    return max(shares, key=lambda label: shares[label], default="")
