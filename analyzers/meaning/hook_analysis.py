"""How do the first three seconds try to hold the viewer, and how strongly?

Reads what other analyzers found. The type, by the first rule that fits:

1. what is said or written does something (`hook_wording.py`): list, challenge, question, text_promise or story;
2. product: a thing people sell takes a tenth of the picture and more room than any face;
3. action: motion is fast, or there are two cuts;
4. face: a face is in the picture;
5. statement: plain words are said (or words that could not be written down) or written;
6. sound: music or a loud sound begins with the video;
7. none.

The strength follows the rubric of `hook_rubric.py`. No model of its own. Limits: what is shown is not understood (a
surprise without words is "action" at best); wording is known in the nine languages of the lexicons, and questions by
their sign in all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from analyzers.contract import Analyzer, Inputs, Needs, Result, Segment
from analyzers.meaning.hook_firsts import Firsts
from analyzers.meaning.hook_rubric import FAST, HOOK, LIVELY_CUTS, HookPart, part, promptness, strength
from analyzers.meaning.hook_wording import Opening, strongest
from analyzers.picture.cut_analysis import CutAnalysis
from analyzers.picture.face_framing import FaceFraming
from analyzers.picture.motion_analysis import MotionAnalysis
from analyzers.picture.object_detection import ObjectDetection
from analyzers.picture.text_overlay import TextOverlay
from analyzers.sound.audio_analysis import AudioAnalysis
from analyzers.sound.music_analysis import MusicAnalysis
from analyzers.sound.speech_transcription import SpeechTranscription
from analyzers.sound.voice_activity import VoiceActivity


@dataclass(frozen=True, slots=True)
class HookAnalysisResult(Result):
    """The first three seconds."""

    #: "list", "challenge", "question", "text_promise", "story", "product", "action", "face", "statement", "sound" or
    #: "none".
    hook_type: str
    #: What makes it that, in a few words.
    because: str
    #: Seconds to the first speech, text (watermarks apart), face, cut (dissolves count), motion that is more than calm,
    #: and sound; None when there is none in the whole video, or when `limits` says that it can't be known.
    t_first_speech: float | None
    t_first_text: float | None
    t_first_face: float | None
    t_first_cut: float | None
    t_first_motion: float | None
    t_first_sound: float | None
    #: 0–1 after the rubric; None when none of its parts can be known.
    strength: float | None
    #: The rubric's parts.
    parts: tuple[HookPart, ...]
    #: Sentences that begin in the first three seconds, by time; empty without any.
    openings: tuple[Opening, ...]
    #: Seconds of the hook: three, or all of a shorter video.
    seconds: float
    #: Why this is a lesser answer; empty when it isn't.
    limits: str

    def headline(self) -> str:
        kind = {"none": "no hook", "text_promise": "a promise", "action": "action", "sound": "sound"}.get(
            self.hook_type, f"a {self.hook_type}"
        )
        how = "" if self.strength is None else f", strength {self.strength:.2f}"
        return f"opens with {kind}{how}"

    def timeline(self) -> Sequence[Segment]:
        firsts = {
            "first speech": self.t_first_speech,
            "first text": self.t_first_text,
            "first face": self.t_first_face,
            "first cut": self.t_first_cut,
            "first motion": self.t_first_motion,
        }
        hook = Segment(0.0, self.seconds, "hook", self.strength, self.because, data={"type": self.hook_type})
        instants = [Segment(t, t, label) for label, t in firsts.items() if t is not None]
        return [hook, *sorted(instants, key=lambda segment: segment.start)]

    def degraded_because(self) -> str:
        return self.limits


class HookAnalysis(Analyzer[HookAnalysisResult]):
    """Tells what the first three seconds do."""

    name: ClassVar[str] = "hook_analysis"
    version: ClassVar[str] = "1"
    summary: ClassVar[str] = "How the first three seconds try to hold the viewer, with what, and how strongly."
    kind: ClassVar[str] = "meaning"
    needs: ClassVar[Needs] = Needs(
        may_read=(
            *(VoiceActivity, SpeechTranscription, TextOverlay, FaceFraming, CutAnalysis, MotionAnalysis),
            *(AudioAnalysis, MusicAnalysis, ObjectDetection),
        )
    )

    def analyze(self, inputs: Inputs) -> HookAnalysisResult:
        seen = Firsts(inputs)
        kind, because = _type(seen)
        parts = _parts(seen)
        return HookAnalysisResult(
            hook_type=kind,
            because=because,
            t_first_speech=seen.speech,
            t_first_text=seen.text,
            t_first_face=seen.face,
            t_first_cut=seen.cut,
            t_first_motion=seen.motion,
            t_first_sound=seen.sound,
            strength=strength(parts),
            parts=parts,
            openings=seen.openings,
            seconds=round(min(HOOK, inputs.video.duration), 3),
            limits="; ".join(seen.missing(kind)),
        )


def _type(seen: Firsts) -> tuple[str, str]:
    """The type, and what makes it that."""
    words = strongest(seen.openings)
    if words is not None and words.kind != "statement":
        return words.kind, words.words
    if seen.product is not None:
        return "product", f"a {seen.product_name} in front"
    if (seen.energy or 0.0) >= FAST:
        return "action", f"motion of {seen.energy:.2f} frame widths per second"
    if (seen.cuts or 0) >= LIVELY_CUTS:
        return "action", f"{seen.cuts} cuts"
    return _calm_type(seen, words)


def _calm_type(seen: Firsts, words: Opening | None) -> tuple[str, str]:
    if seen.face is not None and seen.face < HOOK:
        return "face", f"a face after {seen.face:.1f} s"
    if words is not None:
        return "statement", words.words
    if seen.speech is not None and seen.speech < HOOK:
        return "statement", "someone speaks"
    if seen.begins_with_sound():
        return "sound", "music or a loud sound from the start"
    return "none", "nothing stands out"


def _parts(seen: Firsts) -> tuple[HookPart, ...]:
    said = any(opening.source == "speech" for opening in seen.openings)
    written = any(opening.source == "overlay" for opening in seen.openings)
    speaks = said or (seen.speech is not None and seen.speech < HOOK)
    telling = any(opening.kind != "statement" for opening in seen.openings)
    no_words = bool(seen.unheard or seen.unread) and not telling
    no_face = bool(seen.lacks(FaceFraming))
    firsts = [t for t in (seen.speech, seen.text, seen.face) if t is not None]
    early = promptness(min(firsts, default=None))
    return (
        part("words", 1.0 if telling else None if no_words else 0.5 if said or written else 0.0),
        part("early", None if not early and (no_face or seen.unread) else early),
        part("face", None if no_face and seen.product is None else _face_or_product(seen)),
        part("picture", _picture(seen)),
        part("sound", None if seen.lacks(AudioAnalysis) else promptness(seen.sound)),
        part("both", None if seen.unread else (speaks + written) / 2),
    )


def _face_or_product(seen: Firsts) -> float:
    return max(promptness(seen.face), promptness(seen.product))


def _picture(seen: Firsts) -> float | None:
    known = [] if seen.energy is None else [seen.energy / FAST]
    known += [] if seen.cuts is None else [seen.cuts / LIVELY_CUTS]
    return max(known, default=None)
