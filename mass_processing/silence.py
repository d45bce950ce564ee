"""For how long has each worker of this machine given no sign of life, and is its process still that worker?

Counted on the watching process' own clock, over looks that succeeded: a database that is away is nobody's fault.
"""

import logging
import os
import signal
import socket
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from mass_processing.records import WorkerRow
from mass_processing.settings import Settings

log = logging.getLogger(__name__)

#: Shortest silence that counts, seconds.
_SHORTEST_SILENCE = 10.0


def silence_limit(knobs: Settings) -> float:
    """Seconds without a sign after which a worker counts as hung."""
    return max(_SHORTEST_SILENCE, 3 * knobs.heartbeat_seconds)


class SilenceWatch:
    """Remembers for how long each worker's sign stayed the same."""

    def __init__(self, knobs: Settings, period: float) -> None:
        self._limit = silence_limit(knobs)
        #: A worker that was told to stop may be busy ending.
        self._grace = knobs.stop_seconds
        self._period = period
        self._instance = knobs.instance
        self._host = socket.gethostname()
        #: Worker -> (its sign, seconds it stayed the same).
        self._seen: dict[str, tuple[object, float]] = {}
        self._looked_at: float | None = None

    def look(self, workers: Iterable[WorkerRow], now: float) -> list[WorkerRow]:
        """Those that hang. `now`: seconds on the monotonic clock."""
        # After a longer pause (of this process, of the machine) the others had no time to report either.
        step = 0.0 if self._looked_at is None else min(now - self._looked_at, 2 * self._period)
        self._looked_at = now
        hung = []
        for worker in filter(self._is_ours, workers):
            sign = (worker.pid, worker.details.get("started"), worker.details.get("signs"))
            before, silent = self._seen.get(worker.worker_id, (None, 0.0))
            silent = silent + step if sign == before else 0.0
            self._seen[worker.worker_id] = (sign, silent)
            if silent >= self._limit + (self._grace if worker.details.get("draining") else 0.0):
                hung.append(worker)
        return hung

    def blind(self) -> None:
        """A look failed: what was seen before proves nothing any more."""
        self._seen.clear()
        self._looked_at = None

    def _is_ours(self, worker: WorkerRow) -> bool:
        here = worker.host == self._host and worker.details.get("instance") == self._instance
        return here and worker.status != "stopped"


def kill(worker: WorkerRow) -> bool:
    """Kills the process of a worker, if it is still the one that reported. Whether it was."""
    if not _is_that_worker(worker):
        return False
    with suppress(ProcessLookupError):  # it ended by itself
        os.kill(worker.pid, signal.SIGKILL)
    log.error("%s (pid %d) gave no sign of life and was killed; it is started anew", worker.worker_id, worker.pid)
    return True


def _is_that_worker(worker: WorkerRow) -> bool:
    """Whether the pid was not given to another process meanwhile."""
    try:
        command = Path(f"/proc/{worker.pid}/cmdline").read_bytes().decode(errors="replace")
    except OSError:
        return False
    ours = worker.worker_id.split("@", maxsplit=1)[0] in command or worker.kind in command
    return ours and started_at(worker.pid) == worker.details.get("started")


def started_at(pid: int) -> int | None:
    """When a process started, in the kernel's ticks since boot; None when there is none."""
    try:
        # The name, in brackets, may hold anything.
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
    except (OSError, ValueError, IndexError):
        return None
