"""Does hook_analysis tell what the first three seconds do, and only that?"""

from collections.abc import Sequence
from itertools import pairwise

import pytest

from analyzers.contract import Inputs
from analyzers.meaning.hook_analysis import HookAnalysis, HookAnalysisResult
from analyzers.meaning.hook_rubric import WEIGHTS, part, promptness, strength
from analyzers.meaning.hook_wording import openings
from analyzers.meaning.texts import Text, plain
from analyzers.picture.cut_analysis import Cut, CutAnalysis, CutResult, Shot
from analyzers.picture.face_framing import Face, FaceFraming, FaceFramingResult
from analyzers.picture.motion_analysis import MotionAnalysis, MotionResult, MotionSecond
from analyzers.picture.object_detection import BoxSample, ObjectDetection, ObjectDetectionResult, ObjectKind
from analyzers.picture.text_overlay import TextOverlay, TextOverlayResult
from analyzers.report import nonsense_in
from analyzers.sound.audio_analysis import AudioAnalysis, AudioAnalysisResult, Stretch
from analyzers.sound.music_analysis import Music, MusicAnalysis, MusicAnalysisResult
from analyzers.sound.speech_transcription import SpeechTranscription, SpeechTranscriptionResult
from analyzers.sound.voice_activity import VoiceActivity, VoiceActivityResult
from tests.analyzers.meaning.sayings import SECONDS, overlay, overlays, transcript, voice
from tests.analyzers.meaning.test_cta_detection import HARD, NO_ASR, NO_OCR
from tests.analyzers.sound.hearing import video_with

NO_FACES = "face_framing is unavailable: the weights of yunet are not here; run: bulk_processor.py models pull yunet"
NO_OBJECTS = "object_detection is unavailable: the weights of yolo are not here; run: bulk_processor.py models pull y"


def cuts(*times: float) -> CutResult:
    edges = [0.0, *times, SECONDS]
    shots = tuple(Shot(start, end) for start, end in pairwise(edges))
    return CutResult(tuple(Cut(t, "cut", 1.0, t, t) for t in times), shots, 3.0 * len(times), SECONDS / len(shots))


def motion(*energies: float) -> MotionResult:
    """A second each, then stillness."""
    padded = [*energies, *[0.0] * (int(SECONDS) - len(energies))]
    curve = tuple(MotionSecond(float(t), t + 1.0, energy, energy, 0.5) for t, energy in enumerate(padded))
    return MotionResult(sum(padded) / len(padded), 0.0, "mixed", "calm", curve)


def face(start: float, area: float = 0.05) -> FaceFramingResult:
    one = Face(start, SECONDS, 0.4, 0.2, 0.6, 0.4, 0.2, area, "MS", "centre", "top", 1.0, 0.9, 20)
    return FaceFramingResult((one,), (), 1, 1, area, 0.8, start, 1.0, "")


NO_FACE = FaceFramingResult((), (), 0, 0, 0.0, 0.0, None, None, "")


def sound(silent_until: float = 0.0) -> AudioAnalysisResult:
    silences = (Stretch(0.0, silent_until),) if silent_until else ()
    return AudioAnalysisResult(
        -14.0, -12.0, -13.0, 3.0, -1.0, -16.0, silences, (), (), 2000.0, 1500.0, 2, 0.9, 0.1
    )  # fmt: skip


def music(start: float) -> MusicAnalysisResult:
    return MusicAnalysisResult(0.9, (Music(start, SECONDS, 0.9),), None, (), None, None, None, 0.5)


NO_MUSIC = MusicAnalysisResult(0.0, (), None, (), None, None, None, None)


def thing(label: str, t: float, side: float) -> ObjectDetectionResult:
    box = BoxSample(t, 0.2, 0.2, 0.2 + side, 0.2 + side, 0.9)
    return ObjectDetectionResult((ObjectKind(label, 1, t, t + 5, 0.3, 0.9, (), (box,)),), 30)


