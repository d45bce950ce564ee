"""What does the database know, and how is it changed?

`Store` is the typed face of the SQL functions in `migrations/`; every state change is one such function. It speaks
through a `Door` (psycopg here), which calls a function by name and answers its rows.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from mass_processing.records import (
    AddedLink,
    Dispatch,
    FailureClass,
    Job,
    JobFilter,
    JobRow,
    Link,
    QueueStats,
    Stage,
    WorkerRow,
)

#: A hosted PostgREST cuts answers at 1,000 rows while the function commits all of them, so no call asks for more.
MAX_ROWS = 500


class Door(Protocol):
    """How SQL functions are called."""

    def call(self, function: str, /, **arguments: Any) -> list[dict[str, Any]]:
        """The rows of `select * from function(...)`; dict and list arguments travel as jsonb.

        Raises: BackendAway when the database can't be reached.
        """
        ...

    def close(self) -> None: ...


class Store:
    """Typed calls of the SQL functions. Thread-safe; never carried across a fork."""

    def __init__(self, door: Door) -> None: ...

    # --- in ---------------------------------------------------------------------------------------------------
    def add_links(self, links: Sequence[Link], *, priority: int, batch: str | None) -> list[AddedLink]:
        """One row per video, in the order given; chunks of MAX_ROWS, each committed. A known video changes nothing,
        but a higher priority is taken over while it waits. A file starts at `processing`: it needs no download."""

    # --- dispatch ---------------------------------------------------------------------------------------------
    def feed(self, stage: Stage, limit: int) -> list[Dispatch]:
        """The best due jobs of a stage that are not announced, marked as announced for 60 s: at most `limit` by priority, then
        age, and beyond it up to MAX_ROWS urgent ones (priority 10), which never wait for room."""

    def unannounce(self, job_ids: Sequence[int]) -> None:
        """Takes the mark off, so that the next feed announces them again (no permit came, the send failed)."""

    # --- a worker's life with a job ------------------------------------------------------------------------------
    def claim(self, stage: Stage, worker_id: str) -> Job | None:
        """The best job that is due at this stage, leased to `worker_id`, attempt + 1; None when nothing is due."""

    def renew(self, worker_id: str, held: Mapping[int, int]) -> set[int]:
        """Extends the leases of {job id: attempt}; the ids still held. A missing one was cancelled or taken away."""

    def finish_download(
        self, job: Job, *, video_id: str, video_path: str, metadata: Mapping[str, Any]
    ) -> bool:
        """downloading → processing. `video_id` differs from the job's when a short link was resolved: the job takes that
        id over, or is merged into the job that has it. False: stale, nothing changed."""

    def finish_analysis(
        self, job: Job, *, analysis: Mapping[str, Any], segments: Sequence[Mapping[str, Any]]
    ) -> bool:
        """processing → completed, with its rows in video_analysis and video_segments, in one transaction.

        `analysis` is the result file's document; `segments` are {analyzer, start_s, end_s, label, score, text, data}.
        """

    def fail(self, job: Job, failure_class: FailureClass, reason: str) -> bool:
        """→ failed."""

    def retry(
        self,
        job: Job,
        failure_class: FailureClass,
        reason: str,
        *,
        delay_s: float,
        charge: bool = True,
        suspect: bool = False,
        lane: Stage | None = None,
        download_again: bool = False,
    ) -> bool:
        """Back to waiting, due again in `delay_s`. `charge` counts a failure of its stage; `lane` moves it to the gpu or cpu
        queue; `download_again` sends a job whose file is gone back to pending."""

    def release(self, job: Job, reason: str) -> bool:
        """Hands a job back untouched and uncharged (shutdown, no permit)."""

    # --- by people ------------------------------------------------------------------------------------------------
    def requeue(self, which: JobFilter, *, again: bool = False) -> int:
        """Failed jobs of the filter wait again with no failures counted; with `again` completed ones run anew too. How many."""

    def cancel(self, which: JobFilter) -> int:
        """Unfinished jobs of the filter → failed, class cancelled; a running one is told at its next renewal."""

    def prioritize(self, which: JobFilter, priority: int) -> int:
        """Sets the priority of unfinished jobs."""

    def cleanup(self, days: float) -> int:
        """Deletes jobs that ended more than `days` ago with their analyses, old events, metrics and silent workers. How many jobs."""

    # --- repair ---------------------------------------------------------------------------------------------------
    def reap(self) -> int:
        """Jobs whose lease ran out wait again, uncharged; a job whose lease ran out in its engine becomes suspect."""

    # --- reading --------------------------------------------------------------------------------------------------
    def stats(self, batch: str | None = None) -> QueueStats: ...

    def waiting(self, stage: Stage) -> int:
        """How many jobs wait for this stage or run in it (back-pressure)."""

    def jobs(self, which: JobFilter = JobFilter(), *, limit: int = 100, before_id: int | None = None) -> list[JobRow]:
        """Newest first; page on with the last row's id as `before_id`. limit ≤ 500."""

    def video(self, video_id: str) -> dict[str, Any] | None:
        """Everything about one video: the job's fields, `metadata`, `analyzer_results` ({} until completed), `results_file`,
        `events` (its transitions in order), `video_path`; None when unknown. `video_id` may also be a bare TikTok id or any URL form's id."""

    def segments(self, video_id: str) -> list[dict[str, Any]]:
        """The timeline rows: analyzer, start_s, end_s, label, score, text, data; by analyzer and start."""

    def export(self, which: JobFilter = JobFilter()) -> Iterator[dict[str, Any]]:
        """Every job with its analysis, one dict at a time, fetched in pages; memory doesn't grow with the rows."""

    # --- workers --------------------------------------------------------------------------------------------------
    def heartbeat(self, worker_id: str, kind: str, status: str, host: str, pid: int, details: Mapping[str, Any]) -> None: ...

    def workers(self) -> list[WorkerRow]:
        """All that were seen in the last day, newest heartbeat first."""

    def record_metrics(self) -> None:
        """Adds one row of performance_metrics (counts by status, throughput, workers), called once a minute."""

    def metrics(self, hours: float = 1.0) -> list[dict[str, Any]]:
        """The rows of performance_metrics of the last hours, oldest first: at, pending, downloading, processing, completed, failed, completed_per_hour, workers."""

    def close(self) -> None: ...


def open_store() -> Store:
    """The store the settings name. Raises: BackendAway with what to start."""
    raise NotImplementedError
