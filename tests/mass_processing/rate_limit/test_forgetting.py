"""Is the pace kept when Redis forgets, has its clock changed, or is away?"""

import time
from pathlib import Path

import redis

from mass_processing.rate_limit import Permit
from tests.mass_processing.rate_limit.acts import EGRESS, Host, ask, key, taken


def test_after_flushall_the_same_host_keeps_the_gap(host: Host, client: "redis.Redis", tmp_path: Path) -> None:
    with taken(host(on=tmp_path, download_min_delay="0")) as permit:
        ask(permit)
    client.flushall()
    assert host(on=tmp_path, download_min_delay="30").acquire(EGRESS, "w", 0) is None
    # It did not even ask: its own book says no.
    assert client.keys("*") == []


def test_after_flushall_another_host_waits_one_gap(host: Host) -> None:
    assert host(download_min_delay="30").acquire(EGRESS, "w", 0.05) is None


def test_after_a_restart_of_redis_another_host_waits_one_gap(host: Host, client: "redis.Redis") -> None:
    """A Redis that comes back may have lost its last second."""
    pace = host(download_min_delay="1")
    taken(pace).release()
    client.hset(key(client, "state"), "run", "another process")
    assert pace.acquire(EGRESS, "w", 0) is None
    assert pace.acquire(EGRESS, "w", 5) is not None


def test_a_clock_that_went_back_does_not_stop_downloads(host: Host, client: "redis.Redis") -> None:
    pace = host(downloads_per_minute="1")
    taken(pace).release()
    in_an_hour = int(time.time() * 1000) + 3_600_000
    client.zadd(key(client, "starts"), {"a": in_an_hour})
    assert pace.acquire(EGRESS, "w", 3) is not None


def test_after_a_clock_that_went_back_one_gap_is_waited(host: Host, client: "redis.Redis") -> None:
    pace = host(download_min_delay="1")
    taken(pace).release()
    client.zadd(key(client, "starts"), {"a": int(time.time() * 1000) + 3_600_000})
    assert pace.acquire(EGRESS, "w", 0) is None


def test_a_slot_from_a_future_clock_ends_within_one_lease(host: Host, client: "redis.Redis") -> None:
    pace = host(download_concurrency="1", lease_seconds="60")
    taken(pace).release()
    in_a_year = int(time.time() * 1000) + 365 * 86_400_000
    slots = key(client, "slots")
    client.zadd(slots, {"a": in_a_year})
    client.zadd(key(client, "starts"), {"a": in_a_year})
    assert pace.acquire(EGRESS, "w", 0) is None
    assert (client.zscore(slots, "a") or 0) <= time.time() * 1000 + 61_000


def test_without_redis_a_download_may_still_start(host: Host, away: "redis.Redis") -> None:
    with taken(host(through=away, downloads_per_minute="60000")) as permit:
        ask(permit)


def test_without_redis_one_runs_at_a_time(host: Host, away: "redis.Redis", tmp_path: Path) -> None:
    one, other = (host(on=tmp_path, through=away, downloads_per_minute="60000") for _ in range(2))
    held = taken(one)
    assert other.acquire(EGRESS, "w", 0.3) is None
    held.release()
    assert other.acquire(EGRESS, "w", 2) is not None


def test_without_redis_nothing_starts_beside_a_download_that_redis_allowed(
    host: Host, away: "redis.Redis", tmp_path: Path
) -> None:
    with taken(host(on=tmp_path)):
        assert host(on=tmp_path, through=away, downloads_per_minute="60000").acquire(EGRESS, "w", 0.3) is None


def test_without_redis_a_fresh_process_waits_as_if_others_had_just_started(host: Host, away: "redis.Redis") -> None:
    assert host(through=away, download_min_delay="30").acquire(EGRESS, "w", 0.2) is None


def test_without_redis_turns_are_slower_than_the_gap(host: Host, away: "redis.Redis") -> None:
    with taken(host(through=away, download_min_delay="0.2", downloads_per_minute="60000")) as permit:
        first, second = ask(permit), ask(permit)
    assert second - first >= 0.4


def test_a_redis_lost_between_permit_and_turn_still_keeps_the_gap(
    host: Host, client: "redis.Redis", away: "redis.Redis", tmp_path: Path
) -> None:
    with taken(host(on=tmp_path, download_min_delay="0.3")) as permit:
        first = ask(permit)
        lonely = host(on=tmp_path, through=away, download_min_delay="0.3", downloads_per_minute="60000")
        second = ask(Permit(lonely, EGRESS, "w:1", permit._slot, alone=False))
    assert second - first >= 0.6


def test_a_slot_that_could_not_be_given_back_is_given_back_later(host: Host, client: "redis.Redis") -> None:
    permit = taken(host())
    client.rename(key(client, "slots"), "aside")
    client.set(key(client, "slots"), "no set: every command about it fails")
    permit.release()
    client.rename("aside", key(client, "slots"))
    assert client.zcard(key(client, "slots")) == 1
    give_up = time.monotonic() + 10
    while client.exists(key(client, "slots")) and time.monotonic() < give_up:
        time.sleep(0.05)
    assert not client.exists(key(client, "slots"))


def test_without_redis_a_pause_still_holds_this_host(host: Host, away: "redis.Redis") -> None:
    pace = host(through=away, downloads_per_minute="60000")
    with taken(pace) as permit:
        permit.refused("a", 20)
    assert pace.acquire(EGRESS, "w", 0.1) is None
    assert pace.paused_for(EGRESS) > 15
