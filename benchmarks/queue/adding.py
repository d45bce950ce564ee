"""How long does a list of links take through the command line, in which memory, and how many bytes is a job?"""

from collections.abc import Iterator
from itertools import islice

from benchmarks.backends import Backends
from benchmarks.commands import bulk_processor
from benchmarks.figures import Figure
from mass_processing.intake import find_links
from mass_processing.records import Link

#: The first id: uploaded in November 2023. The step spreads them as real ids are, and makes no id twice.
_FIRST, _STEP, _SPREAD = 7_301_234_567_890_000_000, 7_919 * 104_729, 1 << 46


def links(size: int) -> Iterator[str]:
    """TikTok links, every one another video."""
    for number in range(size):
        yield f"https://www.tiktok.com/@user{number % 1000}/video/{_FIRST + number * _STEP % _SPREAD}"


def fill(at: Backends, size: int) -> None:
    """An empty queue, then `size` pending jobs."""
    at.empty()
    found = find_links(links(size), at.settings)
    while chunk := [link for link in islice(found, 10_000) if isinstance(link, Link)]:
        at.store.add_many(chunk, priority=5, batch=None, each=False)
    at.database.execute("analyze public.processing_queue")


def adding(at: Backends, size: int) -> list[Figure]:
    """The list once, and the same list again; leaves `size` pending jobs."""
    at.empty()
    path = at.settings.var_dir / "links.txt"
    with path.open("w") as file:
        file.writelines(f"{link}\n" for link in links(size))
    in_redis = at.redis_bytes()
    seconds, peak = bulk_processor("add", "-f", str(path))
    grown = at.redis_bytes() - in_redis
    again, _ = bulk_processor("add", "-f", str(path))
    jobs = int(at.value("select count(*) from public.processing_queue"))
    return [
        Figure("add, whole command", seconds, "s", "<= 60"),
        Figure("add, links in a second", size / seconds, "/s"),
        Figure("add, peak memory of the command", peak / 1e6, "MB", "<= 300"),
        Figure("add, growth of Redis", grown / 1e6, "MB", "<= 5"),
        Figure("add again, whole command", again, "s", "<= 30"),
        Figure("add again, new jobs", jobs - size, "", "0"),
        *bytes_per_job(at, "pending"),
    ]


def bytes_per_job(at: Backends, state: str) -> list[Figure]:
    """Table, indexes and events, per row of the queue."""
    jobs = max(1, int(at.value("select count(*) from public.processing_queue")))
    parts = {
        "table": "pg_table_size('public.processing_queue')",
        "indexes": "pg_indexes_size('public.processing_queue')",
        "events": "pg_total_relation_size('public.job_events')",
    }
    return [
        Figure(f"database, {name} per {state} job", int(at.value(f"select {size}")) / jobs, "bytes")
        for name, size in parts.items()
    ]
