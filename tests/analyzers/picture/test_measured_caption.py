"""Are the sentences put together from measurements correct, plain, and free of anything that wasn't measured?"""

from itertools import pairwise
from pathlib import Path

import pytest

from analyzers.contract import Inputs
from analyzers.media import VideoInfo
from analyzers.picture.camera_analysis import CameraAnalysis, CameraMove, CameraPath, CameraResult
from analyzers.picture.color_analysis import ColorAnalysis, ColorResult, Stretch
from analyzers.picture.cut_analysis import CutAnalysis, CutResult, Shot
from analyzers.picture.measured_caption import place_seen, tell_shots, tell_video, things_seen
from analyzers.picture.motion_analysis import MotionAnalysis, MotionResult, MotionSecond
from analyzers.picture.object_detection import ObjectDetection, ObjectDetectionResult, ObjectKind, ObjectStretch
from analyzers.picture.scene_classification import SceneClassification, SceneClassificationResult, SceneStretch
from analyzers.picture.text_overlay import OverlayText, TextOverlay, TextOverlayResult
from analyzers.sound.music_analysis import Music, MusicAnalysis, MusicAnalysisResult
from analyzers.sound.speech_transcription import Caption, SpeechTranscription, SpeechTranscriptionResult
from analyzers.sound.voice_activity import Speech, VoiceActivity, VoiceActivityResult


def inputs_of(results: dict, seconds: float = 12.0, size: tuple[int, int] = (576, 1024), sound: bool = True) -> Inputs:
    audio = ("aac", 48_000, 2) if sound else (None, 0, 0)
    video = VideoInfo(Path("clip.mp4"), seconds, *size, 30.0, 0, "h264", 0, 0, *audio)
    return Inputs(video, results=results)


def cuts(*edges: float) -> CutResult:
    shots = tuple(Shot(start, end) for start, end in pairwise(edges))
    return CutResult((), shots, 0.0, 0.0)


def camera(*moves: tuple[float, float, str]) -> CameraResult:
    path = CameraPath((), (), (), (), (), ())
    return CameraResult(tuple(CameraMove(*move, 0.1, 0.0, 0.0, 0.9) for move in moves), "static", 1.0, path)


def motion(energy: float) -> MotionResult:
    return MotionResult(energy, 0.0, "mixed", "calm", (MotionSecond(0.0, 12.0, energy, 0.0, 0.0),))


def colours(*stretches: tuple[float, float, str]) -> ColorResult:
    parts = tuple(Stretch(*each, (), 0.5, 0.1, 0.2, 30.0, None) for each in stretches)
    return ColorResult((), 0.5, 0.1, 0.2, 30.0, None, stretches[0][2], parts)


def texts(*said: tuple[str, float, float, str]) -> TextOverlayResult:
    found = tuple(
        OverlayText(text, start, end, 0.1, 0.1, 0.9, 0.2, 0.9, role, 30.0, "latin") for text, start, end, role in said
    )
    blank = {"text_share": 0.5, "first_text": 0.0, "pictures": 1, "pictures_read": 1, "lines_unknown": 0, "limits": ""}
    return TextOverlayResult(found, **blank)


def speech(*spans: tuple[float, float]) -> VoiceActivityResult:
    return VoiceActivityResult(tuple(Speech(*span, 0.9) for span in spans), 0.0, None, None)


def music(*spans: tuple[float, float], bpm: float | None = None) -> MusicAnalysisResult:
    return MusicAnalysisResult(0.5, tuple(Music(*span, 0.9) for span in spans), bpm, (), None, None, None, None)


def things(*kinds: tuple[str, int, float, float]) -> ObjectDetectionResult:
    found = tuple(
        ObjectKind(label, count, start, end, 0.5, 0.9, (ObjectStretch(start, end, count, 0.9),), ())
        for label, count, start, end in kinds
    )
    return ObjectDetectionResult(found, 1)


def scene(*stretches: tuple[float, float, str]) -> SceneClassificationResult:
    parts = tuple(SceneStretch(*each, True, "unclear", (), 0.5) for each in stretches)
    return SceneClassificationResult(stretches[0][2], True, "unclear", (), 0.5, parts)