def video(
    *,
    said: SpeechTranscriptionResult | None = None,
    heard: VoiceActivityResult | None = None,
    written: TextOverlayResult | None = None,
    faces: FaceFramingResult | None = NO_FACE,
    cut: CutResult | None = None,
    moves: MotionResult | None = None,
    audio: AudioAnalysisResult | None = None,
    song: MusicAnalysisResult | None = NO_MUSIC,
    things: ObjectDetectionResult | None = None,
    lacks: Sequence[str] = (),
    seconds: float = SECONDS,
) -> Inputs:
    """A still, silent picture but for what is given."""
    missing = {clause.split(" is ")[0] for clause in lacks}
    results = {
        SpeechTranscription: said,
        VoiceActivity: heard or voice(),
        TextOverlay: written or overlays(),
        FaceFraming: faces,
        CutAnalysis: cut or cuts(),
        MotionAnalysis: moves or motion(),
        AudioAnalysis: audio or sound(SECONDS),
        MusicAnalysis: song,
        ObjectDetection: things or ObjectDetectionResult((), 30),
    }
    known = {step: result for step, result in results.items() if result is not None and step.name not in missing}
    return Inputs(video_with(seconds), results=known, lacks=lacks)


def analyze(inputs: Inputs) -> HookAnalysisResult:
    result = HookAnalysis().analyze(inputs)
    assert nonsense_in(result, inputs.video) == ""
    return result


def part_of(result: HookAnalysisResult, name: str) -> float | None:
    return next(each.value for each in result.parts if each.name == name)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Did you know that cats dream?", "question"),
        ("wait is this even real?", "question"),
        ("3 things I wish I knew at 20", "list"),
        ("Try not to laugh challenge", "challenge"),
        ("How to fold a shirt in 2 seconds", "text_promise"),
        ("wait for it...", "text_promise"),
        ("POV: you missed the bus", "story"),
        ("Today we are at the beach with friends", "statement"),
        ("¿Sabías que los gatos sueñan?", "question"),
        ("5 trucos para ahorrar dinero", "list"),
        ("Cómo hacer pan en casa", "text_promise"),
        ("Você sabia que os gatos sonham?", "question"),
        ("3 dicas para economizar dinheiro", "list"),
        ("Comment faire une tarte aux pommes", "text_promise"),
        ("5 astuces pour mieux dormir", "list"),
        ("Wusstest du, dass Katzen träumen?", "question"),
        ("Drei Tipps für besseren Schlaf", "list"),
        ("Jangan ketawa challenge", "challenge"),
        ("5 tips biar tidur nyenyak", "list"),
        ("你知道猫也会做梦吗？", "question"),
        ("三个省钱的小技巧", "list"),
        ("教你在家做面包", "text_promise"),
        ("猫が夢を見るって知ってた？", "question"),
        ("知らないと損する方法", "text_promise"),
        ("고양이도 꿈을 꾼다는 거 알고 계셨나요?", "question"),
        ("돈 모으는 꿀팁 3가지", "list"),
        ("Вы знали, что кошки видят сны?", "question"),
    ],
)
def test_the_first_words_make_the_type(text, kind):
    result = analyze(video(written=overlays(overlay(text, 0.5, 3.0))))

    assert result.hook_type == kind
    assert result.because == plain(text)


def test_what_is_said_counts_as_what_is_written():
    said = transcript(["Here's", "why", "your", "bread", "never", "rises."], start=0.4)

    result = analyze(video(said=said, heard=voice((0.4, 2.0))))

    assert (result.hook_type, result.t_first_speech) == ("text_promise", 0.4)


def test_words_after_three_seconds_are_no_hook():
    result = analyze(video(written=overlays(overlay("Did you know?", 3.2, 6.0))))

    assert result.hook_type == "none"
    assert result.t_first_text == 3.2


