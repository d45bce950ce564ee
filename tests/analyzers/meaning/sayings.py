"""What is said, written and shown in videos that tests make up?"""

from collections.abc import Sequence

from analyzers.contract import Inputs
from analyzers.picture.text_overlay import OverlayText, TextOverlay, TextOverlayResult
from analyzers.sound.speech_transcription import SpeechTranscription, SpeechTranscriptionResult, Word
from analyzers.sound.voice_activity import Speech, VoiceActivity, VoiceActivityResult
from tests.analyzers.sound.hearing import video_with

SECONDS = 20.0
#: Seconds that each made-up word takes.
WORD = 0.25


def overlay(text: str, start: float = 1.0, end: float = 4.0, role: str = "caption", score: float = 1.0) -> OverlayText:
    return OverlayText(text, start, end, 0.1, 0.6, 0.9, 0.7, score, role, 40.0, "latin")


def overlays(*texts: OverlayText) -> TextOverlayResult:
    first = min((text.start for text in texts if text.role != "watermark"), default=None)
    share = 0.5 if texts else 0.0
    return TextOverlayResult(
        texts=texts, text_share=share, first_text=first, pictures=40, pictures_read=10, lines_unknown=0, limits=""
    )


def transcript(
    words: Sequence[str], language: str = "en", start: float = 0.5, probability: float = 1.0
) -> SpeechTranscriptionResult:
    """A word every quarter of a second from `start` on."""
    said = tuple(
        Word(word, start + WORD * number, start + WORD * (number + 1), probability) for number, word in enumerate(words)
    )
    joint = "" if language in ("zh", "ja") else " "
    return SpeechTranscriptionResult(joint.join(words), language, 0.99, said, (), 0.01, ())


def voice(*spans: tuple[float, float]) -> VoiceActivityResult:
    speech = tuple(Speech(start, end, 0.9) for start, end in spans)
    ratio = sum(end - start for start, end in spans) / SECONDS
    return VoiceActivityResult(speech, ratio, spans[0][0] if spans else None, None)


def texts(
    *,
    said: SpeechTranscriptionResult | None = None,
    written: TextOverlayResult | None = None,
    heard: VoiceActivityResult | None = None,
    caption: str = "",
    lacks: Sequence[str] = (),
    seconds: float = SECONDS,
) -> Inputs:
    """What an analyzer of texts gets."""
    results = {SpeechTranscription: said, TextOverlay: written, VoiceActivity: heard}
    known = {step: result for step, result in results.items() if result is not None}
    return Inputs(video_with(seconds), results=known, caption=caption, lacks=lacks)
