"""Does the embedded Postgres start privately, once, and again after anything?"""

import os
import shutil
import signal
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from mass_processing.embedded import (
    postgres_command,
    postgres_dsn,
    prepare_postgres,
    remove_data,
    remove_leftovers,
)
from mass_processing.embedded.layout import Home, postgres_home
from mass_processing.errors import Refused
from mass_processing.settings import PROJECT, Settings
from tests.servers import postgres_running

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """One var_dir for all, since making a database takes longer than the rest; every test leaves it stopped."""
    knobs = Settings(var_dir=tmp_path_factory.mktemp("postgres") / "var")
    yield knobs
    remove_data(knobs)
    shutil.rmtree(knobs.socket_dir, ignore_errors=True)


@pytest.fixture
def home(settings: Settings) -> Home:
    prepare_postgres(settings)
    return postgres_home(settings)


@contextmanager
def connected(settings: Settings) -> Iterator["psycopg.Connection[tuple[Any, ...]]"]:
    with postgres_running(settings), psycopg.connect(postgres_dsn(settings), autocommit=True) as connection:
        yield connection


def test_it_comes_up_and_keeps_its_data_over_a_stop(settings: Settings) -> None:
    with connected(settings) as connection:
        connection.execute("create table stopped (n int)")
    with connected(settings) as connection:
        assert connection.execute("select count(*) from stopped").fetchone() == (0,)


def test_it_comes_up_again_after_it_was_killed(settings: Settings) -> None:
    with postgres_running(settings) as server:
        with psycopg.connect(postgres_dsn(settings)) as connection:
            connection.execute("create table killed (n int)")
        os.kill(server.pid, signal.SIGKILL)
        server.wait(10)
    with connected(settings) as connection:
        assert connection.execute("select count(*) from killed").fetchone() == (0,)


def test_a_lock_whose_process_id_is_in_use_again_does_not_block_it(settings: Settings, home: Home) -> None:
    (home.data / "postmaster.pid").write_text(f"{os.getppid()}\n{home.data}\n1\n5432\n{home.sockets}\n\n")
    with postgres_running(settings):
        pass


def test_leftovers_of_a_killed_server_are_removed_but_not_those_of_a_live_one(settings: Settings, home: Home) -> None:
    with postgres_running(settings):
        remove_leftovers(settings)
        assert (home.data / "postmaster.pid").exists()
    (home.data / "postmaster.pid").write_text("1\n")
    remove_leftovers(settings)
    assert not (home.data / "postmaster.pid").exists()


def test_it_listens_on_a_private_socket_only(settings: Settings, home: Home) -> None:
    assert stat.S_IMODE(home.sockets.stat().st_mode) == 0o700
    assert stat.S_IMODE(home.data.stat().st_mode) == 0o700
    with connected(settings) as connection:
        assert connection.execute("show listen_addresses").fetchone() == ("",)
        assert connection.execute("show synchronous_commit").fetchone() == ("on",)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can hand it to another user")
def test_started_by_root_it_runs_as_somebody_else(settings: Settings, home: Home) -> None:
    assert home.account is not None
    with postgres_running(settings) as server:
        assert Path(f"/proc/{server.pid}").stat().st_uid == home.account.user
        groups = Path(f"/proc/{server.pid}/status").read_text().split("Groups:", 1)[1].split("\n", 1)[0]
    assert groups.strip() == ""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's lies outside of VAR_DIR")
def test_started_by_root_it_lies_in_a_folder_of_its_own(settings: Settings, home: Home) -> None:
    assert home.data.is_relative_to("/var/lib/mass-processing")
    assert home.data.parent.stat().st_uid == 0


def test_preparing_again_changes_nothing(settings: Settings, home: Home) -> None:
    before = (home.data / "PG_VERSION").stat().st_mtime_ns
    prepare_postgres(settings)
    assert (home.data / "PG_VERSION").stat().st_mtime_ns == before


def test_an_interrupted_making_is_done_again(settings: Settings, home: Home) -> None:
    (home.data / "postgresql.conf").unlink()
    home.data.rename(home.data.with_name(home.data.name + ".unfinished"))
    with connected(settings) as connection:
        assert connection.execute("select 1").fetchone() == (1,)


def test_two_var_dirs_do_not_meet(settings: Settings, tmp_path: Path) -> None:
    other = Settings(var_dir=tmp_path / "other")
    assert postgres_dsn(settings) != postgres_dsn(other)
    assert postgres_home(settings).data != postgres_home(other).data


def test_a_second_one_on_the_same_data_is_refused(settings: Settings) -> None:
    with postgres_running(settings):
        with pytest.raises(Refused, match="running; stop it first"):
            remove_data(settings)
        second = subprocess.Popen(postgres_command(settings), cwd=PROJECT, stderr=subprocess.PIPE)
        with pytest.raises(subprocess.TimeoutExpired):
            second.wait(1)  # it waits for the first one to end
        second.kill()
        second.communicate()
        with psycopg.connect(postgres_dsn(settings)) as connection:
            assert connection.execute("select 1").fetchone() == (1,)


def test_data_of_another_postgres_is_refused(settings: Settings, home: Home) -> None:
    (home.data / "PG_VERSION").write_text("15\n")
    with pytest.raises(Refused, match="made by Postgres 15, this is 18"):
        prepare_postgres(settings)
    (home.data / "PG_VERSION").write_text("18\n")


def test_a_socket_folder_of_somebody_else_is_refused(settings: Settings, home: Home) -> None:
    shutil.rmtree(home.sockets)
    home.sockets.symlink_to("/tmp")
    before = stat.S_IMODE(Path("/tmp").stat().st_mode)
    with pytest.raises(Refused, match="belongs to somebody else"):
        prepare_postgres(settings)
    assert stat.S_IMODE(Path("/tmp").stat().st_mode) == before
    home.sockets.unlink()


def test_a_var_dir_that_can_not_be_made_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    command = [*postgres_command(Settings(var_dir=tmp_path / "var"))[:-2], "redis", str(tmp_path / "file" / "var")]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "can't be made: Not a directory" in done.stderr
    assert "Traceback" not in done.stderr
