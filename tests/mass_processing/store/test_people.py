"""Do the acts of people reach the right jobs, and only those?"""

import pytest

from mass_processing.errors import Refused
from mass_processing.records import FailureClass, Job, JobFilter, JobStatus, Stage
from mass_processing.store import Store
from tests.mass_processing.store.acts import (
    Database,
    add,
    analysing,
    claimed,
    completed,
    downloaded,
    file,
    gpu_worker_lives,
    row,
    short,
    tiktok,
)


def failed(store: Store, number: int, failure: FailureClass = FailureClass.PERMANENT, batch: str | None = None) -> Job:
    add(store, [tiktok(number)], batch=batch)
    job = claimed(store)
    store.fail(job, failure, "why")
    return job


def statuses(store: Store) -> dict[str, str]:
    return {job.video_id: job.status.value for job in store.jobs()}


def test_requeue_takes_all_failed_jobs_by_default(store: Store) -> None:
    failed(store, 1)
    failed(store, 2)
    completed(store, 3)
    assert store.requeue(JobFilter()) == 2
    assert statuses(store) == {"tiktok:1": "pending", "tiktok:2": "pending", "tiktok:3": "completed"}


def test_a_requeued_job_starts_with_no_failures_and_a_new_run(store: Store, database: Database) -> None:
    gpu_worker_lives(store)
    add(store, [file("aa")])
    job = claimed(store, Stage.GPU)
    store.retry(job, FailureClass.CRASHED, "died", delay_s=0, suspect=True, lane=Stage.CPU)
    store.fail(claimed(store, Stage.CPU), FailureClass.CRASHED, "died again")
    store.requeue(JobFilter())
    again = claimed(store, Stage.GPU)
    assert (again.run, again.process_failures, again.suspect, again.lane) == (2, 0, False, Stage.GPU)
    assert row(database, "file:aa")["failure_class"] is None


def test_a_requeued_job_that_has_its_file_is_not_downloaded_again(store: Store) -> None:
    store.fail(analysing(store), FailureClass.TIMED_OUT, "too slow")
    store.requeue(JobFilter())
    assert statuses(store) == {"tiktok:1": "processing"}
    assert store.claim(Stage.DOWNLOAD, "w") is None


def test_completed_jobs_run_anew_only_when_asked(store: Store) -> None:
    completed(store)
    assert store.requeue(JobFilter(video_ids=("tiktok:1",))) == 0
    assert store.requeue(JobFilter(video_ids=("tiktok:1",)), again=True) == 1
    assert statuses(store) == {"tiktok:1": "processing"}


def test_an_analysis_of_a_new_run_takes_the_place_of_the_old_one(store: Store, database: Database) -> None:
    completed(store)
    store.requeue(JobFilter(), again=True)
    job = claimed(store, Stage.CPU)
    assert store.finish_analysis(job, analysis={"metadata": {}, "analyzer_results": {}}, segments=[])
    assert database.execute("select run from video_analysis").fetchall() == [{"run": 2}]
    assert store.segments("tiktok:1") == []


@pytest.mark.parametrize(
    ("which", "reached"),
    [
        (JobFilter(), {1, 2, 3}),
        (JobFilter(failure_class=FailureClass.TRANSIENT), {2}),
        (JobFilter(batch="b"), {2, 3}),
        (JobFilter(batch="b", failure_class=FailureClass.PERMANENT), {3}),
        (JobFilter(video_ids=("tiktok:1", "tiktok:3")), {1, 3}),
        (JobFilter(video_ids=("3",)), {3}),
        (JobFilter(video_ids=("tiktok:99",)), set()),
        (JobFilter(status=JobStatus.COMPLETED), set()),
    ],
    ids=["all", "a class", "a batch", "both", "ids", "a bare TikTok id", "an unknown id", "another status"],
)
def test_every_field_of_a_filter_narrows(store: Store, which: JobFilter, reached: set[int]) -> None:
    failed(store, 1)
    failed(store, 2, FailureClass.TRANSIENT, batch="b")
    failed(store, 3, batch="b")
    assert store.requeue(which) == len(reached)
    assert {job.video_id for job in store.jobs(JobFilter(status=JobStatus.PENDING))} == {f"tiktok:{n}" for n in reached}


def test_a_video_is_found_by_the_short_link_it_came_with(store: Store) -> None:
    add(store, [short("ZM1")])
    downloaded(store, claimed(store), "tiktok:1")
    assert store.cancel(JobFilter(video_ids=("url:ZM1",))) == 1


