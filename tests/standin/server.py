"""What does yt-dlp's real extractor talk to instead of TikTok?

A proxy on loopback: it opens the TLS of TikTok's hosts with its own throw-away authority and answers itself; every
other host is refused, so nothing can leave the machine.
"""

import itertools
import re
import socket
import ssl
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from tests.standin.behaviours import (
    DEAD_SHORT_CODE,
    LOOPING_SHORT_CODE,
    Behaviour,
    behaviour_of,
    post_id,
)
from tests.standin.certificates import CA_FILE, server_context
from tests.standin.pages import CDN, captcha_page, challenge_page, post_page

_NAMES = tuple(prefix + domain for domain in ("tiktok.com", "tiktokv.com", "tiktokcdn.com") for prefix in ("", "*."))
_POST = re.compile(r"/@[\w.-]*/video/(\d+)/?")
_MEDIA = re.compile(r"/video/(\d+)/(\w+)/?")
_COOKIE = "tt_chain_token"
#: Seconds that a hanging answer takes, unless the stand-in stops before.
_HANG = 120.0
HUGE = 5_000_000_000


@dataclass(frozen=True, slots=True)
class Asked:
    """One request that came."""

    at: float
    method: str
    host: str
    path: str
    headers: dict[str, str]


@dataclass(slots=True)
class Knobs:
    """What holds for all posts at once."""

    #: Seconds added to every answer.
    latency: float = 0.0
    #: Every page answers 503.
    outage: bool = False
    #: Pages in any 60 s before 429; None for no limit.
    pages_per_minute: int | None = None
    #: Value of Retry-After with a 429.
    retry_after: str = "7"


@dataclass(slots=True)
class _Log:
    asked: list[Asked] = field(default_factory=list)
    pages: Counter[str] = field(default_factory=Counter)
    media: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)


