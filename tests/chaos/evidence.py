"""What is left to look at after a run, as plain values? Nothing here comes from the product's own code."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Event:
    """A row of job_events; times are seconds since 1970."""

    id: int
    job_id: int
    video_id: str
    attempt: int
    old: str | None
    new: str | None
    worker: str | None
    at: float
    note: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of processing_queue."""

    id: int
    video_id: str
    status: str
    priority: int
    batch: str
    attempt: int
    download_failures: int = 0
    process_failures: int = 0
    failure_class: str | None = None
    reason: str | None = None
    worker: str | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What a row of video_analysis, or a result file, says that the engine saw."""

    video_id: str
    #: Of the video's bytes.
    sha256: str
    #: One analysis has one.
    nonce: str


@dataclass(frozen=True, slots=True)
class Request:
    """What the site was asked for."""

    post: str
    is_page: bool
    began: float
    ended: float


@dataclass(frozen=True, slots=True)
class Expected:
    """How a video may end, and what it may cost."""

    #: (status, failure class) pairs.
    ends: frozenset[tuple[str, str | None]]
    #: Answers of the site after which nobody may ask again; 0: no limit of that kind.
    asked_at_most: int = 0


@dataclass(frozen=True, slots=True)
class Dose:
    """One fault that was inflicted."""

    fault: str
    began: float
    #: When the outside was well again.
    ended: float
    what: str = ""


@dataclass(frozen=True, slots=True)
class Limits:
    """What the system was told to keep; seconds."""

    gap: float
    gap_tolerance: float
    per_minute: int
    concurrency: int
    download_retries: int
    recovery: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything of one run."""

    limits: Limits
    #: Every id whose add was answered.
    accepted: Mapping[str, Expected]
    rows: Sequence[Row]
    events: Sequence[Event]
    analyses: Sequence[Result]
    requests: Sequence[Request] = ()
    doses: Sequence[Dose] = ()
    #: Result files by video id; None: not whole.
    results: Mapping[str, Result | None] = field(default_factory=dict)
    #: Media files by video id: their sha256.
    media: Mapping[str, str] = field(default_factory=dict)
    #: sha256 of what the site serves.
    served: frozenset[str] = frozenset()
    #: Part files, unfinished results, scratch of engines.
    leftovers: Sequence[str] = ()
    #: Processes that should be gone.
    processes: Sequence[str] = ()

    def lives(self) -> dict[int, list[Event]]:
        """The events of each job, in order."""
        found: dict[int, list[Event]] = {}
        for event in sorted(self.events, key=lambda event: event.id):
            found.setdefault(event.job_id, []).append(event)
        return found


@dataclass(frozen=True, slots=True)
class Violation:
    """A broken promise."""

    invariant: str
    sentence: str
    #: Seconds since 1970; 0.0: at the end.
    at: float = 0.0
    video_id: str = ""

    def __str__(self) -> str:
        return f"{self.invariant}: {self.sentence}"


def is_claim(event: Event, before: int) -> bool:
    """Whether a worker took the job; `before` is the attempt so far."""
    return event.old in ("pending", "processing") and event.attempt == before + 1 and event.worker is not None


def lost_its_worker(event: Event) -> bool:
    """Whether the job was taken away from a silent worker, or from a dead one."""
    return event.note.startswith(("the lease of ", "the process of "))


def kept_its_results(event: Event) -> bool:
    """Whether a re-run failed or was cancelled, so that the video is completed as it was before."""
    return event.new == "completed" and event.note.startswith("the earlier results stay")
