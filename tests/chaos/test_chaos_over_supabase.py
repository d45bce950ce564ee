"""Does it hold as well where the database is reached through Supabase's Data API alone? Fewer doses than through SQL.

`make chaos CHAOS="--door supabase"` gives all; only A1 is missing, a point of the door that copies.
"""

import os
import random
from pathlib import Path

import pytest

from tests.chaos.run import put_through
from tests.chaos.times import Times
from tests.standin.supabase import SupabaseStandIn

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]

#: Frozen workers, replies lost after the commit, Redis gone, restarts, messages that nobody sent,
#: re-runs; Postgres or the API before it gone.
GROUPS: list[dict[str, int]] = [{"F3": 3}, {"F10": 8}, {"F5": 2}, {"F8": 3}, {"F18": 3, "F13": 50, "F22": 4}]


def test_over_supabase_nothing_is_lost_and_nothing_done_twice(supabase: SupabaseStandIn, tmp_path: Path) -> None:
    seed = int(os.environ.get("CHAOS_SEED") or random.SystemRandom().randrange(1 << 31))
    ran = put_through(tmp_path / "chaos", GROUPS, times=Times(20), seed=seed, over_supabase=True)
    assert ran.violations == [], f"seed {seed}"
    for fault in ("F3", "F10", "F5", "F8", "F18", "F13", "F22"):
        assert [dose for dose in ran.evidence.doses if dose.fault == fault], f"seed {seed}: no {fault}, {ran.notes}"
