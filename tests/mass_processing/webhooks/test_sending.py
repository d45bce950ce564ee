"""Who sends the webhooks, when is one tried again, and when is it given up?"""

import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from mass_processing.errors import BackendAway
from mass_processing.settings import PROJECT, Settings
from mass_processing.store import Store
from mass_processing.store.deliveries import Delivery, DeliveryState
from mass_processing.store.postgres import PostgresDoor
from mass_processing.webhooks import posting
from mass_processing.webhooks.posting import Answer
from mass_processing.webhooks.sending import MAX_TRIES, Sender, Webhooks, outcome_of, pause_after
from tests.mass_processing.store.acts import Database, completed
from tests.mass_processing.webhooks.conftest import SECRET
from tests.mass_processing.webhooks.receiver import Receiver, receiving, wait_until

OpenSender = Callable[[str], Sender]


def delivery(tries: int) -> Delivery:
    return Delivery(1, "evt_1", "video.completed", {}, tries)


def newest(store: Store) -> dict[str, Any]:
    return next(iter(store.deliveries.newest()))


def due_now(database: Database) -> None:
    database.execute("update webhook_deliveries set next_try_at = now() where ended_at is null")


# --- the decision ---
def test_the_pauses_double_up_to_six_hours() -> None:
    pauses = [pause_after(tries, 0.0, chance=0.5) for tries in range(1, 15)]
    assert pauses[:4] == [10, 20, 40, 80]
    assert pauses[-1] == 6 * 3600
    assert sum(pause_after(tries, 0.0, 0.5) for tries in range(1, MAX_TRIES)) / 86_400 == pytest.approx(2.2, abs=0.4)


def test_a_pause_is_up_to_a_quarter_shorter_or_longer() -> None:
    assert (pause_after(1, 0.0, 0.0), pause_after(1, 0.0, 1.0)) == (7.5, 12.5)


def test_the_receiver_s_own_wish_is_kept_up_to_six_hours() -> None:
    assert (pause_after(1, 120.0, 0.5), pause_after(1, 1e9, 0.5)) == (120.0, 6 * 3600)


def test_it_is_given_up_after_the_last_try_and_not_before() -> None:
    refused = Answer(500, "it answered 500")
    assert outcome_of(delivery(MAX_TRIES - 1), refused, 0.5).state is DeliveryState.WAITING
    last = outcome_of(delivery(MAX_TRIES), refused, 0.5)
    assert (last.state, last.answer) == (DeliveryState.GIVEN_UP, "it answered 500; given up after 20 tries")


def test_one_that_is_gone_is_given_up_at_once() -> None:
    assert outcome_of(delivery(1), Answer(410, "it answered 410"), 0.5).state is DeliveryState.GIVEN_UP


# --- one sender ---
def test_what_is_due_is_posted_and_written_down(store: Store, announced: Receiver, sender: OpenSender) -> None:
    completed(store, 1)
    assert sender(announced.url).send_due() == 1
    (request,) = announced.received
    assert b'"video_id":"tiktok:1"' in request.body
    assert (newest(store)["state"], newest(store)["http_status"]) == ("sent", 200)


def test_every_try_has_the_same_id_and_a_signature_of_its_own(
    store: Store, announced: Receiver, sender: OpenSender, database: Database
) -> None:
    announced.status = 500
    completed(store, 1)
    for _ in range(2):
        sender(announced.url).send_due()
        due_now(database)
    first, second = announced.received
    assert first.headers["Webhook-Id"] == second.headers["Webhook-Id"] == newest(store)["event_id"]
    assert newest(store)["tries"] == 2


def test_one_that_is_back_gets_what_it_missed(
    store: Store, announced: Receiver, sender: OpenSender, database: Database
) -> None:
    announced.status = 503
    completed(store, 1)
    sender(announced.url).send_due()
    assert (newest(store)["state"], newest(store)["answer"]) == ("waiting", "it answered 503")
    assert sender(announced.url).send_due() == 0  # its pause is not over
    announced.status = 200
    due_now(database)
    sender(announced.url).send_due()
    assert newest(store)["state"] == "sent"


def test_what_was_given_up_is_kept_with_its_reason(
    store: Store, announced: Receiver, sender: OpenSender, database: Database
) -> None:
    announced.status = 500
    completed(store, 1)
    database.execute("update webhook_deliveries set tries = 19")
    sender(announced.url).send_due()
    assert (newest(store)["state"], newest(store)["answer"]) == ("given_up", "it answered 500; given up after 20 tries")


