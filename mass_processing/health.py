"""Is the system able to do its work, and if not, what is missing?"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import redis

from mass_processing.errors import BackendAway
from mass_processing.records import WorkerRow
from mass_processing.redis_link import connect_redis, what_is_wrong
from mass_processing.settings import Settings
from mass_processing.store import Store

HEALTHY, DEGRADED, DOWN = "healthy", "degraded", "down"


@dataclass(frozen=True, slots=True)
class Health:
    """How the system is."""

    #: "healthy"; "degraded" (it answers, but some work waits); "down" (the database or Redis is away).
    status: str
    #: Sentences with the next step; empty when healthy.
    reasons: tuple[str, ...]


def check_health(get_store: Callable[[], Store], settings: Settings) -> Health:
    """Asks the database, Redis and the workers' heartbeats. Never raises for one of them being away."""
    try:
        workers = get_store().workers()
    except BackendAway as error:
        return Health(DOWN, tuple(part for part in (str(error), why_redis_is_away(settings)) if part))
    if away := why_redis_is_away(settings):
        return Health(DOWN, (away, *missing_workers(workers)))
    missing = missing_workers(workers)
    return Health(DEGRADED if missing else HEALTHY, missing)


def missing_workers(workers: Iterable[WorkerRow]) -> tuple[str, ...]:
    """What keeps videos waiting, one sentence each; empty when both stages have a worker that lives."""
    kinds = {worker.kind for worker in workers if worker.status in ("running", "paused")}
    if not kinds & {"download", "gpu", "cpu"}:
        return ("no worker is alive; start them with ./start_workers.sh",)
    missing = []
    if "download" not in kinds:
        missing.append("no download worker is alive, so links wait; ./start_workers.sh status shows them")
    if not can_analyze(kinds):
        missing.append("no gpu or cpu worker is alive, so no video is analysed; ./start_workers.sh status shows them")
    return tuple(missing)


def can_analyze(kinds: Iterable[str]) -> bool:
    """Whether one of these kinds of workers analyses videos."""
    return not {"gpu", "cpu"}.isdisjoint(kinds)


def why_redis_is_away(settings: Settings) -> str:
    """Empty when Redis answers."""
    client = connect_redis(settings)
    try:
        client.ping()
    except redis.RedisError as error:
        return what_is_wrong(error)
    finally:
        client.close()
    return ""
