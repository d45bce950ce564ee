"""Do lists, pages and exports show what is there?"""

import json
import tracemalloc

from mass_processing.records import FailureClass, JobFilter, JobStatus, Stage
from mass_processing.settings import Settings
from mass_processing.store import MAX_ROWS, Store
from tests.mass_processing.store.acts import (
    ANALYSIS,
    Database,
    add,
    analysing,
    claimed,
    completed,
    downloaded,
    segment,
    short,
    tiktok,
)


def test_an_unknown_video_is_none(store: Store) -> None:
    assert store.video("tiktok:404") is None
    assert store.segments("tiktok:404") == []


def test_a_waiting_video_has_no_results_yet(store: Store) -> None:
    add(store, [tiktok(1)], priority=7, batch="b")
    video = store.video("tiktok:1")
    assert video is not None
    assert {key: video[key] for key in ("video_id", "status", "priority", "batch", "attempts", "failure_class")} == {
        "video_id": "tiktok:1",
        "status": "pending",
        "priority": 7,
        "batch": "b",
        "attempts": 0,
        "failure_class": None,
    }
    assert (video["metadata"], video["analyzer_results"], video["results_file"]) == ({}, {}, None)


def test_a_completed_video_shows_download_and_analysis(store: Store, backend_settings: Settings) -> None:
    completed(store)
    video = store.video("tiktok:1")
    assert video is not None
    assert video["analyzer_results"] == ANALYSIS["analyzer_results"]
    assert video["metadata"] == {"likes": 3} | ANALYSIS["metadata"]
    assert video["results_file"] == str(backend_settings.results_dir / "tiktok_1.json")
    assert (video["successful_analyzers"], video["realtime_factor"]) == (11, 0.4)


def test_results_of_an_earlier_run_are_not_shown_as_this_ones(store: Store) -> None:
    completed(store)
    store.requeue(JobFilter(), again=True)
    video = store.video("tiktok:1")
    assert video is not None
    assert (video["analyzer_results"], video["results_file"]) == ({}, None)


def test_a_video_is_found_by_its_bare_tiktok_id(store: Store) -> None:
    add(store, [tiktok(7301234567890123456)])
    video = store.video("7301234567890123456")
    assert video is not None
    assert video["video_id"] == "tiktok:7301234567890123456"


def test_a_video_can_be_written_as_json(store: Store) -> None:
    completed(store)
    assert json.loads(json.dumps(store.video("tiktok:1"))) == store.video("tiktok:1")


def test_a_video_tells_its_transitions_in_order(store: Store) -> None:
    add(store, [tiktok(1)])
    store.retry(claimed(store), FailureClass.TRANSIENT, "HTTP 503", delay_s=0)
    downloaded(store, claimed(store))
    store.finish_analysis(claimed(store, Stage.CPU, "cpu1@here"), analysis=ANALYSIS, segments=[])
    video = store.video("tiktok:1")
    assert video is not None
    assert [(e["from"], e["to"], e["attempt"], e["worker"], e["note"]) for e in video["events"]] == [
        (None, "pending", 0, None, None),
        ("pending", "downloading", 1, "download1@here", None),
        ("downloading", "pending", 1, "download1@here", "HTTP 503"),
        ("pending", "downloading", 2, "download1@here", None),
        ("downloading", "processing", 2, "download1@here", None),
        ("processing", "processing", 3, "cpu1@here", None),
        ("processing", "completed", 3, "cpu1@here", None),
    ]


def test_the_list_is_newest_first_and_pages_on(store: Store) -> None:
    add(store, [tiktok(number) for number in range(5)])
    first = store.jobs(limit=3)
    rest = store.jobs(limit=3, before_id=first[-1].id)
    assert [job.video_id for job in first + rest] == [f"tiktok:{number}" for number in (4, 3, 2, 1, 0)]


def test_no_list_is_longer_than_a_hosted_database_answers(store: Store) -> None:
    add(store, [tiktok(number) for number in range(MAX_ROWS + 1)])
    assert len(store.jobs(limit=10_000)) == MAX_ROWS


def test_a_list_can_be_narrowed_to_a_status(store: Store) -> None:
    completed(store, 1)
    add(store, [tiktok(2)])
    assert [job.video_id for job in store.jobs(JobFilter(status=JobStatus.COMPLETED))] == ["tiktok:1"]


def test_a_class_in_a_filter_means_failed_jobs(store: Store) -> None:
    add(store, [tiktok(1)])
    store.retry(claimed(store), FailureClass.TRANSIENT, "HTTP 503", delay_s=0)
    assert store.jobs(JobFilter(failure_class=FailureClass.TRANSIENT)) == []


def test_the_timeline_is_sorted_by_analyzer_and_start(store: Store) -> None:
    job = analysing(store)
    rows = [segment(5.0, "b"), segment(9.0, "a", score=None), segment(1.0, "b", text="hello", data={"box": [0, 1]})]
    store.finish_analysis(job, analysis=ANALYSIS, segments=rows)
    assert store.segments("1") == [rows[1], rows[2], rows[0]]


def test_a_long_timeline_is_whole(store: Store) -> None:
    job = analysing(store)
    rows = [segment(number // 3 * 0.1) for number in range(1_300)]
    store.finish_analysis(job, analysis=ANALYSIS, segments=rows)
    assert store.segments("tiktok:1") == rows


def test_an_export_holds_every_job_once_oldest_first(store: Store) -> None:
    completed(store, 1)
    add(store, [tiktok(number) for number in range(2, 62)])
    exported = list(store.export())
    assert [video["video_id"] for video in exported] == [f"tiktok:{number}" for number in range(1, 62)]
    assert exported[0]["analyzer_results"] == ANALYSIS["analyzer_results"]


def test_an_export_can_be_narrowed(store: Store) -> None:
    add(store, [tiktok(1)], batch="b")
    add(store, [tiktok(2)])
    assert [video["video_id"] for video in store.export(JobFilter(batch="b"))] == ["tiktok:1"]


def test_the_memory_of_an_export_does_not_grow_with_the_rows(store: Store, database: Database) -> None:
    add(store, [tiktok(number) for number in range(400)])
    database.execute("update processing_queue set metadata = jsonb_build_object('text', repeat('x', 100000))")
    tracemalloc.start()
    rows = sum(1 for _ in store.export())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert rows == 400
    assert peak < 20_000_000  # the rows hold 40 MB


def test_an_export_finds_the_job_that_took_over_a_short_link(store: Store) -> None:
    add(store, [short("ZM1")])
    downloaded(store, claimed(store), "tiktok:1")
    assert [video["video_id"] for video in store.export(JobFilter(video_ids=("url:ZM1",)))] == ["tiktok:1"]
