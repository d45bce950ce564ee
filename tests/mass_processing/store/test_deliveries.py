"""When is a webhook's delivery written, who gets it, and what becomes of it?"""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mass_processing.records import FailureClass, JobFilter, Redo
from mass_processing.store import Store
from mass_processing.store.deliveries import Delivery, DeliveryState, Outcome
from mass_processing.store.store import EVERYTHING
from tests.mass_processing.store.acts import Database, add, analysing, claimed, completed, downloaded, tiktok

HERE = "https://here.example/hook"
THERE = "https://there.example/hook"
LEASE = 60.0


@pytest.fixture(autouse=True)
def announced(store: Store) -> None:
    store.deliveries.announce_receivers("system@here", [HERE])


def claim(store: Store, receiver: str = HERE, limit: int = 10) -> list[Delivery]:
    return store.deliveries.claim(receiver, limit, LEASE)


def only(store: Store, receiver: str = HERE) -> Delivery:
    (delivery,) = claim(store, receiver)
    return delivery


def outcome(delivery: Delivery, state: DeliveryState, delay_s: float = 0.0) -> Outcome:
    taken = state is DeliveryState.SENT
    return Outcome(
        delivery.id, delivery.tries, state, 200 if taken else 500, None if taken else "it answered 500", delay_s
    )


def rows(store: Store, **which: Any) -> list[dict[str, Any]]:
    return list(store.deliveries.newest(**which))


def wait_is_over(database: Database) -> None:
    """Whatever waits, or is leased, is due."""
    database.execute("update webhook_deliveries set next_try_at = now() where ended_at is null")


# --- what is written ---
def test_a_completed_video_tells_what_people_need(store: Store) -> None:
    job = completed(store, 1)
    delivery = only(store)
    assert delivery.type == delivery.payload["type"] == "video.completed"
    assert delivery.event_id == delivery.payload["id"]
    assert delivery.payload["data"] == {
        "video_id": "tiktok:1",
        "url": "https://www.tiktok.com/@a/video/1",
        "batch": None,
        "status": "completed",
        "failure_class": None,
        "reason": None,
        "attempts": job.attempt,
        "run": 1,
        "answered_analyzers": 11,
        "total_analyzers": 12,
        "duration_s": 15.0,
        "processing_time_seconds": 6.0,
    }
    created = datetime.fromisoformat(delivery.payload["created"])
    assert abs(datetime.now(UTC) - created) < timedelta(minutes=1)


def test_a_failed_video_tells_why(store: Store) -> None:
    add(store, [tiktok(1)], batch="spring")
    store.fail(claimed(store), FailureClass.AUTH_NEEDED, "it is private")
    data = only(store).payload["data"]
    assert (data["status"], data["failure_class"], data["reason"]) == ("failed", "auth_needed", "it is private")
    assert (data["batch"], data["total_analyzers"]) == ("spring", None)


def test_what_is_no_end_tells_nothing(store: Store) -> None:
    add(store, [tiktok(1)])
    downloaded(store, claimed(store))
    store.release(analysing(store, 2), "shutdown")
    assert claim(store) == []


def test_a_cancelled_video_has_failed(store: Store) -> None:
    add(store, [tiktok(1), tiktok(2)])
    store.cancel(JobFilter(video_ids=("tiktok:2",)))
    delivery = only(store)
    assert (delivery.payload["data"]["video_id"], delivery.type) == ("tiktok:2", "video.failed")


def test_a_video_that_ends_again_is_another_event(store: Store) -> None:
    add(store, [tiktok(1)])
    store.fail(claimed(store), FailureClass.PERMANENT, "gone")
    first = only(store)
    store.requeue(JobFilter())
    store.fail(claimed(store), FailureClass.PERMANENT, "gone")
    second = only(store)
    assert (first.payload["data"]["run"], second.payload["data"]["run"]) == (1, 2)
    assert first.event_id != second.event_id


def test_a_reanalysis_that_is_cancelled_is_completed_with_the_earlier_numbers_and_says_why(store: Store) -> None:
    completed(store, 1)
    claim(store)
    assert store.reanalyze(EVERYTHING, [Redo("text_overlay", "99", ("text_overlay",))]) == 1
    store.cancel(EVERYTHING)
    data = only(store).payload["data"]
    assert (data["status"], data["answered_analyzers"], data["run"]) == ("completed", 11, 2)
    assert "cancelled" in data["reason"]


