"""Does the benchmark of the queue run, and does it measure what it says?"""

import json
import subprocess
import sys
from typing import Any

import pytest

from benchmarks.figures import milliseconds
from benchmarks.queue.adding import links
from mass_processing.intake import find_links
from mass_processing.records import Link
from mass_processing.settings import PROJECT, Settings

pytestmark = pytest.mark.integration


def figures(*options: str) -> dict[str, Any]:
    """The figures of one run."""
    command = [sys.executable, "-m", "benchmarks.queue", *options]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=110, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])["figures"]
    return found


def test_adding_and_feeding_are_measured() -> None:
    found = figures("--size", "1000", "--parts", "add,feed")
    assert found["add again, new jobs ()"] == 0
    assert found["feed of 20 at 1,000 pending, median (ms)"] > 0


def test_whole_lives_are_measured_beside_bare_celery() -> None:
    found = figures("--size", "1000", "--parts", "life", "--seconds", "2")
    assert found["whole life at 1,000 pending (jobs/s)"] > 0
    assert found["bare Celery, two empty tasks a job (jobs/s)"] > 0


def test_a_day_ends_with_every_job_completed() -> None:
    found = figures("--parts", "day", "--hours", "0.1")
    assert (found["day, jobs not completed ()"], found["day, jobs not added ()"]) == (0, 0)


def test_every_link_of_a_list_is_another_video() -> None:
    found = [link for link in find_links(links(20_000), Settings()) if isinstance(link, Link)]
    assert len({link.video_id for link in found}) == 20_000


def test_the_99th_percentile_of_a_hundred_is_the_second_worst() -> None:
    (median, p99) = milliseconds("wait", [number / 1000 for number in range(1, 101)])
    assert (median.value, p99.value) == (pytest.approx(50.5), pytest.approx(99))
