import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from configparser import RawConfigParser
from pathlib import Path

import psutil
import pytest

from mass_processing.errors import Refused
from mass_processing.settings import Settings
from mass_processing.system.bring_up import bring_down
from mass_processing.system.programs import Program, programs
from mass_processing.system.supervise import Supervisor, SupervisorGone, configuration


def written(settings: Settings) -> RawConfigParser:
    parser = RawConfigParser()
    parser.read_string(configuration(settings, programs(settings, 1), Path("/s.sock"), Path("/s.pid")))
    return parser


@pytest.fixture
def knobs(tmp_path: Path) -> Settings:
    return Settings(var_dir=tmp_path, log_dir=tmp_path / "logs")


def test_every_program_is_restarted_and_its_log_rotates(knobs: Settings) -> None:
    parser = written(knobs)
    sections = [parser[name] for name in parser.sections() if name.startswith("program:")]
    assert {section["autorestart"] for section in sections} == {"true"}
    assert all(int(section["stdout_logfile_maxbytes"]) > 0 for section in sections)
    assert all(int(section["stdout_logfile_backups"]) > 0 for section in sections)
    assert len({section["stdout_logfile"] for section in sections}) == len(sections) == len(programs(knobs, 1))


def test_what_programs_leave_in_their_temporary_folder_lies_in_the_var_dir(knobs: Settings) -> None:
    assert f'TMPDIR="{knobs.var_dir}/tmp"' in written(knobs)["program:cpu_worker_1"]["environment"]


def test_supervisord_stays_who_started_it_whatever_the_environment_says(
    knobs: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.setenv(name, "somebody-else")
    assert written(knobs)["supervisord"].get("user") == ("root" if os.geteuid() == 0 else None)


@pytest.mark.parametrize("name", ["100%", "a;b", 'a"b'])
def test_a_folder_that_supervisord_would_misread_is_named(tmp_path: Path, name: str) -> None:
    knobs = Settings(var_dir=tmp_path / name, log_dir=tmp_path / name / "logs")
    with pytest.raises(Refused, match="in its name"):
        written(knobs)


@pytest.fixture
def sleeping(knobs: Settings) -> Iterator[Supervisor]:
    """A supervisord with one program that does nothing."""
    supervisor = Supervisor(knobs)
    supervisor.start([Program("sleeper", ("sleep", "600"), "sleeper.log", stop_wait=5)])
    supervisor.start_programs(["sleeper"])
    yield supervisor
    bring_down(knobs, lambda _: None)


@pytest.mark.usefixtures("sleeping")
def test_two_may_stop_it_at_the_same_time(knobs: Settings) -> None:
    with ThreadPoolExecutor(2) as both:
        stops = [both.submit(bring_down, knobs, lambda _: None) for _ in range(2)]
    assert True in [stop.result() for stop in stops]
    assert not Supervisor(knobs).running()


def test_who_still_needs_it_hears_that_it_was_stopped(sleeping: Supervisor, knobs: Settings) -> None:
    bring_down(knobs, lambda _: None)
    with pytest.raises(SupervisorGone, match="stopped"):
        sleeping.processes()


def test_what_a_killed_supervisord_left_is_ended(sleeping: Supervisor, knobs: Settings) -> None:
    (sleeper,) = sleeping.processes()
    pid_file = knobs.var_dir / "run" / "supervisord.pid"
    os.kill(int(pid_file.read_text()), signal.SIGKILL)
    assert not_running(lambda: sleeping.running())
    assert psutil.pid_exists(sleeper["pid"])
    said: list[str] = []
    assert bring_down(knobs, said.append)
    assert "sleeper" in said[0]
    assert not_running(lambda: psutil.pid_exists(sleeper["pid"]))
    assert not bring_down(knobs, said.append)


def not_running(runs: Callable[[], bool]) -> bool:
    """Whether it ends in good time; a killed process is there until its parent looked."""
    give_up = time.monotonic() + 20
    while runs() and time.monotonic() < give_up:
        time.sleep(0.05)
    return not runs()
