"""Are the texts of a whole video put together as they should be?"""

import pytest

from analyzers.contract import Status
from analyzers.meaning.cta_detection import CtaDetection
from analyzers.meaning.hook_analysis import HookAnalysis
from analyzers.meaning.texts import texts_of
from analyzers.meaning.transcript_topics import TranscriptTopics
from analyzers.models import Device, ModelShelf
from analyzers.run import analyze_video
from tests.analyzers.clips import greys, write_tracks
from tests.analyzers.meaning.sayings import overlay, overlays, texts, transcript


def test_speech_comes_first_then_what_is_written_then_the_caption():
    found = texts_of(
        texts(said=transcript(["hello"]), written=overlays(overlay("one", 1.0), overlay("two", 2.0)), caption="three")
    )

    assert [(text.source, text.text) for text in found] == [
        ("speech", "hello"),
        ("overlay", "one"),
        ("overlay", "two"),
        ("caption", "three"),
    ]


def test_words_of_chinese_are_joined_without_spaces():
    [text] = texts_of(texts(said=transcript(["今天", "做", "饭"], language="zh")))

    assert text.text == "今天做饭"


@pytest.mark.parametrize(
    ("part", "times"),
    [("one", (0.5, 0.75)), ("two", (0.75, 1.0)), ("two three", (0.75, 1.25)), ("ree", (1.0, 1.25))],
)
def test_a_part_of_what_is_said_has_the_time_of_its_words(part, times):
    [text] = texts_of(texts(said=transcript(["one", "two", "three"])))

    first = text.text.index(part)

    assert text.when(first, first + len(part)) == times


def test_empty_texts_are_left_out():
    assert texts_of(texts(written=overlays(overlay(" ")), caption="\x00 \n")) == ()


@pytest.mark.integration  # decodes a clip and loads the reader of text
def test_a_clip_is_analysed_with_its_caption(tmp_path):
    clip = write_tracks(tmp_path / "clip.mp4", greys(50))

    analysis = analyze_video(
        clip,
        [CtaDetection, TranscriptTopics, HookAnalysis],
        ModelShelf(Device(threads=1)),
        scratch=tmp_path / "scratch",
        caption="Garlic pasta recipe, follow me for more dinner ideas! #foodtok",
    )

    cta, topics, hook = analysis.outcomes[:3]
    assert (cta.status, cta.result.types) == (Status.OK, ("follow",))
    assert (topics.status, topics.result.topics[0].name) == (Status.OK, "food")
    assert hook.result.t_first_speech is None
    assert hook.result.hook_type == "none"
