"""Do the views arrive in Parquet with their types? Read by the programs that people read Parquet with."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pandas
import pyarrow.parquet as parquet
import pytest

from mass_processing.errors import BackendAway, Refused
from mass_processing.records import FailureClass, JobFilter
from mass_processing.store import Store
from mass_processing.store.views import View, Views
from mass_processing.view_files import export_views
from tests.mass_processing.store.acts import ANALYSIS, Database, add, analysing, claimed, completed, segment, tiktok


@pytest.fixture
def exported(store: Store, tmp_path: Path) -> Path:
    """Two analysed videos and a failed one."""
    completed(store, 1)
    hostile = segment(2.0, text="größer 你好 \u202e\n-->", score=None, data={"boxes": [[0.1, 0.2]]})
    assert store.finish_analysis(analysing(store, 2), analysis=ANALYSIS, segments=[hostile, segment(0.25)])
    add(store, [tiktok(3)])
    store.fail(claimed(store), FailureClass.PERMANENT, "it was deleted")
    export_views(store.views, tmp_path / "out")
    return tmp_path / "out"


def in_duckdb(exported: Path, query: str) -> list[tuple[Any, ...]]:
    """`query` names a view as if it were a table."""
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        for file in exported.iterdir():
            connection.execute(f"create view {file.stem} as select * from '{file}'")
        return connection.execute(query).fetchall()


def test_there_is_a_file_per_view(exported: Path) -> None:
    assert sorted(file.name for file in exported.iterdir()) == [
        "failures_by_reason.parquet", "segments.parquet", "throughput_hourly.parquet", "videos.parquet",
    ]  # fmt: skip


def test_every_column_of_a_view_is_there_in_order(exported: Path, store: Store) -> None:
    for view in View:
        names = [column.name for column in store.views.columns(view)]
        assert parquet.read_schema(exported / f"{view}.parquet").names == names


def test_duckdb_sees_numbers_times_with_zone_and_text(exported: Path) -> None:
    types = dict(row[:2] for row in in_duckdb(exported, "describe videos"))
    assert (types["id"], types["priority"], types["duration_s"]) == ("BIGINT", "SMALLINT", "DOUBLE")
    assert (types["suspect"], types["video_id"], types["analyzer_results"]) == ("BOOLEAN", "VARCHAR", "VARCHAR")
    assert types["added_at"] == types["ended_at"] == "TIMESTAMP WITH TIME ZONE"


def test_duckdb_reads_the_same_values(exported: Path, database: Database) -> None:
    ours = database.execute("select video_id, duration_s, added_at, ended_at from videos order by id").fetchall()
    theirs = in_duckdb(exported, "select video_id, duration_s, added_at, ended_at from videos order by id")
    assert theirs == [tuple(row.values()) for row in ours]
    assert theirs[0][1] == 15.0


def test_duckdb_reads_into_the_json(exported: Path) -> None:
    rows = in_duckdb(
        exported,
        "select video_id, analyzer_results::json ->> '$.cut_analysis.status' from videos where status = 'completed'",
    )
    assert sorted(rows) == [("tiktok:1", "ok"), ("tiktok:2", "ok")]


def test_duckdb_joins_the_files_and_counts_what_failed(exported: Path) -> None:
    joined = "select v.video_id, count(*) from videos v join segments s using (video_id) group by 1 order by 1"
    assert in_duckdb(exported, joined) == [("tiktok:1", 1), ("tiktok:2", 2)]
    failures = in_duckdb(exported, "select failure_class, reason, videos from failures_by_reason")
    assert failures == [("permanent", "it was deleted", 1)]
    assert in_duckdb(exported, "select sum(completed), sum(failed) from throughput_hourly") == [(2, 1)]


def test_pandas_sees_the_same_types_and_values(exported: Path) -> None:
    videos = pandas.read_parquet(exported / "videos.parquet").set_index("video_id")
    assert str(videos["added_at"].dtype) == "datetime64[us, UTC]"
    assert videos["duration_s"].dtype == "float64"
    assert videos.loc["tiktok:1", "successful_analyzers"] == 11
    assert pandas.isna(videos.loc["tiktok:3", "duration_s"])
    assert videos.loc["tiktok:3", "reason"] == "it was deleted"
    now = datetime.now(UTC)
    assert abs((now - videos.loc["tiktok:3", "ended_at"].to_pydatetime()).total_seconds()) < 300


def test_text_of_strangers_objects_and_nothing_arrive_as_they_are(exported: Path) -> None:
    segments = pandas.read_parquet(exported / "segments.parquet")
    (hostile,) = segments[segments["text"].notna()].to_dict("records")
    assert hostile["text"] == "größer 你好 \u202e\n-->"
    assert json.loads(hostile["data"]) == {"boxes": [[0.1, 0.2]]}
    assert pandas.isna(hostile["score"])


def test_a_filter_leaves_the_counts_of_all_out(store: Store, tmp_path: Path) -> None:
    completed(store, 1)
    add(store, [tiktok(2)], batch="spring")
    files = export_views(store.views, tmp_path / "out", JobFilter(batch="spring"))
    assert {file.path.name: file.rows for file in files} == {"videos.parquet": 1, "segments.parquet": 0}


def test_an_empty_queue_is_four_valid_files(store: Store, tmp_path: Path) -> None:
    assert [file.rows for file in export_views(store.views, tmp_path / "out")] == [0, 0, 0, 0]
    assert in_duckdb(tmp_path / "out", "select count(*) from videos") == [(0,)]


def test_a_folder_that_is_there_is_refused_before_anything_is_read(store: Store, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine").write_text("")
    with pytest.raises(Refused, match="out is there already"):
        export_views(store.views, tmp_path / "out")


def answers(view: str, count: int, value: Any, fails_at: int = -1) -> Views:
    """Views with one column, `value` in each of `count` rows of `view`, of a database that may go away."""

    def call(function: str, **arguments: Any) -> list[dict[str, Any]]:
        if function == "view_columns":
            return [{"name": "value", "type": "text"}]
        start = (arguments["after"] or [0])[0]
        if start == fails_at:
            raise BackendAway("the database went away")
        if arguments["view"] != view:
            return [{"page": [], "after": None}]
        end = min(start + arguments["limit"], count)
        return [{"page": [{"value": value}] * (end - start), "after": [end] if end < count else None}]

    return Views(call)


def test_a_database_that_goes_away_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(BackendAway):
        export_views(answers("segments", 5000, "x", fails_at=2000), tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_rows_are_written_in_groups_by_number_and_by_size(tmp_path: Path) -> None:
    export_views(answers("segments", 25_000, "x"), tmp_path / "many")
    export_views(answers("videos", 100, "x" * 1_000_000), tmp_path / "large")
    assert parquet.ParquetFile(tmp_path / "many" / "segments.parquet").num_row_groups == 3
    assert parquet.ParquetFile(tmp_path / "large" / "videos.parquet").num_row_groups == 7


def test_never_more_rows_are_held_than_come_at_once(tmp_path: Path) -> None:
    """What is gathered for a group are cells, text already where they are JSON."""
    most = 0

    class Row(dict[str, Any]):
        alive = 0

        def __init__(self) -> None:
            super().__init__(value="x")
            Row.alive += 1

        def __del__(self) -> None:
            Row.alive -= 1

    def call(function: str, **arguments: Any) -> list[dict[str, Any]]:
        nonlocal most
        if function == "view_columns":
            return [{"name": "value", "type": "text"}]
        most = max(most, Row.alive)
        start = (arguments["after"] or [0])[0]
        page = [Row() for _ in range(500)] if arguments["view"] == "segments" else []
        return [{"page": page, "after": [start + 500] if page and start < 49_500 else None}]

    export_views(Views(call), tmp_path / "out")
    assert parquet.ParquetFile(tmp_path / "out" / "segments.parquet").metadata.num_rows == 50_000
    assert 0 < most <= 501


@pytest.mark.parametrize(
    ("kind", "value", "read"),
    [
        ("numeric", 1.5, 1.5),
        ("numeric", "NaN", pytest.approx(float("nan"), nan_ok=True)),
        ("bigint", 2**62 + 1, 2**62 + 1),
        ("date", "2026-11-21", datetime(2026, 11, 21).date()),
        ("text[]", ["a", None, "b"], ["a", None, "b"]),
        ("jsonb", "text", '"text"'),
        ("interval", "01:00:00", "01:00:00"),
        ("timestamp with time zone", "infinity", None),
        ("timestamp with time zone", "2026-11-21T23:30:00.5+02:00", datetime(2026, 11, 21, 21, 30, 0, 500_000, UTC)),
    ],
)
def test_each_type_of_postgres_has_one_in_the_file(tmp_path: Path, kind: str, value: Any, read: Any) -> None:
    def call(function: str, **arguments: Any) -> list[dict[str, Any]]:
        if function == "view_columns":
            return [{"name": "value", "type": kind}]
        return [{"page": [{"value": value}, {"value": None}], "after": None}]

    export_views(Views(call), tmp_path / "out")
    assert parquet.read_table(tmp_path / "out" / "videos.parquet")["value"].to_pylist() == [read, None]
