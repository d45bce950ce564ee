"""What did the site see? The stand-in, with a log of when every request began and ended, and posts that refuse once."""

import threading
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from tests.standin import server
from tests.standin.server import TikTokStandin


@dataclass(slots=True)
class Seen:
    """One request; times are seconds since 1970."""

    path: str
    began: float
    #: None while it runs.
    ended: float | None = None

    @property
    def post(self) -> str:
        """The id of the post it was about; empty for other addresses."""
        found = server._POST.fullmatch(self.path) or server._MEDIA.fullmatch(self.path)
        return found[1] if found else ""

    @property
    def is_page(self) -> bool:
        return server._POST.fullmatch(self.path) is not None


class ObservedStandin(TikTokStandin):
    """The stand-in of TikTok with more to see and to set."""

    def __init__(self, folder: Path, clip: bytes) -> None:
        super().__init__(folder, clip)
        self.seen: list[Seen] = []
        #: Posts whose first page is refused with 429 and Retry-After.
        self.refuse_once: set[str] = set()
        #: Seconds between the two halves of a media file, so that a download can be met in its middle.
        self.media_pause = 0.0
        self.watch = threading.Lock()
        self._server.RequestHandlerClass = _Handler


class _Handler(server._Handler):
    def do_GET(self) -> None:  # noqa: N802  # the name that http.server calls
        standin = self.standin
        assert isinstance(standin, ObservedStandin)
        seen = Seen(urlsplit(self.path).path, time.time())
        with standin.watch:
            standin.seen.append(seen)
        try:
            super().do_GET()
        finally:
            seen.ended = time.time()

    def _page(self, path: str) -> None:
        standin = self.standin
        assert isinstance(standin, ObservedStandin)
        found = server._POST.fullmatch(path)
        if found and found[1] in standin.refuse_once:
            standin.refuse_once.discard(found[1])
            self._send(429, b"slow down", {"Retry-After": "1"})
            return
        super()._page(path)

    def _send_file(self, data: bytes) -> None:
        standin = self.standin
        assert isinstance(standin, ObservedStandin)
        if not standin.media_pause or "Range" in self.headers:
            super()._send_file(data)
            return
        self._start(200, len(data), {"Content-Type": "video/mp4", "Accept-Ranges": "bytes"})
        self.wfile.write(data[: len(data) // 2])
        standin.stopping.wait(standin.media_pause)
        self.wfile.write(data[len(data) // 2 :])
