"""How far are these videos, and when have all of them ended?"""

import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mass_processing.errors import MassProcessingError
from mass_processing.records import JobFilter, JobStatus
from mass_processing.store import MAX_ROWS, Store

#: Seconds without a worker that could go on, after which waiting is given up: a restarted worker is back sooner.
PATIENCE = 30.0
_ENDED = frozenset({JobStatus.COMPLETED, JobStatus.FAILED})
#: Seconds between two looks at the workers.
_WORKER_CHECK = 5.0


class NobodyWorks(MassProcessingError):
    """Videos wait and no worker that could take them is alive."""


class NotDoneYet(MassProcessingError):
    """Videos that were waited for have not ended in the time given."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How many of the followed videos are in each state."""

    pending: int = 0
    downloading: int = 0
    processing: int = 0
    completed: int = 0
    failed: int = 0

    @property
    def total(self) -> int:
        return self.pending + self.downloading + self.processing + self.ended

    @property
    def ended(self) -> int:
        return self.completed + self.failed

    @property
    def done(self) -> bool:
        """Whether all of them ended."""
        return self.ended == self.total


class Following:
    """Looks at the videos of one batch, and at single ones. The ended single ones are not asked for again."""

    def __init__(self, store: Store, *, batch: str | None = None, video_ids: Iterable[str] = ()) -> None:
        self._store = store
        self._batch = batch
        self._open = list(dict.fromkeys(video_ids))
        self._ended: Counter[JobStatus] = Counter()

    def look(self) -> Progress:
        """The counts now. Raises: BackendAway."""
        counts: Counter[str] = Counter({status.value: count for status, count in self._ended.items()})
        still_open = []
        for start in range(0, len(self._open), MAX_ROWS):
            asked = tuple(self._open[start : start + MAX_ROWS])
            # A video that is no longer there was merged into another one (a short link) or cleaned up.
            for row in self._store.jobs(JobFilter(video_ids=asked), limit=MAX_ROWS):
                if row.batch is not None and row.batch == self._batch:
                    continue  # it is counted with its batch
                counts[row.status.value] += 1
                if row.status in _ENDED:
                    self._ended[row.status] += 1
                else:
                    still_open.append(row.video_id)
        self._open = still_open
        if self._batch is not None:
            of_batch = self._store.stats(self._batch).jobs
            counts.update({status.value: of_batch.get(status.value, 0) for status in JobStatus})
        return Progress(**{status.value: counts[status.value] for status in JobStatus})


def follow(following: Following, store: Store, *, every: float = 1.0, patience: float = PATIENCE) -> Iterator[Progress]:
    """The progress every `every` seconds, the last time when all have ended.

    Raises: NobodyWorks when for `patience` seconds no worker lived that could go on; BackendAway.
    """
    last_alive = time.monotonic()
    last_check = float("-inf")
    while True:
        started = time.monotonic()
        progress = following.look()
        yield progress
        if progress.done:
            return
        if started - last_check >= min(_WORKER_CHECK, patience):
            last_check = started
            missing = why_nothing_moves(store, progress)
            last_alive = last_alive if missing else time.monotonic()
            if missing and time.monotonic() - last_alive >= patience:
                raise NobodyWorks(f"{missing}; what was added stays in the queue")
        # Looking at very many videos takes long: at most a third of the time goes into it.
        time.sleep(max(every, 2 * (time.monotonic() - started)))


def why_nothing_moves(store: Store, progress: Progress) -> str:
    """Which worker is missing for these videos to go on; empty when one that can is alive."""
    from mass_processing.health import can_analyze

    alive = {worker.kind for worker in store.workers() if worker.status in ("running", "draining")}
    if not can_analyze(alive):
        return "no gpu or cpu worker is alive, so no video is analysed; start them with ./start_workers.sh"
    if "download" not in alive and not progress.downloading and not progress.processing:
        return "no download worker is alive, so links wait; start it with ./start_workers.sh"
    return ""
