"""Leases over a real Postgres."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mass_processing.held_jobs import HeldJobs
from mass_processing.leases import LeaseKeeper
from mass_processing.records import FailureClass, Job, JobFilter, Link, Source, Stage
from mass_processing.store import Store

WORKER = "cpu1@test"


@pytest.fixture
def keeper(store: Store, tmp_path: Path) -> Iterator[LeaseKeeper]:
    keeper = LeaseKeeper(store, WORKER, 0.05, HeldJobs(tmp_path))
    yield keeper
    keeper.close()


@pytest.fixture
def job(store: Store) -> Job:
    store.add_links([Link("file:1", "/videos/1.mp4", Source.FILE)], priority=5, batch=None)
    job = store.claim(Stage.CPU, WORKER)
    assert job is not None
    return job


def lease_end(database: Any) -> Any:
    return database.execute("select lease_expires_at from processing_queue").fetchone()["lease_expires_at"]


def test_a_lease_is_renewed_while_the_job_is_held(job: Job, keeper: LeaseKeeper, database: Any) -> None:
    first = lease_end(database)
    with keeper.holding(job) as lost:
        assert not lost.wait(0.5)
        assert lease_end(database) > first


def test_a_job_that_ended_is_not_renewed_any_more(job: Job, keeper: LeaseKeeper, database: Any, store: Store) -> None:
    with keeper.holding(job):
        pass
    last = lease_end(database)
    keeper.close()
    assert lease_end(database) == last


def test_what_is_held_is_noted_for_whoever_comes_after(job: Job, keeper: LeaseKeeper, tmp_path: Path) -> None:
    with keeper.holding(job):
        (noted,) = tmp_path.iterdir()
        during = json.loads(noted.read_text())
    assert (during, json.loads(noted.read_text())) == ([[job.id, job.attempt]], [])


def test_whoever_loses_the_job_is_told(job: Job, keeper: LeaseKeeper, store: Store) -> None:
    with keeper.holding(job) as lost:
        store.cancel(JobFilter(video_ids=(job.video_id,)))
        assert lost.wait(10)


def test_a_worker_that_slept_past_its_lease_is_told(job: Job, keeper: LeaseKeeper, store: Store) -> None:
    store.release(job, "as if the lease had run out")
    again = store.claim(Stage.CPU, "cpu2@test")
    assert again is not None
    with keeper.holding(job) as lost:
        assert lost.wait(10)


def test_a_process_that_is_about_to_end_hands_back_what_it_holds(job: Job, keeper: LeaseKeeper, store: Store) -> None:
    with keeper.holding(job):
        keeper.hand_back("the worker ends")
        again = store.claim(Stage.CPU, "cpu2@test")
        assert again is not None
        assert (again.id, again.process_failures) == (job.id, 0)
        assert not store.fail(job, FailureClass.TRANSIENT, "written too late")
