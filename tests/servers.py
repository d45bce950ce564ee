"""How does a test run a real Postgres, Redis or S3 service, and end it by its process id?"""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import redis
import requests

from mass_processing.embedded import postgres_command, postgres_dsn, redis_command
from mass_processing.redis_link import connect_redis
from mass_processing.settings import PROJECT, Settings


def postgres_is_up(settings: Settings) -> bool:
    with suppress(psycopg.OperationalError):  # not up yet
        psycopg.connect(postgres_dsn(settings)).close()
        return True
    return False


def redis_is_up(settings: Settings) -> bool:
    client = connect_redis(settings)
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()


@contextmanager
def postgres_running(settings: Settings) -> Iterator["subprocess.Popen[bytes]"]:
    """The embedded Postgres of a var_dir, until the block ends."""
    log = settings.var_dir / "postgres.log"
    with _running(postgres_command(settings), log, signal.SIGINT, lambda: postgres_is_up(settings)) as process:
        yield process


@contextmanager
def redis_running(settings: Settings) -> Iterator["subprocess.Popen[bytes]"]:
    """The embedded Redis of a var_dir, until the block ends."""
    log = settings.var_dir / "redis.log"
    with _running(redis_command(settings), log, signal.SIGTERM, lambda: redis_is_up(settings)) as process:
        yield process


@contextmanager
def _running(
    command: Sequence[str], log: Path, stop: signal.Signals, is_up: Callable[[], bool], patience: float = 30.0
) -> Iterator["subprocess.Popen[bytes]"]:
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as file:
        process = subprocess.Popen(command, cwd=PROJECT, stdout=file, stderr=subprocess.STDOUT)
    try:
        give_up = time.monotonic() + patience
        while not is_up():
            if process.poll() is not None or time.monotonic() > give_up:
                raise AssertionError(f"{command} did not come up:\n{log.read_text()}")
            time.sleep(0.02)
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(stop)
        process.wait(30)


@contextmanager
def s3_running(folder: Path) -> Iterator[str]:
    """An S3 service (moto's) with an empty bucket `videos`, until the block ends; its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    endpoint = f"http://127.0.0.1:{port}"

    def is_up() -> bool:
        with suppress(OSError):  # it does not listen yet
            return bool(requests.put(f"{endpoint}/videos", timeout=60).ok)
        return False

    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with _running(command, folder / "s3.log", signal.SIGTERM, is_up, patience=100):
        yield endpoint
