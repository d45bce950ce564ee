"""Which analyzers are there?

One visible list. Adding an analyzer is its file, its test, and one line here.
"""

from typing import Any

from analyzers.contract import Analyzer
from analyzers.meaning.audio_visual_sync import AudioVisualSync
from analyzers.meaning.cta_detection import CtaDetection
from analyzers.meaning.hook_analysis import HookAnalysis
from analyzers.meaning.transcript_topics import TranscriptTopics
from analyzers.picture.action_recognition import ActionRecognition
from analyzers.picture.background_segmentation import BackgroundSegmentation
from analyzers.picture.body_pose import BodyPose
from analyzers.picture.camera_analysis import CameraAnalysis
from analyzers.picture.color_analysis import ColorAnalysis
from analyzers.picture.composition_analysis import CompositionAnalysis
from analyzers.picture.cut_analysis import CutAnalysis
from analyzers.picture.face_framing import FaceFraming
from analyzers.picture.image_quality import ImageQuality
from analyzers.picture.motion_analysis import MotionAnalysis
from analyzers.picture.object_detection import ObjectDetection
from analyzers.picture.object_tracking import ObjectTracking
from analyzers.picture.product_detection import ProductDetection
from analyzers.picture.qwen2_vl_temporal import QwenTemporal
from analyzers.picture.scene_classification import SceneClassification
from analyzers.picture.scene_segmentation import SceneSegmentation
from analyzers.picture.text_overlay import TextOverlay
from analyzers.picture.video_fingerprint import VideoFingerprint
from analyzers.picture.visual_effects import VisualEffects
from analyzers.sound.audio_analysis import AudioAnalysis
from analyzers.sound.music_analysis import MusicAnalysis
from analyzers.sound.sound_events import SoundEvents
from analyzers.sound.speech_prosody import SpeechProsody
from analyzers.sound.speech_rate import SpeechRate
from analyzers.sound.speech_transcription import SpeechTranscription
from analyzers.sound.voice_activity import VoiceActivity

#: All analyzers: picture, sound, meaning; in the order lists and pages show them.
ANALYZERS: tuple[type[Analyzer[Any]], ...] = (
    QwenTemporal,
    ObjectDetection,
    ObjectTracking,
    ProductDetection,
    TextOverlay,
    BackgroundSegmentation,
    BodyPose,
    FaceFraming,
    ActionRecognition,
    SceneClassification,
    VideoFingerprint,
    CutAnalysis,
    SceneSegmentation,
    CameraAnalysis,
    MotionAnalysis,
    VisualEffects,
    ColorAnalysis,
    CompositionAnalysis,
    ImageQuality,
    AudioAnalysis,
    VoiceActivity,
    SpeechTranscription,
    SpeechRate,
    SpeechProsody,
    SoundEvents,
    MusicAnalysis,
    TranscriptTopics,
    CtaDetection,
    HookAnalysis,
    AudioVisualSync,
)


def by_name(name: str) -> type[Analyzer[Any]]:
    """The analyzer called `name`. Raises: LookupError, naming those there are."""
    for analyzer in ANALYZERS:
        if analyzer.name == name:
            return analyzer
    raise LookupError(f"there is no analyzer {name!r}; there are {', '.join(each.name for each in ANALYZERS)}")
