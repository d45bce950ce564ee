"""Who may touch the tables and call the functions? Supabase's rules, tried on all that the catalogue has."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

import psycopg
import pytest
from psycopg import sql

from mass_processing.records import Stage
from mass_processing.settings import PROJECT
from mass_processing.store import Store
from mass_processing.store.postgres import PostgresDoor
from tests.mass_processing.store.acts import Database, analysing, completed

BROWSERS = ("anon", "authenticated")
#: What makes a view or a table something of ours: an extension's own are not.
_OURS = (
    "not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e') "
    "and c.relnamespace = 'public'::regnamespace"
)


def names(database: Database, kinds: str) -> list[str]:
    """The relations of these kinds, as pg_class names kinds."""
    rows = database.execute(
        sql.SQL("select relname from pg_class c where relkind = any (%s) and {} order by 1").format(sql.SQL(_OURS)),
        [list(kinds)],
    ).fetchall()
    return [row["relname"] for row in rows]


def let_in(database: Database, role: str, statements: Sequence[sql.Composed]) -> list[str]:
    """Those of the statements that the role was *not* refused for want of a right."""
    allowed = []
    for statement in statements:
        refusals = suppress(psycopg.errors.InsufficientPrivilege)  # it was refused, as it should be
        with acting_as(database, role), refusals:
            with database.transaction(force_rollback=True):
                database.execute(statement)
            allowed.append(statement.as_string(database))
    return allowed


@contextmanager
def acting_as(database: Database, role: str) -> Iterator[None]:
    """Nothing of it is kept."""
    with database.transaction(force_rollback=True):
        database.execute(sql.SQL("set local role {}").format(sql.Identifier(role)))
        yield


def writes(database: Database) -> list[sql.Composed]:
    """An insert, an update, a delete and a truncate for each table; the first column that can be set is set."""
    rows = database.execute(
        sql.SQL(
            "select c.relname, (select a.attname from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 "
            "and not a.attisdropped and a.attidentity = '' and a.attgenerated = '' order by a.attnum limit 1) as field "
            "from pg_class c where c.relkind in ('r', 'p') and {} order by 1"
        ).format(sql.SQL(_OURS))
    ).fetchall()
    found = []
    for row in rows:
        at = {"table": sql.Identifier("public", row["relname"]), "field": sql.Identifier(row["field"])}
        found += [
            sql.SQL("insert into {table} default values").format(**at),
            sql.SQL("update {table} set {field} = default").format(**at),
            sql.SQL("delete from {table}").format(**at),
            sql.SQL("truncate {table} cascade").format(**at),
        ]
    return found


def calls(database: Database) -> list[sql.Composed]:
    """A call of each function. Its arguments are null, but not known to be before it runs: a function that answers null
    for null would not be called at all."""
    rows = database.execute(
        "select p.proname, array(select format_type(t, null) from unnest(p.proargtypes) as t) as types from pg_proc p "
        "where p.pronamespace = 'public'::regnamespace and p.prokind in ('f', 'p') "
        "and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e') order by 1"
    ).fetchall()
    return [
        sql.SQL("select public.{}({})").format(
            sql.Identifier(row["proname"]),
            sql.SQL(", ").join(sql.SQL("(select null::{})").format(sql.SQL(kind)) for kind in row["types"]),
        )
        for row in rows
    ]


def test_the_catalogue_is_not_empty(database: Database) -> None:
    assert {"processing_queue", "video_analysis", "video_segments"} <= set(names(database, "r"))
    assert {"videos", "segments", "failures_by_reason", "throughput_hourly"} <= set(names(database, "v"))
    assert len(calls(database)) > 40
    assert len(names(database, "S")) >= 3


def test_every_table_has_row_level_security_and_no_policy(database: Database) -> None:
    rows = database.execute(
        "select relname from pg_class "
        "where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relrowsecurity"
    ).fetchall()
    assert rows == []
    assert database.execute("select from pg_policies where schemaname = 'public'").fetchall() == []


def test_every_view_asks_with_the_rights_of_who_reads_it(database: Database) -> None:
    rows = database.execute(
        "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'v' "
        "and not 'security_invoker=true' = any (coalesce(reloptions, '{}'))"
    ).fetchall()
    assert rows == []


def test_every_table_view_and_column_says_what_it_is(database: Database) -> None:
    rows = database.execute(
        sql.SQL(
            "select c.relname, a.attname from pg_class c "
            "left join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped "
            "where c.relkind in ('r', 'v', 'm', 'p') and {} and (obj_description(c.oid, 'pg_class') is null "
            "or coalesce(col_description(c.oid, a.attnum), '') = '') order by 1, a.attnum"
        ).format(sql.SQL(_OURS))
    ).fetchall()
    assert [f"{row['relname']}.{row['attname']}" for row in rows] == []


def test_every_function_says_what_it_does(database: Database) -> None:
    rows = database.execute(
        "select p.oid::regprocedure::text as function from pg_proc p where p.pronamespace = 'public'::regnamespace "
        "and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e') "
        "and obj_description(p.oid, 'pg_proc') is null order by 1"
    ).fetchall()
    assert [row["function"] for row in rows] == []


def test_no_function_is_open_to_the_public_or_runs_with_its_owners_rights(database: Database) -> None:
    rows = database.execute(
        "select proname from pg_proc where pronamespace = 'public'::regnamespace and ("
        "has_function_privilege('anon', oid, 'execute') or has_function_privilege('authenticated', oid, 'execute') "
        "or not has_function_privilege('service_role', oid, 'execute') or prosecdef "
        "or not 'search_path=\"\"' = any (coalesce(proconfig, '{}')))"
    ).fetchall()
    assert rows == []


@pytest.mark.parametrize("role", BROWSERS)
def test_the_roles_of_browsers_read_no_table_view_or_sequence(database: Database, role: str) -> None:
    readings = [sql.SQL("select from {}").format(sql.Identifier("public", name)) for name in names(database, "rvmpS")]
    readings += [sql.SQL("select nextval({})").format(sql.Literal(f"public.{name}")) for name in names(database, "S")]
    assert len(readings) > 15
    assert let_in(database, role, readings) == []


@pytest.mark.parametrize("role", BROWSERS)
def test_the_roles_of_browsers_write_into_no_table(database: Database, role: str) -> None:
    assert let_in(database, role, writes(database)) == []


@pytest.mark.parametrize("role", BROWSERS)
def test_the_roles_of_browsers_write_through_no_view(database: Database, role: str) -> None:
    for view in names(database, "v"):
        with acting_as(database, role), pytest.raises(psycopg.Error) as refused, database.transaction():
            database.execute(sql.SQL("delete from {}").format(sql.Identifier("public", view)))
        # The second one: this view joins tables, so nobody can write through it.
        assert refused.type in (psycopg.errors.InsufficientPrivilege, psycopg.errors.ObjectNotInPrerequisiteState)


@pytest.mark.parametrize("role", BROWSERS)
def test_the_roles_of_browsers_call_no_function(database: Database, role: str) -> None:
    assert let_in(database, role, calls(database)) == []


def test_trying_finds_what_is_open(database: Database) -> None:
    with database.transaction(force_rollback=True):
        database.execute("grant usage on schema public to anon")
        database.execute("create table public.open_to_all (a integer)")
        database.execute("grant all on public.open_to_all to anon")
        database.execute("create function public.open_call(p_a integer) returns integer language sql as 'select 1'")
        assert len([found for found in let_in(database, "anon", writes(database)) if "open_to_all" in found]) == 4
        assert len(let_in(database, "anon", calls(database))) == 1


def test_signed_in_users_read_what_the_documented_policy_opens_and_write_nothing(
    store: Store, database: Database
) -> None:
    completed(store, 1)
    page = (PROJECT / "docs" / "sql.md").read_text(encoding="utf-8")
    policy = re.search(r"## May signed-in users read\?.*?```sql\n(.*?)```", page, re.DOTALL)
    assert policy is not None
    with database.transaction(force_rollback=True):
        database.execute(policy[1].encode())
        with acting_as(database, "authenticated"):
            assert len(database.execute("select video_id, cuts_per_minute from public.videos").fetchall()) == 1
            assert len(database.execute("select label, text from public.segments").fetchall()) == 1
        assert let_in(database, "authenticated", writes(database)) == []
        assert let_in(database, "authenticated", calls(database)) == []
        readings = [
            sql.SQL("select from {}").format(sql.Identifier("public", name)) for name in names(database, "rvmpS")
        ]
        assert let_in(database, "anon", readings + writes(database) + calls(database)) == []
        secrets = ("schema_migrations", "worker_status", "job_events", "url_aliases", "performance_metrics")
        assert (
            let_in(
                database,
                "authenticated",
                [sql.SQL("select from {}").format(sql.Identifier("public", name)) for name in secrets],
            )
            == []
        )


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


@pytest.mark.parametrize("view", ["videos", "segments", "failures_by_reason", "throughput_hourly"])
def test_the_service_role_reads_every_view(store: Store, database: Database, view: str) -> None:
    completed(store, 1)
    with acting_as(database, "service_role"):
        database.execute(sql.SQL("select * from {}").format(sql.Identifier("public", view))).fetchall()
