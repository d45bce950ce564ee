"""What happens first in a video, and when?

The first speech, text, face, cut, motion, sound and product, as other analyzers found them; and why some of it may not
be known.
"""

from statistics import fmean
from typing import Any

from analyzers.contract import Inputs, Step
from analyzers.meaning.hook_rubric import HOOK
from analyzers.meaning.hook_wording import openings
from analyzers.meaning.texts import lack_of, texts_of
from analyzers.picture.cut_analysis import CutAnalysis
from analyzers.picture.face_framing import FaceFraming
from analyzers.picture.motion_analysis import MotionAnalysis
from analyzers.picture.object_detection import ObjectDetection
from analyzers.picture.text_overlay import TextOverlay
from analyzers.sound.audio_analysis import AudioAnalysis
from analyzers.sound.music_analysis import MusicAnalysis
from analyzers.sound.speech_transcription import SpeechTranscription
from analyzers.sound.voice_activity import VoiceActivity

#: Things of COCO that are shown to be sold; share of the picture one must take.
_GOODS = {
    *("backpack", "handbag", "suitcase", "umbrella", "tie", "bottle", "wine glass", "cup", "cell phone", "laptop"),
    *("book", "keyboard", "mouse", "remote", "clock", "vase", "teddy bear", "hair drier", "toothbrush", "cake"),
}
_LARGE = 0.1
#: Frame widths per second from which something moves (motion_analysis calls less calm); seconds within which a sound
#: begins with the video.
_MOVES, _AT_ONCE = 0.05, 0.5


class Firsts:
    """What comes first; times in seconds, None for what never comes or is not known."""

    def __init__(self, inputs: Inputs) -> None:
        self._inputs = inputs
        #: Sentences that begin in the hook.
        self.openings = openings(texts_of(inputs), HOOK)
        voice, overlay, faces = inputs.find(VoiceActivity), inputs.find(TextOverlay), inputs.find(FaceFraming)
        transcript = inputs.find(SpeechTranscription)
        heard = transcript.words[0].start if transcript is not None and transcript.words else None
        self.speech = _time(inputs, voice.first_speech if voice is not None else heard)
        self.text = _time(inputs, overlay.first_text if overlay is not None else None)
        self.face = _time(inputs, faces.first_face if faces is not None else None)
        #: Share of the picture that the largest face of the hook takes.
        self.face_area = max((face.area for face in faces.faces if face.start < HOOK), default=0.0) if faces else 0.0
        self._cuts(inputs)
        self._motion(inputs)
        self.sound = _first_sound(inputs)
        #: A large thing of a kind that is sold, and what it is.
        self.product, self.product_name = _product(inputs, self.face_area)

    def _cuts(self, inputs: Inputs) -> None:
        result = inputs.find(CutAnalysis)
        times = [cut.t for cut in result.cuts if cut.type in ("cut", "dissolve")] if result is not None else []
        self.cut = _time(inputs, min(times, default=None))
        #: How many lie in the hook; None when that is not known.
        self.cuts = None if result is None else sum(t < HOOK for t in times)

    def _motion(self, inputs: Inputs) -> None:
        result = inputs.find(MotionAnalysis)
        known = [each for each in result.curve if each.energy is not None] if result is not None else []
        moving = [each.start for each in known if each.energy is not None and each.energy >= _MOVES]
        early = [each.energy for each in known if each.energy is not None and each.start < HOOK]
        self.motion = _time(inputs, min(moving, default=None))
        #: Frame widths per second in the hook; None when that is not known.
        self.energy = None if result is None else fmean(early) if early else 0.0

    def lacks(self, *steps: type[Step[Any]]) -> list[str]:
        """Why those of `steps` that could not answer could not."""
        return [clause for step in steps if (clause := lack_of(self._inputs, step))]

    @property
    def unheard(self) -> list[str]:
        """Why what is said in the first seconds is not known; empty when it is, or when nobody speaks then."""
        if not self._inputs.video.has_audio:
            return []
        voice = self._inputs.find(VoiceActivity)
        speaks = voice is None or (voice.first_speech is not None and voice.first_speech < HOOK)
        return self.lacks(VoiceActivity) + (self.lacks(SpeechTranscription) if speaks else [])

    @property
    def unread(self) -> list[str]:
        """Why what is written is not known; empty when it is."""
        return self.lacks(TextOverlay)

    def missing(self, kind: str) -> list[str]:
        """Why the answer is a lesser one; objects matter only where words did not already tell the type."""
        missing = self.unheard + self.unread + self.lacks(FaceFraming, CutAnalysis, MotionAnalysis)
        missing += self.lacks(AudioAnalysis) if self._inputs.video.has_audio else []
        if kind in ("action", "face", "statement", "sound", "none"):
            missing += self.lacks(ObjectDetection)
        if kind == "none" and self._inputs.video.has_audio:
            missing += self.lacks(MusicAnalysis)
        return missing

    def begins_with_sound(self) -> bool:
        """Whether music or a loud sound begins with the video."""
        if self.sound is None or self.sound > _AT_ONCE:
            return False
        music, audio = self._inputs.find(MusicAnalysis), self._inputs.find(AudioAnalysis)
        starts = [each.start for each in music.music] if music is not None else []
        starts += [each.start for each in audio.loud] if audio is not None else []
        return any(start <= _AT_ONCE for start in starts)


def _time(inputs: Inputs, t: float | None) -> float | None:
    return None if t is None else round(min(max(t, 0.0), inputs.video.duration), 3)


def _first_sound(inputs: Inputs) -> float | None:
    """Seconds until anything is heard; None when nothing is, or when that is not known."""
    audio = inputs.find(AudioAnalysis)
    if audio is None or audio.rms_dbfs is None:
        return None
    first = next((each.end for each in audio.silences if each.start <= 0.0), 0.0)
    return _time(inputs, first) if first < inputs.video.duration else None


def _product(inputs: Inputs, face_area: float) -> tuple[float | None, str]:
    """When in the first seconds a large thing of a kind that is sold is seen, and its name."""
    found = inputs.find(ObjectDetection)
    best: tuple[float, str] | None = None
    for kind in found.objects if found is not None else ():
        for box in kind.samples if kind.label in _GOODS else ():
            area = (box.x2 - box.x1) * (box.y2 - box.y1)
            if box.t < HOOK and area >= max(_LARGE, face_area) and (best is None or box.t < best[0]):
                best = (box.t, kind.label)
    return (_time(inputs, best[0]), best[1]) if best is not None else (None, "")
