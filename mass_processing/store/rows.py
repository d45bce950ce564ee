"""How does a row of the database become a value of ours?"""

from datetime import datetime
from typing import Any

from mass_processing.records import (
    AddedLink,
    FailureClass,
    Job,
    JobFilter,
    JobRow,
    JobStatus,
    QueueStats,
    Redo,
    Source,
    Stage,
    WorkerRow,
)

Row = dict[str, Any]


def moment_of(value: datetime | str) -> datetime:
    """A time stamp of either door: JSON knows only text."""
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)


def job_of(row: Row) -> Job:
    """From claim_job."""
    return Job(
        id=row["id"],
        video_id=row["video_id"],
        url=row["url"],
        source=Source(row["source"]),
        priority=row["priority"],
        batch=row["batch"],
        status=JobStatus(row["status"]),
        attempt=row["attempt"],
        download_failures=row["download_failures"],
        process_failures=row["process_failures"],
        run=row["run"],
        queued_at=moment_of(row["queued_at"]),
        suspect=row["suspect"],
        lane=Stage(row["lane"]),
        video_path=row["video_path"],
        metadata=row["metadata"],
        uncharged=row["uncharged"],
        redo=tuple(row["redo"] or ()),
    )


def redo_document(redo: Redo) -> Row:
    """An analyzer to run again as reanalyze_jobs reads it."""
    return {"name": redo.analyzer, "version": redo.version, "replaces": list(redo.replaces)}


def added_link_of(row: Row) -> AddedLink:
    """From add_jobs."""
    return AddedLink(row["video_id"], row["outcome"], JobStatus(row["status"]))


def job_row_of(row: Row) -> JobRow:
    """From list_jobs."""
    failure = FailureClass(row["failure_class"]) if row["failure_class"] else None
    times = {name: moment_of(row[name]) for name in ("added_at", "updated_at")}
    return JobRow(**{**row, **times, "status": JobStatus(row["status"]), "failure_class": failure})


def worker_row_of(row: Row) -> WorkerRow:
    """From list_workers."""
    return WorkerRow(**{**row, "video_ids": tuple(row["video_ids"])})


def stats_of(row: Row) -> QueueStats:
    """From queue_stats."""
    jobs = {key: row["jobs"][key] for key in (*JobStatus, "total")}
    return QueueStats(**{**row, "jobs": jobs})


def filter_document(which: JobFilter) -> Row:
    """A filter as the SQL functions read it."""
    return {
        "video_ids": list(which.video_ids),
        "status": which.status,
        "failure_class": which.failure_class,
        "batch": which.batch,
        "ytdlp_before": which.ytdlp_before,
    }
