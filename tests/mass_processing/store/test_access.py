"""Who may touch the tables and call the functions? Supabase's rules, checked in the catalogue of a real Postgres."""

import psycopg
import pytest

from mass_processing.records import Stage
from mass_processing.store import Store
from mass_processing.store.postgres import PostgresDoor
from tests.mass_processing.store.acts import Database, analysing, completed

TABLES = {
    "schema_migrations",
    "processing_queue",
    "url_aliases",
    "job_events",
    "video_analysis",
    "video_segments",
    "worker_status",
    "performance_metrics",
    "webhook_receivers",
    "webhook_deliveries",
}


def test_every_table_has_row_level_security_and_no_policy(database: Database) -> None:
    rows = database.execute(
        "select relname, relrowsecurity from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'"
    ).fetchall()
    assert {row["relname"]: row["relrowsecurity"] for row in rows} == dict.fromkeys(TABLES, True)
    assert database.execute("select from pg_policies").fetchall() == []


def test_every_table_says_what_it_is(database: Database) -> None:
    rows = database.execute(
        "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'v') "
        "and obj_description(oid, 'pg_class') is null"
    ).fetchall()
    assert rows == []


def test_no_function_is_open_to_the_public_or_runs_with_its_owners_rights(database: Database) -> None:
    rows = database.execute(
        "select proname from pg_proc where pronamespace = 'public'::regnamespace and ("
        "has_function_privilege('anon', oid, 'execute') or has_function_privilege('authenticated', oid, 'execute') "
        "or not has_function_privilege('service_role', oid, 'execute') or prosecdef "
        "or not 'search_path=\"\"' = any (coalesce(proconfig, '{}')))"
    ).fetchall()
    assert rows == []


@pytest.mark.parametrize("role", ["anon", "authenticated"])
@pytest.mark.parametrize("table", sorted(TABLES | {"videos"}))
def test_the_roles_of_browsers_read_nothing(database: Database, role: str, table: str) -> None:
    with database.transaction():
        database.execute(f"set local role {role}")
        with pytest.raises(psycopg.errors.InsufficientPrivilege), database.transaction():
            database.execute(f"select from public.{table}")


def test_the_service_role_can_do_a_jobs_whole_life(database: Database, database_url: str) -> None:
    store = Store(PostgresDoor(f"{database_url}&options=-c%20role%3Dservice_role"))
    try:
        completed(store, 1)
        store.release(analysing(store, 2), "shutdown")
        store.heartbeat("cpu1@here", "cpu", "running", "here", 1, {})
        store.record_metrics()
        assert len(store.feed(Stage.CPU, 20)) == 1
        assert store.reap() == 0
        assert store.stats().jobs["total"] == len(store.jobs()) == len(list(store.export())) == 2
        assert store.video("tiktok:1") is not None
        assert len(store.segments("tiktok:1")) == len(store.workers()) == len(store.metrics()) == 1
        assert store.cleanup(0) == 1
    finally:
        store.close()
