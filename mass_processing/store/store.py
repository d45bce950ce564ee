"""Which typed calls does the rest of the product make?"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from analyzers.jsonable import clean_text, jsonable
from mass_processing.errors import Refused
from mass_processing.policy import LOST_LEASES
from mass_processing.records import (
    AddedLink,
    AddedLinks,
    Dispatch,
    FailureClass,
    Job,
    JobFilter,
    JobRow,
    Link,
    QueueStats,
    Redo,
    Stage,
    WorkerRow,
)
from mass_processing.results import results_file
from mass_processing.store.deliveries import Deliveries
from mass_processing.store.door import MAX_ROWS, CopyingDoor, Door
from mass_processing.store.leaving import LeavingMedia
from mass_processing.store.rows import (
    added_link_of,
    filter_document,
    job_of,
    job_row_of,
    redo_document,
    stats_of,
    worker_row_of,
)
from mass_processing.store.views import Views

#: Jobs that one call of requeue, cancel, prioritize or cleanup changes: few enough for a hosted database's time limit.
_CHANGED_AT_ONCE = 5000
#: Jobs whose results one call of reanalyze looks at; they are tens of kilobytes each.
_LOOKED_AT_AT_ONCE = 1000
#: Jobs in one page of an export; a job may carry a megabyte of results.
_EXPORTED_AT_ONCE = 25
#: Longest name of a batch, characters.
_BATCH_LENGTH = 200

EVERYTHING = JobFilter()


class Store:
    """Typed calls of the SQL functions. Thread-safe.

    `lease_seconds` is how long a claim or a renewal holds a job; `results_dir` is where result files lie.
    """

    def __init__(self, door: Door, *, lease_seconds: float = 60.0, results_dir: Path | None = None) -> None:
        self._door = door
        self._lease_seconds = lease_seconds
        self._results_dir = results_dir
        #: The calls of the webhooks, those that export the views, and those that delete media files.
        self.deliveries = Deliveries(self._call)
        self.views = Views(self._call)
        self.leaving_media = LeavingMedia(self._call)

    # --- in ---------------------------------------------------------------------------------------------------------
    def add_links(self, links: Sequence[Link], *, priority: int, batch: str | None) -> list[AddedLink]:
        """One row per video, in the order given; chunks of MAX_ROWS, each committed. A known video changes nothing,
        but a higher priority is taken over while it waits. A file starts at `processing`: it needs no download.

        Raises: Refused for a priority or a batch that can't be.
        """
        _check_labels(priority, batch)
        added: list[AddedLink] = []
        for start in range(0, len(links), MAX_ROWS):
            rows = [
                {"video_id": link.video_id, "url": link.url, "source": link.source}
                for link in links[start : start + MAX_ROWS]
            ]
            added += map(added_link_of, self._call("add_jobs", links=rows, priority=priority, batch=batch))
        return added

    def add_many(self, links: Sequence[Link], *, priority: int, batch: str | None, each: bool = True) -> AddedLinks:
        """The same for the chunks of a long list, each in one transaction. Names the links only with `each`.

        Raises: as `add_links`.
        """
        if not isinstance(self._door, CopyingDoor):
            added = AddedLinks.of(self.add_links(links, priority=priority, batch=batch))
            return added if each else AddedLinks(added.outcomes)
        _check_labels(priority, batch)
        rows = [(link.video_id, clean_text(link.url), link.source.value) for link in links]
        found = self._door.call_on_links("add_staged_links", rows, priority=priority, batch=jsonable(batch), each=each)
        if each:
            return AddedLinks.of(list(map(added_link_of, found)))
        return AddedLinks({row["outcome"]: row["links"] for row in found})

    # --- dispatch ---------------------------------------------------------------------------------------------------
    def feed(self, stage: Stage, limit: int) -> list[Dispatch]:
        """The best due jobs of a stage that are not announced, marked as announced for `lease_seconds`: at most `limit`
        by priority, then age, and beyond it up to MAX_ROWS urgent ones (priority 10), which never wait for room."""
        rows = self._call("announce_jobs", stage=stage, limit=limit, lease_s=self._lease_seconds)
        return [Dispatch(**row) for row in rows]

    def wake(self) -> int:
        """Delayed retries whose time has come are due now; how many."""
        return self._until_less(MAX_ROWS, "wake_jobs")

    def unannounce(self, job_ids: Sequence[int]) -> None:
        """Takes the mark off, so that the next feed announces them again (no permit came, the send failed)."""
        self._call("unannounce_jobs", ids=list(job_ids))

    # --- a worker's life with a job -----------------------------------------------------------------------------------
    def claim(self, stage: Stage, worker_id: str, named: int | None = None) -> Job | None:
        """The best job that is due at this stage, leased to `worker_id`, attempt + 1; None when nothing is due.

        `named` is the job of the worker's permit: when it is spent on one that was not announced, it is announced anew.
        """
        rows = self._call("claim_job", stage=stage, worker=worker_id, lease_s=self._lease_seconds, named=named)
        return job_of(rows[0]) if rows else None

    def renew(self, worker_id: str, held: Mapping[int, int]) -> set[int]:
        """Extends the leases of {job id: attempt}; the ids still held. A missing one was cancelled or taken away."""
        if not held:
            return set()
        rows = self._call("renew_leases", worker=worker_id, held=held, lease_s=self._lease_seconds)
        return {row["job_id"] for row in rows}

    def finish_download(self, job: Job, *, video_id: str, video_path: str, metadata: Mapping[str, Any]) -> bool:
        """downloading → processing. `video_id` differs from the job's when a short link was resolved: the job takes
        that id over, or is merged into the job that has it. False: stale, nothing changed."""
        return self._write("finish_download", job, video_id=video_id, video_path=video_path, metadata=metadata)

    def finish_analysis(self, job: Job, *, analysis: Mapping[str, Any], segments: Sequence[Mapping[str, Any]]) -> bool:
        """processing → completed, with its rows in video_analysis and video_segments, in one transaction.

        `analysis` is the result file's document; `segments` are {analyzer, start_s, end_s, label, score, text, data}.
        False: stale, nothing changed.
        """
        return self._write("finish_analysis", job, analysis=analysis, segments=segments)

    def finish_reanalysis(
        self, job: Job, *, analysis: Mapping[str, Any], segments: Sequence[Mapping[str, Any]], note: str | None
    ) -> bool:
        """As `finish_analysis` for a job with `redo`: the outcomes and segments take the place of those of the same
        analyzers, all others stay; the metadata is the whole of it. `note` is the reason of the completed job. False:
        stale, nothing changed."""
        return self._write("finish_reanalysis", job, analysis=analysis, segments=segments, note=note)

    def analysis(self, video_id: str) -> dict[str, Any] | None:
        """The `metadata` and `analyzer_results` that the last completed analysis left; None when there was none."""
        rows = self._call("get_analysis", video_id=video_id)
        return rows[0] if rows else None

    def fail(self, job: Job, failure_class: FailureClass, reason: str, *, ytdlp_version: str | None = None) -> bool:
        """→ failed. `ytdlp_version` is the one that could not download it. False: stale, nothing changed."""
        return self._write(
            "fail_attempt", job, **{"class": failure_class, "reason": reason, "ytdlp_version": ytdlp_version}
        )

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
        ytdlp_version: str | None = None,
    ) -> bool:
        """Back to waiting, due again in `delay_s`. False: stale, nothing changed.

        `charge` counts a failure of its stage, otherwise it is counted with its class in `Job.uncharged`; `lane` moves
        it to the gpu or cpu queue; `download_again` sends a job whose file is gone back to pending; `ytdlp_version` is
        the one that failed.
        """
        return self._write(
            "retry_attempt",
            job,
            **{"class": failure_class, "reason": reason},
            delay_s=float(delay_s),
            charge=charge,
            suspect=suspect,
            lane=lane,
            download_again=download_again,
            ytdlp_version=ytdlp_version,
        )

    def release(self, job: Job, reason: str) -> bool:
        """Hands a job back untouched and uncharged (shutdown, no permit). False: stale, nothing changed."""
        return self._write("release_job", job, reason=reason)

    # --- by people ----------------------------------------------------------------------------------------------------
    def requeue(self, which: JobFilter, *, again: bool = False) -> int:
        """Failed jobs of the filter wait again with no failures counted; with `again` completed ones run anew too. How
        many."""
        return self._change("requeue_jobs", which, again=again)

    def reanalyze(
        self,
        which: JobFilter,
        redos: Sequence[Redo],
        *,
        force: bool = False,
        priority: int | None = None,
        dry_run: bool = False,
    ) -> int:
        """Completed jobs of the filter that have no answer of a version asked for (with `force`: all of them) wait for
        these analyzers again, keeping their results until then. How many; with `dry_run` nothing changes.

        `priority`: None keeps each one's. Raises: Refused.
        """
        if priority is not None:
            _check_priority(priority)
        return self._change(
            "reanalyze_jobs",
            which,
            at_once=_LOOKED_AT_AT_ONCE,
            analyzers=[redo_document(redo) for redo in redos],
            force=force,
            priority=priority,
            dry_run=dry_run,
        )

    def cancel(self, which: JobFilter) -> int:
        """Unfinished jobs of the filter → failed, class cancelled (one that runs again → completed, as it was); a
        running one is told at its next renewal. How many."""
        return self._change("cancel_jobs", which)

    def prioritize(self, which: JobFilter, priority: int) -> int:
        """Sets the priority of unfinished jobs. How many had another one. Raises: Refused."""
        _check_priority(priority)
        return self._change("prioritize_jobs", which, priority=priority)

    def cleanup(self, days: float) -> int:
        """Deletes jobs that ended more than `days` ago with their analyses, old events, metrics, silent workers and
        webhooks' deliveries. How many jobs. Raises: Refused."""
        if not 0 <= days < 36_500:
            raise Refused(f"days should be between 0 and 36500, not {days:g}")
        self.deliveries.cleanup(days)
        return self._until_less(_CHANGED_AT_ONCE, "cleanup", days=float(days), limit=_CHANGED_AT_ONCE)

    # --- repair -------------------------------------------------------------------------------------------------------
    def reap(self, dead: Mapping[int, int] | None = None) -> int:
        """Jobs whose lease ran out wait again, uncharged, up to LOST_LEASES times; so do those of processes known to be
        `dead`, attempts by id. One that was in an engine becomes suspect. How many."""
        return self._until_less(
            MAX_ROWS, "reap_silent", limit=LOST_LEASES, dead=list((dead or {}).items()), longest_s=self._lease_seconds
        )

    # --- reading ------------------------------------------------------------------------------------------------------
    def stats(self, batch: str | None = None) -> QueueStats:
        """The counts now."""
        return stats_of(self._call("queue_stats", batch=batch)[0])

    def waiting(self, stage: Stage) -> int:
        """How many jobs wait for this stage or run in it (back-pressure)."""
        return int(self._call("count_waiting", stage=stage)[0]["count_waiting"])

    def jobs(self, which: JobFilter = EVERYTHING, *, limit: int = 100, before_id: int | None = None) -> list[JobRow]:
        """Newest first; page on with the last row's id as `before_id`. limit ≤ 500."""
        rows = self._call("list_jobs", which=filter_document(which), limit=min(limit, MAX_ROWS), before=before_id)
        return [job_row_of(row) for row in rows]

    def video(self, video_id: str) -> dict[str, Any] | None:
        """Everything about one video, JSON-able; None when unknown.

        The job's fields, `metadata` (of the download, then also of the result file), `analyzer_results` ({} until
        completed for the first time), `results_file` (None until then), `video_path`, `events` (its last 500
        transitions in order: at, attempt, from, to, worker, note).

        `video_id` may also be a bare TikTok id, or an id it was named by before its short link was resolved.
        """
        rows = self._call("get_video", name=video_id)
        return self._document(rows[0]["video"]) | {"events": rows[0]["events"]} if rows else None

    def segments(self, video_id: str) -> list[dict[str, Any]]:
        """The timeline rows: analyzer, start_s, end_s, label, score, text, data; by analyzer and start."""
        found: list[dict[str, Any]] = []
        last: dict[str, Any] = {"analyzer": "", "start_s": 0.0, "id": 0}
        while True:
            rows = self._call(
                "list_segments",
                name=video_id,
                limit=MAX_ROWS,
                analyzer=last["analyzer"],
                start_s=last["start_s"],
                id=last["id"],
            )
            found += ({key: value for key, value in row.items() if key != "id"} for row in rows)
            if len(rows) < MAX_ROWS:
                return found
            last = rows[-1]

    def export(self, which: JobFilter = EVERYTHING) -> Iterator[dict[str, Any]]:
        """Every job with its analysis, one dict at a time, fetched in pages; memory doesn't grow with the rows."""
        after = 0
        while rows := self._call("export_jobs", which=filter_document(which), after=after, limit=_EXPORTED_AT_ONCE):
            for row in rows:
                yield self._document(row["video"])
            after = rows[-1]["id"]

    def applied_migrations(self) -> set[str]:
        """The versions of `migrations/` that the database has. Raises: BackendAway, also when it has none of them."""
        return {row["version"] for row in self._call("applied_migrations")}

    # --- workers ------------------------------------------------------------------------------------------------------
    def heartbeat(
        self, worker_id: str, kind: str, status: str, host: str, pid: int, details: Mapping[str, Any]
    ) -> None:
        """A worker says that it lives, and what it does."""
        self._call("report_worker", worker=worker_id, kind=kind, status=status, host=host, pid=pid, details=details)

    def workers(self) -> list[WorkerRow]:
        """All that were seen in the last day, newest heartbeat first."""
        return [worker_row_of(row) for row in self._call("list_workers")]

    def record_metrics(self) -> None:
        """Adds one row of performance_metrics (counts by status, throughput, workers), called once a minute."""
        self._call("record_metrics")

    def metrics(self, hours: float = 1.0) -> list[dict[str, Any]]:
        """The rows of performance_metrics of the last hours, oldest first, JSON-able: at, pending, downloading,
        processing, completed, failed, completed_per_hour, workers."""
        found: list[dict[str, Any]] = []
        after: Any = "-infinity"
        while True:
            rows = self._call("list_metrics", hours=float(hours), after=after, limit=MAX_ROWS)
            found += map(jsonable, rows)
            if len(rows) < MAX_ROWS:
                return found
            after = rows[-1]["at"]

    def close(self) -> None:
        self._door.close()

    # --- below --------------------------------------------------------------------------------------------------------
    def _call(self, function: str, **arguments: Any) -> list[dict[str, Any]]:
        """The one place where what is written is cleaned."""
        return self._door.call(function, **{name: jsonable(value) for name, value in arguments.items()})

    def _write(self, function: str, job: Job, **arguments: Any) -> bool:
        """A fenced write: False when somebody else has the job by now."""
        rows = self._call(function, id=job.id, attempt=job.attempt, **arguments)
        return bool(rows[0][function])

    def _change(self, function: str, which: JobFilter, at_once: int = _CHANGED_AT_ONCE, **arguments: Any) -> int:
        """Calls again with the ids after the last one until there are none."""
        arguments |= {"which": filter_document(which), "limit": at_once}
        total = 0
        after: int | None = 0
        while after is not None:
            row = self._call(function, after=after, **arguments)[0]
            total += row["changed"]
            after = row["last_id"]
        return total

    def _until_less(self, full: int, function: str, **arguments: Any) -> int:
        """Calls again while a call changed as many as one may."""
        total = 0
        while True:
            changed = int(self._call(function, **arguments)[0][function])
            total += changed
            if changed < full:
                return total

    def _document(self, video: dict[str, Any]) -> dict[str, Any]:
        path = None
        if self._results_dir is not None and video["completed_at"] is not None:
            path = str(results_file(self._results_dir, video["video_id"]))
        return video | {"results_file": path}


def _check_labels(priority: int, batch: str | None) -> None:
    _check_priority(priority)
    if batch is not None and not 1 <= len(batch) <= _BATCH_LENGTH:
        raise Refused(f"the name of a batch has 1 to {_BATCH_LENGTH} characters, not {len(batch)}")


def _check_priority(priority: int) -> None:
    if not 1 <= priority <= 10:
        raise Refused(f"the priority is a whole number from 1 (low) to 10 (urgent), not {priority}")
