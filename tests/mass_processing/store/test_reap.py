"""What becomes of a job whose worker went silent?"""

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