def test_several_senders_at_once_send_each_event_once(store: Store, announced: Receiver, sender: OpenSender) -> None:
    for number in range(1, 41):
        completed(store, number)
    senders = [sender(announced.url) for _ in range(4)]

    def until_none(each: Sender) -> None:
        while each.send_due():
            pass

    threads = [threading.Thread(target=until_none, args=(each,)) for each in senders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ids = [request.headers["Webhook-Id"] for request in announced.received]
    assert (len(ids), len(set(ids))) == (40, 40)


def test_what_a_killed_sender_had_is_sent_again_with_the_same_id(
    store: Store, announced: Receiver, sender: OpenSender, database: Database, database_url: str
) -> None:
    """Killed while the receiver has the request and before it was written down."""
    announced.hangs.set()
    completed(store, 1)
    code = """if True:
        import sys
        from mass_processing.settings import Settings
        from mass_processing.store import open_store
        from mass_processing.webhooks.sending import Sender

        knobs = Settings(database_url=sys.argv[1])
        Sender(open_store(knobs).deliveries, sys.argv[2], knobs).send_due()
    """
    process = subprocess.Popen([sys.executable, "-c", code, database_url, announced.url], cwd=PROJECT)
    announced.wait_for(1)
    os.kill(process.pid, signal.SIGKILL)
    process.wait(30)
    announced.hangs.clear()
    assert newest(store)["state"] == "sending"

    due_now(database)  # as when its lease has run out
    assert sender(announced.url).send_due() == 1
    first, second = announced.received
    assert first.headers["Webhook-Id"] == second.headers["Webhook-Id"]
    assert newest(store)["state"] == "sent"


def test_what_was_posted_while_the_database_went_away_is_written_down_and_not_posted_again(
    store: Store, announced: Receiver, backend_settings: Settings, database_url: str
) -> None:
    class AwayAtFirst(PostgresDoor):
        """A door to a database that is away when the first sending is to be written down."""

        away = True

        def call(self, function: str, /, **arguments: Any) -> list[dict[str, Any]]:
            if function == "settle_deliveries" and self.away:
                self.away = False
                raise BackendAway("the database went away")
            return super().call(function, **arguments)

    completed(store, 1)
    door = AwayAtFirst(database_url)
    with Sender(Store(door).deliveries, announced.url, backend_settings) as sender:
        with pytest.raises(BackendAway):
            sender.send_due()
        assert newest(store)["state"] == "sending"
        assert sender.send_due() == 0
    door.close()
    assert (newest(store)["state"], len(announced.received)) == ("sent", 1)


def test_the_log_names_neither_the_secret_nor_the_path(
    store: Store, announced: Receiver, sender: OpenSender, caplog: pytest.LogCaptureFixture
) -> None:
    announced.status = 500
    completed(store, 1)
    with caplog.at_level(logging.DEBUG):
        sender(announced.url).send_due()
    assert "1 of 1 webhooks to 127.0.0.1 were not taken, 0 are given up: it answered 500" in caplog.text
    assert SECRET not in caplog.text
    assert "/hook" not in "".join(record.getMessage() for record in caplog.records if record.name.startswith("mass_"))


# --- all of them ---
def test_a_receiver_that_hangs_holds_up_no_other(store: Store, backend_settings: Settings) -> None:
    with receiving() as hanging, receiving() as quick:
        hanging.hangs.set()
        webhooks = Webhooks(store, replace(backend_settings, webhook_url=(hanging.url, quick.url)))
        webhooks.start()
        try:
            store.deliveries.announce_receivers("tests", [hanging.url, quick.url])
            for number in range(1, 4):
                completed(store, number)
            quick.wait_for(3)
            assert {row["state"] for row in store.deliveries.newest() if row["receiver"] == hanging.url} <= {
                "waiting",
                "sending",
            }
        finally:
            webhooks.stop()
            hanging.hangs.clear()
            webhooks.stop(30)


def test_starting_switches_webhooks_on_and_starting_without_an_address_switches_them_off(
    store: Store, backend_settings: Settings, receiver: Receiver, database: Database
) -> None:
    def urls() -> list[str]:
        return [row["url"] for row in database.execute("select url from webhook_receivers").fetchall()]

    on = Webhooks(store, replace(backend_settings, webhook_url=(receiver.url,)))
    on.start()
    wait_until(lambda: urls() == [receiver.url])
    on.stop(30)
    completed(store, 1)  # noted while nobody sends

    again = Webhooks(store, replace(backend_settings, webhook_url=(receiver.url,)))
    again.start()
    receiver.wait_for(1)
    again.stop(30)

    off = Webhooks(store, backend_settings)
    off.start()
    wait_until(lambda: urls() == [])
    off.stop(30)


def test_the_limit_of_a_try_is_well_within_the_lease() -> None:
    from mass_processing.webhooks import sending

    assert posting.SECONDS_PER_TRY * 3 <= sending._LEASE
