"""Does the site never see two requests too close, or too many in a minute?"""

import threading
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
import redis

from mass_processing.errors import Stopping
from mass_processing.rate_limit import Pace
from tests.mass_processing.rate_limit.acts import EGRESS, Host, ask, go_on, taken


def race(paces: list[Pace], rounds: int, on_the_way: Callable[[int], float]) -> list[float]:
    """When the site saw each request, when every pace downloads so many times; `on_the_way`: seconds of the nth."""
    seen: list[float] = []

    def work(pace: Pace) -> None:
        for _ in range(rounds):
            with taken(pace, 30) as permit, permit.turn(go_on):
                time.sleep(on_the_way(len(seen)))
                seen.append(time.monotonic())

    workers = [threading.Thread(target=work, args=(pace,)) for pace in paces]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return sorted(seen)


def test_two_requests_are_never_closer_than_the_gap(host: Host) -> None:
    paces = [host(download_min_delay="0.1", download_concurrency="4") for _ in range(4)]
    seen = race(paces, 4, lambda _: 0.0)
    assert len(seen) == 16
    assert min(later - earlier for earlier, later in pairwise(seen)) >= 0.1


def test_a_request_that_takes_a_second_to_leave_keeps_its_distance(host: Host) -> None:
    """As on a machine under load: every other request leaves late."""
    paces = [host(download_min_delay="0.2", download_concurrency="4") for _ in range(3)]
    seen = race(paces, 2, lambda number: 1.0 if number % 2 == 0 else 0.0)
    assert min(later - earlier for earlier, later in pairwise(seen)) >= 0.2


def test_the_processes_of_one_host_keep_the_gap_too(host: Host, tmp_path: Path) -> None:
    paces = [host(on=tmp_path, download_min_delay="0.1", download_concurrency="4") for _ in range(3)]
    assert min(later - earlier for earlier, later in pairwise(race(paces, 3, lambda _: 0.0))) >= 0.1


def test_an_answer_that_takes_long_holds_nobody_beyond_the_gap(host: Host, client: "redis.Redis") -> None:
    """curl says when the request left: four seconds ago."""
    one, other = (host(download_min_delay="3") for _ in range(2))
    with taken(one) as permit:
        with permit.turn(go_on) as asked:
            asked.answered_in = 4.0
        assert other.acquire(EGRESS, "w", 0) is not None


def test_a_second_page_of_the_same_download_has_its_own_turn(host: Host) -> None:
    with taken(host(download_min_delay="0.2")) as permit:
        first, second = ask(permit), ask(permit)
    assert second - first >= 0.2
    assert permit.turns == 2


def test_a_permit_alone_starts_nothing(host: Host) -> None:
    """A job may turn out to be gone once it may run."""
    pace = host(download_min_delay="1")
    taken(pace).release()
    assert pace.acquire(EGRESS, "w", 0) is not None


def test_no_minute_has_more_starts_than_allowed(host: Host) -> None:
    paces = [host(download_min_delay="0", downloads_per_minute="3") for _ in range(2)]
    asked = 0
    for pace in paces * 3:
        if permit := pace.acquire(EGRESS, "w", 0.1):
            with permit:
                ask(permit)
            asked += 1
    assert asked == 3


def test_who_waits_for_a_turn_is_told_to_stop(host: Host) -> None:
    stopped = threading.Event()

    def look() -> None:
        if stopped.is_set():
            raise Stopping("stopped")

    with taken(host(downloads_per_minute="1")) as permit:
        ask(permit)
        threading.Timer(0.3, stopped.set).start()
        with pytest.raises(Stopping, match="stopped"), permit.turn(look):
            pass


def test_a_killed_asker_delays_the_others_by_seconds_only(host: Host) -> None:
    one, other = host(), host()
    permit = taken(one)
    unfinished = permit.turn(go_on)
    unfinished.__enter__()
    assert other.acquire(EGRESS, "w", 0.1) is None
    assert other.acquire(EGRESS, "w", 5) is not None
