"""Whatever workers, messages, people and faults do in whatever order: is every job's history legal, and does it end?

HISTORY_STEPS in the environment makes the search longer (`make chaos` takes 50,000).
"""

import os
from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from mass_processing.records import FailureClass, Job, JobFilter, JobStatus, Redo, Stage
from mass_processing.store import Store
from tests.mass_processing.store.acts import ANALYSIS, Database, downloaded, file, short, tiktok

#: (from, to) that may be, as docs/design.md draws a job's life.
LEGAL = {
    (None, "pending"),
    (None, "processing"),
    ("pending", "downloading"),
    ("pending", "processing"),  # downloaded under another link
    ("downloading", "processing"),
    ("downloading", "pending"),
    ("downloading", None),  # became one with the job that has the same video
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
#: Besides, a re-run of some analyzers that comes to nothing: the job is completed with what it had.
CAME_TO_NOTHING = {("pending", "completed"), ("downloading", "completed")}
STEPS = int(os.environ.get("HISTORY_STEPS", "2000"))
STEPS_PER_LIFE = 50

LINKS = [tiktok(1), tiktok(2), short("one"), file("aa")]
#: A video that was completed before a life begins, for its analyzers to run again.
DONE = file("bb")
#: What the short link turns out to be.
MEANT = "tiktok:1"
#: Analyzers that every analysis here lacks in the version asked for.
REDOS = [Redo("cut_analysis", "2", ("cut_analysis",)), Redo("hook_analysis", "1", ("hook_analysis",))]

stages = st.sampled_from([Stage.DOWNLOAD, Stage.CPU])
workers = st.sampled_from(["w1", "w2", "w3"])
videos = st.sampled_from([link.video_id for link in [*LINKS, DONE]])
picks = st.integers(0, 1_000)


class Life(RuleBasedStateMachine):
    """Three workers that may be zombies: what they ever claimed they may write for, at any time. Messages may come in
    any order, twice, or never."""

    store: Store
    database: Database

    def __init__(self) -> None:
        super().__init__()
        # The ids begin anew too: a life that is lived again must go the same way.
        self.database.execute(
            "truncate public.processing_queue, public.job_events, public.video_analysis, public.url_aliases "
            "restart identity cascade"
        )
        self.messages: list[tuple[Stage, int]] = []
        self.claims: list[tuple[str, Job]] = []
        #: Job id -> how often it was claimed.
        self.attempts: Counter[int] = Counter()
        #: Job id -> attempt of the live lease.
        self.leased: dict[int, int] = {}
        #: Job id -> attempt that wrote its analysis last.
        self.analysed: dict[int, int] = {}

    @initialize()
    def begin(self) -> None:
        self.store.add_links([DONE], priority=5, batch=None)
        self.claim("w1", Stage.CPU, None)
        assert finish(self.store, self.claims[0][1])
        self.ended(self.claims[0][1], "finish")
        self.store.add_links(LINKS, priority=5, batch=None)

    # --- in, and messages ---
    @rule(link=st.sampled_from(LINKS), priority=st.integers(1, 10))
    def add(self, link: Any, priority: int) -> None:
        self.store.add_links([link], priority=priority, batch=None)

    @rule(stage=stages)
    def feed(self, stage: Stage) -> None:
        self.messages += [(stage, due.job_id) for due in self.store.feed(stage, 2)]

    @precondition(lambda self: self.messages)
    @rule(
        worker=workers, pick=picks, fate=st.sampled_from(["arrives", "arrives", "arrives", "arrives twice", "is lost"])
    )
    def message(self, worker: str, pick: int, fate: str) -> None:
        stage, named = self.messages.pop(pick % len(self.messages))
        for _ in range({"is lost": 0, "arrives": 1, "arrives twice": 2}[fate]):
            self.claim(worker, stage, named)

    @rule(worker=workers, stage=stages, named=picks)
    def an_old_message_comes(self, worker: str, stage: Stage, named: int) -> None:
        self.claim(worker, stage, named % 10)

    @rule()
    def announcements_run_out(self) -> None:
        self.database.execute("update processing_queue set dispatched_until = now() where dispatched_until is not null")

    @rule()
    def retries_fall_due(self) -> None:
        self.database.execute("update processing_queue set retry_at = now() where retry_at is not null")
        self.store.wake()

    # --- workers ---
    def claim(self, worker: str, stage: Stage, named: int | None) -> None:
        job = self.store.claim(stage, worker, named)
        if job:
            assert job.id not in self.leased
            self.attempts[job.id] += 1
            assert job.attempt == self.attempts[job.id]
            self.leased[job.id] = job.attempt
            self.claims.append((worker, job))

    @precondition(lambda self: self.claims)
    @rule(pick=picks, outcome=st.sampled_from(["finish", "fail", "retry", "later", "suspect", "lane", "release"]))
    def write(self, pick: int, outcome: str) -> None:
        _, job = self.claims[pick % len(self.claims)]
        took = OUTCOMES[outcome](self.store, job)
        assert took == self.holds(job)
        if took:
            self.ended(job, outcome)

    @precondition(lambda self: self.claims)
    @rule(pick=picks)
    def renew(self, pick: int) -> None:
        worker, job = self.claims[pick % len(self.claims)]
        assert self.store.renew(worker, {job.id: job.attempt}) == ({job.id} if self.holds(job) else set())

    @precondition(lambda self: self.leased)
    @rule(pick=picks)
    def a_lease_runs_out(self, pick: int) -> None:
        job_id = list(self.leased)[pick % len(self.leased)]
        expired = "update processing_queue set lease_expires_at = now() - interval '1 s' where id = %s"
        self.database.execute(expired, [job_id])
        assert self.store.reap() == 1
        del self.leased[job_id]

    def ended(self, job: Job, outcome: str) -> None:
        del self.leased[job.id]
        if outcome == "finish" and job.status is JobStatus.PROCESSING:
            self.analysed[job.id] = job.attempt

    def holds(self, job: Job) -> bool:
        return self.leased.get(job.id) == job.attempt

    # --- people ---
    @rule(video_id=videos)
    def cancel(self, video_id: str) -> None:
        self.store.cancel(JobFilter(video_ids=(video_id,)))
        self.some_lost_their_worker()

    @rule(redo=st.sampled_from(REDOS))
    def reanalyze(self, redo: Redo) -> None:
        self.store.reanalyze(JobFilter(), [redo])
        self.some_lost_their_worker()

    def some_lost_their_worker(self) -> None:
        rows = self.database.execute("select id from processing_queue where worker_id is not null").fetchall()
        self.leased = {row["id"]: self.leased[row["id"]] for row in rows}

    @rule(video_id=videos, priority=st.integers(1, 10))
    def prioritize(self, video_id: str, priority: int) -> None:
        self.store.prioritize(JobFilter(video_ids=(video_id,)), priority)

    @rule(again=st.booleans())
    def requeue(self, again: bool) -> None:
        self.store.requeue(JobFilter(), again=again)

    # --- what must hold ---
    @invariant()
    def history_is_legal(self) -> None:
        check(self.database.execute("select * from job_events order by job_id, id").fetchall())

    @invariant()
    def a_completed_video_has_one_analysis_by_the_last_attempt_that_finished(self) -> None:
        rows = self.database.execute(
            "select q.id, v.attempt from processing_queue q left join video_analysis v using (video_id) "
            "where q.status = 'completed'"
        ).fetchall()
        assert {row["id"]: row["attempt"] for row in rows} == {
            row["id"]: self.analysed.get(row["id"], 0) for row in rows
        }

    @invariant()
    def what_runs_again_has_not_ended_and_keeps_its_results(self) -> None:
        wrong = self.database.execute(
            "select q.video_id from processing_queue q left join video_analysis v using (video_id) "
            "where q.redo is not null and (q.ended_at is not null or v.video_id is null)"
        ).fetchall()
        assert wrong == []

    def teardown(self) -> None:
        """When the faults end, everything ends: each round loses every message and every lease there is."""
        for _ in range(4):
            self.database.execute("update processing_queue set lease_expires_at = now() where worker_id is not null")
            self.store.reap()
            self.leased.clear()
            self.announcements_run_out()
            self.retries_fall_due()
            for stage in (Stage.DOWNLOAD, Stage.CPU):
                for due in self.store.feed(stage, 20):
                    self.claim("w1", stage, due.job_id)
            self.zombies_write()
            for _, job in self.claims:
                if self.holds(job):
                    assert finish(self.store, job)
                    self.ended(job, "finish")
            self.history_is_legal()
        left = self.database.execute("select * from processing_queue where status not in ('completed', 'failed')")
        assert left.fetchall() == []

    def zombies_write(self) -> None:
        """The latest of those whose jobs others hold by now."""
        zombies = [job for _, job in self.claims if job.id in self.leased and not self.holds(job)]
        for job in zombies[-3:]:
            for outcome in OUTCOMES.values():
                assert not outcome(self.store, job)


def finish(store: Store, job: Job) -> bool:
    if job.status is JobStatus.DOWNLOADING:
        return downloaded(store, job, MEANT if job.video_id.startswith("url:") else None)
    if job.redo:
        return store.finish_reanalysis(job, analysis=ANALYSIS, segments=[], note=None)
    return store.finish_analysis(job, analysis=ANALYSIS, segments=[])


OUTCOMES: dict[str, Any] = {
    "finish": finish,
    "fail": lambda store, job: store.fail(job, FailureClass.PERMANENT, "gone"),
    "retry": lambda store, job: store.retry(job, FailureClass.TRANSIENT, "503", delay_s=0),
    "later": lambda store, job: store.retry(job, FailureClass.RATE_LIMITED, "429", delay_s=60, charge=False),
    "suspect": lambda store, job: store.retry(job, FailureClass.CRASHED, "died", delay_s=0, charge=False, suspect=True),
    "lane": lambda store, job: store.retry(job, FailureClass.CRASHED, "died", delay_s=0, lane=Stage.CPU),
    "release": lambda store, job: store.release(job, "shutdown"),
}


def check(events: list[Any]) -> None:
    """Only legal transitions, each from where the last one ended, and claims alone raise the attempt, by one."""
    for before, event in zip([None, *events], events, strict=False):
        first = before is None or before["job_id"] != event["job_id"]
        kept = (event["note"] or "").startswith("the earlier results stay")
        assert (event["from_status"], event["to_status"]) in (LEGAL | CAME_TO_NOTHING if kept else LEGAL)
        assert first == (event["from_status"] is None)
        if first:
            assert event["attempt"] == 0
        else:
            assert before["to_status"] == event["from_status"]
            assert event["attempt"] - before["attempt"] in (0, 1)


@pytest.mark.timeout(120 + STEPS // 50)
def test_every_history_is_legal_and_ends(store: Store, database: Database) -> None:
    run_state_machine_as_test(
        type("LifeHere", (Life,), {"store": store, "database": database}),
        settings=settings(
            max_examples=max(1, STEPS // STEPS_PER_LIFE),
            stateful_step_count=STEPS_PER_LIFE,
            deadline=None,
            database=None,
            # The same lives in every run of the usual length; a longer search is a new one each time.
            derandomize=STEPS <= 2000,
            print_blob=True,
            # A failing history is printed as it was found; making it shorter would outlast the test's time limit.
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        ),
    )
