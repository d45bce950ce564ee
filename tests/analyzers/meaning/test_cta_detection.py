"""Are calls found in all that a video says and shows, with their place, and is what is missing told?"""

import pytest

from analyzers.contract import Inputs
from analyzers.errors import AnalysisError
from analyzers.meaning.cta_detection import CtaDetection, CtaDetectionResult
from analyzers.meaning.text_language import language_of
from analyzers.report import nonsense_in
from tests.analyzers.meaning.sayings import SECONDS, overlay, overlays, texts, transcript, voice
from tests.analyzers.sound.hearing import video_with

NO_OCR = "text_overlay is unavailable: the weights of PP-OCRv6 are not here; run: bulk_processor.py models pull ppocr"
NO_ASR = (
    "speech_transcription is unavailable: the weights of whisper are not here; run: bulk_processor.py models pull w"
)

HARD = [
    *("", "\x00", "\ud800 follow me", "🔥" * 5000, "تابعوني للمزيد من الوصفات", "\ufe0f\u200d" * 1000, "((((" * 9),
    *(
        "a" * 1_000_000,
        "follow " * 150_000,
        "#like" * 100_000,
        "点赞" * 100_000,
        "\n" * 100_000,
        "don't forget to " * 50_000,
    ),
]


def analyze(inputs: Inputs) -> CtaDetectionResult:
    result = CtaDetection().analyze(inputs)
    assert nonsense_in(result, inputs.video) == ""
    return result


def test_a_spoken_call_has_the_time_of_its_words():
    said = transcript(["Hi", "there.", "Please", "follow", "me", "for", "more", "tips."], start=2.0)

    [call] = analyze(texts(said=said)).calls

    assert (call.type, call.source, call.evidence) == ("follow", "speech", "follow me")
    assert (call.start, call.end) == (2.75, 3.25)


def test_a_written_call_has_the_time_of_its_text():
    [call] = analyze(texts(written=overlays(overlay("Link in bio", 3.0, 9.5)))).calls

    assert (call.type, call.source, call.evidence) == ("link", "overlay", "Link in bio")
    assert (call.start, call.end) == (3.0, 9.5)


def test_a_call_beside_the_video_has_no_time_and_no_place_on_the_timeline():
    result = analyze(texts(caption="Tag a friend who needs this #fyp"))

    [call] = result.calls
    assert (call.type, call.source, call.start, call.end) == ("share", "caption", None, None)
    assert result.timeline() == []
    assert result.first_call is None
    assert result.headline() == "calls: share (caption)"


def test_words_that_were_hardly_made_out_score_less():
    sure, unsure = (
        analyze(texts(written=overlays(overlay("follow me for more", score=score)))).calls[0].score
        for score in (1.0, 0.6)
    )

    assert unsure == pytest.approx(0.6 * sure, abs=0.002)


def test_calls_are_sorted_and_the_first_is_told():
    written = overlays(overlay("save this for later", 12.0, 14.0), overlay("part 2 coming soon", 15.0, 20.0))
    said = transcript(["Don't", "forget", "to", "follow", "us."], start=4.0)

    result = analyze(texts(said=said, written=written, caption="link in bio"))

    assert [call.type for call in result.calls] == ["follow", "save", "part2", "link"]
    assert result.first_call == 4.75
    assert [segment.label for segment in result.timeline()] == ["follow", "save", "part2"]


def test_a_watermark_calls_nobody():
    assert analyze(texts(written=overlays(overlay("follow me", 0.0, SECONDS, role="watermark")))).calls == ()


def test_chinese_speech_is_searched_across_its_words():
    said = transcript(["记得", "点", "个", "赞", "，", "关", "注", "我"], language="zh", start=1.0)

    found = analyze(texts(said=said)).calls

    assert [(call.type, call.start, call.end) for call in found] == [("like", 1.25, 2.0), ("follow", 2.25, 3.0)]


