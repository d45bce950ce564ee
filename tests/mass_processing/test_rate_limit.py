"""Do all workers together keep the pace, whatever happens to Redis?"""

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import pairwise

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from mass_processing.rate_limit import FIRST_PAUSE, LONGEST_PAUSE, Pace, Permit
from mass_processing.redis_link import connect_redis
from mass_processing.settings import Settings

EGRESS = "direct"


@pytest.fixture
def client(redis_url: str) -> Iterator["redis.Redis"]:
    """A real, empty Redis."""
    with connect_redis(Settings.read({"REDIS_URL": redis_url})) as connection:
        yield connection


def knobs(**values: str) -> Settings:
    names = {"DOWNLOAD_MIN_DELAY": "0.02", "DOWNLOADS_PER_MINUTE": "1000", "DOWNLOAD_CONCURRENCY": "2"}
    return Settings.read({**names, **{name.upper(): value for name, value in values.items()}})


def key(client: "redis.Redis", part: str) -> bytes:
    (found,) = client.keys(f"pace:*:{part}")
    return bytes(found)


def warm(pace: Pace) -> None:
    """The very first start waits one gap."""
    permit = pace.acquire(EGRESS, "w", 5)
    assert permit is not None
    permit.release()


def test_a_permit_is_granted(client: "redis.Redis") -> None:
    assert isinstance(Pace(client, knobs()).acquire(EGRESS, "w", 5), Permit)


def test_two_starts_are_never_closer_than_the_gap(client: "redis.Redis") -> None:
    """Four workers, each with a memory of its own, as in four processes."""
    settings = knobs(download_min_delay="0.05", download_concurrency="8")
    starts: list[int] = []

    def work() -> None:
        pace = Pace(client, settings)
        for _ in range(4):
            with pace.acquire(EGRESS, "w", 20) or pytest.fail("no permit"):
                starts.append(int(client.hget(key(client, "state"), "last") or 0))

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    distinct = sorted(set(starts))
    assert len(starts) == 16
    assert all(later - earlier >= 50 for earlier, later in pairwise(distinct))


def test_no_minute_has_more_starts_than_allowed(client: "redis.Redis") -> None:
    settings = knobs(download_min_delay="0", downloads_per_minute="3")
    paces = [Pace(client, settings) for _ in range(2)]
    granted = 0
    for pace in paces * 3:
        permit = pace.acquire(EGRESS, "w", 0.1)
        granted += permit is not None
        if permit:
            permit.release()
    assert granted == 3


def test_no_more_run_at_once_than_allowed(client: "redis.Redis") -> None:
    paces = [Pace(client, knobs()) for _ in range(3)]
    warm(paces[0])
    held = [pace.acquire(EGRESS, "w", 0.5) for pace in paces]
    assert [permit is not None for permit in held] == [True, True, False]


def test_a_released_slot_is_free_at_once(client: "redis.Redis") -> None:
    one, other = (Pace(client, knobs(download_concurrency="1")) for _ in range(2))
    warm(one)
    first = one.acquire(EGRESS, "w", 1)
    assert first is not None
    assert other.acquire(EGRESS, "w", 0.1) is None
    first.release()
    assert other.acquire(EGRESS, "w", 1) is not None


def test_the_slot_of_a_dead_worker_is_freed_by_its_lease(client: "redis.Redis") -> None:
    pace = Pace(client, knobs(download_concurrency="1"))
    assert pace.acquire(EGRESS, "w", 1) is not None
    slots = key(client, "slots")
    (token,) = client.zrange(slots, 0, -1)
    client.zadd(slots, {token: 1})
    assert pace.acquire(EGRESS, "w", 1) is not None


def test_releasing_twice_frees_one_slot(client: "redis.Redis") -> None:
    pace = Pace(client, knobs())
    with ExitStack() as held:
        first, second = (pace.acquire(EGRESS, "w", 5) for _ in range(2))
        assert first is not None
        assert second is not None
        held.enter_context(second)
        first.release()
        first.release()
        assert client.zcard(key(client, "slots")) == 1


def test_each_way_out_has_its_own_pace(client: "redis.Redis") -> None:
    pace = Pace(client, knobs(download_concurrency="1"))
    assert pace.acquire("http://one:1", "w", 1) is not None
    assert pace.acquire("http://other:1", "w", 1) is not None


def test_no_password_of_a_proxy_is_in_redis(client: "redis.Redis") -> None:
    Pace(client, knobs()).acquire("http://me:hunter2@proxy:1", "w", 1)
    assert not any(b"hunter2" in name for name in client.keys("*"))


def test_after_flushall_the_same_process_still_keeps_the_gap(client: "redis.Redis") -> None:
    pace = Pace(client, knobs(download_min_delay="30"))
    assert pace.acquire(EGRESS, "w", 0) is None
    client.hset(key(client, "state"), "last", 1)
    assert pace.acquire(EGRESS, "w", 0) is not None
    client.flushall()
    assert pace.acquire(EGRESS, "w", 0) is None
    # It did not even ask: its own clock says no.
    assert client.keys("*") == []


def test_after_flushall_another_process_waits_one_gap(client: "redis.Redis") -> None:
    settings = knobs(download_min_delay="30")
    assert Pace(client, settings).acquire(EGRESS, "w", 0.05) is None


