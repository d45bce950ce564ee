"""How are SQL functions called through Supabase's Data API, with nothing but a project's address and its secret key?

supabase-py's `rpc` over an HTTP client of our own: its timeouts are ours, its connections never cross a fork, and a
call is made again only where nothing can have happened, or where happening twice changes nothing.
"""

import logging
import os
import threading
import time
from typing import TYPE_CHECKING, Any

import httpx

from mass_processing.errors import BackendAway, Refused

if TYPE_CHECKING:
    from postgrest.exceptions import APIError

    from supabase import Client

#: Seconds: for an answer (a hosted database ends statements after eight), and for a connection.
_ANSWER_SECONDS, _CONNECT_SECONDS = 30.0, 5.0
#: Connections one process holds at most, and seconds after which an idle one is closed: gateways drop them silently.
_CONNECTIONS, _IDLE_SECONDS = 8, 20.0
#: Seconds before a call is made again; its length says how often.
_PAUSES = (0.2, 1.0)
#: Functions that leave the same when they are called twice: those that read, and those that name an attempt. Claims,
#: announcements and whatever counts what it changed are not among them: their callers make up for a lost answer.
REPEATABLE = frozenset(
    {
        *("applied_migrations", "count_waiting", "export_jobs", "get_video", "list_jobs", "list_metrics"),
        *("list_segments", "list_workers", "queue_stats", "record_metrics", "report_worker", "unannounce_jobs"),
        *("fail_attempt", "finish_analysis", "finish_download", "release_job", "renew_leases", "retry_attempt"),
        *("finish_reanalysis", "get_analysis"),
        *("count_deliveries", "export_view", "list_deliveries", "view_columns"),
    }
)
#: Codes of Postgres and PostgREST by what they mean: the first two letters of a class, or all of a code.
_REFUSED = ("22", "23", "21", "PGRST102")
_CONFLICT = ("40001", "40P01")
_NO_SCHEMA = ("PGRST202", "PGRST205", "42883", "42P01")
_NO_RIGHTS = ("PGRST301", "PGRST302", "PGRST303", "42501", "401", "403")
_TOO_LARGE = ("413",)


class SupabaseDoor:
    """Calls over HTTPS, each a transaction of its own.

    Thread-safe; a forked child gets a client of its own.
    """

    def __init__(self, url: str, key: str) -> None:
        """`key`: a secret key (`sb_secret_…`) or a legacy service-role JWT. Raises: Refused when one can't be right."""
        self._url, self._key = url.strip().rstrip("/"), key.strip()
        self._place = httpx.URL(self._url).host if self._url.startswith(("https://", "http://")) else ""
        if not self._place:
            raise Refused(f"SUPABASE_URL should be like https://<project>.supabase.co, not {url!r}")
        if not self._key:
            raise Refused("SUPABASE_KEY is empty; it should be the project's secret key, sb_secret_…")
        if self._key.startswith("sb_publishable_"):
            raise Refused("SUPABASE_KEY is a publishable key, which may read nothing; it should be the secret one")
        # By process id: answers of a client that crossed a fork go to the wrong process.
        self._clients: dict[int, Client] = {}
        self._opening = threading.Lock()
        os.register_at_fork(after_in_child=self._forget_lock)

    def call(self, function: str, /, **arguments: Any) -> list[dict[str, Any]]:
        """See Door.call."""
        parameters = {f"p_{name}": value for name, value in arguments.items()}
        for pause in _PAUSES:
            try:
                return self._rows(function, parameters)
            except _MayBeRepeated:
                time.sleep(pause)
        try:
            return self._rows(function, parameters)
        except _MayBeRepeated as error:
            raise BackendAway(str(error)) from error

    def close(self) -> None:
        client = self._clients.pop(os.getpid(), None)
        if client is not None:
            client.postgrest.session.close()

    def _rows(self, function: str, parameters: dict[str, Any]) -> list[dict[str, Any]]:
        """Raises: _MayBeRepeated, BackendAway, Refused."""
        from postgrest.exceptions import APIError

        try:
            data: Any = self._client().rpc(function, parameters).execute().data
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:  # nothing was sent
            raise _MayBeRepeated(self._away(error)) from error
        except httpx.TransportError as error:
            raise self._lost(function, self._away(error)) from error
        except APIError as error:
            raise self._meaning(function, error) from error
        if isinstance(data, list):
            return [row if isinstance(row, dict) else {function: row} for row in data]
        return [data if isinstance(data, dict) else {function: data}]

    def _client(self) -> "Client":
        client = self._clients.get(os.getpid())
        if client is not None:
            return client
        from supabase import ClientOptions, create_client

        logging.getLogger("httpx").setLevel(logging.WARNING)  # it tells of every single call
        with self._opening:
            if os.getpid() not in self._clients:
                own = _Client(
                    # HTTP/2 connections that were idle for long break at their next use.
                    http2=False,
                    timeout=httpx.Timeout(_ANSWER_SECONDS, connect=_CONNECT_SECONDS, pool=_ANSWER_SECONDS),
                    limits=httpx.Limits(max_connections=_CONNECTIONS, keepalive_expiry=_IDLE_SECONDS),
                )
                options = ClientOptions(
                    auto_refresh_token=False, persist_session=False, postgrest_client_retry=False, httpx_client=own
                )
                self._clients[os.getpid()] = create_client(self._url, self._key, options)
            return self._clients[os.getpid()]

    def _meaning(self, function: str, error: "APIError") -> Exception:
        """What an answer that is an error means for the caller."""
        code, said = str(error.code or ""), f"{error.message or 'no reason given'} ({error.code})"
        if code.startswith(_REFUSED):
            return Refused(f"the database does not take this: {said}")
        if code.startswith(_TOO_LARGE):
            return Refused(f"{self._place} does not take that much in one call: {said}")
        if code.startswith(_CONFLICT):
            return _MayBeRepeated(f"calls at {self._place} got in each other's way: {said}")
        if code.startswith(_NO_SCHEMA):
            return BackendAway(
                f"the database at {self._place} has not the tables and functions of this version; "
                f"run the files of migrations/ there (docs/operations.md, Supabase): {said}"
            )
        if code.startswith(_NO_RIGHTS):
            return BackendAway(
                f"{self._place} does not accept SUPABASE_KEY; it should be a secret key (sb_secret_…) "
                f"or the service_role JWT of this project: {said}"
            )
        return self._lost(function, f"the database at {self._place} can't answer now: {said}")

    def _lost(self, function: str, reason: str) -> Exception:
        """What it means that nobody knows whether `function` was carried out."""
        return _MayBeRepeated(reason) if function in REPEATABLE else BackendAway(reason)

    def _away(self, error: httpx.TransportError) -> str:
        what = str(error) or type(error).__name__
        return f"the database at {self._place} can't be reached ({what}); look at SUPABASE_URL and the project's state"

    def _forget_lock(self) -> None:
        self._opening = threading.Lock()


class _Client(httpx.Client):
    """A client whose answers are freed as soon as nobody holds them: their streams hold them, in a circle."""

    def send(self, *arguments: Any, **options: Any) -> httpx.Response:
        answer = super().send(*arguments, **options)
        if answer.is_closed:
            answer.stream = httpx.ByteStream(b"")
        return answer


class _MayBeRepeated(Exception):
    """A call failed in a way that makes it safe to make it again."""
