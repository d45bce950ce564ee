"""Which way out does the next download take, and when may it start?"""

import ipaddress
import logging
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Protocol

from mass_processing.errors import DownloadFailed
from mass_processing.rate_limit import Pace, Permit
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
        # Loaded now, so that a start follows its permit at once.
        import yt_dlp  # noqa: F401  # loading it is the point

        from mass_processing.tiktok_downloader import TikTokDownloader

        self._settings = settings
        self._downloader = downloader or TikTokDownloader(settings)
        self._pace = shared_pace(settings)

    @contextmanager
    def permit(self, worker: str, *, wait_s: float = _WAIT_SECONDS) -> Iterator[Fetches | None]:
        """One download's turn; None when there was none within `wait_s` seconds."""
        proxy = self._way_out()
        permit = self._pace.acquire(proxy or "direct", worker, wait_s)
        if permit is None:
            yield None
            return
        with permit:
            yield _OneWay(self._downloader, proxy, permit)

    def _way_out(self) -> str | None:
        """A proxy that is not paused, or the one whose pause ends first; None without DOWNLOAD_PROXIES."""
        proxies = list(self._settings.download_proxies)
        random.shuffle(proxies)
        return min(proxies, key=self._pace.paused_for, default=None)


class _OneWay:
    """A downloader bound to its way out and its permit."""

    def __init__(self, downloader: "TikTokDownloader", proxy: str | None, permit: Permit) -> None:
        self._downloader = downloader
        self._proxy = proxy
        self._permit = permit

    def fetch(self, link: Link, *, cancelled: Callable[[], bool]) -> "Downloaded":
        permit = self._permit
        try:
            got = self._downloader.fetch(
                link, cancelled=lambda: permit.lost or cancelled(), proxy=self._proxy, permit=permit
            )
        except DownloadFailed as error:
            self._tell(link, error)
            raise
        self._tell(link, None)
        return got

    def _tell(self, link: Link, failure: DownloadFailed | None) -> None:
        """Everybody on this way out, how the site took it.

        A refusal without a time may be about the post, however often it is tried; another post's is about us.
        """
        if link.source is not Source.TIKTOK or not self._permit.turns:
            return
        if failure is None or failure.failure_class not in (FailureClass.RATE_LIMITED, FailureClass.LOCAL_FAULT):
            self._permit.went_well()
        elif failure.failure_class is FailureClass.RATE_LIMITED:
            pause = self._permit.refused(link.video_id, failure.retry_after)
            if pause > 0:
                log.warning("downloads pause for %.0f s: %s", pause, failure.reason)


def is_loopback(host: str) -> bool:
    """Whether a host of a link is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
