"""How are SQL functions called through psycopg?"""

import os
import select
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import cache
from typing import Any

import psycopg
from psycopg import errors, sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import DictRow, dict_row
from psycopg.types.json import Jsonb
from psycopg_pool import ConnectionPool, PoolTimeout

from mass_processing import faults
from mass_processing.errors import BackendAway, Refused

Connection = psycopg.Connection[DictRow]
Rows = list[dict[str, Any]]

#: Seconds a call waits for a connection before it says that the database is away.
_PATIENCE = 5
#: Connections one process holds at most.
_POOL_SIZE = 4
#: Supabase's transaction pooler; a statement prepared through it may meet another server next time.
_TRANSACTION_POOLER_PORT = "6543"
_COPY_LINKS = "copy pg_temp.staged_links (place, video_id, url, source) from stdin"
#: How often a call that lost against another one (a deadlock) is made again; nothing of it was kept.
_TRIES = 5


class PostgresDoor:
    """Calls over a small pool of connections, each call a transaction of its own.

    Thread-safe; a forked child gets a pool of its own.
    """

    def __init__(self, dsn: str) -> None:
        try:
            self._where = conninfo_to_dict(dsn)
        except psycopg.ProgrammingError as error:
            raise Refused(
                f"DATABASE_URL can't be read, it should be like postgresql://user@host/name: {error}"
            ) from error
        self._dsn = make_conninfo(dsn, connect_timeout=_PATIENCE, application_name="mass-processing")
        # By process id: a connection that crossed a fork would mix up the answers of two processes. A pool that was
        # inherited is kept and never touched.
        self._pools: dict[int, ConnectionPool[Connection]] = {}
        self._opening = threading.Lock()
        os.register_at_fork(after_in_child=self._forget_lock)

    def call(self, function: str, /, **arguments: Any) -> list[dict[str, Any]]:
        """See Door.call."""
        statement, values = _statement(function, tuple(arguments)), _values(arguments)
        return self._again_after_a_deadlock(lambda connection: connection.execute(statement, values).fetchall())

    def call_on_links(
        self, function: str, rows: Iterable[tuple[str, str, str]], /, **arguments: Any
    ) -> list[dict[str, Any]]:
        """See CopyingDoor.call_on_links."""
        statement, values = _statement(function, tuple(arguments)), _values(arguments)

        def work(connection: Connection) -> list[dict[str, Any]]:
            with connection.transaction():
                connection.execute("select public.stage_links()")
                with connection.cursor().copy(_COPY_LINKS) as copy:
                    for place, row in enumerate(rows):
                        copy.write_row((place, *row))
                    faults.hit("A1")
                # Never prepared: its table is another one each time.
                return connection.execute(statement, values, prepare=False).fetchall()

        return self._again_after_a_deadlock(work)

    def close(self) -> None:
        pool = self._pools.pop(os.getpid(), None)
        if pool is not None:
            pool.close()

    @property
    def prepare_threshold(self) -> int | None:
        """How often a statement is used before the server prepares it; None: never."""
        return None if str(self._where.get("port")) == _TRANSACTION_POOLER_PORT else 5

    def _again_after_a_deadlock(self, work: Callable[[Connection], Rows]) -> Rows:
        for _ in range(_TRIES - 1):
            with suppress(errors.DeadlockDetected, errors.SerializationFailure):  # tried again
                return self._do(work)
        return self._do(work)

    def _do(self, work: Callable[[Connection], Rows]) -> Rows:
        try:
            with self._pool().connection() as connection:
                return work(connection)
        except (errors.DeadlockDetected, errors.SerializationFailure):
            raise
        except (errors.UndefinedFunction, errors.UndefinedTable) as error:
            raise BackendAway(
                f"the database at {self._place} has not the tables and functions of this version; "
                f"run `python bulk_processor.py migrate` ({_first_line(error)})"
            ) from error
        except (psycopg.IntegrityError, psycopg.DataError) as error:
            raise Refused(f"the database does not take this: {_first_line(error)}") from error
        except (psycopg.OperationalError, PoolTimeout) as error:
            raise BackendAway(
                f"the database at {self._place} can't be reached ({_first_line(error)}); "
                "start it with ./start_workers.sh, or correct DATABASE_URL"
            ) from error

    def _pool(self) -> "ConnectionPool[Connection]":
        pool = self._pools.get(os.getpid())
        if pool is not None:
            return pool
        with self._opening:
            if os.getpid() not in self._pools:
                # The pool would try for a while and then not say why; this says it at once.
                psycopg.connect(self._dsn).close()
                self._pools[os.getpid()] = self._open_pool()
            return self._pools[os.getpid()]

    def _open_pool(self) -> "ConnectionPool[Connection]":
        return ConnectionPool(
            self._dsn,
            connection_class=Connection,
            kwargs={"autocommit": True, "row_factory": dict_row, "prepare_threshold": self.prepare_threshold},
            min_size=1,
            max_size=_POOL_SIZE,
            timeout=_PATIENCE,
            max_idle=60,
            # Then the next call tries anew; the pool's own pauses grow until a database that is back is found late.
            reconnect_timeout=_PATIENCE,
            # A server that was restarted is noticed before the call, not by it.
            check=_check,
            open=True,
            name="store",
        )

    def _forget_lock(self) -> None:
        self._opening = threading.Lock()

    @property
    def _place(self) -> str:
        """Where the database is, without its password."""
        return f"{self._where.get('host') or 'localhost'}:{self._where.get('port') or 5432}"


@cache
def _statement(function: str, names: tuple[str, ...]) -> bytes:
    """The call of a function."""
    statement = sql.SQL("select * from public.{}({})").format(
        sql.Identifier(function),
        sql.SQL(", ").join(
            sql.SQL("{} => {}").format(sql.Identifier(f"p_{name}"), sql.Placeholder(name)) for name in names
        ),
    )
    return statement.as_bytes(None)


def _values(arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {name: Jsonb(value) if isinstance(value, dict | list) else value for name, value in arguments.items()}


def _check(connection: Connection) -> None:
    """Asks the server whether it is there only when there is something to read: an idle server says nothing until it
    ends, and asking at each call would double them. Raises: OperationalError."""
    something = select.poll()
    something.register(connection.fileno(), select.POLLIN)
    if something.poll(0):
        ConnectionPool.check_connection(connection)


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n", maxsplit=1)[0]
