"""What becomes of a job whose worker went silent?"""

import pytest

from mass_processing.policy import LOST_LEASES
from mass_processing.records import JobStatus, Stage
from mass_processing.store import Store
from tests.mass_processing.store.acts import WORKER, Database, add, analysing, claimed, downloaded, row, tiktok


def run_out(database: Database) -> None:
    database.execute("update processing_queue set lease_expires_at = now() - interval '1 second'")


def test_a_live_lease_is_left_alone(store: Store) -> None:
    analysing(store)
    assert store.reap() == 0


def test_a_download_waits_again_uncharged(store: Store, database: Database) -> None:
    add(store, [tiktok(1)])
    claimed(store)
    run_out(database)
    assert store.reap() == 1
    job = claimed(store)
    assert (job.status, job.download_failures, job.suspect) == (JobStatus.DOWNLOADING, 0, False)


def test_an_analysis_waits_again_as_a_suspect(store: Store, database: Database) -> None:
    analysing(store)
    run_out(database)
    assert store.reap() == 1
    job = claimed(store, Stage.CPU)
    assert (job.process_failures, job.suspect) == (0, True)


def test_the_list_says_whose_lease_ran_out(store: Store, database: Database) -> None:
    analysing(store)
    run_out(database)
    store.reap()
    assert row(database)["reason"] == "the lease of cpu1@here ran out"


def test_the_job_of_a_process_known_to_be_dead_waits_again_before_its_lease_ends(
    store: Store, database: Database
) -> None:
    job = analysing(store)
    assert store.reap({job.id: job.attempt}) == 1
    assert row(database)["reason"] == "the process of cpu1@here died"
    again = claimed(store, Stage.CPU)
    assert (again.process_failures, again.suspect) == (0, True)


@pytest.mark.parametrize("late", [-1, 1], ids=["an attempt before", "an attempt that is none yet"])
def test_the_dead_take_nothing_from_another_attempt(store: Store, late: int) -> None:
    job = analysing(store)
    assert store.reap({job.id: job.attempt + late}) == 0


def test_a_job_whose_processes_die_again_and_again_waits_longer_each_time(store: Store, database: Database) -> None:
    add(store, [tiktok(1)])
    pause = "select extract(epoch from retry_at - updated_at)::float as seconds from processing_queue"
    waits = []
    for _ in range(8):
        job = claimed(store)
        store.reap({job.id: job.attempt})
        waits.append(database.execute(pause).fetchone()["seconds"])
        database.execute("update processing_queue set retry_at = null")
    assert waits == [None, 1, 3, 7, 15, 31, 60, 60]


def test_a_reaped_job_is_announced_at_once(store: Store, database: Database) -> None:
    add(store, [tiktok(1)])
    claimed(store)
    run_out(database)
    store.reap()
    assert len(store.feed(Stage.DOWNLOAD, 20)) == 1


def test_more_jobs_than_one_call_takes_are_all_reaped(store: Store, database: Database) -> None:
    add(store, [tiktok(number) for number in range(501)])
    database.execute(
        "update processing_queue set status = 'downloading', worker_id = 'w', lease_expires_at = now() - interval '1 s'"
    )
    assert store.reap() == 501


def losing(store: Store, database: Database, times: int) -> None:
    for _ in range(times):
        claimed(store)
        run_out(database)
        assert store.reap() == 1


def test_a_video_that_loses_its_workers_by_bad_luck_stays_in_the_queue(store: Store, database: Database) -> None:
    add(store, [tiktok(1)])
    losing(store, database, LOST_LEASES)
    assert (row(database)["status"], row(database)["download_failures"]) == ("pending", 0)


def test_a_video_that_its_workers_die_of_is_given_up(store: Store, database: Database) -> None:
    add(store, [tiktok(1)])
    losing(store, database, LOST_LEASES + 1)
    job = row(database)
    assert (job["status"], job["failure_class"]) == ("failed", "crashed")
    assert job["reason"] == f"{LOST_LEASES + 1} workers went silent with it, the last was {WORKER}"


def test_a_finished_download_forgets_the_workers_it_lost(store: Store, database: Database) -> None:
    add(store, [tiktok(1)])
    losing(store, database, 3)
    downloaded(store, claimed(store))
    assert row(database)["uncharged"] == {}
