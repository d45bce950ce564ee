"""How long do status, feed, show and the questions of docs/sql.md take?"""

import random
import statistics
import time
from collections.abc import Callable
from functools import partial

from benchmarks.backends import Backends
from benchmarks.figures import Figure, milliseconds
from benchmarks.store.questions import questions
from mass_processing.records import Stage

_STATUS, _FEEDS, _SHOWS, _EACH = 20, 100, 100, 3
_FED = 20


def reading(at: Backends, analyses: int) -> list[Figure]:
    """What people and the feeder wait for. The first question of each kind has warmed nothing up for it."""
    shown = random.Random(1).choices(range(1, analyses + 1), k=_SHOWS)
    names = [at.value(f"select video_id from public.processing_queue where id = {number}") for number in shown]
    figures = [
        *milliseconds("status", [_timed(at.store.stats) for _ in range(_STATUS)], "<= 200"),
        *milliseconds(
            f"feed of {_FED}", [_timed(lambda: at.store.feed(Stage.DOWNLOAD, _FED)) for _ in range(_FEEDS)], "<= 10"
        ),
        *milliseconds("show", [_timed(partial(_show, at, name)) for name in names], "<= 50"),
    ]
    for title, query in questions().items():
        seconds = [_timed(partial(_ask, at, query)) for _ in range(_EACH)]
        figures.append(Figure(title[:56], statistics.median(seconds) * 1000, "ms", "<= 500"))
    return [*figures, *bytes_per_analysis(at)]


def bytes_per_analysis(at: Backends) -> list[Figure]:
    """On disk, with indexes."""
    count = max(1, int(at.value("select count(*) from public.video_analysis")))
    parts = {
        "analysis": "pg_table_size('public.video_analysis')",
        "indexes of analyses": "pg_indexes_size('public.video_analysis')",
        "segments": "pg_table_size('public.video_segments')",
        "indexes of segments": "pg_indexes_size('public.video_segments')",
    }
    documents = "(select analyzer_results as document, video_id from public.video_analysis limit 100) v"
    kept = "(select count(*) from public.video_segments s where s.video_id = v.video_id)"
    return [
        Figure("JSON of an analysis", float(at.value(f"select avg(length(document::text)) from {documents}")), "bytes"),
        Figure("segments of an analysis", float(at.value(f"select avg({kept}) from {documents}")), ""),
    ] + [
        Figure(f"database per analysis, {name}", int(at.value(f"select {size}")) / count, "bytes")
        for name, size in parts.items()
    ]


def _ask(at: Backends, query: str) -> None:
    at.database.execute(query.encode()).fetchall()


def _show(at: Backends, name: str) -> None:
    at.store.video(name)
    at.store.segments(name)


def _timed(call: Callable[[], object]) -> float:
    """Seconds."""
    started = time.perf_counter()
    call()
    return time.perf_counter() - started
