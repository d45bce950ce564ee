"""Are migrations applied once, in order, whole, and never after they changed?"""

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from mass_processing.embedded import database_dsn
from mass_processing.errors import BackendAway, Refused
from mass_processing.migrate import MIGRATIONS, known_migrations, migrate, missing_migrations
from mass_processing.settings import Settings
from tests.mass_processing.store.acts import Database
from tests.standin.supabase import SECRET_KEY, SupabaseStandIn

VERSIONS = [migration.version for migration in known_migrations()]


@pytest.fixture
def fresh(database_url: str) -> Iterator[str]:
    """A database of its own with nothing in it."""
    with psycopg.connect(database_url, autocommit=True) as server:
        server.execute("drop database if exists fresh with (force)")
        server.execute("create database fresh")
        yield database_url.replace("/postgres?", "/fresh?")
        server.execute("drop database fresh with (force)")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the files that a test may change."""
    return Path(shutil.copytree(MIGRATIONS, tmp_path / "migrations"))


def test_versions_count_up_without_a_gap() -> None:
    assert [f"{number:04}" for number in range(1, len(VERSIONS) + 1)] == VERSIONS


def test_supabases_command_line_finds_the_same_files() -> None:
    assert (MIGRATIONS.parent / "supabase/migrations").resolve() == MIGRATIONS


def test_a_fresh_database_gets_all_of_them_once(fresh: str) -> None:
    assert migrate(fresh, dry_run=True) == VERSIONS
    assert migrate(fresh) == VERSIONS
    assert migrate(fresh) == migrate(fresh, dry_run=True) == []


def test_a_dry_run_changes_nothing(fresh: str) -> None:
    assert migrate(fresh, dry_run=True) == VERSIONS
    with psycopg.connect(fresh) as connection:
        assert connection.execute("select to_regclass('public.processing_queue')").fetchone() == (None,)


def test_two_at_the_same_time_apply_each_file_once(fresh: str) -> None:
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda _: migrate(fresh), range(2))
    assert sorted(first + second) == VERSIONS


def test_a_new_file_is_applied_alone(fresh: str, folder: Path) -> None:
    migrate(fresh, folder=folder)
    (folder / "9999_later.sql").write_text("create table public.later (n int);")
    assert migrate(fresh, folder=folder) == ["9999"]


def test_a_file_that_was_changed_after_it_was_applied_is_refused_by_name(fresh: str, folder: Path) -> None:
    migrate(fresh, folder=folder)
    changed = folder / "0002_jobs.sql"
    changed.write_text(changed.read_text() + "\n-- one more line\n")
    with pytest.raises(Refused, match="0002_jobs was changed"):
        migrate(fresh, folder=folder)


def test_nothing_is_kept_of_a_file_that_fails(fresh: str, folder: Path) -> None:
    (folder / "9999_broken.sql").write_text("create table public.half (n int); create table public.half (n int);")
    with pytest.raises(Refused, match="9999_broken failed"):
        migrate(fresh, folder=folder)
    with psycopg.connect(fresh) as connection:
        assert connection.execute("select to_regclass('public.half')").fetchone() == (None,)
    assert migrate(fresh, folder=MIGRATIONS) == []


def test_the_files_may_run_by_hand_each_also_twice_and_are_known_then(fresh: str) -> None:
    with psycopg.connect(fresh, autocommit=True) as connection:
        for migration in known_migrations():
            for _ in range(2):
                connection.execute(migration.sql.encode())
    assert migrate(fresh) == []


def test_through_supabase_it_is_known_what_was_applied_and_what_was_not(
    supabase: SupabaseStandIn, database: Database, backend_settings: Settings
) -> None:
    hosted = replace(backend_settings, supabase_url=supabase.url, supabase_key=SECRET_KEY)
    assert missing_migrations(hosted) == missing_migrations(backend_settings) == []
    row = database.execute("delete from schema_migrations where version = '0006' returning *").fetchone()
    try:
        assert missing_migrations(hosted) == missing_migrations(backend_settings) == ["0006"]
    finally:
        assert row is not None
        database.execute("insert into schema_migrations values (%s, %s, %s, %s)", tuple(row.values()))


def test_tables_cannot_be_changed_through_supabases_api(backend_settings: Settings) -> None:
    hosted = replace(backend_settings, supabase_url="https://project.supabase.co", supabase_key=SECRET_KEY)
    with pytest.raises(Refused, match="set DATABASE_URL"):
        database_dsn(hosted)


def test_a_database_that_is_away_is_said_so() -> None:
    with pytest.raises(BackendAway, match="can't be reached"):
        migrate("postgresql://nobody@127.0.0.1:9/none")
