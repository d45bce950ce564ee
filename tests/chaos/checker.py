"""Were the promises kept? An independent look at what a run left: it knows the tables and files.

I1 every accepted id ends · I2 exactly one completion, one row, one file · I3 legal transitions, fenced by attempts ·
I4 the pace · I5 charged downloads and final answers · I6 urgent first · I7 nothing left at rest · I8 bounded recovery.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from tests.chaos.evidence import Event, Evidence, Violation, is_claim, kept_its_results, lost_its_worker
from tests.chaos.recoveries import recoveries

_LEGAL = {
    ("pending", "downloading"),
    ("pending", "failed"),
    ("pending", "processing"),
    ("downloading", "pending"),
    ("downloading", "processing"),
    ("downloading", "failed"),
    ("downloading", None),
    ("processing", "processing"),
    ("processing", "pending"),
    ("processing", "completed"),
    ("processing", "failed"),
    ("failed", "pending"),
    ("failed", "processing"),
    ("completed", "pending"),
    ("completed", "processing"),
}
_URGENT = 10


def check(evidence: Evidence) -> list[Violation]:
    """Every violation, each a sentence with ids and times."""
    looks = (every_id_ends, once, legal, pace, answers, urgent_first, at_rest, recovery)
    return [violation for look in looks for violation in look(evidence)]


def every_id_ends(evidence: Evidence) -> Iterator[Violation]:
    rows = {row.video_id: row for row in evidence.rows}
    for video_id, expected in evidence.accepted.items():
        row = rows.get(video_id)
        if row is None:
            yield Violation("I1", f"{video_id} was accepted and is in no row", video_id=video_id)
        elif row.status not in ("completed", "failed"):
            yield Violation("I1", f"{video_id} is still {row.status} at the end ({row.reason})", video_id=video_id)
        elif (row.status, row.failure_class) not in expected.ends:
            ended = f"{row.status} ({row.failure_class}: {row.reason})"
            yield Violation("I1", f"{video_id} ended {ended}, not as the site answered", video_id=video_id)


def once(evidence: Evidence) -> Iterator[Violation]:
    completions = Counter(event.job_id for event in evidence.events if event.new == "completed")
    #: Their last re-run came to nothing; its result file may have been written just before.
    kept = {events[-1].video_id for events in evidence.lives().values() if kept_its_results(events[-1])}
    again = Counter(event.job_id for event in evidence.events if event.old == "completed")
    analyses = {analysis.video_id: analysis for analysis in evidence.analyses}
    for row in evidence.rows:
        count = completions[row.id] - again[row.id]
        if count != (row.status == "completed"):
            yield Violation(
                "I2", f"{row.video_id} is {row.status} and was completed {count} times", video_id=row.video_id
            )
        if row.status == "completed":
            yield from _one_result(evidence, row.video_id, analyses.get(row.video_id), row.video_id in kept)
        elif row.video_id in analyses:
            yield Violation("I2", f"{row.video_id} is {row.status} and has an analysis", video_id=row.video_id)
    if len(analyses) != len(evidence.analyses):
        yield Violation("I2", "a video has two rows in video_analysis")


def _one_result(evidence: Evidence, video_id: str, analysis: object, ahead: bool) -> Iterator[Violation]:
    """`ahead`: whether the file may tell of more than the row."""
    file = evidence.results.get(video_id)
    if analysis is None:
        yield Violation("I2", f"{video_id} is completed and has no row in video_analysis", video_id=video_id)
    if file is None:
        yield Violation("I2", f"{video_id} is completed and has no whole result file", video_id=video_id)
    if analysis and file and analysis != file and not ahead:
        yield Violation(
            "I2", f"the result file of {video_id} is of another analysis ({file}) than its row ({analysis})",
            video_id=video_id,
        )  # fmt: skip
    if file and file.sha256 not in evidence.served:
        yield Violation("I2", f"{video_id} was analysed from bytes that the site never sent", video_id=video_id)
    if evidence.media.get(video_id) not in evidence.served:
        yield Violation("I2", f"the media file of {video_id} is not what the site sent", video_id=video_id)


def legal(evidence: Evidence) -> Iterator[Violation]:
    for events in evidence.lives().values():
        yield from _one_life(events)


def _one_life(events: list[Event]) -> Iterator[Violation]:
    status, attempt, holder, completed = None, 0, None, False
    for event in events:
        name = f"{event.video_id} at event {event.id}"
        if event.old is None:
            if status is not None:
                yield Violation("I3", f"{name}: added a second time", event.at, event.video_id)
            status = event.new
            continue
        if event.old != status:
            yield Violation("I3", f"{name}: left {event.old}, but was {status}", event.at, event.video_id)
        if (event.old, event.new) not in _LEGAL and not (completed and kept_its_results(event)):
            yield Violation("I3", f"{name}: {event.old} → {event.new} is not a way", event.at, event.video_id)
        claimed = is_claim(event, attempt)
        yield from _held_rightly(event, name, attempt, holder, claimed)
        status, attempt, completed = event.new, max(attempt, event.attempt), completed or event.new == "completed"
        holder = event.worker if claimed else None


def _held_rightly(event: Event, name: str, attempt: int, holder: str | None, claimed: bool) -> Iterator[Violation]:
    if claimed and holder is not None:
        yield Violation("I3", f"{name}: {event.worker} claimed it while {holder} held it", event.at, event.video_id)
    elif not claimed and event.attempt != attempt:
        what = f"attempt {event.attempt} after {attempt}"
        yield Violation("I3", f"{name}: {what} without a claim", event.at, event.video_id)
    elif not claimed and event.new == "completed" and holder is None and not kept_its_results(event):
        yield Violation("I3", f"{name}: completed by nobody who held it", event.at, event.video_id)
    elif not claimed and holder is not None and event.worker != holder:
        yield Violation("I3", f"{name}: {event.worker} wrote while {holder} held it", event.at, event.video_id)


def pace(evidence: Evidence) -> Iterator[Violation]:
    limits = evidence.limits
    pages = sorted((request for request in evidence.requests if request.is_page), key=lambda request: request.began)
    for one, other in pairwise(pages):
        gap = other.began - one.began
        if gap < limits.gap - limits.gap_tolerance:
            what = f"{gap:.3f} s between the pages of {one.post} and {other.post}, {limits.gap:g} s are asked for"
            yield Violation("I4", what, other.began, f"tiktok:{other.post}")
    for index, page in enumerate(pages[limits.per_minute :]):
        span = page.began - pages[index].began
        if span < 60 - limits.gap_tolerance:
            what = f"{limits.per_minute + 1} pages within {span:.1f} s"
            yield Violation("I4", what, page.began, f"tiktok:{page.post}")
    yield from _at_once(evidence)


def _at_once(evidence: Evidence) -> Iterator[Violation]:
    moments = [(request.began, 1, request.post) for request in evidence.requests]
    moments += [(request.ended, -1, request.post) for request in evidence.requests]
    running: Counter[str] = Counter()
    for at, change, post in sorted(moments, key=lambda moment: (moment[0], moment[1])):
        running[post] += change
        busy = [each for each, count in running.items() if count > 0]
        if change > 0 and len(busy) > evidence.limits.concurrency:
            yield Violation("I4", f"{len(busy)} posts at once: {', '.join(busy)}", at, f"tiktok:{post}")


def answers(evidence: Evidence) -> Iterator[Violation]:
    """Charged downloads, and posts that gave their last answer."""
    allowed = 1 + evidence.limits.download_retries
    pages = Counter(f"tiktok:{request.post}" for request in evidence.requests if request.is_page)
    downloads: Counter[str] = Counter()
    unfinished: Counter[str] = Counter()
    for events in evidence.lives().values():
        attempt = 0
        for event in events:
            downloads[event.video_id] += event.old == "pending" and is_claim(event, attempt)
            attempt = max(attempt, event.attempt)
            unfinished[event.video_id] += event.old == "downloading" and _handed_back(event)
    for row in evidence.rows:
        if row.download_failures > allowed - 1 + (row.status == "failed"):
            what = f"{row.video_id} was charged {row.download_failures} failed downloads"
            yield Violation("I5", what, video_id=row.video_id)
    for video_id, expected in evidence.accepted.items():
        most = expected.asked_at_most + unfinished[video_id]
        if expected.asked_at_most and pages[video_id] > most:
            what = (
                f"{video_id} was asked for {pages[video_id]} times; its answer was final after {expected.asked_at_most}"
            )
            yield Violation("I5", f"{what} (and {unfinished[video_id]} were interrupted)", video_id=video_id)


def _handed_back(event: Event) -> bool:
    """Whether an attempt ended without an answer of the site that anybody could note."""
    return event.new == "pending" and (lost_its_worker(event) or event.note.startswith("handed back"))


def urgent_first(evidence: Evidence) -> Iterator[Violation]:
    rows = {row.id: row for row in evidence.rows}
    attempts: Counter[int] = Counter()
    waiting: dict[int, int] = {}
    for event in sorted(evidence.events, key=lambda event: event.id):
        row = rows.get(event.job_id)
        if row is None:
            continue
        if event.old is None and row.priority == _URGENT and event.new == "pending":
            waiting[event.job_id] = 0
        elif event.old == "pending" and is_claim(event, attempts[event.job_id]):
            for urgent in waiting:
                waiting[urgent] += row.priority < _URGENT
            lower = waiting.pop(event.job_id, 0)
            if lower > evidence.limits.concurrency:
                what = f"{lower} lower videos started before the urgent {row.video_id}"
                yield Violation("I6", what, event.at, row.video_id)
        attempts[event.job_id] = max(attempts[event.job_id], event.attempt)


def at_rest(evidence: Evidence) -> Iterator[Violation]:
    for row in evidence.rows:
        if row.worker is not None:
            yield Violation("I7", f"{row.worker} still holds {row.video_id}", video_id=row.video_id)
    for file in evidence.leftovers:
        yield Violation("I7", f"{file} was left behind")
    for process in evidence.processes:
        yield Violation("I7", f"still running: {process}")


def recovery(evidence: Evidence) -> Iterator[Violation]:
    for fault, seconds, at, what in recoveries(evidence):
        if seconds > evidence.limits.recovery:
            yield Violation("I8", f"{fault}: {seconds:.1f} s until {what}", at)
    doses = sorted(dose.began for dose in evidence.doses)
    for events in evidence.lives().values():
        for event in events:
            if lost_its_worker(event) and not bisect_right(doses, event.at):
                what = f"{event.video_id} lost its worker although nothing was hurt"
                yield Violation("I8", what, event.at, event.video_id)
