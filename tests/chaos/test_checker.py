"""Does the checker find each broken promise in a history that was made up?"""

from dataclasses import replace

import pytest

from tests.chaos.checker import check
from tests.chaos.evidence import Dose, Event, Evidence, Expected, Limits, Request, Result, Row
from tests.chaos.recoveries import recoveries

LIMITS = Limits(gap=2.0, gap_tolerance=0.02, per_minute=3, concurrency=2, download_retries=3, recovery=80.0)
DONE = Expected(frozenset({("completed", None)}))
GONE = Expected(frozenset({("failed", "auth_needed")}), asked_at_most=1)
RESULT = Result("tiktok:1", "bytes", "n1")
#: (attempt, from, to, worker): a life without trouble.
LIFE = [
    (0, None, "pending", None),
    (1, "pending", "downloading", "download1"),
    (1, "downloading", "processing", "download1"),
    (2, "processing", "processing", "gpu0"),
    (2, "processing", "completed", "gpu0"),
]


def life(*steps: tuple[int, str | None, str | None, str | None], job: int = 1, first: int = 1) -> list[Event]:
    return [
        Event(first + index, job, f"tiktok:{job}", attempt, old, new, worker, 100.0 + first + index)
        for index, (attempt, old, new, worker) in enumerate(steps)
    ]


GOOD = Evidence(
    LIMITS,
    accepted={"tiktok:1": DONE},
    rows=[Row(1, "tiktok:1", "completed", 5, "b", 2)],
    events=life(*LIFE),
    analyses=[RESULT],
    requests=[Request("1", True, 101.5, 101.6)],
    results={"tiktok:1": RESULT},
    media={"tiktok:1": "bytes"},
    served=frozenset({"bytes"}),
)


def broken(evidence: Evidence) -> set[str]:
    return {violation.invariant for violation in check(evidence)}


def test_a_history_without_trouble_has_no_violation() -> None:
    assert check(GOOD) == []