def test_a_later_sentence_of_the_same_speech_is_no_part_of_the_hook():
    said = transcript(["Hello", "everyone.", *["we"] * 12, ".", "Did", "you", "know?"], start=0.5)

    assert analyze(video(said=said, heard=voice((0.5, 5.0)))).hook_type == "statement"


def test_a_question_word_inside_a_statement_asks_nothing():
    assert (
        analyze(video(written=overlays(overlay("All of my friends know what is good", 0.5)))).hook_type == "statement"
    )


def test_a_large_thing_that_is_sold_is_a_product():
    result = analyze(video(things=thing("bottle", 0.4, 0.5), faces=face(0.0, 0.05)))

    assert (result.hook_type, result.because) == ("product", "a bottle in front")


@pytest.mark.parametrize(
    "things",
    [thing("bottle", 4.0, 0.5), thing("bottle", 0.4, 0.2), thing("person", 0.4, 0.9)],
    ids=["too late", "too small", "nothing that is sold"],
)
def test_other_things_are_no_products(things):
    assert analyze(video(things=things)).hook_type == "none"


def test_fast_motion_is_action():
    assert analyze(video(moves=motion(0.4, 0.4, 0.4), faces=face(0.0))).hook_type == "action"


def test_two_cuts_are_action():
    result = analyze(video(cut=cuts(0.8, 2.0, 9.0)))

    assert (result.hook_type, result.because, result.t_first_cut) == ("action", "2 cuts", 0.8)


def test_a_calm_face_is_a_face_even_when_it_says_something_plain():
    said = transcript(["Hello", "everyone."], start=0.5)

    assert analyze(video(said=said, heard=voice((0.5, 1.0)), faces=face(0.0))).hook_type == "face"


def test_music_from_the_start_is_a_sound():
    assert analyze(video(audio=sound(), song=music(0.0))).hook_type == "sound"
    assert analyze(video(audio=sound(), song=music(5.0))).hook_type == "none"


def test_times_of_what_never_comes_are_none():
    result = analyze(video())

    firsts = [result.t_first_speech, result.t_first_text, result.t_first_face, result.t_first_cut]
    assert [*firsts, result.t_first_motion, result.t_first_sound] == [None] * 6
    assert (result.hook_type, result.strength) == ("none", 0.0)
    assert result.headline() == "opens with no hook, strength 0.00"


def test_times_are_those_that_the_others_found():
    result = analyze(
        video(
            heard=voice((1.5, 4.0)),
            written=overlays(overlay("hello", 2.5)),
            faces=face(3.5),
            cut=cuts(7.2),
            moves=motion(0.0, 0.0, 0.0, 0.0, 0.1),
            audio=sound(silent_until=1.2),
        )
    )

    firsts = [result.t_first_speech, result.t_first_text, result.t_first_face, result.t_first_cut]
    assert [*firsts, result.t_first_motion, result.t_first_sound] == [1.5, 2.5, 3.5, 7.2, 4.0, 1.2]


def test_the_strength_follows_the_rubric():
    """Words 1, early 1 (a face at once), face 1, one cut of two 0.5, sound at 1.5 s 0.5, written but not said 0.5."""
    written = overlays(overlay("How to fold a shirt", 0.0))
    result = analyze(video(written=written, faces=face(0.0), cut=cuts(1.0), audio=sound(silent_until=1.5)))

    assert result.strength == pytest.approx(0.25 + 0.20 + 0.15 + 0.20 * 0.5 + 0.10 * 0.5 + 0.10 * 0.5)


def test_all_that_is_possible_is_one():
    said = transcript(["How", "to", "fold"], start=0.0)
    everything = video(
        said=said,
        heard=voice((0.0, 2.0)),
        written=overlays(overlay("How to fold", 0.0)),
        faces=face(0.0),
        cut=cuts(1.0, 2.0),
        audio=sound(),
    )

    assert analyze(everything).strength == 1.0


