"""Which Celery tasks are there? Each is a permit: it lets a worker claim the best due job, usually the one named."""

import logging
import sys
import threading
from collections.abc import Sequence
from functools import cache
from typing import Any

import redis
from celery import signals
from kombu.exceptions import OperationalError

from mass_processing.celery_config import app, message_priority
from mass_processing.download.egress import PacedDownloads
from mass_processing.errors import BackendAway
from mass_processing.feed import feed, nudge
from mass_processing.records import Dispatch, Stage
from mass_processing.redis_link import what_is_wrong
from mass_processing.settings import settings
from mass_processing.storage import sweep_attempts
from mass_processing.worker import Worker

log = logging.getLogger(__name__)


@app.task(name="download", bind=True, acks_late=False, time_limit=settings().download_time_limit + 30)
def download(self: Any, job_id: int) -> None:
    """One download, when the pace allows it."""
    worker = this_worker(self.request.hostname)
    with paced_downloads().permit(worker.name) as downloader:
        if downloader is None:
            worker.store.unannounce([job_id])
        elif worker.pipeline.download_one(downloader, job_id):
            nudge(worker.store)


@app.task(name="analyze_on_gpu", bind=True, acks_late=True)
def analyze_on_gpu(self: Any, job_id: int) -> None:
    """One analysis on a card."""
    worker = this_worker(self.request.hostname)
    worker.pipeline.analyze_one(Stage.GPU, worker.engine, job_id)


@app.task(name="analyze_on_cpu", bind=True, acks_late=True)
def analyze_on_cpu(self: Any, job_id: int) -> None:
    """One analysis on the CPU."""
    worker = this_worker(self.request.hostname)
    worker.pipeline.analyze_one(Stage.CPU, worker.engine, job_id)


@app.task(name="feed", bind=True, acks_late=True)
def feed_queues(self: Any) -> None:
    """Beat, every second: announces what is due."""
    feed(this_worker(self.request.hostname).store, announce, settings())


@app.task(name="reconcile", bind=True, acks_late=True)
def reconcile(self: Any) -> None:
    """Beat: jobs whose worker went silent wait again, and what they left on the disk goes."""
    sweep_attempts(settings())
    reaped = this_worker(self.request.hostname).store.reap()
    if reaped:
        log.warning("%d jobs lost their worker and wait again", reaped)


@app.task(name="record_metrics", bind=True, acks_late=True)
def record_metrics(self: Any) -> None:
    """Beat: one row of performance_metrics a minute."""
    this_worker(self.request.hostname).store.record_metrics()


_TASK_OF = {Stage.DOWNLOAD: download, Stage.GPU: analyze_on_gpu, Stage.CPU: analyze_on_cpu}


def announce(stage: Stage, due: Sequence[Dispatch]) -> None:
    """Puts one message per job on the stage's queue. Raises: BackendAway."""
    try:
        for dispatch in due:
            _TASK_OF[stage].apply_async(
                args=[dispatch.job_id], queue=stage.value, priority=message_priority(dispatch.priority), retry=False
            )
    except (OperationalError, redis.RedisError, OSError) as error:
        raise BackendAway(what_is_wrong(error)) from error


# --- the life of a worker process ---


@cache
def this_worker(name: str) -> Worker:
    """The parts of this process; a worker has one name, so there is one."""
    return Worker(name, settings())


@cache
def paced_downloads() -> PacedDownloads:
    """The pace and the downloader of this process."""
    return PacedDownloads(settings())


@signals.setup_logging.connect
def log_to_stdout(**_: Any) -> None:
    """Plain lines to stdout; the supervisor keeps and rotates them."""
    form = "%(asctime)s %(levelname)s %(name)s: %(message)s"
    logging.basicConfig(level=logging.INFO, format=form, stream=sys.stdout)
    for ticking in ("celery.beat", "celery.app.trace", "celery.worker.strategy"):
        logging.getLogger(ticking).setLevel(logging.WARNING)


@signals.worker_ready.connect
def on_ready(sender: Any, **_: Any) -> None:
    this_worker(sender.hostname).start()


@signals.worker_shutting_down.connect
def on_shutting_down(sender: str, **_: Any) -> None:
    # In a thread: this runs inside a signal handler, where the main thread may hold any lock.
    threading.Thread(target=this_worker(sender).drain, name="drain").start()


@signals.worker_shutdown.connect
def on_shutdown(sender: Any, **_: Any) -> None:
    this_worker(sender.hostname).stop()
