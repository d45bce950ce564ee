"""How are the views read as a whole, page by page?"""

from typing import Any

from mass_processing.records import FailureClass, JobFilter, JobStatus
from mass_processing.store import Store
from mass_processing.store.store import EVERYTHING
from mass_processing.store.views import View
from tests.mass_processing.store.acts import ANALYSIS, Database, add, analysing, claimed, completed, segment, tiktok


def rows(store: Store, view: View, which: JobFilter = EVERYTHING) -> list[dict[str, Any]]:
    return list(store.views.rows(view, which))


def failed(store: Store, number: int, reason: str) -> None:
    add(store, [tiktok(number)])
    store.fail(claimed(store), FailureClass.PERMANENT, reason)


def test_every_view_has_typed_columns_and_rows_under_their_names(store: Store) -> None:
    completed(store, 1)
    failed(store, 2, "gone")
    for view in View:
        names = [column.name for column in store.views.columns(view)]
        assert names
        found = rows(store, view)
        assert found
        assert all(set(row) == set(names) for row in found), view


def test_a_table_is_no_view_that_can_be_taken_out(store: Store) -> None:
    assert store._call("view_columns", view="processing_queue") == []


def test_all_videos_come_in_pages_ordered_by_their_job(store: Store) -> None:
    add(store, [tiktok(number) for number in range(1, 131)])
    assert [row["video_id"] for row in rows(store, View.VIDEOS)] == [f"tiktok:{number}" for number in range(1, 131)]


def test_a_filter_narrows_videos_and_segments(store: Store) -> None:
    completed(store, 1)
    add(store, [tiktok(2)], batch="spring")
    assert [row["video_id"] for row in rows(store, View.VIDEOS, JobFilter(batch="spring"))] == ["tiktok:2"]
    assert rows(store, View.SEGMENTS, JobFilter(batch="spring")) == []
    assert len(rows(store, View.SEGMENTS, JobFilter(status=JobStatus.COMPLETED))) == 1


def test_all_segments_come_once_by_video_analyzer_and_start_also_when_one_video_has_more_than_a_page(
    store: Store,
) -> None:
    for number, count in ((1, 3), (2, 1201), (3, 500), (4, 0), (5, 2)):
        job = analysing(store, number)
        names = ("text_overlay", "cut_analysis")
        found = [segment(float(i % 50), analyzer=names[i % 2], label=str(i)) for i in range(count)]
        assert store.finish_analysis(job, analysis=ANALYSIS, segments=found)
    found = [(row["video_id"], row["analyzer"], row["start_s"], row["id"]) for row in rows(store, View.SEGMENTS)]
    assert len(set(found)) == len(found) == 3 + 1201 + 500 + 2
    assert found == sorted(found)


def test_segments_are_found_behind_many_videos_that_have_none(store: Store) -> None:
    add(store, [tiktok(number) for number in range(1, 451)])
    store.cancel(EVERYTHING)
    completed(store, 1000)
    assert [row["video_id"] for row in rows(store, View.SEGMENTS)] == ["tiktok:1000"]


def test_more_reasons_than_a_page_holds_come_once(store: Store, database: Database) -> None:
    add(store, [tiktok(number) for number in range(1, 1101)])
    store.cancel(EVERYTHING)
    # Words of letters alone: the view takes numbers for what differs from video to video.
    words = "(select string_agg(chr(97 + (q.id / (26 ^ n)::bigint % 26)::integer), '') from generate_series(0, 3) as n)"
    database.execute(f"update processing_queue q set reason = {words}")
    found = [row["reason"] for row in rows(store, View.FAILURES_BY_REASON)]
    assert len(set(found)) == len(found) == 1100


def test_every_hour_comes_once(store: Store, database: Database) -> None:
    add(store, [tiktok(number) for number in range(1, 601)])
    store.cancel(EVERYTHING)
    database.execute("update processing_queue set ended_at = now() - id * interval '1 hour'")
    found = [row["hour"] for row in rows(store, View.THROUGHPUT_HOURLY)]
    assert len(set(found)) == len(found) == 600
    assert found == sorted(found)


def test_nothing_is_no_rows(store: Store) -> None:
    assert [rows(store, view) for view in View] == [[], [], [], []]
