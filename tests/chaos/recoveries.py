"""How soon after each fault was work done again, and were the jobs of lost workers taken up again?"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.chaos.evidence import Event, Evidence, is_claim, kept_its_results, lost_its_worker


def recoveries(evidence: Evidence) -> list[tuple[str, float, float, str]]:
    """(fault, seconds, when it ended, what came back) per dose: until a job was taken up and completed, and until
    each job that lost its worker was taken up again, or stood in line for that."""
    cycles = _Cycles({row.id: (-row.priority, row.id) for row in evidence.rows})
    for events in evidence.lives().values():
        cycles.add(events)
    found = []
    for dose in evidence.doses:
        after = [done for claimed, done in cycles.done if claimed >= dose.ended]
        if after:
            found.append((dose.fault, min(after) - dose.ended, dose.ended, "a video was completed again"))
    for lost in cycles.lost:
        dose = max((d for d in evidence.doses if d.began <= lost.waits), key=lambda d: d.began, default=None)
        if dose and lost.claimed <= dose.ended:
            back = lost.again.at if cycles.overtaken(lost) else lost.waits
            what = f"{lost.again.video_id} was taken up again"
            found.append((dose.fault, max(0.0, back - dose.ended), dose.ended, what))
    return found


@dataclass(frozen=True, slots=True)
class _Lost:
    """A job that lost its worker; times are seconds since 1970."""

    claimed: float
    #: When it waited again.
    waits: float
    again: Event


@dataclass(slots=True)
class _Cycles:
    """From claim to claim, over all jobs."""

    #: Job → what the queue sorts by.
    place: dict[int, tuple[int, int]]
    #: (claimed, completed)
    done: list[tuple[float, float]] = field(default_factory=list)
    lost: list[_Lost] = field(default_factory=list)
    claims: list[Event] = field(default_factory=list)

    def add(self, events: list[Event]) -> None:
        """The life of one job."""
        attempt, claimed, waits = 0, 0.0, 0.0
        for event in events:
            if is_claim(event, attempt):
                if waits:
                    self.lost.append(_Lost(claimed, waits, event))
                self.claims.append(event)
                claimed, waits = event.at, 0.0
            elif kept_its_results(event):
                waits = 0.0
            elif event.new == "completed":
                self.done.append((claimed, event.at))
            elif lost_its_worker(event):
                waits = event.at
            attempt = max(attempt, event.attempt)

    def overtaken(self, lost: _Lost) -> bool:
        """Whether a job of a later place was taken from the same queue meanwhile. If not, it waited for its turn."""
        ours = self.place[lost.again.job_id]
        return any(self.place[claim.job_id] > ours for claim in self._meanwhile(lost))

    def _meanwhile(self, lost: _Lost) -> Iterator[Event]:
        for claim in self.claims:
            if lost.waits < claim.at < lost.again.at and _queue(claim) == _queue(lost.again):
                yield claim


def _queue(claim: Event) -> str:
    """`gpu0@host` takes from gpu."""
    return re.split(r"[\d@]", claim.worker or "", maxsplit=1)[0]
