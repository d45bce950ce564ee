"""How do rows become files for other programs?"""

import csv
import errno
import json
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as parquet
import pytest

from mass_processing.errors import Refused
from mass_processing.export import export

ANALYZER = "cut_analysis"
ENDINGS = (".json", ".ndjson", ".csv", ".parquet")


def row(number: int, **more: Any) -> dict[str, Any]:
    return {
        "video_id": f"tiktok:{number}",
        "url": f"https://www.tiktok.com/@a/video/{number}",
        "status": "completed",
        "priority": 5,
        "batch": None,
        "reason": None,
        "added_at": "2026-11-21T03:00:00+00:00",
        "realtime_factor": 0.25,
        "metadata": {"title": "größer 你好"},
        "analyzer_results": {ANALYZER: {"status": "ok", "headline": "7 cuts", "segments": []}},
    } | more


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_json_is_one_array_of_the_rows(tmp_path: Path) -> None:
    export([row(1), row(2)], tmp_path / "all.json")
    assert json.loads((tmp_path / "all.json").read_text(encoding="utf-8")) == [row(1), row(2)]


def test_ndjson_is_one_row_per_line(tmp_path: Path) -> None:
    export([row(1), row(2)], tmp_path / "all.ndjson")
    lines = (tmp_path / "all.ndjson").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == [row(1), row(2)]


def test_csv_has_the_job_and_each_analyzer_s_state_and_headline(tmp_path: Path) -> None:
    export([row(1)], tmp_path / "all.csv")
    (read,) = read_csv(tmp_path / "all.csv")
    assert (read["video_id"], read["realtime_factor"]) == ("tiktok:1", "0.25")
    assert (read[f"{ANALYZER}_status"], read[f"{ANALYZER}_headline"]) == ("ok", "7 cuts")


def test_parquet_keeps_types_and_the_whole_analysis(tmp_path: Path) -> None:
    export([row(1)], tmp_path / "all.parquet")
    (read,) = parquet.read_table(tmp_path / "all.parquet").to_pylist()
    assert (read["priority"], read["realtime_factor"], read["batch"]) == (5, 0.25, None)
    assert json.loads(read["analyzer_results"]) == row(1)["analyzer_results"]
    assert json.loads(read["metadata"]) == row(1)["metadata"]


@pytest.mark.parametrize("ending", ENDINGS)
def test_no_rows_are_a_valid_file_too(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"all{ending}"
    assert export([], path).rows == 0
    readers: dict[str, Any] = {
        ".json": lambda: json.loads(path.read_text()),
        ".ndjson": lambda: path.read_text().splitlines(),
        ".csv": lambda: read_csv(path),
        ".parquet": lambda: parquet.read_table(path).to_pylist(),
    }
    assert readers[ending]() == []


@pytest.mark.parametrize(
    "reason", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1"],
    ids=["equals", "plus", "minus", "at", "after a tab", "after a carriage return", "after a space", "wide equals"],
)  # fmt: skip
def test_no_spreadsheet_runs_a_cell_of_a_stranger(tmp_path: Path, reason: str) -> None:
    export([row(1, reason=reason)], tmp_path / "all.csv")
    (read,) = read_csv(tmp_path / "all.csv")
    assert read["reason"] == f"'{reason}"


def test_ordinary_text_and_numbers_are_left_as_they_are(tmp_path: Path) -> None:
    export([row(1, reason="gone, 404", realtime_factor=-1.5)], tmp_path / "all.csv")
    (read,) = read_csv(tmp_path / "all.csv")
    assert (read["reason"], read["realtime_factor"]) == ("gone, 404", "-1.5")


def test_an_unknown_ending_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"all\.xlsx should end with one of \.json \.ndjson \.csv \.parquet"):
        export([row(1)], tmp_path / "all.xlsx")


def test_an_ending_in_capitals_is_known(tmp_path: Path) -> None:
    assert export([row(1)], tmp_path / "ALL.JSON").rows == 1


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_broken_export_leaves_the_old_file_and_nothing_else(tmp_path: Path, ending: str) -> None:
    target = tmp_path / f"all{ending}"
    target.write_text("old")

    def rows() -> Iterator[dict[str, Any]]:
        yield row(1)
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OSError, match="No space left on device"):
        export(rows(), target)
    assert [path.name for path in tmp_path.iterdir()] == [target.name]
    assert target.read_text() == "old"


@pytest.mark.parametrize("ending", [".json", ".ndjson", ".csv"])
def test_memory_does_not_grow_with_the_rows(tmp_path: Path, ending: str) -> None:
    """A thousand rows of 40 kB are 40 MB; only a few of them are ever held."""
    rows = (row(number, reason="x" * 40_000) for number in range(1000))
    export([row(0)], tmp_path / f"warm{ending}")
    tracemalloc.start()
    try:
        written = export(rows, tmp_path / f"all{ending}")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert written.size > 40_000_000
    assert peak < 2_000_000


def test_parquet_is_written_in_groups_so_that_few_rows_are_held(tmp_path: Path) -> None:
    export((row(number) for number in range(2500)), tmp_path / "many.parquet")
    large = {"text": "x" * 9_000_000}
    export((row(number, metadata=large) for number in range(4)), tmp_path / "large.parquet")
    assert parquet.ParquetFile(tmp_path / "many.parquet").num_row_groups == 3
    assert parquet.ParquetFile(tmp_path / "large.parquet").num_row_groups == 2
