"""Which real HTTP server do the webhooks' tests send to?"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True, slots=True)
class Received:
    """One request."""

    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Receiver:
    """Answers every POST with `status` and `headers`; while `hangs` is set it doesn't answer at all."""

    url: str
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    hangs: threading.Event = field(default_factory=threading.Event)
    #: In the order they came.
    received: list[Received] = field(default_factory=list)
    #: Called with each request before it is answered.
    on_request: Callable[[Received], None] = lambda _: None

    def wait_for(self, count: int, patience: float = 60.0) -> list[Received]:
        """The requests, once there are `count` of them."""
        wait_until(lambda: len(self.received) >= count, patience)
        return self.received


def wait_until(fact: Callable[[], bool], patience: float = 60.0) -> None:
    """Looks until it is so; fails when it isn't after `patience` seconds."""
    give_up = time.monotonic() + patience
    while not fact():
        assert time.monotonic() < give_up
        time.sleep(0.02)


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver on a free port of the loopback, until the block ends."""
    ended = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = Received(self.path, dict(self.headers), self.rfile.read(int(self.headers["Content-Length"])))
            receiver.received.append(request)
            receiver.on_request(request)
            while receiver.hangs.is_set() and not ended.is_set():
                time.sleep(0.01)
            self.send_response(receiver.status)
            for name, value in receiver.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        request_queue_size = 128

        def handle_error(self, *_: Any) -> None:
            """A sender that gave up is no error here."""

    server = Server(("127.0.0.1", 0), Handler)
    receiver = Receiver(f"http://127.0.0.1:{server.server_address[1]}/hook")
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        ended.set()
        server.shutdown()
        server.server_close()
        thread.join()
