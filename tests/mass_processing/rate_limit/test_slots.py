"""Do no more downloads run at once than allowed, and does a slot end with its process?"""

import multiprocessing
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
import redis

from mass_processing.errors import Stopping
from mass_processing.rate_limit import Pace, Permit
from mass_processing.redis_link import connect_redis
from mass_processing.settings import Settings
from tests.mass_processing.rate_limit.acts import EGRESS, Host, ask, key, taken


def test_a_permit_is_granted(host: Host) -> None:
    assert isinstance(host().acquire(EGRESS, "w", 5), Permit)


def test_no_more_run_at_once_than_allowed(host: Host) -> None:
    paces = [host() for _ in range(3)]
    held = [pace.acquire(EGRESS, "w", 0.5) for pace in paces]
    assert [permit is not None for permit in held] == [True, True, False]


def test_a_released_slot_is_free_at_once(host: Host) -> None:
    one, other = (host(download_concurrency="1") for _ in range(2))
    first = taken(one)
    assert other.acquire(EGRESS, "w", 0.1) is None
    first.release()
    assert other.acquire(EGRESS, "w", 1) is not None


def test_the_slot_of_a_dead_host_is_free_within_a_lease(host: Host, client: "redis.Redis") -> None:
    pace = host(download_concurrency="1", lease_seconds="3")
    taken(pace).release()
    client.zadd(key(client, "slots"), {"dead": int(time.time() * 1000) + 3000})
    assert pace.acquire(EGRESS, "w", 0.5) is None
    assert pace.acquire(EGRESS, "w", 8) is not None


def _hold(settings: Settings, taken_now: "multiprocessing.synchronize.Event") -> None:
    Pace(connect_redis(settings), settings).acquire(EGRESS, "killed", 30)
    taken_now.set()
    time.sleep(60)


def test_the_slot_of_a_killed_process_is_free_at_once_on_its_machine(
    host: Host, client: "redis.Redis", redis_url: str, tmp_path: Path
) -> None:
    values = {"DOWNLOAD_CONCURRENCY": "1", "DOWNLOAD_MIN_DELAY": "0.02", "LEASE_SECONDS": "600"}
    settings = Settings.read({"REDIS_URL": redis_url, "VAR_DIR": str(tmp_path), **values})
    spawn = multiprocessing.get_context("spawn")
    taken_now = spawn.Event()
    killed = spawn.Process(target=_hold, args=(settings, taken_now))
    killed.start()
    assert taken_now.wait(30)
    survivor = host(on=tmp_path, **values)
    assert survivor.acquire(EGRESS, "w", 0.5) is None
    killed.kill()
    killed.join()
    taken(survivor).release()
    assert client.zcard(key(client, "slots")) == 0


def test_a_download_keeps_its_slot_however_long_it_runs(host: Host) -> None:
    one, other = (host(download_concurrency="1", lease_seconds="2") for _ in range(2))
    with taken(one) as permit:
        assert other.acquire(EGRESS, "w", 3) is None
        assert permit.lost is False


def test_releasing_twice_frees_one_slot(host: Host, client: "redis.Redis") -> None:
    one, other = host(), host()
    with ExitStack() as held:
        first = taken(one)
        held.enter_context(taken(other))
        first.release()
        first.release()
        assert client.zcard(key(client, "slots")) == 1


def test_a_download_whose_slot_went_to_others_gets_to_know(host: Host, client: "redis.Redis") -> None:
    with taken(host(download_concurrency="1")) as zombie:
        future = int(time.time() * 1000) + 60_000
        client.zrem(key(client, "slots"), zombie.token)
        client.zadd(key(client, "slots"), {"another": future})
        give_up = time.monotonic() + 10
        while not zombie.lost and time.monotonic() < give_up:
            time.sleep(0.02)
        assert zombie.lost


def test_a_download_whose_slot_went_to_others_asks_nothing_more(host: Host, client: "redis.Redis") -> None:
    with taken(host(download_concurrency="1")) as zombie:
        client.zadd(key(client, "slots"), {"another": int(time.time() * 1000) + 60_000})
        client.zrem(key(client, "slots"), zombie.token)
        with pytest.raises(Stopping, match="lost"):
            ask(zombie)


def test_after_flushall_a_running_download_has_its_slot_again(host: Host, client: "redis.Redis") -> None:
    one, other = (host(download_concurrency="1", download_min_delay="2") for _ in range(2))
    with taken(one) as permit:
        client.flushall()
        assert other.acquire(EGRESS, "w", 3) is None
        assert permit.lost is False


def test_each_way_out_has_its_own_pace(host: Host) -> None:
    pace = host(download_concurrency="1")
    assert pace.acquire("http://one:1", "w", 1) is not None
    assert pace.acquire("http://other:1", "w", 1) is not None


def test_no_password_of_a_proxy_is_in_redis_or_on_the_disk(host: Host, client: "redis.Redis", tmp_path: Path) -> None:
    host(on=tmp_path).acquire("http://me:hunter2@proxy:1", "w", 1)
    assert not any(b"hunter2" in name for name in client.keys("*"))
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files
    assert not any("hunter2" in path.name or "hunter2" in path.read_text() for path in files)
