"""Does the psycopg door hold when servers, processes and rivals misbehave?"""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from mass_processing.errors import BackendAway, Refused
from mass_processing.store import Store
from mass_processing.store.postgres import PostgresDoor
from tests.mass_processing.store.acts import Database, add, tiktok


@pytest.fixture
def door(database_url: str, database: Database) -> Iterator[PostgresDoor]:
    """A door, and a function that tells which process of the server answers."""
    database.execute("create function public.server_process() returns int language sql as 'select pg_backend_pid()'")
    opened = PostgresDoor(database_url)
    yield opened
    opened.close()
    database.execute("drop function public.server_process")


def server_process(door: PostgresDoor) -> int:
    pid: int = door.call("server_process")[0]["server_process"]
    return pid


def test_a_database_that_is_away_is_named_without_its_password() -> None:
    store = Store(PostgresDoor("postgresql://someone:secret@127.0.0.1:9/db"))
    with pytest.raises(BackendAway, match=r"127\.0\.0\.1:9.*start_workers") as caught:
        store.stats()
    assert "secret" not in str(caught.value)


def test_a_url_that_is_none_is_refused() -> None:
    with pytest.raises(Refused, match="DATABASE_URL"):
        PostgresDoor("nonsense")


def test_a_database_without_our_functions_names_the_command(database: Database, database_url: str) -> None:
    database.execute("drop database if exists fresh_for_door")
    database.execute("create database fresh_for_door")
    store = Store(PostgresDoor(database_url.replace("/postgres?", "/fresh_for_door?")))
    with pytest.raises(BackendAway, match=r"bulk_processor\.py migrate"):
        store.stats()
    store.close()
    database.execute("drop database fresh_for_door with (force)")


def test_a_server_that_dropped_its_connections_is_not_noticed_by_the_next_call(
    store: Store, database: Database
) -> None:
    add(store, [tiktok(1)])
    database.execute(
        "select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name = 'mass-processing'"
    )
    assert store.stats().jobs["total"] == 1


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_connection_does_not_cross_a_fork(door: PostgresDoor) -> None:
    ours = {server_process(door) for _ in range(20)}
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(write_end, str(server_process(door)).encode())
        os._exit(0)
    os.waitpid(child, 0)
    theirs = int(os.read(read_end, 20))
    ours |= {server_process(door) for _ in range(20)}
    assert theirs not in ours
    os.close(read_end)
    os.close(write_end)


def test_threads_share_a_small_pool(door: PostgresDoor) -> None:
    with ThreadPoolExecutor(16) as pool:
        processes = set(pool.map(lambda _: server_process(door), range(200)))
    assert len(processes) <= 4


@pytest.mark.parametrize(("port", "threshold"), [("6543", None), ("5432", 5)])
def test_statements_are_not_prepared_through_a_transaction_pooler(
    database_url: str, port: str, threshold: int | None
) -> None:
    socket = psycopg.conninfo.conninfo_to_dict(database_url)["host"]
    door = PostgresDoor(f"postgresql://postgres@/postgres?host={socket}&port={port}")
    assert door.prepare_threshold == threshold


def test_a_closed_door_opens_again_at_the_next_call(door: PostgresDoor) -> None:
    server_process(door)
    door.close()
    assert server_process(door) > 0
