"""Are the counts, the pace and the reports of the workers right?"""

from typing import Any

import pytest

from mass_processing.records import FailureClass, Stage
from mass_processing.store import Store
from tests.mass_processing.store.acts import Database, add, analysing, claimed, completed, file, tiktok


def ended(database: Database, ages_s: list[float]) -> None:
    """Adds completed jobs that ended that many seconds ago."""
    for number, age in enumerate(ages_s):
        database.execute(
            "insert into processing_queue (video_id, url, source, status, ended_at) "
            "values (%s, 'u', 'tiktok', 'completed', now() - make_interval(secs => %s))",
            [f"tiktok:done{number}", age],
        )


def test_an_empty_queue_counts_nothing(store: Store) -> None:
    stats = store.stats()
    assert list(stats.jobs) == ["pending", "downloading", "processing", "completed", "failed", "total"]
    assert set(stats.jobs.values()) == {0}
    assert (stats.failed_by_class, stats.throughput_per_hour, stats.eta_seconds) == ({}, 0.0, None)
    assert stats.oldest_pending_seconds is None


def test_every_job_is_counted_in_its_state(store: Store) -> None:
    completed(store, 1)
    analysing(store, 2)
    add(store, [tiktok(3)])
    store.fail(claimed(store), FailureClass.AUTH_NEEDED, "private")
    add(store, [tiktok(4)])
    claimed(store)
    add(store, [tiktok(5), tiktok(6)])
    stats = store.stats()
    assert stats.jobs == {"pending": 2, "downloading": 1, "processing": 1, "completed": 1, "failed": 1, "total": 6}
    assert stats.failed_by_class == {"auth_needed": 1}


def test_a_batch_is_counted_alone(store: Store) -> None:
    add(store, [tiktok(1), tiktok(2)], batch="b")
    add(store, [tiktok(3)])
    assert store.stats("b").jobs["total"] == 2
    assert store.stats("unknown").jobs["total"] == 0


@pytest.mark.parametrize(
    ("ages_s", "per_hour"),
    [
        ([10.0], 60),
        ([10.0, 600.0, 1800.0], 6),
        ([10.0, 7200.0], 1),
        ([7200.0], 0),
        ([60.0 * minute for minute in range(1, 60)] + [4000.0], 59),
    ],
    ids=[
        "one a moment ago counts over a minute",
        "a young system counts since its first one",
        "an old one counts over the hour",
        "none in the last hour is zero",
        "one a minute is about sixty an hour",
    ],
)
def test_the_pace_is_honest(store: Store, database: Database, ages_s: list[float], per_hour: float) -> None:
    ended(database, ages_s)
    assert store.stats().throughput_per_hour == pytest.approx(per_hour, rel=0.01)


def test_the_time_left_follows_from_the_pace(store: Store, database: Database) -> None:
    ended(database, [10.0, 600.0, 1800.0])
    add(store, [tiktok(1), tiktok(2), tiktok(3)])
    assert store.stats().eta_seconds == pytest.approx(1800, rel=0.01)


def test_the_oldest_pending_job_counts_from_when_it_was_queued(store: Store, database: Database) -> None:
    add(store, [tiktok(1), tiktok(2)])
    database.execute("update processing_queue set queued_at = now() - interval '90 s' where id = 1")
    assert store.stats().oldest_pending_seconds == pytest.approx(90, abs=5)


def test_back_pressure_counts_what_waits_for_analysis_and_what_is_in_it(store: Store) -> None:
    analysing(store, 1)
    add(store, [file("aa"), tiktok(2)])
    assert store.waiting(Stage.GPU) == 2
    assert store.waiting(Stage.DOWNLOAD) == 1
    assert store.waiting(Stage.CPU) == 0


def test_a_worker_shows_what_it_last_said(store: Store) -> None:
    store.heartbeat("cpu1@here", "cpu", "running", "here", 11, {"resident": 5})
    store.heartbeat("cpu1@here", "cpu", "draining", "here", 11, {"resident": 7})
    (worker,) = store.workers()
    assert (worker.worker_id, worker.kind, worker.status, worker.pid) == ("cpu1@here", "cpu", "draining", 11)
    assert worker.details == {"resident": 7}
    assert 0 <= worker.heartbeat_age < 5


def test_a_worker_shows_the_videos_it_holds(store: Store) -> None:
    store.heartbeat("cpu1@here", "cpu", "running", "here", 11, {})
    analysing(store, 1)
    assert store.workers()[0].video_ids == ("tiktok:1",)


@pytest.mark.parametrize(
    ("said", "age_s", "shown"),
    [("running", 59, "running"), ("running", 61, "silent"), ("draining", 61, "silent"), ("stopped", 61, "stopped")],
)
def test_a_worker_that_says_nothing_is_silent(
    store: Store, database: Database, said: str, age_s: int, shown: str
) -> None:
    store.heartbeat("cpu1@here", "cpu", said, "here", 11, {})
    database.execute("update worker_status set heartbeat_at = now() - make_interval(secs => %s)", [age_s])
    assert store.workers()[0].status == shown


def test_a_worker_of_the_day_before_yesterday_is_not_shown(store: Store, database: Database) -> None:
    store.heartbeat("cpu1@here", "cpu", "running", "here", 11, {})
    database.execute("update worker_status set heartbeat_at = now() - interval '2 days'")
    assert store.workers() == []


def test_metrics_are_one_row_a_minute(store: Store, database: Database) -> None:
    completed(store, 1)
    add(store, [tiktok(2)])
    store.heartbeat("cpu1@here", "cpu", "running", "here", 11, {})
    store.record_metrics()
    database.execute("update performance_metrics set at = at - interval '1 minute'")
    store.record_metrics()
    store.record_metrics()
    rows: list[dict[str, Any]] = store.metrics()
    assert len(rows) in (2, 3)  # 3 when the minute turned between the two calls
    assert rows[0]["at"] < rows[1]["at"]
    assert {key: rows[0][key] for key in rows[0] if key != "at"} == {
        "pending": 1,
        "downloading": 0,
        "processing": 0,
        "completed": 1,
        "failed": 0,
        "completed_per_hour": 60.0,
        "workers": 1,
    }


def test_metrics_of_days_are_whole(store: Store, database: Database) -> None:
    database.execute(
        "insert into performance_metrics "
        "select date_trunc('minute', now()) - make_interval(mins => n), 0, 0, 0, 0, 0, 0, 0 "
        "from generate_series(0, 1000) as n"
    )
    assert len(store.metrics(24)) == 1001
    assert len(store.metrics(1)) in (59, 60)  # 59 when the minute turned between the two calls