def test_a_stale_worker_tells_nothing(store: Store) -> None:
    job = analysing(store)
    store.cancel(JobFilter())
    assert [each.type for each in claim(store)] == ["video.failed"]
    assert not store.fail(job, FailureClass.TRANSIENT, "late")
    assert claim(store) == []


def test_the_length_of_what_is_told_is_bounded(store: Store) -> None:
    add(store, [tiktok(1)])
    store.fail(claimed(store), FailureClass.TRANSIENT, "ü" * 1_000_000)
    assert len(only(store).payload["data"]["reason"]) == 1000


def test_an_end_that_is_rolled_back_tells_nothing(store: Store, database: Database) -> None:
    completed(store, 1)
    claim(store)
    with database.transaction(force_rollback=True):
        database.execute("update processing_queue set status = 'processing', ended_at = null")
        database.execute("update processing_queue set status = 'completed', ended_at = now()")
    assert claim(store) == []


# --- to whom ---
def test_without_a_receiver_nothing_is_written(store: Store, database: Database) -> None:
    store.deliveries.announce_receivers("system@here", [])
    completed(store, 1)
    assert database.execute("select from webhook_deliveries").fetchall() == []


def test_every_receiver_gets_the_same_event(store: Store) -> None:
    store.deliveries.announce_receivers("system@here", [HERE, THERE])
    completed(store, 1)
    assert only(store, HERE).event_id == only(store, THERE).event_id


def test_two_systems_that_send_to_one_receiver_make_one_delivery(store: Store) -> None:
    store.deliveries.announce_receivers("system@there", [HERE])
    completed(store, 1)
    assert len(rows(store)) == 1


def test_a_receiver_stays_while_one_system_sends_there(store: Store) -> None:
    store.deliveries.announce_receivers("system@there", [HERE])
    assert store.deliveries.announce_receivers("system@here", []) == 0
    completed(store, 1)
    assert only(store).type == "video.completed"


def test_what_waits_for_a_receiver_that_is_named_no_more_is_given_up(store: Store) -> None:
    completed(store, 1)
    assert store.deliveries.announce_receivers("system@here", [THERE]) == 1
    (row,) = rows(store)
    assert (row["state"], row["receiver"]) == ("given_up", HERE)
    assert row["answer"] == "WEBHOOK_URL does not name its receiver any more"


def test_a_system_that_is_silent_for_a_day_is_forgotten(store: Store, database: Database) -> None:
    database.execute("update webhook_receivers set seen_at = now() - interval '25 hours'")
    store.deliveries.announce_receivers("system@there", [THERE])
    completed(store, 1)
    assert [row["receiver"] for row in rows(store)] == [THERE]


# --- sending ---
def test_a_delivery_is_claimed_once(store: Store) -> None:
    completed(store, 1)
    assert len(claim(store)) == 1
    assert claim(store) == []
    assert rows(store)[0]["state"] == "sending"


def test_one_whose_sender_died_is_due_again_when_its_lease_has_run_out(store: Store, database: Database) -> None:
    completed(store, 1)
    first = only(store)
    wait_is_over(database)
    second = only(store)
    assert (second.event_id, first.tries, second.tries) == (first.event_id, 1, 2)


def test_a_sender_that_comes_late_changes_nothing(store: Store, database: Database) -> None:
    completed(store, 1)
    late = only(store)
    wait_is_over(database)
    again = only(store)
    assert store.deliveries.settle([outcome(late, DeliveryState.GIVEN_UP)]) == 0
    assert store.deliveries.settle([outcome(again, DeliveryState.SENT)]) == 1


def test_what_was_taken_is_sent_and_no_more_due(store: Store, database: Database) -> None:
    completed(store, 1)
    store.deliveries.settle([outcome(only(store), DeliveryState.SENT)])
    (row,) = rows(store)
    assert (row["state"], row["http_status"], row["answer"], row["next_try_at"]) == ("sent", 200, None, None)
    assert claim(store) == []


