"""Whatever workers, people and faults do in whatever order: is every job's history legal?"""

from collections import Counter
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from mass_processing.records import FailureClass, Job, JobFilter, JobStatus, Stage
from mass_processing.store import Store
from tests.mass_processing.store.acts import ANALYSIS, Database, downloaded, file, tiktok

#: (from, to) that may be, as DESIGN draws a job's life.
LEGAL = {
    (None, "pending"),
    (None, "processing"),
    ("pending", "downloading"),
    ("downloading", "processing"),
    ("downloading", "pending"),
    ("processing", "processing"),
    ("processing", "pending"),
    ("processing", "completed"),
    ("pending", "failed"),
    ("downloading", "failed"),
    ("processing", "failed"),
    ("failed", "pending"),
    ("failed", "processing"),
    ("completed", "pending"),
    ("completed", "processing"),
}

stages = st.sampled_from([Stage.DOWNLOAD, Stage.CPU])
workers = st.sampled_from(["w1", "w2"])
picks = st.integers(0, 1_000)


class Life(RuleBasedStateMachine):
    """Two workers that may be zombies: what they ever claimed they may write for, at any time."""

    store: Store
    database: Database

    def __init__(self) -> None:
        super().__init__()
        for table in ("processing_queue", "job_events"):
            self.database.execute(f"delete from public.{table}")
        self.claims: list[tuple[str, Job]] = []
        #: Job id -> how often it was claimed.
        self.attempts: Counter[int] = Counter()
        #: Job id -> attempt of the live lease.
        self.leased: dict[int, int] = {}

    def holder(self, pick: int) -> tuple[str, Job] | None:
        return self.claims[pick % len(self.claims)] if self.claims else None

    def written(self, job: Job, took: bool) -> None:
        assert took == (self.leased.get(job.id) == job.attempt)
        if took:
            del self.leased[job.id]

    @rule(priority=st.integers(1, 10))
    def add(self, priority: int) -> None:
        self.store.add_links([tiktok(1), file("aa")], priority=priority, batch=None)

    @rule(stage=stages, worker=workers)
    def claim(self, stage: Stage, worker: str) -> None:
        job = self.store.claim(stage, worker)
        if job:
            assert job.id not in self.leased
            self.attempts[job.id] += 1
            assert job.attempt == self.attempts[job.id]
            self.leased[job.id] = job.attempt
            self.claims.append((worker, job))

    @rule(pick=picks, outcome=st.sampled_from(["finish", "fail", "retry", "suspect", "release", "lane"]))
    def write(self, pick: int, outcome: str) -> None:
        held = self.holder(pick)
        if held:
            self.written(held[1], OUTCOMES[outcome](self.store, held[1]))

    @rule(pick=picks)
    def renew(self, pick: int) -> None:
        held = self.holder(pick)
        if held:
            worker, job = held
            alive = self.leased.get(job.id) == job.attempt
            assert self.store.renew(worker, {job.id: job.attempt}) == ({job.id} if alive else set())

    @rule(pick=picks)
    def lease_runs_out(self, pick: int) -> None:
        held = self.holder(pick)
        if held and self.leased.get(held[1].id) == held[1].attempt:
            expired = "update processing_queue set lease_expires_at = now() - interval '1 s' where id = %s"
            self.database.execute(expired, [held[1].id])
            assert self.store.reap() == 1
            del self.leased[held[1].id]

    @rule(video_id=st.sampled_from(["tiktok:1", "file:aa"]))
    def cancel(self, video_id: str) -> None:
        self.store.cancel(JobFilter(video_ids=(video_id,)))
        rows = self.database.execute("select id from processing_queue where worker_id is not null").fetchall()
        self.leased = {row["id"]: self.leased[row["id"]] for row in rows}

    @rule(again=st.booleans())
    def requeue(self, again: bool) -> None:
        self.store.requeue(JobFilter(), again=again)

    @rule(stage=stages)
    def feed(self, stage: Stage) -> None:
        self.store.feed(stage, 2)

    @invariant()
    def history_is_legal(self) -> None:
        check(self.database.execute("select * from job_events order by job_id, id").fetchall())


OUTCOMES: dict[str, Any] = {
    "finish": lambda store, job: (
        downloaded(store, job)
        if job.status is JobStatus.DOWNLOADING
        else store.finish_analysis(job, analysis=ANALYSIS, segments=[])
    ),
    "fail": lambda store, job: store.fail(job, FailureClass.PERMANENT, "gone"),
    "retry": lambda store, job: store.retry(job, FailureClass.TRANSIENT, "503", delay_s=0),
    "suspect": lambda store, job: store.retry(job, FailureClass.CRASHED, "died", delay_s=0, charge=False, suspect=True),
    "lane": lambda store, job: store.retry(job, FailureClass.CRASHED, "died", delay_s=0, lane=Stage.CPU),
    "release": lambda store, job: store.release(job, "shutdown"),
}


def check(events: list[Any]) -> None:
    """Only legal transitions, each from where the last one ended, and claims alone raise the attempt, by one."""
    for before, event in zip([None, *events], events, strict=False):
        first = before is None or before["job_id"] != event["job_id"]
        assert (event["from_status"], event["to_status"]) in LEGAL
        assert first == (event["from_status"] is None)
        if first:
            assert event["attempt"] == 0
        else:
            assert before["to_status"] == event["from_status"]
            assert event["attempt"] - before["attempt"] in (0, 1)


def test_every_history_is_legal_and_late_writes_change_nothing(store: Store, database: Database) -> None:
    run_state_machine_as_test(
        type("LifeHere", (Life,), {"store": store, "database": database}),
        settings=settings(
            max_examples=40,
            stateful_step_count=60,
            deadline=None,
            database=None,
            derandomize=True,
            # A failing history is printed as it was found; making it shorter would outlast the test's time limit.
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        ),
    )
