"""How is a connection to Postgres cut after a commit and before its reply?

A proxy on loopback between the tested processes and the server's Unix socket. It reads the protocol as far as it must:
which statement is on its way, and when the server says that it is done.
"""

import selectors
import socket
import struct
import threading
from contextlib import suppress
from pathlib import Path
from typing import Self

_SSL_REQUEST = 80877103
_GSS_REQUEST = 80877104


class PostgresProxy:
    """A context manager; `address` is what clients connect to."""

    def __init__(self, server: Path) -> None:
        self._server = server
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=100)
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._armed: list[str] = []
        #: Statements whose reply was cut off.
        self.cut: list[str] = []
        self._accepting = threading.Thread(target=self._accept, daemon=True)

    @property
    def dsn(self) -> str:
        port = self._listener.getsockname()[1]
        return f"postgresql://postgres@127.0.0.1:{port}/postgres?sslmode=disable&gssencmode=disable"

    def arm(self, function: str) -> None:
        """The next statement that calls `function` is carried out, but its reply never comes."""
        with self._lock:
            self._armed.append(function)

    def armed(self) -> int:
        with self._lock:
            return len(self._armed)

    def disarm(self) -> None:
        with self._lock:
            self._armed.clear()

    def take(self, statement: str) -> bool:
        """Whether this statement's reply is to be cut off."""
        with self._lock:
            found = next((name for name in self._armed if f'"{name}"' in statement), None)
            if found is not None:
                self._armed.remove(found)
                self.cut.append(found)
            return found is not None

    def __enter__(self) -> Self:
        self._accepting.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._listener.close()

    def _accept(self) -> None:
        while not self._stopping.is_set():
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=[client], daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, suppress(OSError):  # either end may go
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            server = socket.socket(socket.AF_UNIX)
            with server:
                server.connect(str(self._server))
                _Conversation(self, client, server).run()


class _Conversation:
    """One connection: copies both ways until one side ends, or a reply is to be lost."""

    def __init__(self, proxy: PostgresProxy, client: socket.socket, server: socket.socket) -> None:
        self._proxy = proxy
        self._client = client
        self._server = server
        self._from_client = _Messages(untyped_first=True)
        self._from_server = _Messages(untyped_first=False)
        self._prepared: dict[bytes, str] = {}
        self._doomed = False

    def run(self) -> None:
        with selectors.DefaultSelector() as ready:
            for side in (self._client, self._server):
                ready.register(side, selectors.EVENT_READ)
            while True:
                for key, _ in ready.select():
                    block = key.fileobj.recv(65_536)
                    if not block or not self._pass_on(key.fileobj is self._client, block):
                        return

    def _pass_on(self, is_client: bool, block: bytes) -> bool:
        if is_client:
            for kind, body in self._from_client.feed(block):
                self._look(kind, body)
            self._server.sendall(block)
            return True
        # Ready, and in no transaction (b"I").
        done = [body for kind, body in self._from_server.feed(block) if kind == b"Z" and body == b"I"]
        if self._doomed and done:
            return False  # carried out and committed: now the line is cut
        self._client.sendall(block)
        return True

    def _look(self, kind: bytes, body: bytes) -> None:
        statement = ""
        if kind == b"Q":
            statement = body.rstrip(b"\0").decode(errors="replace")
        elif kind == b"P":
            name, text = body.split(b"\0")[:2]
            self._prepared[name] = text.decode(errors="replace")
        elif kind == b"B":
            statement = self._prepared.get(body.split(b"\0")[1], "")
        if statement and self._proxy.take(statement):
            self._doomed = True


class _Messages:
    """Cuts a stream into messages: one letter, a length, a body; the very first of a client has no letter."""

    def __init__(self, *, untyped_first: bool) -> None:
        self._rest = b""
        self._untyped = untyped_first

    def feed(self, block: bytes) -> list[tuple[bytes, bytes]]:
        self._rest += block
        found = []
        while True:
            head = 4 if self._untyped else 5
            if len(self._rest) < head:
                return found
            (length,) = struct.unpack(">I", self._rest[head - 4 : head])
            end = head - 4 + length
            if len(self._rest) < end:
                return found
            kind, body = (b"" if self._untyped else self._rest[:1]), self._rest[head:end]
            if self._untyped:
                self._untyped = struct.unpack(">I", body[:4])[0] in (_SSL_REQUEST, _GSS_REQUEST)
            found.append((kind, body))
            self._rest = self._rest[end:]
