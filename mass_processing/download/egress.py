"""Which way out does the next download take, and when may it start?"""

import ipaddress
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Protocol

from mass_processing.errors import DownloadFailed
from mass_processing.rate_limit import Pace
from mass_processing.records import FailureClass, Link
from mass_processing.redis_link import connect_redis
from mass_processing.settings import Settings

if TYPE_CHECKING:
    from mass_processing.tiktok_downloader import Downloaded, TikTokDownloader

#: Seconds a worker waits for its turn before it gives the job back.
_WAIT_SECONDS = 10.0


class Fetches(Protocol):
    """What a permit hands out."""

    def fetch(self, link: Link, *, cancelled: Callable[[], bool]) -> "Downloaded": ...


@cache
def shared_pace(settings: Settings) -> Pace:
    """The pace of this process; one, because it also remembers the process' own starts."""
    return Pace(connect_redis(settings), settings)


class PacedDownloads:
    """Hands out downloads at the pace that all workers share."""

    def __init__(self, settings: Settings, downloader: "TikTokDownloader | None" = None) -> None:
        # Loaded now, so that a start follows its permit at once and the site sees the pace that was granted.
        import yt_dlp  # noqa: F401

        from mass_processing.tiktok_downloader import TikTokDownloader

        self._settings = settings
        self._downloader = downloader or TikTokDownloader(settings)
        self._pace = shared_pace(settings)

    @contextmanager
    def permit(self, worker: str, *, wait_s: float = _WAIT_SECONDS) -> Iterator[Fetches | None]:
        """One download's turn; None when there was none within `wait_s` seconds."""
        proxy = self._way_out()
        turn = self._pace.acquire(proxy or "direct", worker, wait_s)
        if turn is None:
            yield None
            return
        with turn:
            yield _OneWay(self._downloader, self._pace, proxy)

    def _way_out(self) -> str | None:
        """A proxy that is not paused, or the one whose pause ends first; None without DOWNLOAD_PROXIES."""
        proxies = list(self._settings.download_proxies)
        random.shuffle(proxies)
        return min(proxies, key=self._pace.paused_for, default=None)


class _OneWay:
    """A downloader bound to its way out; a site that asks to slow down pauses that way for everybody."""

    def __init__(self, downloader: "TikTokDownloader", pace: Pace, proxy: str | None) -> None:
        self._downloader = downloader
        self._pace = pace
        self._proxy = proxy

    def fetch(self, link: Link, *, cancelled: Callable[[], bool]) -> "Downloaded":
        try:
            return self._downloader.fetch(link, cancelled=cancelled, proxy=self._proxy)
        except DownloadFailed as error:
            if error.failure_class is FailureClass.RATE_LIMITED:
                self._pace.pause(self._proxy or "direct", error.retry_after or 0.0)
            raise


def is_loopback(host: str) -> bool:
    """Whether a host of a link is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
