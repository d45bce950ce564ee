"""How does the command line take everything out?"""

import json
from pathlib import Path

import pytest

from mass_processing.store import Store
from tests.mass_processing.cli.conftest import Cli
from tests.mass_processing.store.acts import ANALYSIS, add, analysing, completed, tiktok


def test_writes_every_video_with_its_analysis(cli: Cli, store: Store, tmp_path: Path) -> None:
    completed(store, 1)
    add(store, [tiktok(2)])
    target = tmp_path / "all.json"
    assert cli("export", "-o", target, "--json").document["videos"] == 2
    first, second = json.loads(target.read_text())
    assert first["analyzer_results"]["cut_analysis"]["status"] == "ok"
    assert (second["video_id"], second["analyzer_results"]) == ("tiktok:2", {})


def test_a_filter_narrows(cli: Cli, store: Store, tmp_path: Path) -> None:
    completed(store, 1)
    add(store, [tiktok(2)])
    cli("export", "-o", tmp_path / "done.ndjson", "--status", "completed")
    assert len((tmp_path / "done.ndjson").read_text().splitlines()) == 1


def test_an_unknown_ending_is_refused_with_the_known_ones(cli: Cli, tmp_path: Path) -> None:
    said = cli("export", "-o", tmp_path / "all.xlsx")
    assert said.code == 1
    assert "should end with one of .json .ndjson .csv .parquet" in said.err


def test_a_folder_that_is_not_there_is_named(cli: Cli, tmp_path: Path) -> None:
    said = cli("export", "-o", tmp_path / "none" / "all.json")
    assert said.code == 1
    assert "none is not there" in said.err


def test_parquet_is_a_folder_with_a_file_per_view(cli: Cli, store: Store, tmp_path: Path) -> None:
    completed(store, 1)
    add(store, [tiktok(2)])
    said = cli("export", "--parquet", tmp_path / "out", "--json")
    rows = {name: file["rows"] for name, file in said.document["files"].items()}
    assert rows == {
        "videos.parquet": 2, "segments.parquet": 1, "failures_by_reason.parquet": 0, "throughput_hourly.parquet": 1,
    }  # fmt: skip
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(rows)


def test_with_a_filter_the_counts_of_all_are_left_out_and_that_is_said(cli: Cli, store: Store, tmp_path: Path) -> None:
    completed(store, 1)
    said = cli("export", "--parquet", tmp_path / "out", "--video", "tiktok:1")
    assert "wrote 1 rows to" in said.err
    assert "with a filter only what is about single videos is written" in said.err
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["segments.parquet", "videos.parquet"]


def test_transcripts_of_a_batch_go_into_a_folder(cli: Cli, store: Store, tmp_path: Path) -> None:
    spoken(store, 1)
    completed(store, 2)
    said = cli("export", "--srt", tmp_path / "out", "--json")
    assert said.document == {"folder": str(tmp_path / "out"), "files": 1, "without_transcript": 1}
    assert (tmp_path / "out" / "tiktok_1.srt").read_text().startswith("1\n00:00:00,500 --> 00:00:02,000\nHello.\n")
    assert cli("export", "--vtt", tmp_path / "vtt").code == 0
    assert (tmp_path / "vtt" / "tiktok_1.vtt").read_text().startswith("WEBVTT\n")


def test_the_transcript_of_one_video_goes_into_a_file(cli: Cli, store: Store, tmp_path: Path) -> None:
    spoken(store, 1)
    assert cli("export", "--video", "tiktok:1", "-o", tmp_path / "a.vtt", "--json").document["captions"] == 1
    assert "Hello." in (tmp_path / "a.vtt").read_text()


def test_one_file_holds_the_transcript_of_one_video_only(cli: Cli, tmp_path: Path) -> None:
    said = cli("export", "-o", tmp_path / "a.srt")
    assert said.code == 2
    assert "one --video goes into a.srt; --srt DIR and --vtt DIR take many" in said.err


def test_a_video_without_a_transcript_is_named_with_the_reason(cli: Cli, store: Store, tmp_path: Path) -> None:
    completed(store, 1)
    said = cli("export", "--video", "tiktok:1", "-o", tmp_path / "a.srt")
    assert said.code == 1
    assert "speech_transcription found no words in tiktok:1" in said.err


@pytest.mark.parametrize("where", [[], ["-o", "a.json", "--srt", "b"]], ids=["nowhere", "to two places"])
def test_it_goes_to_one_place(cli: Cli, where: list[str]) -> None:
    said = cli("export", *where)
    assert said.code == 2
    assert "say where to" in said.err


def spoken(store: Store, number: int) -> None:
    """A video in which somebody says hello."""
    outcome = {"status": "ok", "version": "1", "result": {"captions": [{"start": 0.5, "end": 2.0, "text": "Hello."}]}}
    job = analysing(store, number)
    results = {"analyzer_results": {"speech_transcription": outcome}}
    assert store.finish_analysis(job, analysis=ANALYSIS | results, segments=[])
