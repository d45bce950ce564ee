"""Which way out does the next download take, and when may it start?"""

import ipaddress
import logging
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Protocol

from mass_processing.errors import DownloadFailed
from mass_processing.rate_limit import Pace
from mass_processing.records import FailureClass, Link, Source
from mass_processing.redis_link import connect_redis
from mass_processing.settings import Settings

if TYPE_CHECKING:
    from mass_processing.tiktok_downloader import Downloaded, TikTokDownloader

log = logging.getLogger(__name__)

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
        import yt_dlp  # noqa: F401  # loading it is the point

        from mass_processing.tiktok_downloader import TikTokDownloader

        self._settings = settings
        self._downloader = downloader or TikTokDownloader(settings)
        self._pace = shared_pace(settings)
        #: Way out → the posts it was refused since a download there had another end.
        self._refused: dict[str, set[str]] = {}

    @contextmanager
    def permit(self, worker: str, *, wait_s: float = _WAIT_SECONDS) -> Iterator[Fetches | None]:
        """One download's turn; None when there was none within `wait_s` seconds."""
        proxy = self._way_out()
        turn = self._pace.acquire(proxy or "direct", worker, wait_s)
        if turn is None:
            yield None
            return
        with turn:
            yield _OneWay(self._downloader, proxy, self._look_at)

    def _way_out(self) -> str | None:
        """A proxy that is not paused, or the one whose pause ends first; None without DOWNLOAD_PROXIES."""
        proxies = list(self._settings.download_proxies)
        random.shuffle(proxies)
        return min(proxies, key=self._pace.paused_for, default=None)

    def _look_at(self, proxy: str | None, video_id: str, failure: DownloadFailed | None) -> None:
        """Pauses a way out for everybody when TikTok says how long to wait, or refuses two posts in a row.

        A refusal without a time may be about the post, however often it is tried; another post's is about us.
        """
        egress = proxy or "direct"
        if failure is None or failure.failure_class is not FailureClass.RATE_LIMITED:
            self._refused.pop(egress, None)
            return
        refused = self._refused.setdefault(egress, set())
        about_us = bool(refused) and video_id not in refused
        refused.add(video_id)
        if failure.retry_after or about_us:
            pause = self._pace.pause(egress, failure.retry_after or 0.0)
            log.warning("downloads pause for %.0f s: %s", pause, failure.reason)


class _OneWay:
    """A downloader bound to its way out."""

    def __init__(
        self,
        downloader: "TikTokDownloader",
        proxy: str | None,
        look_at: Callable[[str | None, str, DownloadFailed | None], None],
    ) -> None:
        self._downloader = downloader
        self._proxy = proxy
        self._look_at = look_at

    def fetch(self, link: Link, *, cancelled: Callable[[], bool]) -> "Downloaded":
        try:
            got = self._downloader.fetch(link, cancelled=cancelled, proxy=self._proxy)
        except DownloadFailed as error:
            self._seen(link, error)
            raise
        self._seen(link, None)
        return got

    def _seen(self, link: Link, failure: DownloadFailed | None) -> None:
        if link.source is Source.TIKTOK:
            self._look_at(self._proxy, link.video_id, failure)


def is_loopback(host: str) -> bool:
    """Whether a host of a link is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
