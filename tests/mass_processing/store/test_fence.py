"""Does a worker that lost its job change anything?"""

from collections.abc import Callable

import pytest

from mass_processing.records import FailureClass, Job, JobFilter, JobStatus, Stage
from mass_processing.store import Store
from tests.mass_processing.store.acts import (
    ANALYSIS,
    Database,
    add,
    analysing,
    claimed,
    completed,
    downloaded,
    segment,
    tiktok,
)

Write = Callable[[Store, Job], bool]
Loss = Callable[[Store, Database, Job], object]

WRITES: dict[str, Write] = {
    "a finished download": downloaded,
    "a finished analysis": lambda store, job: store.finish_analysis(job, analysis=ANALYSIS, segments=[segment(1)]),
    "a failure": lambda store, job: store.fail(job, FailureClass.PERMANENT, "gone"),
    "a retry": lambda store, job: store.retry(job, FailureClass.TRANSIENT, "503", delay_s=5),
    "a release": lambda store, job: store.release(job, "shutdown"),
}


def expire(store: Store, database: Database, job: Job) -> None:
    database.execute(
        "update processing_queue set lease_expires_at = now() - interval '1 second' where id = %s", [job.id]
    )
    assert store.reap() == 1


def expire_and_claim(store: Store, database: Database, job: Job) -> None:
    expire(store, database, job)
    claimed(store, Stage.DOWNLOAD if job.status is JobStatus.DOWNLOADING else Stage.CPU, "another")


def cancel(store: Store, database: Database, job: Job) -> None:
    assert store.cancel(JobFilter()) == 1


def cancel_and_requeue(store: Store, database: Database, job: Job) -> None:
    cancel(store, database, job)
    assert store.requeue(JobFilter()) == 1


LOSSES: dict[str, Loss] = {
    "its lease ran out": expire,
    "another worker has it": expire_and_claim,
    "it was cancelled": cancel,
    "it was cancelled and requeued": cancel_and_requeue,
}


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
@pytest.mark.parametrize("stage", [Stage.DOWNLOAD, Stage.CPU])
def test_a_late_write_changes_nothing(store: Store, database: Database, stage: Stage, write: Write, loss: Loss) -> None:
    if stage is Stage.CPU:
        job = analysing(store)
    else:
        add(store, [tiktok(1)])
        job = claimed(store)
    loss(store, database, job)
    before = everything(database)
    assert write(store, job) is False
    assert everything(database) == before


def test_a_cancelled_job_is_missed_at_the_next_renewal(store: Store) -> None:
    job = analysing(store)
    store.cancel(JobFilter())
    assert store.renew("cpu1@here", {job.id: job.attempt}) == set()


def test_a_download_can_not_be_finished_as_an_analysis(store: Store) -> None:
    add(store, [tiktok(1)])
    assert not store.finish_analysis(claimed(store), analysis=ANALYSIS, segments=[])


def test_an_analysis_counts_once(store: Store, database: Database) -> None:
    job = completed(store)
    before = everything(database)
    assert not store.finish_analysis(job, analysis=ANALYSIS, segments=[segment(1), segment(2)])
    assert everything(database) == before


def test_a_write_after_the_lease_but_before_anyone_else_still_counts(store: Store, database: Database) -> None:
    job = analysing(store)
    database.execute("update processing_queue set lease_expires_at = now() - interval '1 second'")
    assert store.finish_analysis(job, analysis=ANALYSIS, segments=[])


def everything(database: Database) -> list[object]:
    tables = ("processing_queue", "video_analysis", "video_segments", "url_aliases", "job_events")
    return [database.execute(f"select * from public.{table} order by 1").fetchall() for table in tables]
