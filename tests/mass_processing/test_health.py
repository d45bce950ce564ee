import pytest

from mass_processing.errors import BackendAway
from mass_processing.health import DEGRADED, DOWN, HEALTHY, check_health, missing_workers
from mass_processing.records import WorkerRow
from mass_processing.settings import Settings
from mass_processing.store import Store


def worker(kind: str, status: str = "running") -> WorkerRow:
    return WorkerRow(f"{kind}1@host", kind, status, "host", 1, 1.0, (), {})


@pytest.mark.parametrize(
    ("workers", "reasons"),
    [
        pytest.param(["download", "cpu"], [], id="downloads and analyses on the CPU"),
        pytest.param(["download", "gpu"], [], id="downloads and analyses on a card"),
        pytest.param([], ["no worker is alive"], id="nobody"),
        pytest.param(["system"], ["no worker is alive"], id="only the monitor"),
        pytest.param(["cpu"], ["no download worker"], id="no downloads"),
        pytest.param(["download"], ["no gpu or cpu worker"], id="no analyses"),
    ],
)
def test_what_is_missing_is_named(workers: list[str], reasons: list[str]) -> None:
    found = missing_workers([worker(kind) for kind in workers])

    assert [reason.startswith(start) for reason, start in zip(found, reasons, strict=True)] == [True] * len(reasons)


@pytest.mark.parametrize("status", ["silent", "stopped", "draining", "broken"])
def test_a_worker_that_takes_nothing_more_does_not_count(status: str) -> None:
    assert missing_workers([worker("download", status), worker("cpu", status)])


def test_a_worker_that_pauses_lives() -> None:
    assert missing_workers([worker("download", "paused"), worker("cpu")]) == ()


def test_with_everything_there_it_is_healthy(store: Store, redis_url: str) -> None:
    for kind in ("download", "cpu"):
        store.heartbeat(f"{kind}1@host", kind, "running", "host", 1, {})

    health = check_health(lambda: store, Settings(redis_url=redis_url))

    assert (health.status, health.reasons) == (HEALTHY, ())


def test_without_workers_it_is_degraded(store: Store, redis_url: str) -> None:
    assert check_health(lambda: store, Settings(redis_url=redis_url)).status == DEGRADED


def test_everything_that_is_away_is_named(store: Store) -> None:
    def away() -> Store:
        raise BackendAway("the database is away")

    health = check_health(away, Settings(redis_url="redis://127.0.0.1:1/0"))

    assert health.status == DOWN
    assert health.reasons[0] == "the database is away"
    assert health.reasons[1].startswith("Redis can't be reached")
