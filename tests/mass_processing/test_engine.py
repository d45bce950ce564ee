import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mass_processing.engine import Engine, EngineConfig
from mass_processing.errors import AnalysisFailed, EngineLost, Stopping
from mass_processing.records import FailureClass

pytestmark = pytest.mark.integration

FOR_EVER = "works for ever"


@pytest.fixture
def config(tmp_path: Path) -> EngineConfig:
    return EngineConfig(
        card=None,
        in_flight=2,
        threads=1,
        scratch=tmp_path,
        silence_s=2.0,
        start_s=30.0,
        module="tests.mass_processing.misbehaving_engine",
    )


@pytest.fixture
def engine(config: EngineConfig) -> Iterator[Engine]:
    engine = Engine(config)
    yield engine
    engine.stop()


def gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z"
    except OSError:
        return True


def wait_until(happened, seconds: float = 20.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if happened():
            return True
        time.sleep(0.02)
    return False


def test_what_a_killed_engine_left_in_its_scratch_folder_goes(engine: Engine, tmp_path: Path) -> None:
    engine.submit(1, "answer", time_limit_s=30).result(30)
    (tmp_path / "video-1-abc").mkdir()
    os.kill(engine.status()["engine_pid"], signal.SIGKILL)
    assert wait_until(lambda: not (tmp_path / "video-1-abc").exists())


def test_a_video_without_room_to_work_in_is_this_machines_fault(config: EngineConfig) -> None:
    engine = Engine(replace(config, module="mass_processing.engine_process"))
    try:
        assert wait_until(lambda: engine.status()["engine_ready"], 60)
        config.scratch.rmdir()
        with pytest.raises(AnalysisFailed) as failed:
            engine.submit(1, "/a.mp4", time_limit_s=30).result(30)
        assert failed.value.failure_class is FailureClass.LOCAL_FAULT
    finally:
        engine.stop()


def test_a_call_of_the_maths_libraries_uses_one_thread_however_many_analyzers_run(config: EngineConfig) -> None:
    command = [
        sys.executable,
        "-c",
        "import numpy, os; a = numpy.ones((900, 900)); a @ a; print(len(os.listdir('/proc/self/task')))",
    ]

    done = subprocess.run(command, env=replace(config, threads=4).environment(), capture_output=True, check=True)

    assert int(done.stdout) == 1


def test_an_answer_reaches_the_caller(engine: Engine) -> None:
    assert engine.submit(1, "answer", time_limit_s=30).result(30)["pid"] == engine.status()["engine_pid"]


def test_an_engine_with_an_analyzer_that_never_ended_is_started_anew_and_nobody_is_blamed(engine: Engine) -> None:
    worn = engine.submit(1, "an analyzer hangs", time_limit_s=30).result(30)["pid"]

    assert engine.submit(2, "answer", time_limit_s=30).result(30)["pid"] != worn
    assert wait_until(lambda: gone(worn))
    assert engine.status()["engine_crashes"] == 0


def test_videos_beside_one_whose_analyzer_never_ended_are_finished_first(engine: Engine) -> None:
    bystander = engine.submit(1, "slow answer", time_limit_s=30)
    worn = engine.submit(2, "an analyzer hangs", time_limit_s=30).result(30)["pid"]

    assert bystander.result(30)["pid"] == worn


def test_a_failure_keeps_its_class_and_reason(engine: Engine) -> None:
    with pytest.raises(AnalysisFailed, match="not a video") as raised:
        engine.submit(1, "not a video", time_limit_s=30).result(30)
    assert raised.value.failure_class is FailureClass.INVALID_MEDIA


def test_a_video_alone_in_a_crashing_engine_is_told_so(engine: Engine) -> None:
    with pytest.raises(EngineLost) as raised:
        engine.submit(1, "crash", time_limit_s=30).result(30)
    assert (raised.value.alone, raised.value.blamed) == (True, True)


def test_every_video_in_a_crashing_engine_may_be_to_blame(engine: Engine) -> None:
    bystander = engine.submit(1, FOR_EVER, time_limit_s=60)
    assert wait_until(lambda: engine.status()["engine_ready"])
    engine.submit(2, "crash", time_limit_s=60)
    with pytest.raises(EngineLost) as raised:
        bystander.result(30)
    assert (raised.value.alone, raised.value.blamed) == (False, True)


def test_a_crashed_engine_is_replaced_and_works_on(engine: Engine) -> None:
    with pytest.raises(EngineLost):
        engine.submit(1, "crash", time_limit_s=30).result(30)
    assert engine.submit(2, "answer", time_limit_s=30).result(30)
    assert engine.status()["engine_crashes"] == 1


def test_an_engine_without_a_heartbeat_is_killed(engine: Engine) -> None:
    future = engine.submit(1, "hang", time_limit_s=60)
    assert wait_until(lambda: engine.status()["engine_pid"])
    pid = engine.status()["engine_pid"]
    with pytest.raises(EngineLost, match="no sign of life"):
        future.result(30)
    assert gone(pid)


def test_a_video_over_its_time_limit_fails_as_timed_out(engine: Engine) -> None:
    with pytest.raises(AnalysisFailed) as raised:
        engine.submit(1, FOR_EVER, time_limit_s=0.2).result(30)
    assert raised.value.failure_class is FailureClass.TIMED_OUT


def test_a_bystander_of_a_time_out_is_not_blamed(engine: Engine) -> None:
    bystander = engine.submit(1, FOR_EVER, time_limit_s=60)
    engine.submit(2, FOR_EVER, time_limit_s=0.2)
    with pytest.raises(EngineLost) as raised:
        bystander.result(30)
    assert not raised.value.blamed


def test_a_cancelled_video_is_handed_back(engine: Engine) -> None:
    future = engine.submit(1, FOR_EVER, time_limit_s=60)
    assert wait_until(lambda: engine.status()["engine_ready"])
    engine.cancel(1)
    with pytest.raises(Stopping):
        future.result(30)


def test_a_suspect_runs_alone(engine: Engine) -> None:
    neighbour = engine.submit(1, "slow answer", time_limit_s=60)
    alone = engine.submit(2, "answer", time_limit_s=60, alone=True)
    assert neighbour.done()
    assert alone.result(30)


def test_stopping_hands_running_videos_back(config: EngineConfig) -> None:
    engine = Engine(config)
    future = engine.submit(1, FOR_EVER, time_limit_s=60)
    assert wait_until(lambda: engine.status()["engine_ready"])
    engine.stop()
    with pytest.raises(Stopping):
        future.result(0)


def test_an_engine_that_never_starts_gives_its_videos_up_and_says_so(config: EngineConfig) -> None:
    engine = Engine(replace(config, module="no.such.module"))
    try:
        with pytest.raises(AnalysisFailed, match="does not start") as failed:
            engine.submit(1, "answer", time_limit_s=60).result(60)
        assert failed.value.failure_class is FailureClass.LOCAL_FAULT
        assert not engine.healthy
    finally:
        engine.stop()


def test_no_engine_outlives_a_killed_worker(tmp_path: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path; from mass_processing.engine import Engine, EngineConfig\n"
        f"e = Engine(EngineConfig(None, 1, 1, Path({str(tmp_path)!r}), module='mass_processing.engine_process'))\n"
        "while not e.status()['engine_ready']: time.sleep(0.05)\n"
        "print(e.status()['engine_pid'], flush=True); time.sleep(60)"
    )
    worker = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    with worker:
        assert worker.stdout is not None
        engine_pid = int(worker.stdout.readline())
        os.kill(worker.pid, signal.SIGKILL)
    assert wait_until(lambda: gone(engine_pid))