def test_a_pause_ends_a_sentence():
    """ "I really" … "like" … "this" are no row of bare words, "like" alone between pauses is one."""
    before, after = transcript(["so", "good"], start=0.0), transcript(["like"], start=2.0)
    said = type(before)("so good like", "en", 1.0, before.words + after.words, (), 0.0, ())

    assert [call.type for call in analyze(texts(said=said)).calls] == ["like"]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("siguenos", "follow"),
        ("フォローしてね", "follow"),
        ("双击屏幕", "like"),
        ("Folgt mir", "follow"),
        ("좋아요 꾹!", "like"),
        ("curte e compartilha", "like"),
        ("ＬＩＫＥ & ＳＨＡＲＥ", "share"),
        ("LINKINBIO", "link"),
        ("Part 2 coming soon 👀", "part2"),
    ],
)
def test_texts_too_short_to_tell_their_language_are_tried_with_all(text, kind):
    assert kind in {call.type for call in analyze(texts(written=overlays(overlay(text)))).calls}


def test_english_calls_are_found_in_videos_of_other_languages():
    said = transcript(["heute", "zeige", "ich", "euch", "mein", "liebstes", "rezept"], language="de")

    calls = analyze(texts(said=said, written=overlays(overlay("link in bio")))).calls

    assert [call.type for call in calls] == ["link"]


def test_malay_is_read_as_indonesian():
    assert analyze(texts(said=transcript(["jangan", "lupa", "like"], language="ms"))).types == ("like",)


def test_no_text_at_all_is_an_answer():
    result = analyze(texts(written=overlays()))

    assert result.headline() == "no call to action"
    assert result.degraded_because() == ""


def test_text_that_could_not_be_read_is_told():
    assert analyze(texts(lacks=[NO_OCR])).degraded_because() == NO_OCR


def test_speech_that_could_not_be_written_down_is_told():
    assert analyze(texts(heard=voice((1.0, 4.0)), lacks=[NO_ASR])).degraded_because() == NO_ASR


def test_a_missing_transcript_does_not_matter_where_nobody_speaks():
    assert analyze(texts(heard=voice(), lacks=[NO_ASR])).degraded_because() == ""


def test_a_missing_transcript_does_not_matter_without_sound():
    silent = video_with(SECONDS)
    inputs = Inputs(type(silent)(**{**_fields(silent), "audio_codec": None}), lacks=[NO_ASR])

    assert analyze(inputs).degraded_because() == ""


def test_a_language_without_a_lexicon_is_told():
    said = transcript(["مرحبا", "بكم", "في", "قناتي"], language="ar")

    assert "calls in ar can't be read" in analyze(texts(said=said)).degraded_because()


@pytest.mark.parametrize(
    "hard",
    HARD,
    ids=lambda text: f"{text[:12]!a}… ({len(text)})",
)
def test_hard_captions_are_answered(hard):
    analyze(texts(caption=hard, written=overlays(overlay(hard[:3000] or " "))))


def test_times_past_the_end_are_brought_back():
    said = transcript(["follow", "me"], start=4.9)

    [call] = analyze(texts(said=said, seconds=5.0)).calls

    assert call.end == 5.0


def test_it_declares_no_step_it_cannot_do_without():
    assert CtaDetection.needs.results == ()
    assert not issubclass(CtaDetection, AnalysisError)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("I really love how this turned out today", "en"),
        ("Hoy les voy a enseñar una receta", "es"),
        ("Hari ini aku mau bikin kue cokelat", "id"),
        ("今天教大家做一道家常菜", "zh"),
        ("今日は簡単なレシピです", "ja"),
        ("오늘은 간단한 요리", "ko"),
        ("تابعوني للمزيد من الوصفات", "ar"),
        ("Сегодня мы готовим борщ", "ru"),
    ],
)
def test_the_language_of_a_text_is_told(text, code):
    assert language_of(text).code == code


@pytest.mark.parametrize("text", ["", "ok", "12:30", "🔥🔥", "wow!!", "\x00\ud800"])
def test_too_little_text_has_no_language(text):
    assert language_of(text) is None


def _fields(video):
    return {name: getattr(video, name) for name in video.__slots__}
