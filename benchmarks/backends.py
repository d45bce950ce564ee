"""Which servers and workers does a measurement run on? Its own, in a temporary folder, ended by their process ids."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import psycopg
import redis
from psycopg.rows import DictRow, dict_row

from mass_processing.embedded import postgres_command, postgres_dsn, prepare_postgres, redis_command, remove_data
from mass_processing.migrate import migrate
from mass_processing.redis_link import connect_redis
from mass_processing.settings import PROJECT, Settings
from mass_processing.settings import settings as settings_of_environment
from mass_processing.store import Store, open_store

_PATIENCE = 60.0
#: Settings of the environment that must not reach a measurement.
_OURS = ("DATABASE_URL", "REDIS_URL", "RESULTS_DIR", "LOG_DIR", "FAULTS")

#: Nothing is downloaded here; should anything try, it gets no further than this machine.
_NOWHERE = "http://127.0.0.1:9"


@dataclass(frozen=True, slots=True)
class Backends:
    """An embedded Postgres and Redis of its own."""

    settings: Settings
    store: Store
    #: Looks behind the store.
    database: "psycopg.Connection[DictRow]"
    redis: "redis.Redis"

    def value(self, query: str) -> Any:
        """The one value that a query answers."""
        row = self.database.execute(query.encode()).fetchone()
        return next(iter(row.values())) if row else None

    def redis_bytes(self) -> int:
        """What Redis holds in memory."""
        return int(self.redis.info("memory")["used_memory"])

    def messages(self) -> int:
        """Messages on all queues, except those that a worker holds."""
        return sum(int(self.redis.llen(key)) for key in self.redis.scan_iter("*", _type="list"))

    def empty(self) -> None:
        """No jobs, no messages, as after `migrate`."""
        self.database.execute(
            "truncate public.processing_queue, public.job_events, public.worker_status, public.video_analysis cascade"
        )
        self.redis.flushall()

    @contextmanager
    def worker(self, app: str, node: str, queues: str, pool: str, *options: str) -> Iterator[psutil.Process]:
        """A Celery worker, until the block ends."""
        command = [sys.executable, "-m", "celery", "-A", app, "worker", "-n", f"{node}@bench", "-Q", queues, "-P", pool]
        command += ["--without-gossip", "--without-mingle", *options]
        log = self.settings.var_dir / f"{node}.log"
        with _running(command, log, signal.SIGTERM, lambda: " ready." in log.read_text()) as process:
            yield psutil.Process(process.pid)


@contextmanager
def backends() -> Iterator[Backends]:
    """Both servers, until the block ends (SIGTERM ends it too); nothing of them stays."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with ExitStack() as stack, tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        # This process adds and announces too, as the API does.
        os.environ.update(dict.fromkeys(_OURS, "") | {"VAR_DIR": f"{folder}/var", "DOWNLOAD_PROXIES": _NOWHERE})
        settings_of_environment.cache_clear()
        settings = settings_of_environment()
        prepare_postgres(settings)
        stack.callback(shutil.rmtree, settings.socket_dir, ignore_errors=True)
        stack.callback(remove_data, settings)
        dsn = postgres_dsn(settings)
        stack.enter_context(
            _running(postgres_command(settings), Path(folder, "postgres.log"), signal.SIGINT, lambda: _answers(dsn))
        )
        client = stack.enter_context(connect_redis(settings))
        stack.enter_context(
            _running(redis_command(settings), Path(folder, "redis.log"), signal.SIGTERM, lambda: _pings(client))
        )
        migrate(dsn)
        store = open_store(settings)
        stack.callback(store.close)
        database = stack.enter_context(psycopg.connect(dsn, autocommit=True, row_factory=dict_row))
        yield Backends(settings, store, database, client)


@contextmanager
def _running(
    command: Sequence[str],
    log: Path,
    stop: signal.Signals,
    is_up: Callable[[], bool],
) -> Iterator["subprocess.Popen[bytes]"]:
    with log.open("ab") as file:
        process = subprocess.Popen(command, cwd=PROJECT, stdout=file, stderr=subprocess.STDOUT)
    try:
        give_up = time.monotonic() + _PATIENCE
        while not is_up():
            if process.poll() is not None or time.monotonic() > give_up:
                raise RuntimeError(f"{' '.join(command)} did not come up:\n{log.read_text()[-2000:]}")
            time.sleep(0.05)
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(stop)
        try:
            process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _answers(dsn: str) -> bool:
    with suppress(psycopg.OperationalError):  # not up yet
        psycopg.connect(dsn).close()
        return True
    return False


def _pings(client: "redis.Redis") -> bool:
    with suppress(redis.RedisError):  # not up yet
        return bool(client.ping())
    return False
