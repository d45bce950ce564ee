"""A worker over a real Postgres; its process is this one, so nothing here ends it."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mass_processing.pauses import Pause
from mass_processing.records import WorkerRow
from mass_processing.settings import Settings
from mass_processing.store import Store
from mass_processing.worker import Worker

WORKER = "download1@test"


@pytest.fixture
def knobs(backend_settings: Settings, tmp_path: Path, database_url: str) -> Settings:
    return replace(
        backend_settings,
        var_dir=tmp_path,
        database_url=database_url,
        heartbeat_seconds=0.05,
        lease_seconds=0.5,
        # One that drains ends its process when this is over, and here that is the process of the tests.
        stop_seconds=86_400.0,
    )


@pytest.fixture
def worker(knobs: Settings, database: object) -> Iterator[Worker]:
    worker = Worker(WORKER, knobs)
    worker.start()
    worker.ready()
    yield worker
    worker.stop()


def seen(store: Store) -> WorkerRow | None:
    return next((row for row in store.workers() if row.worker_id == WORKER), None)


def comes(store: Store, status: str) -> WorkerRow:
    """The worker's row when it has this status."""
    give_up = time.monotonic() + 20
    while time.monotonic() < give_up:
        if (row := seen(store)) and row.status == status:
            return row
        time.sleep(0.02)
    raise AssertionError(f"{WORKER} never was {status}, but {row and row.status}")


def test_it_says_that_it_runs_and_each_report_is_another_sign(worker: Worker, store: Store) -> None:
    first = comes(store, "running").details["signs"]
    time.sleep(0.5)
    assert comes(store, "running").details["signs"] > first


def test_a_local_fault_pauses_every_process_of_the_worker_for_a_lease_at_most(worker: Worker, knobs: Settings) -> None:
    worker.pause("the disk is full", 60)
    child = Worker(WORKER, knobs)
    assert child.paused() == "the disk is full"
    time.sleep(knobs.lease_seconds + 0.2)
    assert child.paused() == ""


def test_a_pause_is_seen_with_its_reason_and_ends_by_itself(worker: Worker, store: Store) -> None:
    worker.pause("the disk is full", 60)
    assert comes(store, "paused").details["pause"] == "the disk is full"
    assert comes(store, "running").details["pause"] == ""


def test_a_task_waits_for_the_end_of_a_pause_and_then_goes_on(worker: Worker) -> None:
    worker.pause("the disk is full", 60)
    assert not worker.rests()
    assert worker.paused() == ""


def test_a_task_of_a_worker_that_was_told_to_stop_begins_nothing(worker: Worker, store: Store) -> None:
    worker.pause("the disk is full", 60)
    worker.drain()
    assert worker.rests()
    comes(store, "draining")


def test_running_jobs_may_go_on_until_the_time_to_stop_is_over(worker: Worker, knobs: Settings) -> None:
    worker.drain()
    assert not worker.must_stop()
    assert Worker(WORKER, replace(knobs, stop_seconds=0.0)).must_stop()


def test_what_is_held_back_is_reported_at_once(knobs: Settings, database: object, store: Store) -> None:
    rarely = Worker(WORKER, replace(knobs, heartbeat_seconds=3600.0))
    rarely.start()
    rarely.ready()
    comes(store, "running")
    rarely.show_pauses("feed", [Pause("downloads", "too many wait")])
    give_up = time.monotonic() + 20
    while not (row := seen(store)) or not row.details["pauses"]:
        assert time.monotonic() < give_up
        time.sleep(0.02)
    rarely.stop()
    assert row.details["pauses"] == [{"what": "downloads", "why": "too many wait"}]


def test_a_worker_that_does_not_move_gives_no_sign(knobs: Settings, database: object, store: Store) -> None:
    still = Worker(WORKER, knobs)
    still.moves = lambda: False
    still.start()
    still.ready()
    time.sleep(0.5)
    assert seen(store) is None
    still.stop()


def test_it_says_that_it_stopped(knobs: Settings, database: object, store: Store) -> None:
    worker = Worker(WORKER, knobs)
    worker.start()
    worker.ready()
    comes(store, "running")
    worker.stop()
    assert comes(store, "stopped").details["draining"] is False
