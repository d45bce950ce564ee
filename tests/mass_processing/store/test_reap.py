"""What becomes of a job whose worker went silent?"""

from mass_processing.records import JobStatus, Stage
from mass_processing.store import Store
from tests.mass_processing.store.acts import Database, add, analysing, claimed, row, tiktok


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