HISTORIES = {
    "an accepted id that is in no row": ("I1", replace(GOOD, accepted={**GOOD.accepted, "tiktok:2": DONE})),
    "an id that is still pending": (
        "I1",
        replace(
            GOOD,
            accepted={**GOOD.accepted, "tiktok:2": DONE},
            rows=[*GOOD.rows, Row(2, "tiktok:2", "pending", 5, "b", 0)],
        ),
    ),
    "a good post that failed": (
        "I1",
        replace(
            GOOD,
            accepted={**GOOD.accepted, "tiktok:2": DONE},
            rows=[*GOOD.rows, Row(2, "tiktok:2", "failed", 5, "b", 1, failure_class="transient")],
        ),
    ),
    "a video completed twice": ("I2", replace(GOOD, events=[*GOOD.events, *life(LIFE[-1], first=6)])),
    "a completed video without an analysis": ("I2", replace(GOOD, analyses=[])),
    "two analyses of one video": ("I2", replace(GOOD, analyses=[RESULT, replace(RESULT, nonce="n2")])),
    "a result file of another analysis": ("I2", replace(GOOD, results={"tiktok:1": replace(RESULT, nonce="n2")})),
    "half a result file": ("I2", replace(GOOD, results={"tiktok:1": None})),
    "an analysis of half a file": (
        "I2",
        replace(
            GOOD, analyses=[replace(RESULT, sha256="half")], results={"tiktok:1": replace(RESULT, sha256="half")}
        ),
    ),
    "a media file with other bytes": ("I2", replace(GOOD, media={"tiktok:1": "half"})),
    "a failed video with an analysis": (
        "I2",
        replace(GOOD, rows=[Row(1, "tiktok:1", "failed", 5, "b", 2, failure_class="transient")]),
    ),
    "a way that is none": (
        "I3",
        replace(GOOD, events=life(LIFE[0], (1, "pending", "completed", "gpu0"))),
    ),
    "a step from where it was not": (
        "I3",
        replace(GOOD, events=life(LIFE[0], LIFE[1], (2, "processing", "processing", "gpu0"), LIFE[4])),
    ),
    "two live leases": (
        "I3",
        replace(GOOD, events=life(*LIFE[:4], (3, "processing", "processing", "cpu1"), (3, *LIFE[4][1:]))),
    ),
    "an attempt that went back": (
        "I3",
        replace(GOOD, events=life(*LIFE[:4], (1, "processing", "completed", "gpu0"))),
    ),
    "a write of somebody who did not hold it": (
        "I3",
        replace(GOOD, events=life(*LIFE[:4], (2, "processing", "completed", "cpu1"))),
    ),
    "a completion without a claim": (
        "I3",
        replace(GOOD, events=life(*LIFE[:3], (1, "processing", "completed", "gpu0"))),
    ),
    "two starts too close": (
        "I4",
        replace(GOOD, requests=[Request("1", True, 101.5, 101.6), Request("2", True, 103.4, 103.5)]),
    ),
    "too many starts in a minute": (
        "I4",
        replace(GOOD, requests=[Request(str(n), True, 100 + n * 3.0, 100.1 + n * 3) for n in range(4)]),
    ),
    "three posts at once": (
        "I4",
        replace(GOOD, requests=[Request(str(n), False, 100 + n, 110.0) for n in range(3)]),
    ),
    "five failures charged": (
        "I5",
        replace(GOOD, rows=[replace(GOOD.rows[0], download_failures=5)]),
    ),
    "a private post asked for twice": (
        "I5",
        replace(
            GOOD,
            accepted={**GOOD.accepted, "tiktok:2": GONE},
            rows=[*GOOD.rows, Row(2, "tiktok:2", "failed", 5, "b", 1, failure_class="auth_needed")],
            requests=[Request("2", True, 200.0, 200.1), Request("2", True, 300.0, 300.1)],
        ),
    ),
    "an urgent video behind three others": (
        "I6",
        replace(
            GOOD,
            rows=[Row(job, f"tiktok:{job}", "failed", 10 if job == 9 else 1, "b", 1, failure_class="transient")
                  for job in (2, 3, 4, 9)],
            events=[
                *(each for job in (2, 3, 4) for each in life(LIFE[0], job=job, first=job)),
                *life(LIFE[0], job=9, first=9),
                *(each for job in (2, 3, 4, 9) for each in life(LIFE[1], job=job, first=10 + job)),
            ],
        ),
    ),
    "a lease at rest": ("I7", replace(GOOD, rows=[replace(GOOD.rows[0], worker="gpu0")])),
    "a part file at rest": ("I7", replace(GOOD, leftovers=["media/attempts/x"])),
    "a process after stop": ("I7", replace(GOOD, processes=["celery worker"])),
    "a fault from which nothing came back in time": (
        "I8",
        replace(GOOD, doses=[Dose("F4", 1.0, 2.0)]),
    ),
    "a lease that ran out of itself": (
        "I8",
        replace(
            GOOD,
            events=[
                *life(*LIFE[:4]),
                Event(9, 1, "tiktok:1", 2, "processing", "processing", "gpu0", 110.0, "the lease of gpu0 ran out"),
                *life((3, "processing", "processing", "gpu0"), (3, "processing", "completed", "gpu0"), first=11),
            ],
        ),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("invariant", "history"), HISTORIES.values(), ids=HISTORIES)
def test_it_finds(invariant: str, history: Evidence) -> None:
    assert invariant in broken(history)


def test_an_interrupted_answer_may_be_asked_for_again() -> None:
    events = [
        *life((0, None, "pending", None), (1, "pending", "downloading", "download1"), job=2, first=20),
        Event(30, 2, "tiktok:2", 1, "downloading", "pending", "download1", 140.0, "the lease of download1 ran out"),
        *life((2, "pending", "downloading", "download1"), (2, "downloading", "failed", "download1"), job=2, first=40),
    ]
    history = replace(
        GOOD,
        accepted={**GOOD.accepted, "tiktok:2": GONE},
        rows=[*GOOD.rows, Row(2, "tiktok:2", "failed", 5, "b", 2, failure_class="auth_needed")],
        events=[*GOOD.events, *events],
        requests=[Request("2", True, 121.5, 121.6), Request("2", True, 141.5, 141.6)],
        doses=[Dose("F1", 122.0, 122.0)],
    )
    assert check(history) == []


#: A completed video runs again, is claimed, and that is cancelled.
RERUN = [(2, "completed", "processing", None), (3, "processing", "processing", "gpu0")]
KEPT = "the earlier results stay; running quick again: cancelled"


def test_a_rerun_that_comes_to_nothing_leaves_the_video_completed() -> None:
    """Its file may tell of the run that did not count."""
    cancelled = Event(20, 1, "tiktok:1", 3, "processing", "completed", "gpu0", 120.0, KEPT)
    history = replace(
        GOOD,
        rows=[replace(GOOD.rows[0], attempt=3)],
        events=[*GOOD.events, *life(*RERUN, first=10), cancelled],
        results={"tiktok:1": replace(RESULT, nonce="n2")},
        doses=[Dose("F22", 110.0, 119.0)],
    )
    assert check(history) == []
    assert recoveries(history) == []


def test_no_video_is_completed_as_it_was_before_when_it_was_not() -> None:
    never = Event(3, 1, "tiktok:1", 1, "pending", "completed", None, 103.0, KEPT)
    assert "I3" in broken(replace(GOOD, events=[*life(*LIFE[:1]), never]))


def test_recovery_is_from_the_end_of_the_fault_to_the_next_completion() -> None:
    history = replace(GOOD, doses=[Dose("F4", 102.0, 103.5)])
    assert recoveries(history) == [("F4", 1.5, 103.5, "a video was completed again")]


@pytest.mark.parametrize(
    ("other", "worker", "seconds"),
    [
        pytest.param(9, "gpu0", 6.0, id="a better one was taken before it"),
        pytest.param(5, "cpu1", 6.0, id="another queue went on"),
        pytest.param(5, "gpu0", 41.0, id="a later one was taken before it"),
    ],
)
def test_who_waits_for_its_turn_has_recovered(other: int, worker: str, seconds: float) -> None:
    """It lost its worker at 105, waits again from 110 and is taken up at 145; the fault ended at 102."""
    events = [
        *life(*LIFE[:4]),
        Event(9, 1, "tiktok:1", 2, "processing", "processing", "gpu0", 110.0, "the lease of gpu0 ran out"),
        Event(10, 2, "tiktok:2", 2, "processing", "processing", worker, 120.0),
        Event(11, 1, "tiktok:1", 3, "processing", "processing", "gpu0", 145.0),
    ]
    rows = [Row(1, "tiktok:1", "processing", 5, "b", 3), Row(2, "tiktok:2", "processing", other, "b", 2)]
    before = Event(6, 2, "tiktok:2", 1, "pending", "downloading", "download1", 106.0)
    history = replace(GOOD, rows=rows, events=[*events, before], doses=[Dose("F3", 101.0, 104.0)])
    late = [found for found in recoveries(history) if found[3] == "tiktok:1 was taken up again"]
    assert late == [("F3", seconds, 104.0, "tiktok:1 was taken up again")]
