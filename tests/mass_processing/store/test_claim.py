"""Who gets which job, and for how long?"""

from concurrent.futures import ThreadPoolExecutor

from mass_processing.records import FailureClass, JobStatus, Stage
from mass_processing.store import Store
from tests.mass_processing.store.acts import (
    Database,
    add,
    analysing,
    claimed,
    downloaded,
    file,
    gpu_worker_lives,
    row,
    tiktok,
)


def test_nothing_is_claimed_when_nothing_is_due(store: Store) -> None:
    assert store.claim(Stage.DOWNLOAD, "w") is None


def test_the_best_job_is_claimed_whatever_was_announced(store: Store) -> None:
    add(store, [tiktok(1)], priority=5)
    store.feed(Stage.DOWNLOAD, 20)
    add(store, [tiktok(2)], priority=10)
    assert claimed(store).video_id == "tiktok:2"
    assert claimed(store).video_id == "tiktok:1"


def test_a_job_whose_permit_went_to_one_that_had_none_is_announced_anew_at_once(store: Store) -> None:
    add(store, [tiktok(1)])
    [named] = store.feed(Stage.DOWNLOAD, 20)
    add(store, [tiktok(2)], priority=10)
    assert store.claim(Stage.DOWNLOAD, "w", named.job_id) is not None
    assert [dispatch.job_id for dispatch in store.feed(Stage.DOWNLOAD, 20)] == [named.job_id]


def test_two_announced_jobs_may_swap_their_permits(store: Store) -> None:
    add(store, [tiktok(1), tiktok(2)])
    _, second = store.feed(Stage.DOWNLOAD, 20)
    first = store.claim(Stage.DOWNLOAD, "w", second.job_id)
    assert (first and first.video_id, store.feed(Stage.DOWNLOAD, 20)) == ("tiktok:1", [])


def test_a_claim_says_all_about_the_job(store: Store) -> None:
    add(store, [tiktok(1)], priority=7, batch="b")
    downloaded(store, claimed(store))
    job = claimed(store, Stage.CPU)
    assert (job.id, job.video_id, job.priority, job.batch) == (1, "tiktok:1", 7, "b")
    assert (job.status, job.attempt, job.run, job.lane) == (JobStatus.PROCESSING, 2, 1, Stage.GPU)
    assert (job.video_path, job.metadata) == ("/media/v.mp4", {"likes": 3})


def test_a_claimed_job_is_leased_for_the_settings_time(store: Store, database: Database) -> None:
    add(store, [tiktok(1)])
    claimed(store)
    left = database.execute("select extract(epoch from lease_expires_at - now()) as s from processing_queue").fetchone()
    assert left is not None
    assert 50 < left["s"] <= 60
    assert row(database)["worker_id"] == "download1@here"


def test_every_claim_raises_the_attempt(store: Store) -> None:
    add(store, [tiktok(1)])
    first = claimed(store)
    store.release(first, "shutdown")
    assert claimed(store).attempt == first.attempt + 1


def test_many_workers_at_once_never_get_the_same_job(store: Store) -> None:
    add(store, [tiktok(number) for number in range(200)])
    with ThreadPoolExecutor(8) as pool:
        jobs = list(pool.map(lambda number: claimed(store, worker=f"w{number % 8}"), range(200)))
    assert len({job.id for job in jobs}) == 200


def test_a_card_takes_only_its_own_lane(store: Store) -> None:
    gpu_worker_lives(store)
    add(store, [file("aa")])
    store.retry(claimed(store, Stage.GPU), FailureClass.CRASHED, "died", delay_s=0, lane=Stage.CPU)
    assert store.claim(Stage.GPU, "gpu0@here") is None
    assert claimed(store, Stage.CPU).lane is Stage.CPU


def test_a_cpu_worker_leaves_the_cards_videos_to_it(store: Store) -> None:
    gpu_worker_lives(store)
    add(store, [file("aa")])
    assert store.claim(Stage.CPU, "cpu1@here") is None


def test_a_retry_is_not_claimed_before_its_time(store: Store) -> None:
    add(store, [tiktok(1)])
    store.retry(claimed(store), FailureClass.TRANSIENT, "HTTP 503", delay_s=60)
    assert store.claim(Stage.DOWNLOAD, "w") is None


def test_a_renewal_extends_the_lease(store: Store, database: Database) -> None:
    job = analysing(store)
    database.execute("update processing_queue set lease_expires_at = now() + interval '1 second'")
    assert store.renew("cpu1@here", {job.id: job.attempt}) == {job.id}
    left = database.execute("select extract(epoch from lease_expires_at - now()) as s from processing_queue").fetchone()
    assert left is not None
    assert left["s"] > 50


def test_a_renewal_by_another_worker_or_attempt_extends_nothing(store: Store) -> None:
    job = analysing(store)
    assert store.renew("cpu2@here", {job.id: job.attempt}) == set()
    assert store.renew("cpu1@here", {job.id: job.attempt - 1}) == set()


def test_renewing_nothing_is_nothing(store: Store) -> None:
    assert store.renew("cpu1@here", {}) == set()
