"""Which Celery tasks are there? Each is a permit: it lets a worker claim the best due job, usually the one named."""

import logging
import socket
import sys
import threading
from collections.abc import Sequence
from functools import cache, partial
from typing import Any

import redis
from billiard import current_process
from celery import signals
from kombu.exceptions import KombuError

from mass_processing import faults
from mass_processing.celery_config import RECONCILE_SECONDS, SYSTEM_QUEUE, app, message_priority
from mass_processing.celery_parts import Beat, watch_consumer
from mass_processing.download.egress import PacedDownloads
from mass_processing.errors import BackendAway, MediaAway
from mass_processing.feed import Feeder
from mass_processing.media.retention import keep_to_limit
from mass_processing.pauses import Pause
from mass_processing.records import Dispatch, Stage
from mass_processing.redis_link import what_is_wrong
from mass_processing.results import sweep_unfinished
from mass_processing.settings import settings
from mass_processing.starts_per_minute import StartsPerMinute
from mass_processing.storage import sweep_attempts
from mass_processing.watchdog import KIND as WATCHDOG
from mass_processing.watchdog import Watchdog
from mass_processing.webhooks import Webhooks
from mass_processing.worker import Worker

log = logging.getLogger(__name__)

#: Seconds that webhooks which are on their way get when the system worker ends; later they are sent again.
_WEBHOOKS_PATIENCE = 2.0


@app.task(name="download", bind=True, acks_late=False, time_limit=settings().download_time_limit + 30)
def download(self: Any, job_id: int) -> None:
    """One download, when the pace allows it."""
    faults.hit("D1")
    worker = this_worker(self.request.hostname)
    if worker.rests():
        return give_back(worker, job_id)
    with paced_downloads().permit(worker.name) as downloader:
        if downloader is None:
            give_back(worker, job_id)
        elif worker.pipeline.download_one(downloader, job_id):
            this_feeder(worker.name).nudge_in_turn()
            faults.hit("D7")


@app.task(name="analyze_on_gpu", bind=True, acks_late=True)
def analyze_on_gpu(self: Any, job_id: int) -> None:
    """One analysis on a card, when there were not too many in the last minute."""
    worker = this_worker(self.request.hostname)
    if worker.rests() or not gpu_starts().wait(lambda: worker.draining):
        return give_back(worker, job_id)
    _analyze(worker, Stage.GPU, job_id)


@app.task(name="analyze_on_cpu", bind=True, acks_late=True)
def analyze_on_cpu(self: Any, job_id: int) -> None:
    """One analysis on the CPU."""
    worker = this_worker(self.request.hostname)
    if worker.rests():
        return give_back(worker, job_id)
    _analyze(worker, Stage.CPU, job_id)


def _analyze(worker: Worker, stage: Stage, job_id: int) -> None:
    if worker.pipeline.analyze_one(stage, worker.engine, job_id):
        # There may be room for the next one, and for the downloads that were held back.
        this_feeder(worker.name).nudge_in_turn()


def give_back(worker: Worker, job_id: int) -> None:
    """A permit that is not used: the next feed announces its job again."""
    try:
        worker.store.unannounce([job_id])
    except BackendAway as error:
        log.warning("job %d is announced again when its announcement runs out: %s", job_id, error)


@app.task(name="feed", bind=True, acks_late=True)
def feed_queues(self: Any) -> None:
    """Beat, every second: announces what is due."""
    this_feeder(self.request.hostname).feed()


def show_back_pressure(worker: Worker, why: str) -> None:
    """Tells people why downloads are held back; empty when they are not."""
    worker.show_pauses("feed", [Pause("downloads", why)] if why else [])


@app.task(name="reconcile", bind=True, acks_late=True)
def reconcile(self: Any) -> None:
    """Beat: jobs whose worker went silent wait again, what they left on the disk goes, a hung watchdog is replaced."""
    worker = this_worker(self.request.hostname)
    watchdogs_guard().look(worker.store)
    sweep_attempts(settings())
    sweep_unfinished(settings().results_dir)
    reaped = worker.store.reap()
    if reaped:
        log.warning("%d jobs lost their worker and wait again", reaped)
        this_feeder(worker.name).nudge()


