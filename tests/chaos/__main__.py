"""`make chaos`: the whole matrix of faults on this machine; prints its table, exit 1 on any violation.

python -m tests.chaos --scale 20 --doses 20 --only F4,F5 --seed 7
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.chaos.evidence import lost_its_worker
from tests.chaos.run import FAULTS, Outcome, put_through
from tests.chaos.times import Times


def main() -> int:
    options = _parser().parse_args()
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1 << 31)
    wanted = options.only.split(",") if options.only else [fault for fault in FAULTS if fault != "F21"]
    numbers = {"F1": options.points, "F13": options.messages}
    groups: list[dict[str, int]] = [{fault: numbers.get(fault, options.doses)} for fault in wanted]
    began = time.monotonic()
    if options.minutes:
        groups = [{"F21": options.minutes}]
    root = Path(tempfile.mkdtemp(prefix="chaos-"))
    outcome = put_through(
        root, groups, times=Times(options.scale), seed=seed, patience=600, over_supabase=options.door == "supabase"
    )
    print(report(outcome))
    failed = bool(outcome.violations)
    if options.history:
        failed |= _state_machine(options.history) != 0
    print(f"\n{time.monotonic() - began:.0f} s in all; seed {seed}; logs in {root}")
    return int(failed)


def report(outcome: Outcome) -> str:
    jobs = len(outcome.evidence.rows)
    total = sum(line.doses for line in outcome.lines)
    lines = [
        outcome.table(),
        "",
        f"{jobs} videos, {len(outcome.evidence.events)} transitions, {len(outcome.evidence.requests)} requests, "
        f"{total} doses, {sum(map(lost_its_worker, outcome.evidence.events))} attempts lost their worker; "
        f"the stop took {outcome.stop_seconds:.1f} s; seed {outcome.seed}",
        *outcome.notes,
        *(f"VIOLATION {violation}" for violation in outcome.violations[:100]),
    ]
    return "\n".join(lines)


def _state_machine(steps: int) -> int:
    """The store's own state machine, with many more steps than the tests take."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--timeout=0"]
    environment = os.environ | {"HISTORY_STEPS": str(steps)}
    return subprocess.run(
        [*command, "tests/mass_processing/store/test_history.py"], env=environment, check=False
    ).returncode


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description="The fault matrix, on this machine.")
    parser.add_argument("--scale", type=float, default=1.0, help="how much faster than real time; 1 by default")
    parser.add_argument("--doses", type=int, default=20, help="of each fault, but F1 and F13")
    parser.add_argument("--points", type=int, default=20, help="doses of F1 at each of its sixteen points")
    parser.add_argument("--messages", type=int, default=10_000, help="messages of F13")
    parser.add_argument("--minutes", type=int, default=0, help="F21 instead: F2, F4 and F8 at random, for so long")
    parser.add_argument("--only", default="", help="faults, separated by commas")
    parser.add_argument("--seed", type=int, help="of an earlier run")
    parser.add_argument("--door", choices=("postgres", "supabase"), default="postgres", help="to the database")
    parser.add_argument("--history", type=int, default=50_000, help="steps of the store's state machine; 0: none")
    return parser


if __name__ == "__main__":
    sys.exit(main())
