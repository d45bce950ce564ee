"""Which jobs are announced on the Redis queues next?

Feeding and repairing are one query: a job whose announcement ran out is announced again, so a lost message heals.
"""

import logging
import shutil
import threading
from collections.abc import Callable, Sequence
from typing import Self

import redis

from mass_processing import faults
from mass_processing.errors import BackendAway
from mass_processing.records import Dispatch, Stage
from mass_processing.redis_link import connect_redis, queue_depths
from mass_processing.settings import Settings, settings
from mass_processing.store import Store

log = logging.getLogger(__name__)

#: Puts messages on a stage's queue. Raises: BackendAway.
Announce = Callable[[Stage, Sequence[Dispatch]], None]

#: The key that is there while a nudge was just given.
_NUDGED = "feed:nudged"
_NUDGE_EVERY_MS = 50


class Feeder:
    """Fills the queues. A context manager; thread-safe; keeps one connection to Redis."""

    def __init__(
        self, store: Store, announce: Announce, knobs: Settings, say_pause: Callable[[str], None] = lambda _: None
    ) -> None:
        """`say_pause` is told why downloads are held back, or "" when they are not."""
        self._store = store
        self._announce = announce
        self._knobs = knobs
        self._say_pause = say_pause
        self._redis = connect_redis(knobs)
        self._one_waits = threading.Lock()
        self._waiting: threading.Timer | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._redis.close()

    def feed(self) -> int:
        """Wakes what rested long enough and fills every queue up to its depth; how many were announced.

        Raises: BackendAway.
        """
        self._store.wake()
        return self._fill()

    def _fill(self) -> int:
        depths = queue_depths(self._redis, list(Stage))
        total = 0
        for stage, depth in zip(Stage, depths, strict=True):
            if stage is not Stage.DOWNLOAD or self._downloads_may_go_on():
                total += self._announce_due(stage, max(0, self._knobs.feed_depth - depth))
        return total

    def nudge(self) -> bool:
        """Announces what is due now instead of at the next tick. False when Redis is away: the tick does it later."""
        try:
            self._fill()
        except BackendAway as error:
            log.debug("not nudged: %s", error)
            return False
        return True

    def nudge_in_turn(self) -> bool:
        """The same at most 20 times a second in all processes together, so that many short jobs don't each pay for a
        feed. False: later. Whatever was due by this call is announced within 50 ms, or by the tick."""
        if self._waiting is None:
            if self._take_turn():
                return self.nudge()
            self._wait_for_turn()
        return False

    def _wait_for_turn(self) -> None:
        with self._one_waits:
            if self._waiting is None:
                self._waiting = threading.Timer(_NUDGE_EVERY_MS / 1000, self._nudge_at_last)
                self._waiting.daemon = True
                self._waiting.start()

    def _nudge_at_last(self) -> None:
        with self._one_waits:
            self._waiting = None
        # Whoever has the turn now may have looked before the last call that this one stands for.
        self.nudge_in_turn()

    def _take_turn(self) -> bool:
        try:
            return bool(self._redis.set(_NUDGED, 1, nx=True, px=_NUDGE_EVERY_MS))
        except redis.RedisError as error:
            log.debug("not nudged: %s", error)
            return False

    def _downloads_may_go_on(self) -> bool:
        pause = why_downloads_pause(self._store, self._knobs)
        self._say_pause(pause)
        if pause:
            log.info("downloads pause: %s", pause)
        return not pause

    def _announce_due(self, stage: Stage, room: int) -> int:
        due = self._store.feed(stage, room)
        if due:
            faults.hit("B1")
            try:
                self._announce(stage, due)
                faults.hit("B2")
            except BackendAway:
                self._store.unannounce([dispatch.job_id for dispatch in due])
                raise
        return len(due)


def nudge(store: Store) -> bool:
    """One nudge, by somebody who rarely has one."""
    from mass_processing.tasks import announce  # Celery is imported only by who needs it

    with Feeder(store, announce, settings()) as feeder:
        return feeder.nudge()


def why_downloads_pause(store: Store, knobs: Settings) -> str:
    """Back-pressure: why nothing more should be downloaded now; empty when downloads may go on."""
    free_gb = free_bytes(knobs) / 1e9
    if free_gb < knobs.disk_min_free_gb:
        return f"{free_gb:.1f} GB of disk free, {knobs.disk_min_free_gb:g} wanted (DISK_MIN_FREE_GB)"
    waiting = store.waiting(Stage.GPU)
    if waiting >= knobs.backlog_limit:
        return f"{waiting} videos wait for analysis (BACKLOG_LIMIT is {knobs.backlog_limit})"
    return ""


def free_bytes(knobs: Settings) -> int:
    """Free disk where the media go; the folder itself may not be made yet."""
    existing = next(folder for folder in (knobs.var_dir, *knobs.var_dir.parents) if folder.exists())
    return shutil.disk_usage(existing).free
