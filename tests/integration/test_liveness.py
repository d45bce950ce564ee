"""Is what hangs found and replaced, and does a worker end in time whatever its job does?"""

import os
import signal
from pathlib import Path

import psutil
import pytest

from tests.integration.running_system import RunningSystem, wait_for
from tests.standin.behaviours import Behaviour, post_id, post_url

pytestmark = [pytest.mark.integration, pytest.mark.timeout(200)]

#: Seconds until something that was stopped is found (10), killed and started anew, with room for a loaded machine.
REPLACED = 60.0


def all_run_again(system: RunningSystem, stopped: dict[str, int]) -> bool:
    """Whether these kinds of workers report themselves from other processes than the stopped ones."""
    rows = {row["kind"]: row for row in system.status()["workers"]}
    return all(rows[kind]["pid"] != pid and rows[kind]["status"] == "running" for kind, pid in stopped.items())


@pytest.mark.parametrize(
    "programs",
    [
        pytest.param({"download": "download_worker_1", "system": "monitor_worker", "beat": "beat"}, id="workers, beat"),
        pytest.param({"watchdog": "watchdog"}, id="the watchdog"),
    ],
)
def test_processes_that_hang_are_replaced(system: RunningSystem, programs: dict[str, str]) -> None:
    stopped = {kind: system.pid(program) for kind, program in programs.items()}
    for pid in stopped.values():
        os.kill(pid, signal.SIGSTOP)
    wait_for(lambda: all_run_again(system, stopped), REPLACED, "other processes")
    assert not [pid for pid in stopped.values() if psutil.pid_exists(pid)]


def test_a_download_that_hangs_is_handed_back_uncharged_when_its_worker_is_told_to_stop(system: RunningSystem) -> None:
    video_id = f"tiktok:{post_id(Behaviour.HANG, 7)}"
    system.bulk_processor("add", "-u", post_url(Behaviour.HANG, 7), "-b", "hanging")
    wait_for(lambda: system.counts("hanging").get("downloading") == 1, 30, "the download to begin")
    worker = psutil.Process(system.pid("download_worker_1"))
    children = worker.children(recursive=True)
    worker.terminate()
    # STOP_SECONDS is 5: it ends by itself four seconds later at the latest, with its children.
    _, left = psutil.wait_procs([worker, *children], timeout=system.settings.stop_seconds + 15)
    system.bulk_processor("cancel", "--batch", "hanging")
    assert not left
    assert system.show(video_id)["download_failures"] == 0
    wait_for(lambda: system.status()["jobs"]["downloading"] == 0, 30, "nothing to be downloading")


def test_a_result_that_was_left_half_written_is_swept(system: RunningSystem) -> None:
    abandoned = Path(system.settings.results_dir) / ".unfinished-abandoned.json"
    abandoned.parent.mkdir(exist_ok=True)
    abandoned.write_text('{"half')
    wait_for(lambda: not abandoned.exists(), 30, "the sweep")
