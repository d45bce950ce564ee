"""Who keeps the leases of the jobs this process works on alive?"""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from mass_processing.errors import BackendAway
from mass_processing.held_jobs import HeldJobs
from mass_processing.records import Job
from mass_processing.store import Store

log = logging.getLogger(__name__)


class LeaseKeeper:
    """Renews the leases of every job this process holds, all in one call, from one thread."""

    def __init__(self, store: Store, worker_id: str, heartbeat_seconds: float, noted: HeldJobs) -> None:
        """`noted` is where the next process finds what this one held, should it die."""
        self._store = store
        self._noted = noted
        self._worker_id = worker_id
        self._period = heartbeat_seconds
        self._held: dict[int, tuple[Job, threading.Event]] = {}
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lease-keeper", daemon=True)
        self._thread.start()

    @contextmanager
    def holding(self, job: Job) -> Iterator[threading.Event]:
        """While the block runs the lease is renewed; the event is set when it was taken away (cancelled, expired)."""
        lost = threading.Event()
        with self._lock:
            self._held[job.id] = (job, lost)
            self._note()
        try:
            yield lost
        finally:
            with self._lock:
                self._held.pop(job.id, None)
                self._note()

    def hand_back(self, reason: str) -> None:
        """Gives every lease back, uncharged, whatever its job is doing: this process is about to end.

        What the job writes afterwards is stale. Raises: BackendAway; the leases run out by themselves then.
        """
        with self._lock:
            held = [job for job, _ in self._held.values()]
        for job in held:
            self._store.release(job, reason)

    def _note(self) -> None:
        self._noted.note({job_id: job.attempt for job_id, (job, _) in self._held.items()})

    def close(self) -> None:
        self._stop.set()
        self._thread.join(timeout=5)

    def _run(self) -> None:
        while not self._stop.wait(self._period):
            with self._lock:
                held = dict(self._held)
            if not held:
                continue
            try:
                still_ours = self._store.renew(
                    self._worker_id, {job_id: job.attempt for job_id, (job, _) in held.items()}
                )
            except BackendAway as error:
                log.warning("leases not renewed: %s", error)
                continue
            for job_id in held.keys() - still_ours:
                held[job_id][1].set()
