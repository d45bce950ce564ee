"""Does anything grow over a day? Its jobs, feeds and repairs, run as fast as they go."""

import time

import psutil

from benchmarks.backends import Backends
from benchmarks.figures import Figure
from benchmarks.queue.adding import links
from benchmarks.queue.life import workers
from mass_processing.bulk_processor import BulkProcessor

#: What happens in a minute of the product at its defaults.
_JOBS, _FEEDS, _REPAIRS, _METRICS = 30, 60, 4, 1
#: Messages on the queues at which the clock waits.
_ENOUGH = 100
_PATIENCE = 60.0


def day(at: Backends, hours: float) -> list[Figure]:
    """Memory and descriptors of the workers, and Redis, after each quarter."""
    import benchmarks.queue.noop  # noqa: F401  # what this process announces names the tasks that do nothing
    from mass_processing.tasks import feed_queues, reconcile, record_metrics

    at.empty()
    minutes = max(4, round(hours * 60))
    posts = links(minutes * _JOBS)
    started = time.monotonic()
    figures: list[Figure] = []
    with workers(at, beat=False) as pids, BulkProcessor() as processor:
        for minute in range(minutes):
            processor.add(next(posts) for _ in range(_JOBS))
            for task, times in ((feed_queues, _FEEDS), (reconcile, _REPAIRS), (record_metrics, _METRICS)):
                for _ in range(times):
                    task.apply_async()
            while at.messages() > _ENOUGH:
                time.sleep(0.01)
            if minute in (minutes // 20, minutes // 4, minutes // 2, minutes * 3 // 4):
                figures += _sample(at, pids, f"day, {minute / minutes:.0%}")
        _until_done(at, feed_queues)
        figures += _sample(at, pids, "day, 100%")
    counts = at.store.stats().jobs
    return [
        *figures,
        Figure("day, hours simulated", minutes / 60, "h"),
        Figure("day, seconds it took", time.monotonic() - started, "s"),
        Figure("day, jobs not completed", counts["total"] - counts["completed"], "", "0"),
        Figure("day, jobs not added", minutes * _JOBS - counts["total"], "", "0"),
    ]


def _sample(at: Backends, pids: list[int], when: str) -> list[Figure]:
    """Sums over the workers and their children, so that a process that was replaced is not missed."""
    processes = [each for pid in pids for each in (psutil.Process(pid), *psutil.Process(pid).children(recursive=True))]
    return [
        Figure(f"{when}: memory of the workers", sum(each.memory_info().rss for each in processes) / 1e6, "MB"),
        Figure(f"{when}: descriptors of the workers", sum(each.num_fds() for each in processes), ""),
        Figure(f"{when}: Redis", at.redis_bytes() / 1e6, "MB"),
    ]


def _until_done(at: Backends, feed: object) -> None:
    """The last jobs, fed on."""
    give_up = time.monotonic() + _PATIENCE
    while at.value("select count(*) from public.processing_queue where ended_at is null"):
        feed.apply_async()  # type: ignore[attr-defined]  # a Celery task
        time.sleep(0.2)
        if time.monotonic() > give_up:
            return
