"""Are the jobs of a killed process known at once, and those of a living one never?"""

import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from mass_processing.held_jobs import HeldJobs, jobs_of_the_dead

Holder = Callable[[Mapping[int, int]], int]


def _hold(folder: Path, jobs: Mapping[int, int], noted: "multiprocessing.synchronize.Event") -> None:
    held = HeldJobs(folder)
    held.note({1_000_000: 7, 1_000_001: 8})
    held.note(jobs)
    noted.set()
    time.sleep(60)


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[Holder]:
    """Starts a process that holds jobs; its pid."""
    spawn = multiprocessing.get_context("spawn")
    started = []

    def start(jobs: Mapping[int, int]) -> int:
        noted = spawn.Event()
        process = spawn.Process(target=_hold, args=(tmp_path, jobs, noted))
        process.start()
        started.append(process)
        assert noted.wait(30)
        assert process.pid is not None
        return process.pid

    yield start
    for process in started:
        process.kill()
        process.join()


@contextmanager
def killed(pid: int) -> Iterator[None]:
    os.kill(pid, signal.SIGKILL)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    yield


def dead(folder: Path) -> dict[int, int]:
    with jobs_of_the_dead(folder) as jobs:
        return jobs


def test_where_nothing_ever_ran_nobody_died(tmp_path: Path) -> None:
    assert dead(tmp_path / "held") == {}


def test_what_a_killed_process_held_is_known_at_once_and_told_once(holder: Holder, tmp_path: Path) -> None:
    with killed(holder({3: 1, 4: 2})):
        assert dead(tmp_path) == {3: 1, 4: 2}
        assert dead(tmp_path) == {}


def test_a_living_process_keeps_its_jobs_and_so_does_a_stopped_one(holder: Holder, tmp_path: Path) -> None:
    os.kill(holder({3: 1}), signal.SIGSTOP)
    holder({4: 1})
    assert dead(tmp_path) == {}


def test_what_could_not_be_taken_over_is_told_again(holder: Holder, tmp_path: Path) -> None:
    with killed(holder({3: 1})):
        with pytest.raises(ConnectionError), jobs_of_the_dead(tmp_path):
            raise ConnectionError
        assert dead(tmp_path) == {3: 1}


def test_a_process_that_died_with_nothing_in_hand_leaves_nothing(holder: Holder, tmp_path: Path) -> None:
    with killed(holder({})):
        assert (dead(tmp_path), list(tmp_path.iterdir())) == ({}, [])


@pytest.mark.parametrize("left", ["[[3, 1], [4", "nonsense", "[3]", ""])
def test_what_was_left_half_written_is_left_to_the_leases(tmp_path: Path, left: str) -> None:
    (tmp_path / "4242@here").write_text(left)
    assert (dead(tmp_path), list(tmp_path.iterdir())) == ({}, [])


def test_without_a_place_for_the_file_work_goes_on(tmp_path: Path) -> None:
    in_the_way = tmp_path / "run"
    in_the_way.touch()
    HeldJobs(in_the_way / "held").note({3: 1})
    assert in_the_way.is_file()
