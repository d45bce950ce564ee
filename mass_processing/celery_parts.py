"""What is different about our Celery worker and beat?

The consumer reconnects every two seconds instead of after ever longer pauses, and its event loop counts its turns; beat
keeps its schedule in memory, counts its turns too, and sends nothing while what it sent before still waits.
"""

import logging
import time
from functools import cached_property, partial
from itertools import count
from typing import TYPE_CHECKING, Any

from celery import bootsteps
from celery.beat import Scheduler
from celery.worker import state
from celery.worker.consumer import Consumer

from mass_processing.download.egress import shared_pace
from mass_processing.errors import BackendAway
from mass_processing.pauses import paused_ways_out
from mass_processing.pulse import LOOK_SECONDS, ConsumerWatch, Look
from mass_processing.records import Stage
from mass_processing.redis_link import connect_redis, queue_depth
from mass_processing.settings import settings
from mass_processing.silence import silence_limit
from mass_processing.worker import Worker

if TYPE_CHECKING:
    import redis

log = logging.getLogger(__name__)

#: Seconds between two tries to reach Redis.
_RECONNECT_SECONDS = 2
#: Messages in the system queue at which beat waits until somebody takes them.
_ENOUGH_TICKS = 10
#: Seconds that beat waits for Redis; its schedule has to go on turning.
_BEAT_PATIENCE = 3.0


class QuickConsumer(Consumer):  # type: ignore[misc]  # Celery has no types
    """Celery's consumer; a Redis that is back is found within two seconds, not up to thirty."""

    def ensure_connected(self, conn: Any) -> Any:
        conn.ensure_connection = partial(conn.ensure_connection, interval_max=_RECONNECT_SECONDS)
        return super().ensure_connected(conn)


class Turns(bootsteps.StartStopStep):  # type: ignore[misc]  # Celery has no types
    """Counts the turns of the worker's event loop, on a timer that outlives its connections."""

    requires = ("celery.worker.components:Hub", "celery.worker.components:Timer")
    #: Of this process; a worker has one event loop.
    counted = 0

    def start(self, worker: Any) -> None:
        counter = count(1)

        def turn() -> None:
            Turns.counted = next(counter)

        worker.hub.call_repeatedly(1.0, turn)


def tasks_taken() -> int:
    """Tasks that this worker took since it started."""
    return int(state.all_total_count[0])


def tasks_held() -> int:
    """Tasks that this worker has now, running or about to."""
    return len(state.reserved_requests)


def watch_consumer(worker: Worker) -> None:
    """In a thread of the worker's main process: ends it when its consumer hangs; says what its egresses hold back."""
    knobs = worker.settings
    client = connect_redis(knobs)
    watch = ConsumerWatch(silence_limit(knobs))
    while not worker.draining:
        look = Look(Turns.counted, tasks_taken(), tasks_held(), _waiting(client, worker.kind))
        if reason := watch.why_hung(look, time.monotonic()):
            worker.end_at_once(reason)
        if worker.kind == Stage.DOWNLOAD:
            worker.show_pauses("egress", paused_ways_out(knobs.download_proxies, shared_pace(knobs).paused_for))
        time.sleep(LOOK_SECONDS)


def _waiting(client: "redis.Redis", queue: str) -> int | None:
    try:
        return queue_depth(client, queue)
    except BackendAway:
        return None


class Beat(Scheduler):  # type: ignore[misc]  # Celery has no types
    """Celery's scheduler without its file, which two of them would break for each other.

    Intervals of seconds need no memory of the last run, and every tick may come twice: the database decides.
    """

    #: How often the schedule was looked at, in this process.
    turns = 0

    _turns_seen = 0

    @classmethod
    def has_turned(cls) -> bool:
        """Whether it was looked at since this was asked last."""
        before, cls._turns_seen = cls._turns_seen, cls.turns
        return before != cls.turns

    def tick(self, *arguments: Any, **options: Any) -> Any:
        Beat.turns += 1
        return super().tick(*arguments, **options)

    def apply_async(self, entry: Any, producer: Any = None, advance: bool = True, **options: Any) -> Any:
        if self._enough_waits():
            return None
        return super().apply_async(entry, producer=producer, advance=advance, **options)

    def _enough_waits(self) -> bool:
        """Whether a tick more would only lie there: nobody takes them, or Redis is away."""
        try:
            return queue_depth(self._redis, self.app.conf.task_default_queue) >= _ENOUGH_TICKS
        except BackendAway as error:
            log.debug("no tick: %s", error)
            return True

    @cached_property
    def _redis(self) -> "redis.Redis":
        return connect_redis(settings(), timeout=_BEAT_PATIENCE)
