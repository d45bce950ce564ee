"""The main job with nothing but a Supabase project's address and secret key, while that project goes away twice."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

import psycopg
import pytest

from mass_processing.embedded import postgres_dsn, prepare_postgres, remove_data
from mass_processing.migrate import migrate
from mass_processing.settings import Settings
from tests.integration.running_system import RunningSystem, free_ports, wait_for
from tests.servers import postgres_running
from tests.standin.behaviours import Behaviour, post_url
from tests.standin.supabase import SECRET_KEY, SupabaseStandIn

pytestmark = [pytest.mark.integration, pytest.mark.timeout(400)]


class Project:
    """A hosted project: its gateway, its PostgREST, its Postgres, and the system that works with it."""

    def __init__(self, settings: Settings, api: SupabaseStandIn, stop_postgres: ExitStack) -> None:
        self.settings, self.api, self._stop_postgres = settings, api, stop_postgres
        self.system: RunningSystem

    def stop_postgres(self) -> None:
        self._stop_postgres.close()

    def start_postgres(self) -> None:
        self._stop_postgres.enter_context(postgres_running(self.settings))

    def rows(self, statement: str) -> list[tuple[object, ...]]:
        with psycopg.connect(postgres_dsn(self.settings), autocommit=True) as connection:
            return connection.execute(statement.encode()).fetchall()


@pytest.fixture(scope="module")
def project(
    tmp_path_factory: pytest.TempPathFactory,
    supabase: SupabaseStandIn,
    start_system: Callable[..., AbstractContextManager[RunningSystem]],
) -> Iterator[Project]:
    """The system over a project of its own; `supabase` is asked for only to be skipped with it."""
    folder = tmp_path_factory.mktemp("project")
    settings = Settings(var_dir=folder / "var", results_dir=folder / "results", log_dir=folder / "logs")
    prepare_postgres(settings)
    with ExitStack() as stop_postgres:
        stop_postgres.enter_context(postgres_running(settings))
        migrate(postgres_dsn(settings))
        with SupabaseStandIn(postgres_dsn(settings), folder) as api:
            project = Project(settings, api, stop_postgres)
            with start_system(23_000, SUPABASE_URL=api.url, SUPABASE_KEY=SECRET_KEY) as system:
                project.system = system
                yield project
    remove_data(settings)
    shutil.rmtree(settings.socket_dir, ignore_errors=True)


def test_no_postgres_is_started_and_only_the_api_connects(project: Project) -> None:
    assert not [command for command in project.system.processes().values() if "postgres" in command]
    users = project.rows(
        "select distinct usename from pg_stat_activity where datname is not null and state is not null"
    )
    assert {user for (user,) in users} <= {"authenticator", "postgres"}
    assert "authenticator" in {user for (user,) in users}


def test_doctor_names_the_kind_of_key_and_never_the_key(project: Project) -> None:
    said = project.system.bulk_processor("doctor")
    assert "SUPABASE_URL with a secret key" in said.stdout
    assert SECRET_KEY not in said.stdout + said.stderr


def test_while_the_api_and_then_postgres_are_away_nothing_is_lost_and_nothing_done_twice(
    project: Project, videos: Path
) -> None:
    system = project.system
    links = [post_url(Behaviour.SUCCESS, serial) for serial in range(100, 110)]
    links += [post_url(Behaviour.PRIVATE, 100), str(videos / "good.mp4"), str(videos / "text.mp4")]
    assert system.bulk_processor("add", "-f", "-", "-b", "hosted", stdin="\n".join(links)).returncode == 0
    wait_for(lambda: system.counts("hosted").get("completed", 0) >= 2, 120, "two videos")
    project.api.stop()
    assert system.bulk_processor("status").returncode == 5
    project.api.start()
    wait_for(lambda: system.counts("hosted").get("completed", 0) >= 4, 120, "two more")
    project.stop_postgres()
    assert system.bulk_processor("status").returncode == 5
    project.start_postgres()
    system.wait_until_done(200)
    assert system.counts("hosted") | {"total": 13} == {
        **{"pending": 0, "downloading": 0, "processing": 0},
        **{"completed": 11, "failed": 2, "total": 13},
    }
    twice = (
        "select job_id from job_events where to_status in ('completed', 'failed') group by job_id having count(*) > 1"
    )
    assert project.rows(twice) == []
    assert project.rows("select count(*) from video_analysis") == [(11,)]


def test_the_pages_and_the_api_work_over_it(project: Project, videos: Path) -> None:
    status, answer = project.system.http("API_PORT", "/analyze", {"video_path": str(videos / "good.mp4")})
    assert status == 200, answer
    assert project.system.http("DASHBOARD_PORT", "/health")[1]["status"] == "healthy"
    assert project.system.http("DASHBOARD_PORT", "/api/metrics")[1]["jobs"]["completed"] >= 11


def test_the_demo_tries_the_configured_project(project: Project, tmp_path: Path) -> None:
    ports = dict(zip(("DASHBOARD_PORT", "API_PORT", "FLOWER_PORT"), map(str, free_ports(3, 24_000)), strict=True))
    other = RunningSystem({**project.system.environment, **ports, "VAR_DIR": str(tmp_path / "var")})
    before = project.rows("select count(*) from video_analysis")[0][0]
    try:
        done = other.start_workers("demo", "--configured", timeout=300)
        assert done.returncode == 0, done.stderr
    finally:
        other.start_workers("stop")
    assert project.rows("select count(*) from video_analysis")[0][0] == int(str(before)) + 3