def words(*said: tuple[float, float, str]) -> SpeechTranscriptionResult:
    captions = tuple(Caption(text, start, end, 0.9) for start, end, text in said)
    return SpeechTranscriptionResult("", "en", 1.0, (), captions, 0.0, ())


EVERYTHING = {
    CutAnalysis: cuts(0, 4, 9, 12),
    CameraAnalysis: camera((0.0, 4.0, "static"), (4.0, 12.0, "pan_right")),
    MotionAnalysis: motion(0.4),
    ColorAnalysis: colours((0.0, 4.0, "cool low key"), (4.0, 12.0, "warm")),
    SceneClassification: scene((0.0, 4.0, "unclear"), (4.0, 12.0, "clothing store")),
    ObjectDetection: things(("person", 2, 0.0, 9.0), ("umbrella", 1, 5.0, 8.0)),
    TextOverlay: texts(("WAIT FOR IT", 0.0, 3.0, "caption"), ("@shop", 0.0, 12.0, "watermark")),
    VoiceActivity: speech((1.0, 3.0), (9.0, 11.8)),
    SpeechTranscription: words((1.0, 3.0, "Look at this."), (9.0, 11.8, "Well, well.")),
    MusicAnalysis: music((0.0, 12.0), bpm=120.2),
}


def test_the_whole_video_is_one_plain_sentence():
    assert tell_video(inputs_of(EVERYTHING)) == (
        "A 12 s vertical clip of 3 shots; the camera pans right and stands still; fast motion; warm colours; "
        "place: clothing store; in the picture: 2 people, an umbrella; on screen: “WAIT FOR IT”; "
        "speech for 40 % of the time (“Look at this. Well, well.”), music at 120 bpm."
    )


def test_each_shot_has_its_own_sentence():
    first, second, third = tell_shots(inputs_of(EVERYTHING))

    assert first.text == (
        "Shot 1 of 3, 4.0 s; the camera stands still; fast motion; cool colours, mostly dark; "
        "in the picture: 2 people; on screen: “WAIT FOR IT”; "
        "speech for 50 % of the time (“Look at this.”), music at 120 bpm."
    )
    assert second.text == (
        "Shot 2 of 3, 5.0 s; the camera pans right; fast motion; warm colours; place: clothing store; "
        "in the picture: 2 people, an umbrella; music at 120 bpm."
    )
    assert third.text.endswith("speech for 93 % of the time (“Well, well.”), music at 120 bpm.")
    assert [(shot.start, shot.end) for shot in (first, second, third)] == [(0, 4), (4, 9), (9, 12)]


def test_what_was_not_measured_is_not_mentioned():
    assert tell_video(inputs_of({})) == "A 12 s vertical clip."
    assert tell_shots(inputs_of({})) == ()


@pytest.mark.parametrize("left_out", EVERYTHING, ids=lambda each: each.name)
def test_each_measurement_may_be_missing(left_out):
    rest = {each: result for each, result in EVERYTHING.items() if each is not left_out}

    told = tell_video(inputs_of(rest))

    assert told.startswith("A 12 s vertical clip")
    assert told.endswith(".")
    assert len(told) < len(tell_video(inputs_of(EVERYTHING)))


@pytest.mark.parametrize(
    ("seconds", "size", "opening"),
    [
        (12.0, (576, 1024), "A 12 s vertical clip"),
        (8.0, (1920, 1080), "An 8.0 s horizontal clip"),
        (11.2, (500, 500), "An 11 s square clip"),
        (18.4, (500, 510), "An 18 s square clip"),
        (80.0, (576, 1024), "A 1 min 20 s vertical clip"),
        (59.7, (576, 1024), "A 1 min vertical clip"),
        (119.8, (576, 1024), "A 2 min vertical clip"),
        (9.97, (576, 1024), "A 10 s vertical clip"),
        (600.0, (1, 1), "A 10 min square clip"),
        (0.04, (1, 1280), "A 0.04 s vertical clip"),
    ],
)
def test_the_opening_is_good_english(seconds, size, opening):
    assert tell_video(inputs_of({}, seconds, size)) == f"{opening}."


def test_a_single_take_is_one_shot():
    assert tell_video(inputs_of({CutAnalysis: cuts(0, 12)})) == "A 12 s vertical clip of one shot."


