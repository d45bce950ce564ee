"""The main job over a hosted database, through each door to it, while what is behind the door goes away.

Away for `OUTAGE_SECONDS` (three by default; 30 are five leases of these systems):
OUTAGE_SECONDS=30 python -m pytest -m integration tests/integration/test_each_door.py
"""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from mass_processing.embedded import postgres_dsn, prepare_postgres, remove_data
from mass_processing.migrate import migrate
from mass_processing.settings import Settings
from tests.integration.running_system import RunningSystem, free_ports, wait_for
from tests.servers import postgres_running
from tests.standin.behaviours import Behaviour, post_url
from tests.standin.supabase import SECRET_KEY, SupabaseStandIn

OUTAGE = float(os.environ.get("OUTAGE_SECONDS", "3"))
pytestmark = [pytest.mark.integration, pytest.mark.timeout(500 + 3 * OUTAGE)]

#: Good posts that are added before each outage.
POSTS = 20
PASSWORD = "password-of-the-database"
#: The first port of the system, and of the demo beside it, at each door.
PORTS = {"postgres": (23_000, 24_000), "supabase": (25_000, 26_000)}


class Postgres:
    """A database that the system did not start and can't start again."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._running = ExitStack()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = self._running.enter_context(postgres_running(self.settings))

    def kill(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._running.close()

    def close(self) -> None:
        self._running.close()

    def rows(self, statement: str) -> list[tuple[object, ...]]:
        with psycopg.connect(postgres_dsn(self.settings), autocommit=True) as connection:
            return connection.execute(statement.encode()).fetchall()


class Hosted:
    """The system over a hosted database."""

    def __init__(self, postgres: Postgres, api: SupabaseStandIn | None) -> None:
        self.postgres, self.api = postgres, api
        self.system: RunningSystem

    @property
    def environment(self) -> dict[str, str]:
        """Where the system finds its database."""
        if self.api:
            return {"SUPABASE_URL": self.api.url, "SUPABASE_KEY": SECRET_KEY}
        dsn = postgres_dsn(self.postgres.settings)
        return {"DATABASE_URL": dsn.replace("postgres@", f"postgres:{PASSWORD}@")}

    @property
    def user(self) -> str:
        """Who connects to Postgres."""
        return "authenticator" if self.api else str(conninfo_to_dict(self.environment["DATABASE_URL"])["user"])

    @contextmanager
    def api_away(self) -> Iterator[None]:
        assert self.api is not None
        self.api.stop()
        yield
        self.api.start()

    @contextmanager
    def postgres_away(self) -> Iterator[None]:
        self.postgres.kill()
        yield
        self.postgres.start()

    def completed(self) -> int:
        """How many videos are; asked past the door."""
        rows = self.postgres.rows("select count(*) from processing_queue where status = 'completed'")
        return int(str(rows[0][0]))

    @property
    def outages(self) -> list[Callable[[], AbstractContextManager[None]]]:
        return [self.api_away, self.postgres_away] if self.api else [self.postgres_away]


@pytest.fixture(scope="module", params=PORTS)
def hosted(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    start_system: Callable[..., AbstractContextManager[RunningSystem]],
) -> Iterator[Hosted]:
    """The system over a database of its own, with and without Supabase's API before it."""
    folder = tmp_path_factory.mktemp("hosted")
    settings = Settings(var_dir=folder / "var", results_dir=folder / "results", log_dir=folder / "logs")
    prepare_postgres(settings)
    postgres = Postgres(settings)
    with ExitStack() as ends:
        ends.callback(postgres.close)
        postgres.start()
        migrate(postgres_dsn(settings))
        api = None
        if request.param == "supabase":
            request.getfixturevalue("supabase")  # skips where there is no PostgREST
            api = ends.enter_context(SupabaseStandIn(postgres_dsn(settings), folder))
        hosted = Hosted(postgres, api)
        with start_system(PORTS[request.param][0], **hosted.environment) as system:
            hosted.system = system
            yield hosted
    remove_data(settings)
    shutil.rmtree(settings.socket_dir, ignore_errors=True)


def test_no_postgres_is_started_and_only_the_door_connects(hosted: Hosted) -> None:
    assert not [command for command in hosted.system.processes().values() if "postgres" in command]
    users = hosted.postgres.rows(
        "select distinct usename from pg_stat_activity "
        "where datname is not null and state is not null and pid <> pg_backend_pid()"
    )
    assert users == [(hosted.user,)]


def test_doctor_names_the_door_and_never_its_secret(hosted: Hosted) -> None:
    said = hosted.system.bulk_processor("doctor")
    assert ("SUPABASE_URL with a secret key" if hosted.api else "DATABASE_URL") in said.stdout
    assert not [secret for secret in (SECRET_KEY, PASSWORD) if secret in said.stdout + said.stderr]


def test_while_what_is_behind_the_door_is_away_nothing_is_lost_and_nothing_done_twice(
    hosted: Hosted, videos: Path
) -> None:
    system = hosted.system

    def add(*links: str) -> None:
        assert system.bulk_processor("add", "-f", "-", "-b", "hosted", stdin="\n".join(links)).returncode == 0

    add(post_url(Behaviour.PRIVATE, 100), str(videos / "good.mp4"), str(videos / "text.mp4"))
    good = 1
    for number, outage in enumerate(hosted.outages, 1):
        add(*(post_url(Behaviour.SUCCESS, 100 * number + serial) for serial in range(POSTS)))
        wait_for(lambda least=good + 2: hosted.completed() >= least, 120, "two of the new ones")
        good += POSTS
        with outage():
            assert system.bulk_processor("status").returncode == 5
            time.sleep(OUTAGE)
        assert hosted.completed() < good, "nothing was left to do when it went away"
    system.wait_until_done(200)
    assert system.counts("hosted") == {
        **{"pending": 0, "downloading": 0, "processing": 0, "completed": good, "failed": 2, "total": good + 2}
    }
    twice = (
        "select job_id from job_events where to_status in ('completed', 'failed') group by job_id having count(*) > 1"
    )
    assert hosted.postgres.rows(twice) == []
    assert hosted.postgres.rows("select count(*) from video_analysis") == [(good,)]


def test_the_pages_and_the_api_work_over_it(hosted: Hosted, videos: Path) -> None:
    status, answer = hosted.system.http("API_PORT", "/analyze", {"video_path": str(videos / "good.mp4")})
    assert status == 200, answer
    assert hosted.system.http("DASHBOARD_PORT", "/health")[1]["status"] == "healthy"
    assert hosted.system.http("DASHBOARD_PORT", "/api/metrics")[1]["jobs"]["completed"] > POSTS


def test_the_demo_tries_the_configured_database_once_nobody_else_works_on_it(hosted: Hosted, tmp_path: Path) -> None:
    first = PORTS["supabase" if hosted.api else "postgres"][1]
    ports = dict(zip(("DASHBOARD_PORT", "API_PORT", "FLOWER_PORT"), map(str, free_ports(3, first)), strict=True))
    other = RunningSystem({**hosted.system.environment, **ports, "VAR_DIR": str(tmp_path / "var")})
    refused = other.start_workers("demo", "--configured")
    assert refused.returncode == 1
    assert "work on this database already" in refused.stderr
    hosted.system.start_workers("stop")
    before = hosted.completed()
    try:
        done = other.start_workers("demo", "--configured", timeout=300)
        assert done.returncode == 0, done.stderr
    finally:
        other.start_workers("stop")
    assert hosted.completed() == before + 3