class TikTokStandin:
    """The stand-in; a context manager. `clip` is the mp4 file that every post shows."""

    def __init__(
        self, folder: Path, clip: bytes, *, port: int = 0, on_request: Callable[[Asked], None] | None = None
    ) -> None:
        self.knobs = Knobs()
        self.clip = clip
        self.on_request = on_request
        self.log = _Log()
        self.stopping = threading.Event()
        self.tls = server_context(folder, _NAMES)
        self.ca_file = folder / CA_FILE
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.standin = self
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @property
    def proxy(self) -> str:
        """What HTTPS_PROXY should be."""
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def asked(self) -> list[Asked]:
        """All requests so far, in order."""
        with self.log.lock:
            return list(self.log.asked)

    def served(self, kind: str) -> bytes:
        """The bytes of a post's file of one kind, such as "h264_540p": a whole mp4, different for each kind."""
        label = kind.encode()
        # An unknown box at the end, which players skip.
        return self.clip + struct.pack(">I4s", 8 + len(label), b"free") + label

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    standin: TikTokStandin

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up are part of the game."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    host = ""

    @property
    def standin(self) -> TikTokStandin:
        server = self.server
        assert isinstance(server, _Server)
        return server.standin

    def log_message(self, *args: Any) -> None:
        """The stand-in keeps its own log."""

    def do_CONNECT(self) -> None:
        host = self.path.rpartition(":")[0].lower()
        if not any(host == name or (name.startswith("*.") and host.endswith(name[1:])) for name in _NAMES):
            self.send_error(403, f"{host} is not TikTok")
            self.close_connection = True
            return
        self.send_response(200, "Connection established")
        self.end_headers()
        self.host = host
        self.connection = self.standin.tls.wrap_socket(self.connection, server_side=True)
        self.rfile = self.connection.makefile("rb", -1)
        self.wfile = _Sender(self.connection)
        self.close_connection = False

    def finish(self) -> None:
        super().finish()
        self.connection.close()

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        standin = self.standin
        path = urlsplit(self.path).path
        asked = Asked(time.time(), self.command, self.host, path, dict(self.headers))
        with standin.log.lock:
            standin.log.asked.append(asked)
        if standin.on_request:
            standin.on_request(asked)
        standin.stopping.wait(standin.knobs.latency)
        if not self.host:
            self.send_error(403, "only TikTok, through CONNECT")
        elif self.host.startswith(("vm.", "vt.")) or path.startswith("/t/"):
            self._short_link(path.rstrip("/").rpartition("/")[2])
        elif self.host == urlsplit(CDN).hostname:
            self._media(path)
        else:
            self._page(path)

    def _short_link(self, code: str) -> None:
        if code == LOOPING_SHORT_CODE:
            self._redirect(f"https://vm.tiktok.com/{code}")
        elif code == DEAD_SHORT_CODE or not code.removeprefix("ZM").isdigit():
            self._redirect("https://www.tiktok.com/?_r=1")
        else:
            number = int(code.removeprefix("ZM"))
            post = post_id(Behaviour(number // 1000), number % 1000)
            self._redirect(f"https://www.tiktok.com/@tester/video/{post}?_r=1&_t=abc")

    def _page(self, path: str) -> None:
        match = _POST.fullmatch(path)
        if not match:
            self._send(200, b"<html><body>TikTok</body></html>")
            return
        post = match[1]
        if self.command == "HEAD":
            self._send(200, b"")
            return
        with self.standin.log.lock:
            self.standin.log.pages[post] += 1
            count = self.standin.log.pages[post]
        if self._fails_for_all():
            return
        behaviour = behaviour_of(post)
        special = _PAGES.get(behaviour) if behaviour else None
        if special is None or not special(self, count):
            body = post_page(post, behaviour, len(self.standin.served("h264_540p")))
            self._send(
                200, body.encode(), {"Set-Cookie": f"{_COOKIE}=chain-{post}; Domain=.tiktok.com; Path=/; Secure"}
            )

    def _fails_for_all(self) -> bool:
        knobs = self.standin.knobs
        if knobs.outage:
            self._send(503, b"out of order")
            return True
        with self.standin.log.lock:
            recent = sum(
                asked.at > time.time() - 60 and asked.method == "GET" and bool(_POST.fullmatch(asked.path))
                for asked in self.standin.log.asked
            )
        if knobs.pages_per_minute is not None and recent > knobs.pages_per_minute:
            self._too_many()
            return True
        return False

    def _media(self, path: str) -> None:
        match = _MEDIA.fullmatch(path)
        if not match:
            self._send(404, b"")
            return
        post, kind = match.groups()
        with self.standin.log.lock:
            self.standin.log.media[post] += 1
            count = self.standin.log.media[post]
        if f"{_COOKIE}=chain-{post}" not in self.headers.get("Cookie", ""):
            self._send(403, b"the cookie of the page is missing")
            return
        behaviour = behaviour_of(post)
        special = _MEDIA_FAILURES.get(behaviour) if behaviour else None
        if special is None or not special(self, count):
            self._send_file(self.standin.served(kind))

    # --- answers ----------------------------------------------------------------------------------------------------

    def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self._start(status, len(body), {"Content-Type": "text/html", **(headers or {})})
        if self.command != "HEAD":
            self.wfile.write(body)

    def _start(self, status: int, length: int | None, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if length is None:
            self.send_header("Connection", "close")
        else:
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def _redirect(self, location: str) -> None:
        self._send(302, b"", {"Location": location})

    def _too_many(self) -> bool:
        return self._answer(429, b"slow down", {"Retry-After": self.standin.knobs.retry_after})

    def _send_file(self, data: bytes) -> None:
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        start = int(asked[1]) if asked else 0
        headers = {"Content-Type": "video/mp4", "Accept-Ranges": "bytes"}
        if asked:
            headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
        self._start(206 if asked else 200, len(data) - start, headers)
        self.wfile.write(data[start:])

    def _cut(self, data: bytes, announced: int) -> bool:
        self._start(200, announced, {"Content-Type": "video/mp4"})
        self.wfile.write(data)
        self.close_connection = True
        return True

    def _reset(self) -> bool:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True
        return True

    def _hang(self) -> bool:
        self.standin.stopping.wait(_HANG)
        self.close_connection = True
        return True

    def _pour(self, block: bytes, pause: float) -> bool:
        """Bytes without an end and without a length."""
        self._start(200, None, {"Content-Type": "video/mp4"})
        while not self.standin.stopping.wait(pause):
            self.wfile.write(block)
        self.close_connection = True
        return True

    def _drip_headers(self) -> bool:
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        for number in itertools.count():
            if self.standin.stopping.wait(0.1):
                break
            self.wfile.write(f"X-{number}: drip\r\n".encode())
        self.close_connection = True
        return True

    def _answer(self, status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> bool:
        self._send(status, body, headers)
        return True

    def _challenge(self) -> bool:
        if "_wafchallengeid=" in self.headers.get("Cookie", ""):
            return False
        return self._answer(200, challenge_page().encode())

    def _slow(self) -> bool:
        self.standin.stopping.wait(1.5)
        return False


class _Sender:
    """An unbuffered file to a TLS connection."""

    closed = False

    def __init__(self, connection: ssl.SSLSocket) -> None:
        self._connection = connection

    def write(self, data: bytes) -> int:
        self._connection.sendall(data)
        return len(data)

    def flush(self) -> None: ...

    def close(self) -> None: ...


#: What is special about a page; each gets the handler and how often the page was asked for, and says if it answered.
_PAGES: dict[Behaviour, Callable[[_Handler, int], bool]] = {
    Behaviour.SLOW: lambda page, _: page._slow(),
    Behaviour.UNSTEADY: lambda page, count: count <= 2 and page._answer(503, b"busy"),
    Behaviour.CHALLENGE: lambda page, _: page._challenge(),
    Behaviour.LOGIN: lambda page, _: page._answer(302, b"", {"Location": "https://www.tiktok.com/login"}),
    Behaviour.PAGE_404: lambda page, _: page._answer(404, b"gone"),
    Behaviour.RATE_LIMITED: lambda page, _: page._too_many(),
    Behaviour.FORBIDDEN: lambda page, _: page._answer(403, b"no"),
    Behaviour.SERVER_ERROR: lambda page, _: page._answer(503, b"busy"),
    Behaviour.RESET: lambda page, _: page._reset(),
    Behaviour.HANG: lambda page, _: page._hang(),
    Behaviour.TRUNCATED: lambda page, _: page._cut(b"<html>", 10_000),
    Behaviour.EMPTY: lambda page, _: page._answer(200, b""),
    Behaviour.NO_DATA: lambda page, _: page._answer(200, captcha_page().encode()),
    Behaviour.PAGE_DRIP: lambda page, _: page._pour(b" " * 16, 0.1),
    Behaviour.HEADER_DRIP: lambda page, _: page._drip_headers(),
}

#: The same for media files.
_MEDIA_FAILURES: dict[Behaviour, Callable[[_Handler, int], bool]] = {
    Behaviour.MEDIA_FORBIDDEN: lambda file, _: file._answer(403, b"expired"),
    Behaviour.MEDIA_RATE_LIMITED: lambda file, _: file._too_many(),
    Behaviour.MEDIA_CUT: lambda file, _: file._cut(file.standin.clip[:1000], len(file.standin.clip)),
    Behaviour.MEDIA_CUT_ONCE: lambda file, count: (
        count == 1 and file._cut(file.standin.served("h264_540p")[:1000], len(file.standin.served("h264_540p")))
    ),
    Behaviour.MEDIA_EMPTY: lambda file, _: file._answer(200, b""),
    Behaviour.MEDIA_HTML: lambda file, _: file._answer(200, b"<html><body>Access denied</body></html>"),
    Behaviour.MEDIA_GARBAGE: lambda file, _: file._answer(200, bytes(range(256)) * 40),
    Behaviour.MEDIA_HUGE: lambda file, _: file._cut(file.standin.clip, HUGE),
    Behaviour.MEDIA_ENDLESS: lambda file, _: file._pour(bytes(65_536), 0.001),
    Behaviour.MEDIA_DRIP: lambda file, _: file._pour(b"\0" * 16, 0.1),
}
