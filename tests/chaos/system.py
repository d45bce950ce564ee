"""How does a whole system run in a folder of its own, so that each of its processes can be hurt?

Real supervisord, Postgres, Redis, Celery and yt-dlp; TikTok is the stand-in, the engine is a quick one.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psycopg
import redis
from psycopg.rows import dict_row

from mass_processing.embedded import postgres_dsn, prepare_postgres, remove_data, remove_leftovers
from mass_processing.embedded.layout import postgres_home
from mass_processing.migrate import migrate
from mass_processing.redis_link import connect_redis
from mass_processing.settings import PROJECT, Settings, inherited_environment
from mass_processing.store import Store, open_store
from mass_processing.system.programs import Program, programs
from mass_processing.system.supervise import Supervisor
from tests.chaos.proxy import PostgresProxy
from tests.chaos.times import Times
from tests.integration.running_system import free_ports, wait_for
from tests.servers import postgres_is_up, redis_is_up
from tests.standin.supabase import SECRET_KEY, SupabaseStandIn

#: Not needed here: Flower looks on, and the API does what the dashboard does.
_LEFT_OUT = ("flower", "api")


@dataclass(frozen=True, slots=True)
class Places:
    """Where the parts of one tested system lie."""

    root: Path

    @property
    def var(self) -> Path:
        return self.root / "var"

    @property
    def faults(self) -> Path:
        """Armed points."""
        return self.root / "faults"

    @property
    def engine(self) -> Path:
        """What the quick engine does to which video."""
        return self.root / "engine"

    @property
    def gates(self) -> Path:
        return self.root / "gates"

    @property
    def orders(self) -> Path:
        return self.root / "programs.json"


class ChaosSystem:
    """The system under test."""

    def __init__(
        self, root: Path, times: Times, site: Mapping[str, str], *, cards: int = 1, over_supabase: bool = False
    ) -> None:
        """`over_supabase`: what works reaches the database through PostgREST alone, as on a hosted project."""
        self.places = Places(root)
        self.times = times
        self._cards = cards
        for folder in (self.places.var, self.places.faults, self.places.engine, self.places.gates):
            folder.mkdir(parents=True, exist_ok=True)
        self.port = free_ports(1, 23_000)[0]
        self.environment = {
            **{name: value for name, value in inherited_environment().items() if not name.startswith("PYTEST")},
            **times.environment(),
            **site,
            "VAR_DIR": str(self.places.var),
            "RESULTS_DIR": "",
            "LOG_DIR": "",
            "DATABASE_URL": "",
            "REDIS_URL": "",
            "DASHBOARD_PORT": str(self.port),
            "CPU_WORKERS": "1",
            "GPU_IN_FLIGHT": "3",
            "DISK_MIN_FREE_GB": "0",
            "FAULTS": str(self.places.faults),
            "CHAOS_ENGINE": str(self.places.engine),
            "NO_PROXY": "127.0.0.1,localhost",
            "PYTHONPATH": str(PROJECT),
            "PYTHONUNBUFFERED": "1",
            "TMPDIR": str(self.places.var / "tmp"),
        }
        self.settings = Settings.read(self.environment)
        self._supervisor = Supervisor(self.settings)
        self._extra: dict[str, dict[str, str]] = {}
        self._commands: dict[str, Sequence[str]] = {}
        self._programs: list[Program] = []
        prepare_postgres(self.settings)
        self.proxy = PostgresProxy(postgres_home(self.settings).sockets / ".s.PGSQL.5432")
        self._api = SupabaseStandIn(self.proxy.dsn, root) if over_supabase else None
        self._door = {"DATABASE_URL": self.proxy.dsn}
        if self._api is not None:
            self._door = {"SUPABASE_URL": self._api.url, "SUPABASE_KEY": SECRET_KEY}

    # --- life -------------------------------------------------------------------------------------------------------
    @contextmanager
    def running(self) -> Iterator["ChaosSystem"]:
        """Everything is up; afterwards nothing runs and the database is gone."""
        with self.proxy, ExitStack() as until_stopped:
            try:
                self._start(until_stopped)
                yield self
            finally:
                self.stop()
                remove_data(self.settings)

    def _start(self, until_stopped: ExitStack) -> None:
        self._programs = [self._launched(program) for program in self._chosen()]
        self._write_orders()
        self._supervisor.start(self._programs)
        self._supervisor.start_programs([each.name for each in self._programs if each.group == "backend"])
        wait_for(lambda: redis_is_up(self.settings), 60, "Redis")
        wait_for(lambda: postgres_is_up(self.settings), 60, "Postgres")
        migrate(postgres_dsn(self.settings))
        if self._api is not None:
            until_stopped.enter_context(self._api)
        others = [each.name for each in self._programs if each.group != "backend" and each.name != "beat_2"]
        self._supervisor.start_programs(others)
        wait_for(lambda: len(self.workers_alive()) >= 3 + self._cards, 120, "the workers")

    def stop(self) -> float:
        """Stops everything as `./start_workers.sh stop` does; the seconds it took."""
        began = time.monotonic()
        for gate in self.places.gates.iterdir():
            gate.unlink()
        if self._supervisor.running():
            for name in list(self.processes_by_name()):
                self.signal(name, signal.SIGCONT)
            names = {process["name"] for process in self._supervisor.processes()}
            backends = names & {"redis", "postgres"}
            self._supervisor.stop_programs(sorted(names - backends))
            self._supervisor.stop_programs(sorted(backends))
            self._supervisor.shutdown()
            shutil.rmtree(self.settings.socket_dir, ignore_errors=True)
            remove_leftovers(self.settings)
        return time.monotonic() - began

    def stop_workers(self) -> float:
        """Stops what works and leaves the servers, so that they can be asked; the seconds it took."""
        began = time.monotonic()
        names = {process["name"] for process in self._supervisor.processes()} - {"redis", "postgres"}
        self._supervisor.stop_programs(sorted(names))
        return time.monotonic() - began

    # --- one process ------------------------------------------------------------------------------------------------
    def processes_by_name(self) -> dict[str, int]:
        """Running programs and their process ids, as supervisord says."""
        return {each["name"]: each["pid"] for each in self._supervisor.processes() if each["pid"]}

    def pid(self, name: str) -> int:
        return self.processes_by_name()[name]

    def children(self, name: str) -> list[int]:
        """The direct children of a program: pool processes, an engine."""
        with suppress(KeyError, OSError):  # it ended meanwhile
            pid = self.pid(name)
            return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
        return []

    def signal(self, name: str, number: int, *, children: bool = False) -> None:
        """Sends a signal to a program (and its children); nothing when it doesn't run just now."""
        with suppress(KeyError, ProcessLookupError):  # it ended meanwhile
            for pid in [self.pid(name), *(self.children(name) if children else ())]:
                os.kill(pid, number)

    def kill(self, name: str) -> None:
        self.signal(name, signal.SIGKILL)

    @contextmanager
    def shut(self, name: str) -> Iterator[None]:
        """Once it ended, the program doesn't come back before the block ends."""
        gate = self.places.gates / name
        gate.touch()
        try:
            yield
        finally:
            gate.unlink(missing_ok=True)

    def start_program(self, name: str) -> None:
        self._supervisor.start_programs([name])

    def stop_program(self, name: str) -> None:
        self._supervisor.stop_programs([name])

    def set_environment(self, name: str, more: dict[str, str]) -> None:
        """What a program finds in its environment from its next start on, besides the rest."""
        self._extra[name] = more
        self._write_orders()

    @property
    def names(self) -> list[str]:
        """The programs that work, without the servers and the pages."""
        return [each.name for each in self._programs if "_worker" in each.name]

    def left_running(self) -> dict[int, str]:
        """Processes that belong to this system."""
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            if int(folder.name) == os.getpid():
                continue
            with suppress(OSError):  # it ended meanwhile
                if str(self.places.root).encode() in (folder / "environ").read_bytes():
                    found[int(folder.name)] = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        return found

    # --- its servers --------------------------------------------------------------------------------------------------
    @property
    def dsn(self) -> str:
        """The database, past the proxy."""
        return postgres_dsn(self.settings)

    @contextmanager
    def database(self) -> Iterator["psycopg.Connection[dict[str, Any]]"]:
        with psycopg.connect(self.dsn, autocommit=True, row_factory=dict_row, connect_timeout=5) as connection:
            yield connection

    def rows(self, statement: str, *values: Any) -> list[dict[str, Any]]:
        """Rows of a query; waits for a database that is down."""
        end = time.monotonic() + 90
        while True:
            try:
                with self.database() as connection:
                    return connection.execute(statement, values).fetchall()
            except psycopg.OperationalError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.2)

    @property
    def over_supabase(self) -> bool:
        return self._api is not None

    @contextmanager
    def api_away(self) -> Iterator[None]:
        """Kills the API before the database, until the block ends."""
        assert self._api is not None
        self._api.stop()
        try:
            yield
        finally:
            self._api.start()

    @contextmanager
    def redis(self) -> Iterator["redis.Redis"]:
        client = connect_redis(self.settings)
        try:
            yield client
        finally:
            client.close()

    @contextmanager
    def store(self) -> Iterator[Store]:
        opened = open_store(self.settings)
        try:
            yield opened
        finally:
            opened.close()

    def workers_alive(self) -> set[str]:
        rows = self.rows("select worker_id from worker_status where status = 'running'")
        return {row["worker_id"] for row in rows}

    # --- commands ---------------------------------------------------------------------------------------------------
    def command_line(
        self, *arguments: str, stdin: str = "", timeout: float = 120
    ) -> "subprocess.CompletedProcess[str]":
        """`bulk_processor.py …` as a user of this system types it."""
        return subprocess.run(
            [sys.executable, "bulk_processor.py", *arguments],
            cwd=PROJECT,
            env=self.environment | self._door,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    # --- how it is put together ---------------------------------------------------------------------------------------
    def _chosen(self) -> list[Program]:
        found = [each for each in programs(self.settings, self._cards) if each.name not in _LEFT_OUT]
        beat = next(each for each in found if each.name == "beat")
        schedule = f"--schedule={self.places.var}/celerybeat-schedule-2"
        return [*found, replace(beat, name="beat_2", command=(*beat.command, schedule), log="celery_beat_2.log")]

    def _launched(self, program: Program) -> Program:
        command = [part.replace("%%", "%") for part in program.command]
        if "gpu_worker" in program.name or "cpu_worker" in program.name:
            command = ["tests.chaos.app" if part == "mass_processing.celery_config" else part for part in command]
        self._commands[program.name] = command
        launcher = (sys.executable, "-m", "tests.chaos.launch", str(self.places.orders), program.name)
        return replace(program, command=launcher)

    def _write_orders(self) -> None:
        document = {
            name: {
                "command": list(command),
                "gate": str(self.places.gates / name),
                "environment": self.environment
                | ({} if name in ("redis", "postgres") else self._door)
                | self._extra.get(name, {}),
            }
            for name, command in self._commands.items()
        }
        unfinished = self.places.orders.with_suffix(".new")
        unfinished.write_text(json.dumps(document))
        unfinished.replace(self.places.orders)
