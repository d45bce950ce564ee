import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest

from mass_processing.records import WorkerRow
from mass_processing.settings import Settings
from mass_processing.silence import SilenceWatch, kill, silence_limit, started_at

KNOBS = Settings(heartbeat_seconds=1.0, stop_seconds=25.0)


def row(signs: int, **details: object) -> WorkerRow:
    facts = {"signs": signs, "instance": KNOBS.instance, "started": 7, **details}
    return WorkerRow("cpu1@host", "cpu", "running", socket.gethostname(), 4242, 1.0, (), facts)


def hung_after(rows: list[WorkerRow], *, every: float = 2.0) -> float | None:
    """Seconds until the first verdict, one row a look."""
    watch = SilenceWatch(KNOBS, every)
    return next((place * every for place, each in enumerate(rows) if watch.look([each], place * every)), None)


def test_a_worker_whose_sign_stays_the_same_hangs_after_the_limit() -> None:
    assert hung_after([row(5)] * 20) == silence_limit(KNOBS) == 10.0


def test_the_limit_is_three_heartbeats_where_those_are_long() -> None:
    assert silence_limit(replace(KNOBS, heartbeat_seconds=15.0)) == 45.0


def test_a_worker_that_gives_signs_never_hangs() -> None:
    assert hung_after([row(place // 4) for place in range(50)]) is None


def test_a_worker_that_drains_gets_its_time_to_stop() -> None:
    assert hung_after([row(5, draining=True)] * 50) == 36.0


@pytest.mark.parametrize(
    "worker",
    [
        pytest.param(replace(row(5), status="stopped"), id="it said that it stopped"),
        pytest.param(replace(row(5), host="elsewhere"), id="it runs on another machine"),
        pytest.param(row(5, instance="another"), id="it belongs to another clone"),
    ],
)
def test_other_workers_are_left_alone(worker: WorkerRow) -> None:
    assert hung_after([worker] * 50) is None


def test_time_in_which_the_database_was_away_does_not_count() -> None:
    watch = SilenceWatch(KNOBS, 2.0)
    for now in range(0, 10, 2):
        watch.look([row(5)], now)
    watch.blind()
    assert not [now for now in range(100, 110, 2) if watch.look([row(5)], now)]


def test_time_in_which_the_machine_slept_does_not_count() -> None:
    watch = SilenceWatch(KNOBS, 2.0)
    watch.look([row(5)], 0.0)
    assert not watch.look([row(5)], 3600.0)


@pytest.fixture
def process() -> Iterator["subprocess.Popen[bytes]"]:
    """Something whose command line names the worker cpu1."""
    program = "import time; print(flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", program, "cpu1@%h"], stdout=subprocess.PIPE) as running:
        assert running.stdout
        running.stdout.readline()  # before its program runs, a process may have no command line yet
        yield running
        running.kill()


def test_a_stopped_process_is_killed(process: "subprocess.Popen[bytes]") -> None:
    os.kill(process.pid, signal.SIGSTOP)
    assert kill(replace(row(5, started=started_at(process.pid)), pid=process.pid))
    assert process.wait(10) == -signal.SIGKILL


def test_a_pid_that_was_given_to_another_process_is_left_alone(process: "subprocess.Popen[bytes]") -> None:
    assert not kill(replace(row(5, started=1), pid=process.pid))
    assert process.poll() is None


def test_a_process_that_is_another_program_is_left_alone(process: "subprocess.Popen[bytes]") -> None:
    other = replace(row(5, started=started_at(process.pid)), pid=process.pid, worker_id="gpu0@host", kind="gpu")
    assert not kill(other)
    assert process.poll() is None
