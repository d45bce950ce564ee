from typing import Any

import pytest

from mass_processing.pauses import Pause, paused_ways_out, present_pauses
from mass_processing.records import WorkerRow

DOWNLOADS = {"what": "downloads", "why": "the disk is full"}


def row(worker_id: str, status: str, **details: Any) -> WorkerRow:
    return WorkerRow(worker_id, worker_id.split("1")[0], status, "host", 1, 1.0, (), details)


def test_what_two_workers_say_is_said_once() -> None:
    workers = [row("system1@host", "running", pauses=[DOWNLOADS]), row("download1@host", "running", pauses=[DOWNLOADS])]
    assert present_pauses(workers) == [Pause("downloads", "the disk is full")]


def test_a_worker_that_pauses_is_named_with_its_reason() -> None:
    (pause,) = present_pauses([row("cpu1@host", "paused", pause="no space left")])
    assert str(pause) == "cpu1@host pauses: no space left"


@pytest.mark.parametrize("status", ["stopped", "silent"])
def test_the_last_words_of_a_dead_worker_do_not_count(status: str) -> None:
    assert present_pauses([row("system1@host", status, pauses=[DOWNLOADS], pause="no space left")]) == []


def test_a_paused_proxy_is_named_without_its_password() -> None:
    ways = ["http://user:secret@10.0.0.1:8080", "http://10.0.0.2:8080"]
    (pause,) = paused_ways_out(ways, lambda way: 30.0 if "secret" in way else 0.0)
    assert pause == Pause("downloads through 10.0.0.1:8080", "TikTok asked us to slow down; they go on in about 30 s")


def test_without_proxies_the_direct_way_is_asked_for() -> None:
    (pause,) = paused_ways_out((), {"direct": 12.0}.__getitem__)
    assert pause.what == "downloads"
