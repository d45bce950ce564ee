"""How does a database come to hold a million jobs and fifty thousand analyses in minutes?

The jobs are added as users add them. The analyses are those of a hundred made-up videos, copied inside the database:
their JSON, segments, indexes and columns are the same as if each had been written by a worker.
"""

from collections.abc import Sequence

from psycopg.types.json import Jsonb

from benchmarks.backends import Backends
from benchmarks.queue.adding import fill
from benchmarks.store.specimens import Specimen, specimen

_DIFFERENT = 100
#: Jobs that one transaction copies analyses to.
_AT_ONCE = 1000
#: Of all jobs, one in that many has failed.
_FAILED = 20

_END = """
update public.processing_queue q set status = 'completed', ended_at = now() - q.id * interval '20 seconds',
    video_path = '/media/v.mp4', metadata = s.post
from pg_temp.specimens s where s.number = q.id % %(different)s and q.id between %(first)s and %(last)s
"""
_ANALYSES = """
insert into public.video_analysis (
    video_id, job_id, attempt, run, url, video_path, metadata, analyzer_results, processing_time_seconds,
    successful_analyzers, total_analyzers, realtime_factor, duration_s, device, versions, completed_at)
select q.video_id, q.id, 2, 1, q.url, q.video_path, s.document -> 'metadata', s.document -> 'analyzer_results', 20.0,
    30, 30, 0.5, (s.post ->> 'duration')::double precision, 'cpu', s.document -> 'metadata' -> 'versions', q.ended_at
from public.processing_queue q join pg_temp.specimens s on s.number = q.id % %(different)s
where q.id between %(first)s and %(last)s
"""
_SEGMENTS = """
insert into public.video_segments (video_id, analyzer, start_s, end_s, label, score, text, data)
select q.video_id, e.analyzer, e.start_s, e.end_s, e.label, e.score, e.text, e.data
from public.processing_queue q join pg_temp.specimens s on s.number = q.id % %(different)s
cross join lateral jsonb_to_recordset(s.segments) as e (
    analyzer text, start_s double precision, end_s double precision, label text, score double precision, text text,
    data jsonb)
where q.id between %(first)s and %(last)s
"""
_FAIL = """
update public.processing_queue set status = 'failed', failure_class = 'permanent',
    ended_at = now() - id * interval '2 seconds',
    reason = (array['status code 10204', 'HTTP 404 at ' || url, 'no answer within ' || id % 97 || '.5 s'])[1 + id % 3]
where id > %s and id <= %s
"""


def fill_store(at: Backends, size: int, analyses: int) -> None:
    """`size` jobs of which `analyses` are completed and one in twenty has failed; as autovacuum leaves it."""
    fill(at, size)
    load([specimen(number) for number in range(_DIFFERENT)], at)
    for first in range(1, analyses + 1, _AT_ONCE):
        chunk = {"different": _DIFFERENT, "first": first, "last": min(first + _AT_ONCE - 1, analyses)}
        with at.database.transaction():
            for statement in (_END, _ANALYSES, _SEGMENTS):
                at.database.execute(statement.replace("% %(different)s", "%% %(different)s").encode(), chunk)
    at.database.execute(_FAIL.replace("id % ", "id %% ").encode(), [analyses, analyses + size // _FAILED])
    for table in ("processing_queue", "video_analysis", "video_segments", "job_events"):
        at.database.execute(f"vacuum analyze public.{table}".encode())


def load(specimens: Sequence[Specimen], at: Backends) -> None:
    """Into a table of this connection."""
    at.database.execute(
        "create temp table if not exists specimens (number int, post jsonb, document jsonb, segments jsonb)"
    )
    at.database.execute("truncate pg_temp.specimens")
    for number, each in enumerate(specimens):
        row = [number, Jsonb(each.post), Jsonb(each.document), Jsonb(each.segments)]
        at.database.execute("insert into pg_temp.specimens values (%s, %s, %s, %s)", row)
    at.database.execute("analyze pg_temp.specimens")