def test_a_thing_the_camera_does_for_a_moment_is_left_out():
    moves = camera((0.0, 11.0, "static"), (11.0, 12.0, "whip"))

    assert tell_video(inputs_of({CameraAnalysis: moves})) == "A 12 s vertical clip; the camera mostly stands still."


@pytest.mark.parametrize("name", CameraMove.__dataclass_fields__["motion"].type.__args__)
def test_every_move_has_words(name):
    assert "; the camera " in tell_video(inputs_of({CameraAnalysis: camera((0.0, 12.0, name))}))


@pytest.mark.parametrize("tint", ["warm", "cool", "neutral", "monochrome"])
@pytest.mark.parametrize("key", ["", " low key", " high key"])
def test_every_grade_has_words(tint, key):
    told = tell_video(inputs_of({ColorAnalysis: colours((0.0, 12.0, tint + key))}))

    assert told.startswith("A 12 s vertical clip; ")
    assert "key" not in told


def test_silence_is_told_and_so_is_a_video_without_sound():
    quiet = {VoiceActivity: speech(), MusicAnalysis: music()}

    assert tell_video(inputs_of(quiet)) == "A 12 s vertical clip; no speech, no music."
    assert tell_video(inputs_of({}, sound=False)) == "A 12 s vertical clip; no sound."


def test_music_without_a_tempo_is_music():
    assert tell_video(inputs_of({MusicAnalysis: music((2.0, 9.0))})) == "A 12 s vertical clip; music."


def test_speech_from_start_to_end_is_throughout():
    assert tell_video(inputs_of({VoiceActivity: speech((0.1, 11.9))})) == "A 12 s vertical clip; speech throughout."


@pytest.mark.parametrize(
    ("kind", "count", "named"),
    [
        ("person", 1, "a person"),
        ("person", 3, "3 people"),
        ("apple", 1, "an apple"),
        ("cup", 2, "2 cups"),
        ("bus", 2, "2 buses"),
        ("couch", 2, "2 couches"),
        ("wine glass", 1, "a wine glass"),
        ("scissors", 1, "scissors"),
        ("sheep", 5, "5 sheep"),
    ],
)
def test_things_are_counted_in_good_english(kind, count, named):
    told = tell_video(inputs_of({ObjectDetection: things((kind, count, 0.0, 3.0))}))

    assert told == f"A 12 s vertical clip; in the picture: {named}."


def test_many_kinds_of_things_are_summed_up():
    many = things(*((kind, 1, 0.0, 3.0) for kind in ("cat", "dog", "cup", "car", "kite")))

    assert tell_video(inputs_of({ObjectDetection: many})) == (
        "A 12 s vertical clip; in the picture: a cat, a dog, a cup, a car, and more."
    )


def test_things_and_place_are_told_as_they_were_recognised():
    seen = inputs_of({ObjectDetection: things(("person", 2, 0.0, 9.0)), SceneClassification: scene((0.0, 12.0, "gym"))})

    assert (things_seen(seen), place_seen(seen)) == (("person",), "gym")


def test_an_unclear_place_is_not_told():
    seen = inputs_of({SceneClassification: scene((0.0, 12.0, "unclear"))})

    assert (tell_video(seen), place_seen(seen)) == ("A 12 s vertical clip.", "")


def test_long_texts_are_shortened_and_many_are_summed_up():
    long = "one two three four five six seven eight nine ten eleven twelve thirteen"
    told = tell_video(inputs_of({TextOverlay: texts(*((f"{n} {long}", 0.0, 3.0, "caption") for n in "abc"))}))

    assert told == (
        "A 12 s vertical clip; on screen: “a one two three four five six seven eight nine ten eleven…”, "
        "“b one two three four five six seven eight nine ten eleven…”, and more."
    )


def test_quotes_inside_a_quote_are_single():
    told = tell_video(inputs_of({TextOverlay: texts(("say “hi”", 0.0, 3.0, "caption"))}))

    assert told == "A 12 s vertical clip; on screen: “say ‘hi’”."


def test_the_same_text_is_quoted_once():
    twice = texts(("SALE", 0.0, 3.0, "caption"), ("SALE", 5.0, 7.0, "caption"))

    assert tell_video(inputs_of({TextOverlay: twice})) == "A 12 s vertical clip; on screen: “SALE”."
