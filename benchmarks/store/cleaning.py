"""Does the queue go on while a hundred thousand rows are deleted?"""

import time
from concurrent.futures import ThreadPoolExecutor

import psycopg

from benchmarks.backends import Backends
from benchmarks.figures import Figure, milliseconds
from mass_processing.embedded import postgres_dsn
from mass_processing.records import Stage

_PAUSE = 0.02
_FED = 20
#: As `Store.cleanup` asks for.
_AT_ONCE = 5000


def cleaning(at: Backends) -> list[Figure]:
    """Deletes all ended jobs with all they have, and feeds meanwhile."""
    jobs = int(at.value("select count(*) from public.processing_queue where ended_at is not null"))
    analyses = int(at.value("select count(*) from public.video_analysis"))
    waits, fed = [], 0
    with ThreadPoolExecutor(1) as pool:
        started = time.monotonic()
        deleting = pool.submit(_delete_all, postgres_dsn(at.settings))
        while not deleting.done():
            before = time.perf_counter()
            fed += len(at.store.feed(Stage.DOWNLOAD, _FED))
            waits.append(time.perf_counter() - before)
            time.sleep(_PAUSE)
        seconds = time.monotonic() - started
        calls = deleting.result()
    return [
        Figure(
            "cleanup, jobs deleted",
            jobs - int(at.value("select count(*) from public.processing_queue where ended_at is not null")),
            "",
            f"{jobs}",
        ),
        Figure("cleanup, analyses deleted with them", analyses, ""),
        Figure("cleanup, whole", seconds, "s"),
        Figure("cleanup, longest call", max(calls), "s", "<= 8"),
        Figure("cleanup, jobs announced meanwhile", fed, ""),
        *milliseconds(f"feed of {_FED} during the cleanup", waits, "<= 100"),
    ]


def _delete_all(dsn: str) -> list[float]:
    """Seconds of each call."""
    seconds = []
    with psycopg.connect(dsn, autocommit=True) as connection:
        gone = _AT_ONCE
        while gone == _AT_ONCE:
            started = time.monotonic()
            row = connection.execute("select public.cleanup(0, %s)", [_AT_ONCE]).fetchone()
            gone = row[0] if row else 0
            seconds.append(time.monotonic() - started)
    return seconds
