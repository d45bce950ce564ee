"""How does the command line show, retry and test webhooks?"""

import json

import pytest

from mass_processing.settings import settings
from mass_processing.store import Store
from tests.mass_processing.cli.conftest import Cli
from tests.mass_processing.store.acts import HOOK, completed, webhook_given_up
from tests.mass_processing.webhooks.receiver import receiving


def test_the_list_says_what_was_told_to_whom_and_why_not(cli: Cli, store: Store) -> None:
    event = webhook_given_up(store)
    (row,) = cli("webhooks", "list", "--json").document["deliveries"]
    assert (row["event_id"], row["type"], row["video_id"]) == (event, "video.completed", "tiktok:1")
    assert (row["state"], row["tries"], row["http_status"], row["answer"]) == ("given_up", 1, 410, "it answered 410")
    assert cli("webhooks", "list", "--state", "sent", "--json").document == {"deliveries": []}


def test_the_table_shows_no_password(cli: Cli, store: Store) -> None:
    webhook_given_up(store)
    out = cli("webhooks", "list").out
    assert "https://there.example/hook" in out
    assert "pw" not in out
    assert "token" not in out


def test_a_retry_makes_it_due(cli: Cli, store: Store) -> None:
    webhook_given_up(store)
    assert cli("webhooks", "retry", "--json").document == {"retried": 1}
    assert len(store.deliveries.claim(HOOK, 1, 60)) == 1


def test_a_retry_of_an_event_that_is_not_there_fails(cli: Cli, store: Store) -> None:
    webhook_given_up(store)
    said = cli("webhooks", "retry", "evt_unknown")
    assert (said.code, said.err) == (1, "0 deliveries are due now\n")


def test_status_counts_what_waits_and_what_was_given_up(cli: Cli, store: Store) -> None:
    assert cli("status", "--json").document["webhooks"] == {"waiting": 0, "given_up": 0}
    webhook_given_up(store)
    completed(store, 2)
    assert cli("status", "--json").document["webhooks"] == {"waiting": 1, "given_up": 1}
    assert "webhooks:waiting\t1\nwebhooks:given_up\t1\n" in cli("status").out


def test_a_test_is_posted_at_once_and_signed(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    with receiving() as good, receiving() as bad:
        bad.status = 500
        monkeypatch.setenv("WEBHOOK_URL", f"{good.url},{bad.url}")
        monkeypatch.setenv("WEBHOOK_SECRET", "key")
        settings.cache_clear()
        said = cli("webhooks", "test", "--json")
        assert said.code == 1
        assert [each["taken"] for each in said.document["answers"]] == [True, False]
        assert json.loads(good.received[0].body)["type"] == "webhook.test"
        assert "Webhook-Signature" in good.received[0].headers


def test_a_test_without_an_address_says_which_setting_is_missing(cli: Cli) -> None:
    said = cli("webhooks", "test")
    assert said.code == 1
    assert "WEBHOOK_URL is empty" in said.err