def test_more_jobs_than_one_call_changes_are_all_changed(store: Store, database: Database) -> None:
    add(store, [tiktok(number) for number in range(6_000)])
    assert store.cancel(JobFilter()) == 6_000
    assert store.requeue(JobFilter()) == 6_000
    assert store.prioritize(JobFilter(), 6) == 6_000


def test_cancel_ends_waiting_and_running_jobs_but_not_ended_ones(store: Store) -> None:
    completed(store, 1)
    analysing(store, 2)
    add(store, [tiktok(3)])
    assert store.cancel(JobFilter()) == 2
    assert statuses(store) == {"tiktok:1": "completed", "tiktok:2": "failed", "tiktok:3": "failed"}
    assert store.stats().failed_by_class == {"cancelled": 2}


def test_prioritize_reaches_unfinished_jobs(store: Store, database: Database) -> None:
    completed(store, 1)
    add(store, [tiktok(2)], priority=9)
    add(store, [tiktok(3)])
    assert store.prioritize(JobFilter(), 9) == 1
    assert [job.priority for job in store.jobs()] == [9, 9, 5]


def test_prioritize_refuses_a_priority_that_can_not_be(store: Store) -> None:
    with pytest.raises(Refused, match="11"):
        store.prioritize(JobFilter(), 11)


def test_cleanup_deletes_what_ended_long_ago_with_all_that_belongs_to_it(store: Store, database: Database) -> None:
    add(store, [short("ZM1")])
    downloaded(store, claimed(store), "tiktok:1")
    job = claimed(store, Stage.CPU)
    store.finish_analysis(
        job,
        analysis={"metadata": {}, "analyzer_results": {}},
        segments=[{"analyzer": "a", "start_s": 0, "end_s": 1, "label": "l"}],
    )
    database.execute("update processing_queue set ended_at = now() - interval '8 days'")
    assert store.cleanup(7) == 1
    for table in ("processing_queue", "video_analysis", "video_segments", "url_aliases", "job_events"):
        assert database.execute(f"select from public.{table}").fetchall() == [], table


def test_cleanup_keeps_what_ended_lately_and_what_still_waits(store: Store, database: Database) -> None:
    completed(store, 1)
    add(store, [tiktok(2)])
    database.execute("update processing_queue set added_at = now() - interval '30 days'")
    assert store.cleanup(7) == 0
    assert len(store.jobs()) == 2


def test_cleanup_deletes_old_metrics_and_workers(store: Store, database: Database) -> None:
    store.record_metrics()
    store.heartbeat("cpu1@here", "cpu", "running", "here", 1, {})
    database.execute("update performance_metrics set at = at - interval '8 days'")
    database.execute("update worker_status set heartbeat_at = now() - interval '8 days'")
    store.cleanup(7)
    assert database.execute("select from performance_metrics").fetchall() == []
    assert database.execute("select from worker_status").fetchall() == []


def test_cleanup_of_everything_keeps_the_workers_that_live(store: Store) -> None:
    store.heartbeat("cpu1@here", "cpu", "running", "here", 1, {})
    store.cleanup(0)
    assert [worker.worker_id for worker in store.workers()] == ["cpu1@here"]


def test_cleanup_refuses_a_negative_number_of_days(store: Store) -> None:
    with pytest.raises(Refused, match="-1"):
        store.cleanup(-1)


@pytest.mark.parametrize(
    ("failed_under", "older"),
    [
        ("2026.9.1", True),
        ("2026.10.25", True),
        ("2025.12.31.232000", True),
        ("2026.10.26", False),
        ("2026.11.1", False),
    ],
)
def test_versions_of_yt_dlp_compare_as_numbers(store: Store, failed_under: str, older: int) -> None:
    add(store, [tiktok(1)])
    store.fail(claimed(store), FailureClass.TRANSIENT, "extractor error", ytdlp_version=failed_under)
    assert store.requeue(JobFilter(ytdlp_before="2026.10.26")) == older


def test_a_requeued_video_starts_with_nothing_counted(store: Store) -> None:
    add(store, [tiktok(1)])
    store.retry(claimed(store), FailureClass.RATE_LIMITED, "HTTP 429", delay_s=0, charge=False)
    store.fail(claimed(store), FailureClass.TRANSIENT, "reset")
    store.requeue(JobFilter())
    assert claimed(store).uncharged == {}