def test_what_was_not_taken_is_due_after_its_pause(store: Store, database: Database) -> None:
    completed(store, 1)
    store.deliveries.settle([outcome(only(store), DeliveryState.WAITING, delay_s=3600)])
    assert claim(store) == []
    (row,) = rows(store)
    pause = datetime.fromisoformat(row["next_try_at"]) - datetime.now(UTC)
    assert timedelta(minutes=59) < pause <= timedelta(hours=1)
    wait_is_over(database)
    assert only(store).tries == 2


def test_the_longest_due_is_claimed_first(store: Store, database: Database) -> None:
    for number in range(1, 4):
        completed(store, number)
    database.execute(
        "update webhook_deliveries set next_try_at = now() - interval '1 hour' where video_id = 'tiktok:3'"
    )
    (first,) = claim(store, limit=1)
    assert first.payload["data"]["video_id"] == "tiktok:3"


# --- by people ---
def test_a_retry_makes_what_waits_or_was_given_up_due_and_leaves_what_is_being_sent(store: Store) -> None:
    for number in range(1, 4):
        completed(store, number)
    waiting, given_up, sending = claim(store)
    store.deliveries.settle(
        [outcome(waiting, DeliveryState.WAITING, delay_s=3600), outcome(given_up, DeliveryState.GIVEN_UP)]
    )
    assert store.deliveries.retry() == 2
    again = {each.id: each.tries for each in claim(store)}
    assert again == {waiting.id: 2, given_up.id: 1}
    assert sending.id not in again


def test_a_retry_can_name_events(store: Store) -> None:
    completed(store, 1)
    completed(store, 2)
    first, second = claim(store)
    store.deliveries.settle([outcome(each, DeliveryState.GIVEN_UP) for each in (first, second)])
    assert store.deliveries.retry([second.event_id]) == 1
    assert only(store).id == second.id


def test_what_nobody_sends_any_more_can_not_be_retried(store: Store) -> None:
    completed(store, 1)
    store.deliveries.announce_receivers("system@here", [])
    assert store.deliveries.retry() == 0


def test_the_counts_are_of_what_waits_and_of_what_was_given_up(store: Store) -> None:
    for number in range(1, 4):
        completed(store, number)
    sent, given_up, _ = claim(store)
    store.deliveries.settle([outcome(sent, DeliveryState.SENT), outcome(given_up, DeliveryState.GIVEN_UP)])
    counts = store.deliveries.counts()
    assert (counts.waiting, counts.given_up) == (1, 1)


def test_the_list_is_newest_first_and_can_be_narrowed_to_a_state(store: Store) -> None:
    for number in range(1, 4):
        completed(store, number)
    store.deliveries.settle([outcome(claim(store, limit=1)[0], DeliveryState.SENT)])
    assert [row["video_id"] for row in rows(store)] == ["tiktok:3", "tiktok:2", "tiktok:1"]
    assert [row["video_id"] for row in rows(store, limit=2)] == ["tiktok:3", "tiktok:2"]
    assert [row["video_id"] for row in rows(store, state=DeliveryState.SENT)] == ["tiktok:1"]


def test_more_than_500_are_listed_in_pages(store: Store, database: Database) -> None:
    completed(store, 1)
    database.execute(
        "insert into webhook_deliveries (event_id, type, receiver, video_id, payload) "
        "select 'evt_' || n, 'video.completed', 'r', 'v', '{}' from generate_series(1, 1200) as n"
    )
    assert len({row["id"] for row in rows(store, limit=10_000)}) == 1201


def test_cleanup_deletes_what_ended_long_ago_and_keeps_what_waits(store: Store, database: Database) -> None:
    for number in range(1, 4):
        completed(store, number)
    sent, given_up, _ = claim(store)
    store.deliveries.settle([outcome(sent, DeliveryState.SENT), outcome(given_up, DeliveryState.GIVEN_UP)])
    database.execute("update webhook_deliveries set ended_at = now() - interval '8 days' where state = 'sent'")
    store.cleanup(7)
    assert sorted(row["state"] for row in rows(store)) == ["given_up", "sending"]
    store.cleanup(0)
    assert [row["state"] for row in rows(store)] == ["sending"]
