"""Which jobs are announced, where, and when again?"""

from mass_processing.records import FailureClass, Stage
from mass_processing.store import MAX_ROWS, Store
from tests.mass_processing.store.acts import (
    Database,
    add,
    analysing,
    claimed,
    file,
    gpu_worker_lives,
    tiktok,
)


def fed(store: Store, stage: Stage = Stage.DOWNLOAD, limit: int = 20) -> list[int]:
    return [dispatch.job_id for dispatch in store.feed(stage, limit)]


def test_the_highest_priority_comes_first_then_the_oldest(store: Store) -> None:
    add(store, [tiktok(1)], priority=5)
    add(store, [tiktok(2)], priority=7)
    add(store, [tiktok(3)], priority=7)
    assert [(d.job_id, d.priority) for d in store.feed(Stage.DOWNLOAD, 2)] == [(2, 7), (3, 7)]


def test_what_was_announced_is_not_announced_again(store: Store) -> None:
    add(store, [tiktok(1), tiktok(2)])
    assert fed(store, limit=1) == [1]
    assert fed(store) == [2]
    assert fed(store) == []


def test_an_announcement_that_ran_out_is_made_again(store: Store, database: Database) -> None:
    add(store, [tiktok(1)])
    fed(store)
    database.execute("update processing_queue set dispatched_until = now() - interval '1 second'")
    assert fed(store) == [1]


def test_a_mark_lasts_a_minute(store: Store, database: Database) -> None:
    add(store, [tiktok(1)])
    fed(store)
    left = database.execute("select extract(epoch from dispatched_until - now()) as s from processing_queue").fetchone()
    assert left is not None
    assert 50 < left["s"] <= 60


def test_unannounced_jobs_are_announced_by_the_next_feed(store: Store) -> None:
    add(store, [tiktok(1), tiktok(2)])
    fed(store)
    store.unannounce([2])
    assert fed(store) == [2]


def test_urgent_jobs_do_not_wait_for_room(store: Store) -> None:
    add(store, [tiktok(1), tiktok(2)], priority=10)
    add(store, [tiktok(3)], priority=9)
    assert fed(store, limit=0) == [1, 2]


def test_no_call_announces_more_than_its_share(store: Store) -> None:
    add(store, [tiktok(number) for number in range(MAX_ROWS + 1)], priority=10)
    assert len(fed(store)) == MAX_ROWS
    assert len(fed(store)) == 1


def test_a_job_that_waits_for_its_retry_is_not_announced(store: Store) -> None:
    add(store, [tiktok(1)])
    store.retry(claimed(store), FailureClass.TRANSIENT, "HTTP 503", delay_s=60)
    assert fed(store) == []


def test_a_retry_whose_time_came_is_announced(store: Store, database: Database) -> None:
    add(store, [tiktok(1)])
    store.retry(claimed(store), FailureClass.TRANSIENT, "HTTP 503", delay_s=60)
    assert store.wake() == 0
    database.execute("update processing_queue set retry_at = now() - interval '1 second'")
    assert store.wake() == 1
    assert fed(store) == [1]


def test_a_retry_is_claimed_only_when_its_time_came(store: Store, database: Database) -> None:
    add(store, [tiktok(1)])
    store.retry(claimed(store), FailureClass.TRANSIENT, "HTTP 503", delay_s=60)
    assert store.claim(Stage.DOWNLOAD, "download1@here") is None
    database.execute("update processing_queue set retry_at = now() - interval '1 second'")
    store.wake()
    assert claimed(store).attempt == 2


def test_more_retries_than_one_call_takes_are_all_woken(store: Store, database: Database) -> None:
    add(store, [tiktok(number) for number in range(MAX_ROWS + 1)])
    database.execute("update processing_queue set retry_at = now() - interval '1 second'")
    assert store.wake() == MAX_ROWS + 1


def test_a_raised_retry_still_waits_for_its_time(store: Store) -> None:
    add(store, [tiktok(1)])
    store.retry(claimed(store), FailureClass.TRANSIENT, "HTTP 503", delay_s=60)
    add(store, [tiktok(1)], priority=10)
    assert fed(store) == []
    assert store.jobs()[0].priority == 10


def test_without_a_card_the_cpu_queue_gets_what_waits_for_one(store: Store) -> None:
    add(store, [file("aa")])
    assert fed(store, Stage.GPU) == []
    assert fed(store, Stage.CPU) == [1]


def test_with_a_card_the_gpu_queue_gets_it(store: Store) -> None:
    gpu_worker_lives(store)
    add(store, [file("aa")])
    assert fed(store, Stage.CPU) == []
    assert fed(store, Stage.GPU) == [1]


def test_with_a_card_the_cpu_queue_still_gets_its_own_lane(store: Store) -> None:
    gpu_worker_lives(store)
    add(store, [file("aa")])
    store.retry(claimed(store, Stage.GPU), FailureClass.CRASHED, "died", delay_s=0, lane=Stage.CPU)
    assert fed(store, Stage.GPU) == []
    assert fed(store, Stage.CPU) == [1]


def test_a_card_whose_worker_went_silent_does_not_count(store: Store, database: Database) -> None:
    gpu_worker_lives(store)
    add(store, [file("aa")])
    database.execute("update worker_status set heartbeat_at = now() - interval '61 seconds'")
    assert fed(store, Stage.GPU) == []
    assert fed(store, Stage.CPU) == [1]


def test_a_card_whose_worker_is_broken_does_not_count(store: Store) -> None:
    store.heartbeat("gpu0@here", "gpu", "broken", "here", 1, {})
    add(store, [file("aa")])
    assert fed(store, Stage.CPU) == [1]


def test_a_running_job_is_not_announced(store: Store) -> None:
    analysing(store)
    assert fed(store, Stage.CPU) == []


def test_a_raised_job_is_announced_again_with_its_new_priority(store: Store) -> None:
    add(store, [tiktok(1)], priority=5)
    fed(store)
    add(store, [tiktok(1)], priority=10)
    assert [(d.job_id, d.priority) for d in store.feed(Stage.DOWNLOAD, 0)] == [(1, 10)]
