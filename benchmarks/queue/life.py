"""How many jobs a second live their whole life, and how soon does an urgent one start?"""

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from benchmarks.backends import Backends
from benchmarks.figures import Figure, milliseconds
from benchmarks.queue.adding import bytes_per_job, fill
from mass_processing.bulk_processor import BulkProcessor

_APP = "benchmarks.queue.noop"
_MODEST = 20_000
#: Jobs at the same time in each stage; most of their time goes into waiting for the disk.
_SLOTS = "8"
_PATIENCE = 120.0
#: Jobs that are through before the clock starts: every process has its connections then.
_WARM_UP = 200
#: Messages of empty tasks in each queue.
_EMPTY = 5_000


def life(at: Backends, size: int, seconds: float) -> list[Figure]:
    """The whole life of no-op jobs at a modest backlog and at `size`, beside Celery with empty tasks."""
    bare = _pace_of_bare_celery(at, min(size, _EMPTY))
    figures = [Figure("bare Celery, two empty tasks a job", bare, "jobs/s")]
    for backlog in sorted({min(size, _MODEST), size}):
        pace = _pace(at, backlog, seconds)
        figures.append(Figure(f"whole life at {backlog:,} pending", pace, "jobs/s", ">= 200"))
        figures.append(Figure(f"whole life at {backlog:,} pending, of bare Celery", pace / bare, "x"))
        if backlog == min(size, _MODEST):
            figures += bytes_per_job(at, "partly done")
    return figures


def urgent(at: Backends, size: int, count: int) -> list[Figure]:
    """From the commit of an urgent job to its claim, while every slot is busy with jobs of 50 ms."""
    import benchmarks.queue.noop  # noqa: F401  # what this process announces names the tasks that do nothing

    fill(at, size)
    added = []
    with workers(at, work_seconds=0.05), BulkProcessor() as processor:
        _wait_for(at, min(20, size // 4))
        for number in range(count):
            added.append(processor.process_now(str(7_201_234_567_890_000_000 + number)).video_id)
            time.sleep(0.2)
        time.sleep(2)
    rows = at.database.execute(
        "select extract(epoch from min(started.at) - min(added.at))::float as waited from public.job_events added "
        "join public.job_events started using (job_id) where added.video_id = any (%s) "
        "and added.from_status is null and started.to_status = 'downloading' group by job_id",
        [added],
    ).fetchall()
    return [
        *milliseconds(f"urgent start at {size:,} pending, slots busy", [row["waited"] for row in rows], "<= 1000"),
        Figure("urgent jobs that did not start", count - len(rows), "", "0"),
    ]


@contextmanager
def workers(at: Backends, *, work_seconds: float = 0.0, beat: bool = True) -> Iterator[list[int]]:
    """The product's workers with nothing to do in their jobs: slots for downloads and for analyses, the feeder and
    beat. Their process ids."""
    os.environ["BENCHMARK_WORK_SECONDS"] = str(work_seconds)
    beside = ["--beat"] if beat else []
    with ExitStack() as stack:
        yield [
            stack.enter_context(at.worker(_APP, "download1", "download", "prefork", "-c", _SLOTS)).pid,
            stack.enter_context(at.worker(_APP, "bench1", "cpu", "threads", "-c", _SLOTS)).pid,
            stack.enter_context(at.worker(_APP, "system1", "system", "threads", "-c", "2", *beside)).pid,
        ]


def _pace(at: Backends, backlog: int, seconds: float) -> float:
    """Jobs completed in a second."""
    fill(at, backlog)
    with workers(at):
        _wait_for(at, min(_WARM_UP, backlog // 4))
        started, before = time.monotonic(), _completed(at)
        while time.monotonic() - started < seconds and _completed(at) < backlog:
            time.sleep(1)  # looking costs as much as some jobs do
        return (_completed(at) - before) / (time.monotonic() - started)


def _pace_of_bare_celery(at: Backends, count: int) -> float:
    """Jobs in a second, were a job nothing but its two messages. They lie ready: nobody sends meanwhile."""
    from benchmarks.queue.noop import nothing_early, nothing_late

    at.empty()
    for task, queue in ((nothing_early, "download"), (nothing_late, "cpu")):
        for number in range(count):
            task.apply_async(args=[number], queue=queue, priority=5)
    with ExitStack() as stack:
        stack.enter_context(at.worker(_APP, "download1", "download", "prefork", "-c", _SLOTS))
        stack.enter_context(at.worker(_APP, "bench1", "cpu", "threads", "-c", _SLOTS))
        started, before = time.monotonic(), at.messages()
        while at.messages() and time.monotonic() - started < _PATIENCE:
            time.sleep(0.02)
        return before / 2 / (time.monotonic() - started)


def _completed(at: Backends) -> int:
    return int(at.value("select count(*) from public.processing_queue where status = 'completed'"))


def _wait_for(at: Backends, jobs: int) -> None:
    """Raises: TimeoutError when that many are not completed in time."""
    give_up = time.monotonic() + _PATIENCE
    while _completed(at) < jobs:
        if time.monotonic() > give_up:
            raise TimeoutError(f"{_completed(at)} of {jobs} jobs completed after {_PATIENCE:.0f} s")
        time.sleep(0.1)