def test_a_clock_that_went_back_does_not_stop_downloads(client: "redis.Redis") -> None:
    pace = Pace(client, knobs(downloads_per_minute="1"))
    warm(Pace(client, knobs(downloads_per_minute="1")))
    in_an_hour = int(time.time() * 1000) + 3_600_000
    client.hset(key(client, "state"), mapping={"last": in_an_hour, "blocked": 0})
    client.delete(key(client, "starts"))
    client.lpush(b"pace:" + key(client, "state").split(b":")[1] + b":starts", in_an_hour)
    assert pace.acquire(EGRESS, "w", 2) is not None


def test_a_slot_from_a_future_clock_ends_within_one_lease(client: "redis.Redis") -> None:
    settings = knobs(download_concurrency="1")
    pace = Pace(client, settings)
    assert pace.acquire(EGRESS, "w", 1) is not None
    in_a_year = int(time.time() * 1000) + 365 * 86_400_000
    (token,) = client.zrange(key(client, "slots"), 0, -1)
    client.zadd(key(client, "slots"), {token: in_a_year})
    client.hset(key(client, "state"), "last", in_a_year)
    time.sleep(0.05)
    assert pace.acquire(EGRESS, "w", 0) is None
    ends = client.zscore(key(client, "slots"), token)
    assert ends is not None
    assert ends <= time.time() * 1000 + (settings.download_time_limit + 60) * 1000 + 1000


def test_a_pause_holds_everybody(client: "redis.Redis") -> None:
    one, other = (Pace(client, knobs()) for _ in range(2))
    warm(one)
    one.pause(EGRESS, 20)
    assert other.acquire(EGRESS, "w", 0.2) is None


def test_a_pause_lasts_as_long_as_the_site_asked(client: "redis.Redis") -> None:
    assert Pace(client, knobs()).pause(EGRESS, 7) == pytest.approx(7, abs=0.1)


def test_a_pause_of_another_process_is_seen(client: "redis.Redis") -> None:
    Pace(client, knobs()).pause(EGRESS, 20)
    assert 15 < Pace(client, knobs()).paused_for(EGRESS) <= 20


def test_what_is_not_paused_waits_zero_seconds(client: "redis.Redis") -> None:
    assert Pace(client, knobs()).paused_for(EGRESS) == 0.0


def test_pauses_in_a_row_double_up_to_the_longest(client: "redis.Redis") -> None:
    pauses = []
    for _ in range(9):
        pauses.append(round(Pace(client, knobs()).pause(EGRESS)))
        client.hset(key(client, "state"), "blocked", 1)
    assert pauses == [min(FIRST_PAUSE * 2**n, LONGEST_PAUSE) for n in range(9)]


def test_downloads_that_were_running_when_the_pause_began_count_once(client: "redis.Redis") -> None:
    pace = Pace(client, knobs())
    pace.pause(EGRESS)
    assert pace.pause(EGRESS) == pytest.approx(FIRST_PAUSE, abs=1)


def test_after_a_pause_one_at_a_time_tries(client: "redis.Redis") -> None:
    Pace(client, knobs()).pause(EGRESS)
    client.hset(key(client, "state"), "blocked", 1)
    one, other = (Pace(client, knobs()) for _ in range(2))
    assert one.acquire(EGRESS, "w", 1) is not None
    assert other.acquire(EGRESS, "w", 0.3) is None


def test_a_good_try_after_a_pause_opens_the_way_again(client: "redis.Redis") -> None:
    Pace(client, knobs()).pause(EGRESS)
    client.hset(key(client, "state"), "blocked", 1)
    pace = Pace(client, knobs())
    warm(pace)
    assert pace.acquire(EGRESS, "w", 1) is not None
    assert pace.acquire(EGRESS, "w", 1) is not None


def test_a_download_from_before_the_pause_does_not_open_the_way(client: "redis.Redis") -> None:
    pace = Pace(client, knobs())
    early = pace.acquire(EGRESS, "w", 1)
    assert early is not None
    pace.pause(EGRESS)
    early.release()
    assert int(client.hget(key(client, "state"), "level") or 0) == 1


@pytest.fixture
def away() -> Iterator["redis.Redis"]:
    with redis.Redis(unix_socket_path="/nowhere/redis.sock", retry=Retry(NoBackoff(), 0)) as connection:
        yield connection


def test_without_redis_a_download_may_still_start(away: "redis.Redis") -> None:
    assert Pace(away, knobs(downloads_per_minute="60000")).acquire(EGRESS, "w", 2) is not None


def test_without_redis_one_runs_at_a_time(away: "redis.Redis") -> None:
    pace = Pace(away, knobs(downloads_per_minute="60000", download_min_delay="0"))
    held = pace.acquire(EGRESS, "w", 2)
    assert held is not None
    assert pace.acquire(EGRESS, "w", 0.3) is None
    held.release()
    assert pace.acquire(EGRESS, "w", 2) is not None


def test_without_redis_a_fresh_process_waits_as_if_others_had_just_started(away: "redis.Redis") -> None:
    assert Pace(away, knobs(download_min_delay="30")).acquire(EGRESS, "w", 0.2) is None


def test_without_redis_a_pause_still_holds_this_process(away: "redis.Redis", caplog: pytest.LogCaptureFixture) -> None:
    pace = Pace(away, knobs(downloads_per_minute="60000"))
    pace.pause(EGRESS, 20)
    assert pace.acquire(EGRESS, "w", 0.1) is None
    assert pace.paused_for(EGRESS) > 15
