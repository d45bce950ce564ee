"""How long does it take to find the next twenty jobs among a million?"""

import time

from benchmarks.backends import Backends
from benchmarks.figures import Figure, milliseconds
from benchmarks.queue.adding import fill
from mass_processing.records import Stage

_FEEDS = 200
_AT_ONCE = 20


def feeding(at: Backends, size: int) -> list[Figure]:
    """Over the pending jobs that are there; then with a tenth of them delayed retries at the top priority."""
    if at.value("select count(*) from public.processing_queue") != size:
        fill(at, size)
    figures = milliseconds(f"feed of {_AT_ONCE} at {size:,} pending", _feeds(at), "<= 10")
    at.database.execute(
        "update public.processing_queue set priority = 10, retry_at = now() + interval '1 day' "
        "where id in (select id from public.processing_queue where dispatched_until is null order by id limit %s)",
        [size // 10],
    )
    figures += milliseconds(f"feed of {_AT_ONCE} beside {size // 10:,} delayed retries", _feeds(at), "<= 10")
    at.database.execute(
        "update public.processing_queue set priority = 5, retry_at = null, dispatched_until = null "
        "where priority = 10 or dispatched_until is not null"
    )
    return figures


def _feeds(at: Backends) -> list[float]:
    """Seconds of each call; every call finds other jobs, since those before are announced."""
    seconds = []
    for _ in range(_FEEDS):
        started = time.perf_counter()
        at.store.feed(Stage.DOWNLOAD, _AT_ONCE)
        seconds.append(time.perf_counter() - started)
    return seconds
