"""Which worker of this machine hangs, and must be killed? Which died, and what had it in hand?

Runs under the supervisor, which starts what was killed anew. The monitor worker looks after the watchdog itself.
"""

import logging
import signal
import socket
import sys
import time
from pathlib import Path

from mass_processing.errors import BackendAway
from mass_processing.held_jobs import folder_of, jobs_of_the_dead
from mass_processing.settings import Settings, settings
from mass_processing.silence import SilenceWatch, kill
from mass_processing.store import Store
from mass_processing.worker import Worker

log = logging.getLogger(__name__)

#: The kind of worker that the watchdog is.
KIND = "watchdog"
#: Seconds between two looks, at most.
_LOOK_SECONDS = 2.0


class Watchdog:
    """Looks after the workers that report to one store: those of the kind `only`, or all but the kind `spare`."""

    def __init__(self, knobs: Settings, period: float, *, only: str = "", spare: str = "") -> None:
        self._watch = SilenceWatch(knobs, period)
        self._only = only
        self._spare = spare

    def look(self, store: Store) -> int:
        """Kills what hangs; how many."""
        try:
            workers = store.workers()
        except BackendAway as error:
            log.warning("blind: %s", error)
            self._watch.blind()
            return 0
        wanted = [row for row in workers if self._only in ("", row.kind) and row.kind != self._spare]
        return sum(kill(worker) for worker in self._watch.look(wanted, time.monotonic()))


def take_over(folder: Path, store: Store) -> int:
    """What dead processes of this machine had in hand waits again; how many jobs."""
    try:
        with jobs_of_the_dead(folder) as jobs:
            reaped = store.reap(jobs) if jobs else 0
    except BackendAway as error:
        log.warning("what the dead had in hand waits for the database: %s", error)
        return 0
    if reaped:
        log.warning("%d jobs of processes that died wait again", reaped)
    return reaped


def main() -> None:
    """Looks until it is told to stop."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s", stream=sys.stdout)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    knobs = settings()
    period = min(_LOOK_SECONDS, knobs.heartbeat_seconds)
    watchdog = Watchdog(knobs, period, spare=KIND)
    reporter = Worker(f"{KIND}1@{socket.gethostname()}", knobs)
    reporter.ready()
    try:
        while True:
            watchdog.look(reporter.store)
            take_over(folder_of(knobs), reporter.store)
            reporter.report()
            time.sleep(period)
    finally:
        reporter.stop()


if __name__ == "__main__":
    main()
