import fcntl
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mass_processing.records import Job, JobStatus, Source, Stage
from mass_processing.results import (
    read_result,
    result_document,
    results_file,
    segment_rows,
    sweep_unfinished,
    write_result,
)

JOB = Job(
    id=1,
    video_id="tiktok:7301234567890123456",
    url="https://www.tiktok.com/@u/video/7301234567890123456",
    source=Source.TIKTOK,
    priority=5,
    batch=None,
    status=JobStatus.PROCESSING,
    attempt=1,
    download_failures=0,
    process_failures=0,
    run=1,
    queued_at=datetime(2026, 11, 20, 12, tzinfo=UTC),
    suspect=False,
    lane=Stage.GPU,
    video_path="/media/tiktok_7301234567890123456.mp4",
    metadata={"title": "a\x00b"},
)


def outcome(status: str, segments: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    return {"status": status, "version": "1", "segments": segments or []}


ANALYSIS = {
    "video": {"duration": 20.0},
    "device": "cpu",
    "versions": {"av": "18"},
    "decode_seconds": 1.0,
    "analyzer_results": {
        "cut_analysis": outcome(
            "ok", [{"start": 0.0, "end": 2.0, "label": "shot", "score": None, "text": None, "data": {}}]
        ),
        "color_analysis": outcome("degraded"),
        "audio_analysis": outcome("skipped"),
        "text_overlay": outcome("failed"),
    },
}


def test_the_document_has_the_keys_that_users_scripts_read() -> None:
    metadata = result_document(JOB, ANALYSIS, 5.0)["metadata"]
    expected = {
        "video_path": JOB.video_path,
        "video_id": JOB.video_id,
        "url": JOB.url,
        "processing_time_seconds": 5.0,
        "successful_analyzers": 2,
        "total_analyzers": 4,
        "realtime_factor": 0.25,
        "device": "cpu",
        "versions": {"av": "18"},
    }
    assert expected.items() <= metadata.items()


def test_what_no_database_takes_is_cleaned() -> None:
    assert result_document(JOB, ANALYSIS, 5.0)["metadata"]["source"]["title"] == "ab"


def test_the_colon_of_an_id_is_an_underscore_in_the_file_name(tmp_path: Path) -> None:
    assert results_file(tmp_path, JOB.video_id).name == "tiktok_7301234567890123456.json"


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    document = result_document(JOB, ANALYSIS, 5.0)
    write_result(tmp_path, document)
    assert read_result(tmp_path, JOB) == document


def test_a_result_of_an_earlier_run_is_not_taken(tmp_path: Path) -> None:
    write_result(tmp_path, result_document(JOB, ANALYSIS, 5.0))
    assert read_result(tmp_path, replace(JOB, queued_at=JOB.queued_at + timedelta(seconds=1))) is None


def test_half_a_file_is_not_taken(tmp_path: Path) -> None:
    path = write_result(tmp_path, result_document(JOB, ANALYSIS, 5.0))
    path.write_text(path.read_text()[:100])
    assert read_result(tmp_path, JOB) is None


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = write_result(tmp_path, result_document(JOB, ANALYSIS, 5.0))
    with pytest.raises(ValueError, match="JSON"):
        write_result(tmp_path, {"metadata": {"video_id": JOB.video_id}, "not clean": float("nan")})
    assert [file.name for file in tmp_path.iterdir()] == [path.name]
    assert json.loads(path.read_text())["metadata"]["video_id"] == JOB.video_id


def test_every_segment_becomes_a_row() -> None:
    assert segment_rows(result_document(JOB, ANALYSIS, 5.0)) == [
        {
            "analyzer": "cut_analysis",
            "start_s": 0.0,
            "end_s": 2.0,
            "label": "shot",
            "score": None,
            "text": None,
            "data": {},
        }
    ]


def test_what_a_killed_process_left_half_written_is_removed(tmp_path: Path) -> None:
    (tmp_path / ".unfinished-abc.json").write_text('{"half')
    (tmp_path / "tiktok_1.json").write_text("{}")
    assert sweep_unfinished(tmp_path, youngest=0.0) == 1
    assert [file.name for file in tmp_path.iterdir()] == ["tiktok_1.json"]


def test_what_is_being_written_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / ".unfinished-abc.json"
    with file.open("w") as writing:
        fcntl.flock(writing, fcntl.LOCK_EX)
        assert sweep_unfinished(tmp_path, youngest=0.0) == 0
    assert file.exists()
