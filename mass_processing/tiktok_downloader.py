"""How does a link become one whole video file, where media lie?

Each attempt works in a private folder on the destination's file system: fetch, look into the file, put it on the disk,
rename. The folder is gone afterwards in any case.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from mass_processing import faults
from mass_processing.download.egress import PacedDownloads, is_loopback
from mass_processing.download.options import extra_options
from mass_processing.download.watch import Watch, require_duration
from mass_processing.download.ytdlp import Fetched, fetch_media, fetch_tiktok
from mass_processing.errors import DownloadFailed, MediaAway, Refused, Stopping
from mass_processing.media import Media
from mass_processing.rate_limit import Asked, Permit
from mass_processing.records import FailureClass, Link, Source
from mass_processing.settings import Settings
from mass_processing.settings import settings as process_settings
from mass_processing.storage import private_attempt, require_free_space
from mass_processing.urls import canonical_link, file_link


@dataclass(frozen=True, slots=True)
class Downloaded:
    """A video, whole and decodable."""

    #: The link's own id, or for a short link the id of the post it leads to.
    video_id: str
    #: Where it lies: its absolute path, or its URL where MEDIA_URL is remote.
    video_path: Path | str
    #: Allow-listed facts, JSON-able; any may be absent. `duration` is in seconds.
    metadata: Mapping[str, Any]


class TikTokDownloader:
    """Fetches videos. Thread-safe; each fetch has a yt-dlp instance of its own."""

    def __init__(self, settings: Settings | None = None) -> None:
        """Raises: Refused when YTDLP_OPTIONS holds what may not be set."""
        self._settings = settings or process_settings()
        self._media = Media(self._settings)
        extra_options(self._settings)

    def download_video(self, url: str) -> dict[str, Any]:
        """Fetches one link, keeping the pace of TikTok downloads: `video_path`, `video_id`, `url`, `metadata`.

        Raises: Refused for a link that can't be taken, DownloadFailed with its class.
        """
        link = canonical_link(url, self._settings)
        got = self._paced(link) if link.source is Source.TIKTOK else self.fetch(link)
        return {
            "video_path": str(got.video_path),
            "video_id": got.video_id,
            "url": link.url,
            "metadata": dict(got.metadata),
        }

    def fetch(
        self,
        link: Link,
        *,
        cancelled: Callable[[], bool] = lambda: False,
        proxy: str | None = None,
        permit: Permit | None = None,
    ) -> Downloaded:
        """The video of a link. `proxy`: the way out; None reads HTTPS_PROXY, "" is a direct connection.

        `permit`: whose turns the requests wait for; without one they don't wait.

        Raises: DownloadFailed with its class, Stopping when `cancelled` said so.
        """
        if link.source is Source.FILE:
            return self._in_place(link)
        with private_attempt(self._settings) as folder:
            require_free_space(self._settings)
            watch = Watch(self._settings, cancelled)
            watch.look()
            turn = partial(permit.turn, watch.look) if permit else _at_once
            if link.source is Source.TIKTOK:
                fetched = fetch_tiktok(link, self._settings, folder, watch, proxy, turn)
            else:
                # A server on this machine is no affair of a proxy.
                proxy = "" if is_loopback(urlsplit(link.url).hostname or "") else proxy
                fetched = fetch_media(link, self._settings, folder, watch, proxy, turn)
            watch.look()
            return self._published(fetched)

    def _paced(self, link: Link) -> Downloaded:
        paced = PacedDownloads(self._settings, self)
        with paced.permit("download_video", wait_s=self._settings.download_time_limit) as downloader:
            if downloader is None:
                raise DownloadFailed(FailureClass.RATE_LIMITED, "other downloads have the turn; try again later")
            try:
                return downloader.fetch(link, cancelled=lambda: False)
            except Stopping as error:
                raise DownloadFailed(FailureClass.RATE_LIMITED, f"{error}; try again later") from error

    def _published(self, fetched: Fetched) -> Downloaded:
        facts = dict(fetched.metadata)
        facts.update(self._facts(fetched.file))
        try:
            location = self._media.keep(fetched.file, fetched.video_id)
        except MediaAway as error:
            raise DownloadFailed(FailureClass.LOCAL_FAULT, str(error)) from error
        faults.hit("D5", fetched.video_id)
        return Downloaded(fetched.video_id, location, facts)

    def _in_place(self, link: Link) -> Downloaded:
        path = Path(link.url)
        try:
            file_link(path)
        except Refused as error:
            raise DownloadFailed(FailureClass.PERMANENT, str(error)) from error
        return Downloaded(link.video_id, path, {"title": path.stem, **self._facts(path)})

    def _facts(self, file: Path) -> dict[str, Any]:
        """What the container says. Raises: DownloadFailed when it is not a video, or too long."""
        from analyzers.decode import probe
        from analyzers.errors import InvalidMedia

        try:
            video = probe(file)
        except InvalidMedia as error:
            # The private folder is no news to anybody.
            reason = str(error).replace(str(file), "the file")
            raise DownloadFailed(FailureClass.INVALID_MEDIA, f"what came is not a video: {reason}") from error
        require_duration(self._settings, video.duration)
        return {"duration": video.duration, "width": video.width, "height": video.height, "filesize": video.size}


def _at_once() -> AbstractContextManager[Asked]:
    return nullcontext(Asked())