@pytest.mark.parametrize("t", [0.0, 1.0, 2.9])
def test_the_earlier_the_face_the_stronger(t):
    assert analyze(video(faces=face(t))).strength > analyze(video(faces=face(t + 0.1))).strength


def test_the_weights_make_up_one():
    assert sum(WEIGHTS.values()) == pytest.approx(1.0)


def test_unknown_parts_are_left_out_of_the_strength():
    assert strength([part("words", 1.0), part("face", None)]) == 1.0
    assert strength([part("words", None)]) is None


def test_promptness_falls_to_nothing_at_three_seconds():
    assert [promptness(t) for t in (0.0, 1.5, 3.0, 9.0, None)] == [1.0, 0.5, 0.0, 0.0, 0.0]


def test_missing_faces_are_told_and_not_taken_for_none():
    result = analyze(video(lacks=[NO_FACES]))

    assert result.degraded_because() == NO_FACES
    assert part_of(result, "face") is None


def test_a_missing_transcript_matters_only_when_someone_speaks_in_the_hook():
    assert analyze(video(heard=voice((0.5, 4.0)), lacks=[NO_ASR])).degraded_because() == NO_ASR
    assert analyze(video(heard=voice((8.0, 9.0)), lacks=[NO_ASR])).degraded_because() == ""
    assert analyze(video(lacks=[NO_ASR])).degraded_because() == ""


def test_speech_that_could_not_be_written_down_is_a_statement_with_unknown_words():
    result = analyze(video(heard=voice((0.5, 4.0)), lacks=[NO_ASR]))

    assert (result.hook_type, result.because) == ("statement", "someone speaks")
    assert part_of(result, "words") is None


def test_missing_objects_matter_only_when_words_do_not_tell_the_type():
    asks = overlays(overlay("Did you know?", 0.5))

    assert analyze(video(lacks=[NO_OBJECTS])).degraded_because() == NO_OBJECTS
    assert analyze(video(written=asks, lacks=[NO_OBJECTS])).degraded_because() == ""


def test_text_that_could_not_be_read_is_not_taken_for_none():
    result = analyze(video(lacks=[NO_OCR]))

    assert result.degraded_because() == NO_OCR
    assert (part_of(result, "words"), part_of(result, "both")) == (None, None)


def test_it_answers_when_nothing_is_known():
    names = [step.name for step in HookAnalysis.needs.may_read]

    result = analyze(Inputs(video_with(SECONDS), lacks=[f"{name} is failed: it broke" for name in names]))

    assert result.strength is None
    assert result.headline() == "opens with no hook"
    assert "cut_analysis is failed" in result.degraded_because()


def test_a_video_of_a_few_pictures_has_a_hook_as_long_as_itself():
    result = analyze(video(seconds=0.04, written=overlays(overlay("Did you know?", 0.0, 0.04))))

    assert result.seconds == 0.04
    assert [segment.end for segment in result.timeline()] == [0.04, 0.0]


def test_the_timeline_begins_with_the_hook():
    hook, *instants = analyze(video(cut=cuts(1.0, 9.0), faces=face(0.5))).timeline()

    assert (hook.start, hook.end, hook.label, hook.data) == (0.0, 3.0, "hook", {"type": "face"})
    assert [(each.label, each.start) for each in instants] == [("first face", 0.5), ("first cut", 1.0)]


@pytest.mark.parametrize("hard", HARD, ids=lambda text: f"{text[:12]!a}… ({len(text)})")
def test_hard_texts_are_answered(hard):
    analyze(video(written=overlays(overlay(hard, 0.0))))


def test_openings_are_sorted_by_time():
    texts = [Text("overlay", "second", 2.0, 3.0, 1.0), Text("overlay", "first", 0.0, 3.0, 1.0)]

    assert [each.words for each in openings(texts, 3.0)] == ["first", "second"]
