"""How does what is said become subtitles?"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mass_processing.errors import Refused
from mass_processing.transcripts import (
    Cue,
    SubtitleForm,
    cues_of,
    export_transcripts,
    subtitles,
    write_transcript,
)

SRT, VTT = SubtitleForm.SRT, SubtitleForm.VTT


def caption(start: float, end: float, text: str) -> dict[str, Any]:
    return {"text": text, "start": start, "end": end, "probability": 0.9}


def video(*captions: dict[str, Any], video_id: str = "tiktok:1", **outcome: Any) -> dict[str, Any]:
    """As the store answers it."""
    said = {"status": "ok", "reason": "", "result": {"captions": list(captions)}, "segments": []} | outcome
    return {"video_id": video_id, "status": "completed", "analyzer_results": {"speech_transcription": said}}


def said(text: str, form: SubtitleForm) -> str:
    """The line that shows `text`."""
    (cue,) = cues_of(video(caption(0, 1, text)))
    return subtitles([cue], form).rstrip("\n").split("\n")[-1]


def test_subrip_numbers_its_cues_and_has_a_comma_before_the_thousandths() -> None:
    cues = cues_of(video(caption(0.5, 2.0, "Hello."), caption(61.25, 62.999, "And bye.")))
    assert subtitles(cues, SRT) == (
        "1\n00:00:00,500 --> 00:00:02,000\nHello.\n\n2\n00:01:01,250 --> 00:01:02,999\nAnd bye.\n\n"
    )


def test_webvtt_has_its_header_and_a_point() -> None:
    assert subtitles([Cue(0.5, 2.0, "Hello.")], VTT) == "WEBVTT\n\n00:00:00.500 --> 00:00:02.000\nHello.\n\n"


@pytest.mark.parametrize(
    ("seconds", "clock"),
    [
        (3599.9996, "01:00:00,000"),
        (7322.0, "02:02:02,000"),
        (359_999.999, "99:59:59,999"),
        (360_000.0, "100:00:00,000"),
    ],
    ids=["rounds up into the hour", "two hours", "the last with two digits", "a hundred hours"],
)
def test_times_have_hours(seconds: float, clock: str) -> None:
    assert subtitles([Cue(seconds, seconds + 10, "x")], SRT).startswith(f"1\n{clock} --> ")


def test_webvtt_escapes_what_would_be_a_tag_or_an_arrow() -> None:
    assert said("a < b & <i>c</i> --> d", VTT) == "a &lt; b &amp; &lt;i&gt;c&lt;/i&gt; --&gt; d"


def test_subrip_keeps_every_character_and_no_player_takes_it_for_a_tag() -> None:
    line = said("a < b <i>c</i> {\\an8}d --> e", SRT)
    assert re.search(r"</?\w|\{\\|-->", line) is None
    assert line.replace("\u2060", "") == "a < b <i>c</i> {\\an8}d --> e"


@pytest.mark.parametrize("form", [SRT, VTT])
@pytest.mark.parametrize("gap", ["\n\n", "\r\n", "\u2028", "\x85", "\x0b"], ids=repr)
def test_a_break_in_the_text_does_not_end_the_cue(form: SubtitleForm, gap: str) -> None:
    assert said(f"one{gap}two", form) == "one two"


@pytest.mark.parametrize("text", ["", "  \n ", "\x00\x07", "\u200b\ufeff"], ids=repr)
def test_there_is_no_empty_cue(text: str) -> None:
    assert cues_of(video(caption(0, 1, text), caption(1, 2, "x"))) == [Cue(1.0, 2.0, "x")]


def test_text_from_right_to_left_keeps_its_marks() -> None:
    text = "שלום \u2067abc\u2069 مرحبا\u200f!"
    assert said(text, SRT) == said(text, VTT) == text


def test_what_no_file_can_hold_is_left_out() -> None:
    assert said("a\x00b\x1b[31mc\ud800d", SRT) == "ab[31mcd"


def test_a_cue_that_takes_no_time_is_shown_for_half_a_second() -> None:
    assert cues_of(video(caption(3.0, 3.0, "x"))) == [Cue(3.0, 3.5, "x")]


def test_a_caption_of_a_megabyte_is_one_line() -> None:
    text = "wörter\n" * 200_000
    assert len(said(text, SRT)) == len(said(text, VTT)) == 1_399_999


@pytest.mark.parametrize(
    "without",
    [
        {"video_id": "tiktok:1", "status": "pending", "analyzer_results": {}},
        video(status="unavailable", result=None),
        video(status="skipped", result=None),
    ],
    ids=["not analysed", "no weights", "no speech"],
)
def test_a_video_without_a_transcript_has_no_cues(without: dict[str, Any]) -> None:
    assert cues_of(without) == []


def test_one_video_goes_into_one_file(tmp_path: Path) -> None:
    assert write_transcript(video(caption(0, 1, "größer")), tmp_path / "a.vtt", VTT) == 1
    assert (tmp_path / "a.vtt").read_bytes().decode() == "WEBVTT\n\n00:00:00.000 --> 00:00:01.000\ngrößer\n\n"


def test_one_video_without_a_transcript_is_refused_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="there is no transcript to write: no speech"):
        write_transcript(video(status="skipped", reason="no speech", result=None), tmp_path / "a.srt", SRT)
    assert list(tmp_path.iterdir()) == []


def test_many_videos_go_into_a_folder_named_by_their_ids(tmp_path: Path) -> None:
    videos = [video(caption(0, 1, "x")), video(video_id="tiktok:2"), video(caption(0, 1, "y"), video_id="file:ab")]
    written = export_transcripts(videos, tmp_path / "out", SRT)
    assert (written.files, written.without) == (2, 1)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["file_ab.srt", "tiktok_1.srt"]


def test_a_broken_export_leaves_nothing(tmp_path: Path) -> None:
    def videos() -> Iterator[dict[str, Any]]:
        yield video(caption(0, 1, "x"))
        raise RuntimeError("the database went away")

    with pytest.raises(RuntimeError):
        export_transcripts(videos(), tmp_path / "out", SRT)
    assert list(tmp_path.iterdir()) == []
