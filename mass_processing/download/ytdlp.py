"""How is yt-dlp run, so that one video comes out or one classified failure?

Returning is not succeeding: yt-dlp also returns after refusing a file for its size, or with a photo post's music. So a
run has two phases in one instance (its signed links are bound to its cookies): look, decide, then download.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from mass_processing.download.asking import Turn, asking, trust
from mass_processing.download.classify import classify
from mass_processing.download.metadata import kept_metadata
from mass_processing.download.options import run_options
from mass_processing.download.redirects import final_url, require_media_host
from mass_processing.download.watch import Watch, require_duration, require_size, too_large
from mass_processing.errors import DownloadFailed, MassProcessingError, Refused
from mass_processing.records import FailureClass, Link, Source
from mass_processing.settings import Settings
from mass_processing.urls import canonical_link

log = logging.getLogger(__name__)

#: Old names that the first phase adds to the record and the second complains about.
_ADDED = frozenset({"album_artist", "artist", "composer", "creator", "genre"})
#: Short links that may lead to each other before one leads to a post.
_MOST_HOPS = 5


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came, still in the private folder and not yet looked into."""

    video_id: str
    file: Path
    metadata: Mapping[str, Any]


def fetch_tiktok(link: Link, settings: Settings, folder: Path, watch: Watch, proxy: str | None, turn: Turn) -> Fetched:
    """A TikTok post or short link. Raises: DownloadFailed, Stopping."""
    options = run_options(settings, folder, tiktok=True, proxy=proxy, hook=watch)
    with _ytdlp(options, settings, Source.TIKTOK, turn=turn, look=watch.look) as ydl:
        post = link if link.video_id.startswith("tiktok:") else _resolve(ydl, link, settings)
        watch.look()
        info = ydl.extract_info(post.url, download=False)
        _require_wanted(info, settings)
        watch.look()
        info = {name: value for name, value in info.items() if name not in _ADDED}
        info = ydl.process_ie_result(info, download=True)
        return Fetched(post.video_id, _one_file(info, settings), kept_metadata(info))


def fetch_media(link: Link, settings: Settings, folder: Path, watch: Watch, proxy: str | None, turn: Turn) -> Fetched:
    """A direct media file on a host in MEDIA_HOSTS. Raises: DownloadFailed, Stopping."""
    options = run_options(settings, folder, tiktok=False, proxy=proxy, hook=watch)

    def allow(address: str) -> None:
        # A server may redirect a GET and not the HEAD before it.
        require_media_host(address, settings)

    with _ytdlp(options, settings, Source.MEDIA, turn=turn, look=watch.look, allow=allow) as ydl:
        with turn():
            url = final_url(link.url, settings, proxy)
        watch.look()
        page = urlsplit(link.url)
        info = {
            "id": link.video_id.replace(":", "_"),
            "title": unquote(PurePosixPath(page.path).stem),
            "url": url,
            "ext": "mp4",
            # Named, so that no address can choose another downloader by its suffix.
            "protocol": urlsplit(url).scheme,
            "extractor": "media",
            "extractor_key": "Media",
            "webpage_url": page._replace(query="").geturl(),
        }
        info = ydl.process_ie_result(info, download=True)
        return Fetched(link.video_id, _one_file(info, settings), kept_metadata(info))


@contextmanager
def _ytdlp(
    options: dict[str, Any],
    settings: Settings,
    source: Source,
    *,
    turn: Turn,
    look: Callable[[], None],
    allow: Callable[[str], None] = lambda _: None,
) -> Iterator[Any]:
    """One instance for one video; every exception that leaves it is classified. The rest as for `asking`."""
    try:
        from yt_dlp import YoutubeDL
        from yt_dlp.globals import plugin_dirs

        # Plugins are Python files that yt-dlp runs from any importable folder.
        plugin_dirs.value = []
        with YoutubeDL(options) as ydl:
            if settings.download_ca_file and not options.get("nocheckcertificate"):
                trust(ydl, settings.download_ca_file)
            with asking(ydl, turn=turn, look=look, allow=allow):
                yield ydl
    except MassProcessingError:
        raise
    except Exception as error:  # bare OSErrors and errors of its network layer leave yt-dlp too
        log.debug("yt-dlp failed", exc_info=True)
        verdict = classify(error, source)
        if verdict.failure_class is FailureClass.TRANSIENT:
            # One that was told to stop meanwhile, or ran out of time, says so instead.
            look()
        raise DownloadFailed(*verdict) from error


def _resolve(ydl: Any, link: Link, settings: Settings) -> Link:
    """The post a short link leads to, without a look at the post's page."""
    post, seen = link, set[str]()
    while not post.video_id.startswith("tiktok:"):
        if post.url in seen or len(seen) == _MOST_HOPS:
            raise DownloadFailed(FailureClass.PERMANENT, "the link leads in a circle")
        seen.add(post.url)
        try:
            post = canonical_link(_leads_to(ydl, post.url), settings)
        except Refused as error:
            raise DownloadFailed(FailureClass.UNSUPPORTED, f"the short link leads to no video: {error}") from error
        if post.source is not Source.TIKTOK:
            raise DownloadFailed(FailureClass.UNSUPPORTED, "the short link leads to no TikTok post")
    return post


def _leads_to(ydl: Any, url: str) -> str:
    """Where one short link leads; asked as the previews of other sites ask."""
    from yt_dlp.networking.common import HEADRequest
    from yt_dlp.networking.exceptions import RequestError
    from yt_dlp.utils import ExtractorError

    try:
        target: str | None = ydl.urlopen.leads_to(HEADRequest(url, headers={"User-Agent": "facebookexternalhit/1.1"}))
    except RequestError as error:
        raise ExtractorError(f"Unable to download webpage: {error}", cause=error) from error
    if target is None:
        raise DownloadFailed(FailureClass.UNSUPPORTED, "the short link leads nowhere")
    return target


def _require_wanted(info: Mapping[str, Any], settings: Settings) -> None:
    """Between the phases: is it a video, and one we take?"""
    if all(each.get("vcodec") == "none" for each in info.get("formats") or ()):
        raise DownloadFailed(FailureClass.UNSUPPORTED, "a photo post, not a video")
    if not info.get("url"):
        raise DownloadFailed(FailureClass.UNSUPPORTED, "the post has no format that can be decoded")
    require_duration(settings, info.get("duration"))
    require_size(settings, info.get("filesize"))


def _one_file(info: Mapping[str, Any], settings: Settings) -> Path:
    paths = [each["filepath"] for each in info.get("requested_downloads") or () if each.get("filepath")]
    if len(paths) != 1 or not Path(paths[0]).is_file():
        # The one way to get here: the server announced more than `max_filesize`, which yt-dlp skips without a word.
        raise too_large(settings)
    file = Path(paths[0])
    require_size(settings, file.stat().st_size)
    return file
