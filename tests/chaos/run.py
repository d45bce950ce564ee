"""How is one system put through many faults, and what came of it?"""

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.chaos import faults, work_faults
from tests.chaos.checker import check, recoveries
from tests.chaos.evidence import Evidence, Violation
from tests.chaos.faults import Fault, Run
from tests.chaos.gather import gather
from tests.chaos.links import Links, Stream
from tests.chaos.observed import ObservedStandin
from tests.chaos.system import ChaosSystem
from tests.chaos.times import Times
from tests.standin.clip import make_clip

#: In an order that lets slow recoveries pass while the next fault begins.
FAULTS: Mapping[str, tuple[str, Fault]] = {
    "F16": ("the site refuses, fails, hangs up", work_faults.f16_site),
    "F1": ("SIGKILL at each named point", faults.f1_at_each_point),
    "F3": ("zombie: SIGSTOP for 3 leases", faults.f3_zombies),
    "F15": ("poisonous videos", work_faults.f15_poison),
    "F4": ("FLUSHALL", faults.f4_flushall),
    "F5": ("Redis killed, back empty or from its file", faults.f5_redis_killed),
    "F7": ("Redis out of memory, or without replicas", faults.f7_redis_refuses),
    "F8": ("Postgres killed or stopped", faults.f8_postgres_down),
    "F10": ("reply lost after the commit", faults.f10_reply_lost),
    "F11": ("disk full", work_faults.f11_disk_full),
    "F13": ("doubled, replayed, shuffled messages", work_faults.f13_messages),
    "F14": ("dropped messages", work_faults.f14_dropped),
    "F17": ("two beats, killed beats, no beat", faults.f17_beats),
    "F18": ("rolling restart by SIGTERM", faults.f18_rolling_restart),
    "F19": ("urgent videos into a backlog", work_faults.f19_urgent),
    "F2": ("SIGKILL of any worker", faults.f2_kill_at_random),
    "F6": ("Redis silent, connections cut", faults.f6_redis_ill),
    "F9": ("backends terminated, table locked", faults.f9_postgres_ill),
    "F12": ("wrong clocks", work_faults.f12_clocks),
    "F20": ("engines can't start", work_faults.f20_no_card),
    "F22": ("re-runs, killed and cancelled", work_faults.f22_reanalyses),
    "F21": ("soak: F2, F4, F8 at random", work_faults.f21_soak),
}


#: Faults with their doses; those of one group are inflicted side by side, the groups one after another.
Groups = Sequence[Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Line:
    """One fault's line in the table."""

    fault: str
    about: str
    doses: int
    violations: int
    #: Seconds; None when nothing had to come back.
    worst_recovery: float | None
    seconds: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run showed."""

    seed: int
    evidence: Evidence
    violations: Sequence[Violation]
    lines: Sequence[Line]
    notes: Sequence[str]
    #: Seconds that the stop took.
    stop_seconds: float

    def table(self) -> str:
        rows = ["| fault | what | doses | violations | worst recovery, s |", "|---|---|---|---|---|"]
        for line in self.lines:
            worst = "" if line.worst_recovery is None else f"{line.worst_recovery:.1f}"
            rows.append(f"| {line.fault} | {line.about} | {line.doses} | {line.violations} | {worst} |")
        return "\n".join(rows)


@contextmanager
def site_of(folder: Path) -> Iterator[tuple[ObservedStandin, dict[str, str]]]:
    """The stand-in of TikTok, and how the system is pointed at it."""
    folder.mkdir(parents=True, exist_ok=True)
    with ObservedStandin(folder, make_clip(folder / "clip.mp4", 0.5)) as site:
        trust = {name: str(site.ca_file) for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")}
        yield site, {"HTTPS_PROXY": site.proxy, **trust}


def put_through(
    root: Path,
    groups: Groups,
    *,
    times: Times,
    seed: int,
    say: Callable[[str], object] = print,
    patience: float = 90.0,
    over_supabase: bool = False,
) -> Outcome:
    """Runs a system in `root`, inflicts the faults in turn while links keep coming, waits for all ends, and checks."""
    say(f"seed {seed}, scale {times.scale:g}, in {root}")
    with site_of(root / "site") as (site, pointing):
        system = ChaosSystem(root / "system", times, pointing, over_supabase=over_supabase)
        no_disk = (
            work_faults.mount_small_disk(system.settings.media_dir) if any("F11" in group for group in groups) else ""
        )
        try:
            with system.running():
                run = Run(system, site, Links(system, seed), random.Random(seed))
                if no_disk:
                    run.notes.append(f"F11: no small disk can be mounted here ({no_disk})")
                spans = _inflict(run, groups, say)
                _wait_for_ends(run, patience)
                stopped = system.stop_workers()
                workers = [command for command in system.left_running().values() if "celery" in command]
                evidence = gather(system, site, run.links.accepted, run.doses, workers)
        finally:
            work_faults.unmount(system.settings.media_dir)
    left = [f"{pid}: {command}" for pid, command in system.left_running().items()]
    violations = [*check(evidence), *(Violation("I7", f"still running after stop: {process}") for process in left)]
    lines = [_line(fault, evidence, violations, span) for fault, span in spans.items()]
    return Outcome(seed, evidence, violations, lines, run.notes, stopped)


def _inflict(run: Run, groups: Groups, say: Callable[[str], object]) -> dict[str, tuple[float, float]]:
    """When each fault began and ended."""
    spans: dict[str, tuple[float, float]] = {}

    def inflict(fault: str, number: int) -> None:
        began = time.time()
        FAULTS[fault][1](run, number)
        spans[fault] = (began, time.time())
        say(f"{fault}: {run.count(fault)} doses in {time.time() - began:.1f} s")

    with Stream(run.system, run.links) as stream:
        for group in groups:
            stream.batch = next(iter(group))
            faults.together(*(partial(inflict, fault, number) for fault, number in group.items()))
    return dict(sorted(spans.items(), key=lambda span: int(span[0][1:])))


def _wait_for_ends(run: Run, patience: float) -> None:
    end = time.time() + patience
    statement = "select count(*) as n from processing_queue where status not in ('completed', 'failed')"
    while run.system.rows(statement)[0]["n"] and time.time() < end:
        time.sleep(0.3)


def _line(fault: str, evidence: Evidence, violations: Sequence[Violation], span: tuple[float, float]) -> Line:
    batches = {row.video_id: row.batch for row in evidence.rows}
    worst = [seconds for name, seconds, _, _ in recoveries(evidence) if name == fault]
    ours = [
        each
        for each in violations
        if span[0] <= each.at < span[1] or (not each.at and batches.get(each.video_id) == fault)
    ]
    return Line(
        fault,
        FAULTS[fault][0],
        sum(dose.fault == fault for dose in evidence.doses),
        len(ours),
        max(worst, default=None),
        span[1] - span[0],
    )