@app.task(name="record_metrics", bind=True, acks_late=True)
def record_metrics(self: Any) -> None:
    """Beat: one row of performance_metrics a minute."""
    this_worker(self.request.hostname).store.record_metrics()


@app.task(name="tidy_media", bind=True, acks_late=True)
def tidy_media(self: Any) -> None:
    """Beat: downloads go that were kept for as long as MEDIA_KEEP says."""
    try:
        gone = keep_to_limit(this_worker(self.request.hostname).store, settings())
    except MediaAway as error:
        log.warning("media files that may go are still there: %s", error)
        return
    if gone:
        log.info("%d media files went, as MEDIA_KEEP=%s says", gone, settings().media_keep)


_TASK_OF = {Stage.DOWNLOAD: download, Stage.GPU: analyze_on_gpu, Stage.CPU: analyze_on_cpu}


def announce(stage: Stage, due: Sequence[Dispatch]) -> None:
    """Puts one message per job on the stage's queue, all in one round trip. Raises: BackendAway."""
    task = _TASK_OF[stage]
    try:
        with app.producer_or_acquire() as producer, producer.batch():
            for dispatch in due:
                priority = message_priority(dispatch.priority)
                task.apply_async(
                    args=[dispatch.job_id], queue=stage.value, priority=priority, retry=False, producer=producer
                )
    except (KombuError, redis.RedisError, OSError) as error:
        raise BackendAway(what_is_wrong(error)) from error


# --- the life of a worker process ---


@cache
def this_worker(name: str) -> Worker:
    """The parts of this process; a worker has one name, so there is one."""
    worker = Worker(name, settings())
    if current_process().daemon:
        worker.start_child()
    return worker


@cache
def gpu_starts() -> StartsPerMinute:
    """How many analyses this process may start."""
    return StartsPerMinute(settings().gpu_tasks_per_minute)


@cache
def watchdogs_guard() -> Watchdog:
    """Who looks after the watchdog; `reconcile` calls it."""
    return Watchdog(settings(), RECONCILE_SECONDS, only=WATCHDOG)


@cache
def this_feeder(name: str) -> Feeder:
    """The feeder of this process."""
    worker = this_worker(name)
    return Feeder(worker.store, announce, settings(), partial(show_back_pressure, worker))


@cache
def this_webhooks(name: str) -> Webhooks:
    """What sends webhooks, in threads of the system worker that nothing else waits for."""
    return Webhooks(this_worker(name).store, settings())


@cache
def paced_downloads() -> PacedDownloads:
    """The pace and the downloader of this process."""
    return PacedDownloads(settings())


@signals.setup_logging.connect
def log_to_stdout(**_: Any) -> None:
    """Plain lines to stdout; the supervisor keeps and rotates them."""
    form = "%(asctime)s %(levelname)s %(name)s: %(message)s"
    logging.basicConfig(level=logging.INFO, format=form, stream=sys.stdout)
    # The last names the whole address of each request: a webhook's may be as good as a password.
    for chatty in ("celery.beat", "celery.app.trace", "celery.worker.strategy", "httpx2"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


@signals.worker_init.connect
def on_init(sender: Any, **_: Any) -> None:
    worker = this_worker(sender.hostname)
    worker.start()
    threading.Thread(target=watch_consumer, args=(worker,), name="consumer-watch", daemon=True).start()
    if worker.kind == SYSTEM_QUEUE:
        this_webhooks(worker.name).start()


@signals.worker_ready.connect
def on_ready(sender: Any, **_: Any) -> None:
    this_worker(sender.hostname).ready()


@signals.worker_shutting_down.connect
def on_shutting_down(sender: str, **_: Any) -> None:
    # In a thread: this runs inside a signal handler, where the main thread may hold any lock.
    threading.Thread(target=this_worker(sender).drain, name="drain").start()


@signals.worker_shutdown.connect
def on_shutdown(sender: Any, **_: Any) -> None:
    worker = this_worker(sender.hostname)
    if worker.kind == SYSTEM_QUEUE:
        this_webhooks(worker.name).stop(_WEBHOOKS_PATIENCE)
    worker.stop()


@signals.beat_init.connect
def on_beat_init(**_: Any) -> None:
    beat = this_worker(f"beat1@{socket.gethostname()}")
    beat.moves = Beat.has_turned
    beat.start()
    beat.ready()
