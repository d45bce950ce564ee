"""What are the values that travel between the queue, the workers and the store?"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Self


class JobStatus(StrEnum):
    """Where a job is; the five a user sees."""

    PENDING = "pending"
    DOWNLOADING = "downloading"
    #: Downloaded: waiting for a worker (no lease) or being analysed (leased).
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"


class FailureClass(StrEnum):
    """Why a job failed."""

    #: Gone for good: deleted, 404, too large. Asked once.
    PERMANENT = "permanent"
    #: Not a video we can take: a photo post, a live, a profile.
    UNSUPPORTED = "unsupported"
    #: Private, or behind a login.
    AUTH_NEEDED = "auth_needed"
    #: The site asked us to slow down.
    RATE_LIMITED = "rate_limited"
    #: May work next time: network, 5xx, an expired media link.
    TRANSIENT = "transient"
    #: What came is not a video that can be decoded.
    INVALID_MEDIA = "invalid_media"
    #: Its engine died with it, alone, or its workers went silent with it again and again.
    CRASHED = "crashed"
    #: It took longer than its time limit.
    TIMED_OUT = "timed_out"
    #: This machine's fault: disk, TLS set-up, a missing cookie file.
    LOCAL_FAULT = "local_fault"
    #: Somebody cancelled it.
    CANCELLED = "cancelled"


class Stage(StrEnum):
    """Which kind of work; also the name of its Celery queue."""

    DOWNLOAD = "download"
    GPU = "gpu"
    CPU = "cpu"


class Source(StrEnum):
    """Where a video comes from."""

    TIKTOK = "tiktok"
    #: A direct media file on a host in MEDIA_HOSTS.
    MEDIA = "media"
    #: A local file; it needs no download.
    FILE = "file"


#: Priority of one `add` when none is given, and the urgent one.
DEFAULT_PRIORITY = 5
URGENT_PRIORITY = 10


@dataclass(frozen=True, slots=True)
class Link:
    """One video as the user named it, made canonical without network."""

    #: `tiktok:<id>`, `url:<16 hex>` (a short link or direct media file) or `file:<16 hex>`.
    video_id: str
    #: What to fetch; for a file its absolute path.
    url: str
    source: Source


@dataclass(frozen=True, slots=True)
class Job:
    """A row of processing_queue that this worker holds the lease of."""

    id: int
    video_id: str
    url: str
    source: Source
    priority: int
    batch: str | None
    status: JobStatus
    #: The fencing number: every write names it, a stale one changes nothing.
    attempt: int
    #: Charged failures so far, per stage.
    download_failures: int
    process_failures: int
    #: Counts requeues, from 1.
    run: int
    #: When this run began (added or requeued): results of an earlier run are not taken for this one's.
    queued_at: datetime
    #: An engine died with it: it runs alone next.
    suspect: bool
    #: The queue it is analysed from: `gpu` (the cpu queue takes those too where no card is) or `cpu` (fallback).
    lane: Stage
    #: Where the media file lies; None until it is downloaded.
    video_path: str | None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    #: Failures of this stage that were not charged, by failure class.
    uncharged: Mapping[str, int] = field(default_factory=dict)
    #: The analyzers that run again on a video that has results; empty: all of them run.
    redo: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Dispatch:
    """A job that is to be announced on a queue."""

    job_id: int
    priority: int


@dataclass(frozen=True, slots=True)
class AddedLink:
    """What became of one link of an `add`."""

    video_id: str
    #: "added", "known", "raised" (known, and its priority was raised) or "requeued" (known and ended; runs again).
    outcome: str
    status: JobStatus


@dataclass(frozen=True, slots=True)
class AddedLinks:
    """What became of a chunk of links."""

    #: Outcome of AddedLink -> how many.
    outcomes: Mapping[str, int]
    #: One per link in the order given; empty when not asked for.
    links: tuple[AddedLink, ...] = ()

    @classmethod
    def of(cls, links: Sequence[AddedLink]) -> Self:
        """Counted."""
        return cls(Counter(link.outcome for link in links), tuple(links))


@dataclass(frozen=True, slots=True)
class JobFilter:
    """Which jobs? Every field narrows; the empty filter is all of them."""

    video_ids: tuple[str, ...] = ()
    status: JobStatus | None = None
    failure_class: FailureClass | None = None
    batch: str | None = None
    #: Only those whose last download failed under an older yt-dlp than this version.
    ytdlp_before: str | None = None


@dataclass(frozen=True, slots=True)
class Redo:
    """An analyzer that is to run again."""

    analyzer: str
    #: The version that counts as an answer; an older one doesn't.
    version: str
    #: The analyzers whose outcomes are replaced: itself, and those that read from it.
    replaces: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job as people see it in lists."""

    id: int
    video_id: str
    url: str
    status: JobStatus
    priority: int
    batch: str | None
    failure_class: FailureClass | None
    reason: str | None
    attempts: int
    worker_id: str | None
    added_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class WorkerRow:
    """A worker as it last said of itself."""

    #: The Celery node name, such as `cpu1@host`.
    worker_id: str
    #: "download", "gpu", "cpu" or "system".
    kind: str
    #: "running", "draining", "stopped" or "silent" (its heartbeat is overdue).
    status: str
    host: str
    pid: int
    #: Seconds since its last heartbeat, by the database's clock.
    heartbeat_age: float
    #: Ids of the videos it holds leases of.
    video_ids: tuple[str, ...]
    #: Device, versions, memory: whatever the worker reports, JSON.
    details: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class QueueStats:
    """The counts of the whole queue or of one batch."""

    #: Keys are the five states and "total".
    jobs: Mapping[str, int]
    failed_by_class: Mapping[str, int]
    #: Videos completed in the last hour.
    throughput_per_hour: float
    #: Seconds until the unfinished ones are done at the present pace; None when nothing moves.
    eta_seconds: float | None
    #: Seconds the oldest pending job has waited; None when none waits.
    oldest_pending_seconds: float | None
