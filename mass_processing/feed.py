"""Which jobs are announced on the Redis queues next?

Feeding and repairing are one query: a job whose announcement ran out is announced again, so a lost message heals.
"""

import logging
import shutil
import time
from collections.abc import Callable, Sequence

from mass_processing import faults
from mass_processing.errors import BackendAway
from mass_processing.records import Dispatch, Stage
from mass_processing.redis_link import connect_redis, queue_depth
from mass_processing.settings import Settings, settings
from mass_processing.store import Store

log = logging.getLogger(__name__)

#: Puts messages on a stage's queue. Raises: BackendAway.
Announce = Callable[[Stage, Sequence[Dispatch]], None]


def feed(store: Store, announce: Announce, knobs: Settings, say_pause: Callable[[str], None] = lambda _: None) -> int:
    """Fills every queue up to its depth; how many were announced. Raises: BackendAway.

    `say_pause` is told why downloads are held back, or "" when they are not.
    """
    store.wake()
    client = connect_redis(knobs)
    try:
        total = 0
        for stage in Stage:
            if stage is Stage.DOWNLOAD:
                pause = why_downloads_pause(store, knobs)
                say_pause(pause)
                if pause:
                    log.info("downloads pause: %s", pause)
                    continue
            room = max(0, knobs.feed_depth - queue_depth(client, stage))
            total += _announce_due(store, announce, stage, room)
        return total
    finally:
        client.close()


def _announce_due(store: Store, announce: Announce, stage: Stage, room: int) -> int:
    due = store.feed(stage, room)
    if due:
        faults.hit("B1")
        try:
            announce(stage, due)
            faults.hit("B2")
        except BackendAway:
            store.unannounce([dispatch.job_id for dispatch in due])
            raise
    return len(due)


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


def nudge(store: Store) -> bool:
    """Announces what is due now instead of at the next tick. False when Redis is away: the tick does it later."""
    from mass_processing.tasks import announce  # Celery is imported only by who needs it

    try:
        feed(store, announce, settings())
    except BackendAway as error:
        log.debug("not nudged: %s", error)
        return False
    return True


class Nudger:
    """Nudges at most 20 times a second, so that many short downloads don't each pay for a feed; what it leaves out is
    announced by its next nudge, or by the tick. A feed that announces several jobs costs little more than one."""

    def __init__(self, announce: Callable[[Store], bool] = nudge, seconds: float = 0.05) -> None:
        self._announce = announce
        self._seconds = seconds
        self._not_before = float("-inf")

    def nudge(self, store: Store) -> bool:
        """False: not now, or Redis is away."""
        if time.monotonic() < self._not_before:
            return False
        self._not_before = time.monotonic() + self._seconds
        return self._announce(store)
