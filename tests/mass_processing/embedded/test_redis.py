"""Does the embedded Redis start privately, and keep what it was told?"""

import os
import shutil
import signal
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from mass_processing.embedded import redis_command
from mass_processing.embedded.redis import redis_server
from mass_processing.errors import Refused
from mass_processing.redis_link import connect_redis
from mass_processing.settings import Settings
from tests.servers import redis_running

pytestmark = pytest.mark.integration


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    knobs = Settings(var_dir=tmp_path / "var")
    yield knobs
    shutil.rmtree(knobs.socket_dir, ignore_errors=True)


def test_it_keeps_its_messages_over_a_stop(settings: Settings) -> None:
    with redis_running(settings), connect_redis(settings) as client:
        client.lpush("download", "1")
    with redis_running(settings), connect_redis(settings) as client:
        assert client.lrange("download", 0, -1) == [b"1"]


def test_it_comes_up_again_after_it_was_killed(settings: Settings) -> None:
    with redis_running(settings) as server:
        os.kill(server.pid, signal.SIGKILL)
        server.wait(10)
    with redis_running(settings):
        pass


def test_it_listens_on_a_private_socket_only_and_drops_nothing(settings: Settings) -> None:
    with redis_running(settings), connect_redis(settings) as client:
        assert client.config_get("port") == {"port": "0"}
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        assert client.config_get("appendonly") == {"appendonly": "yes"}
    assert stat.S_IMODE(settings.socket_dir.stat().st_mode) == 0o700


def test_a_var_dir_too_long_for_a_socket_gets_a_short_private_folder(tmp_path: Path) -> None:
    settings = Settings(var_dir=tmp_path / ("x" * 100) / "var")
    with redis_running(settings):
        assert not settings.socket_dir.is_relative_to(settings.var_dir)
        assert stat.S_IMODE(settings.socket_dir.stat().st_mode) == 0o700
    shutil.rmtree(settings.socket_dir)


def test_the_machines_own_program_is_preferred(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "redis-server"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert redis_server() == str(program)


def test_a_machine_without_one_is_told_what_to_install(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("sys.path", ["/nowhere"])
    with pytest.raises(Refused, match="apt-get install redis-server"):
        redis_command(settings)
