"""Which options does yt-dlp run with, and which may an operator add?"""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mass_processing.errors import DownloadFailed, Refused
from mass_processing.records import FailureClass
from mass_processing.settings import Settings

#: h264 without TikTok's watermark; else whatever has a picture and a free decoder.
TIKTOK_FORMAT = "b[vcodec=h264][format_note!*=?watermark]/b[vcodec!=none][vcodec!=bytevc2]"
#: Any single file: a direct link says nothing about its codecs.
MEDIA_FORMAT = "b"
#: Never the generic extractor, which fetches any address it is given.
EXTRACTORS = ("tiktok",)
#: Seconds without a byte after which a connection is dropped: as long as a download may not see that it must stop.
SOCKET_TIMEOUT = 10.0

#: What YTDLP_OPTIONS may set. An allow-list: all else is ours, runs programs, chooses paths, or has no meaning here.
ADDABLE = frozenset(
    {
        "buffersize", "extractor_args", "force_ipv4", "force_ipv6", "format", "format_sort", "http_chunk_size",
        "http_headers", "impersonate", "legacyserverconnect", "nocheckcertificate", "ratelimit", "retries",
        "sleep_interval_requests", "socket_timeout", "source_address",
    }
)  # fmt: skip


class SilentLogger:
    """Where yt-dlp's own lines go: nowhere. What matters comes as an exception, and its lines hold signed addresses."""

    def debug(self, message: str) -> None: ...
    def info(self, message: str) -> None: ...
    def warning(self, message: str) -> None: ...
    def error(self, message: str) -> None: ...


def extra_options(settings: Settings) -> dict[str, Any]:
    """YTDLP_OPTIONS as yt-dlp's parameters. Raises: Refused, naming the option that may not be set."""
    if not settings.ytdlp_options:
        return {}
    try:
        options = json.loads(settings.ytdlp_options)
    except ValueError as error:
        raise Refused(f"YTDLP_OPTIONS is not JSON: {error}") from None
    if not isinstance(options, dict):
        raise Refused('YTDLP_OPTIONS should be a JSON object such as {"retries": 5}')
    for name in options:
        if name not in ADDABLE:
            raise Refused(
                f"YTDLP_OPTIONS may not set {name!r}: options that run programs, choose paths or are set by other "
                f"settings are closed; open are {', '.join(sorted(ADDABLE))}"
            )
    return options


def run_options(
    settings: Settings, folder: Path, *, tiktok: bool, proxy: str | None, hook: Callable[[dict[str, Any]], None]
) -> dict[str, Any]:
    """A new dict for each run (yt-dlp changes it). `proxy`: None reads the environment, "" uses none.

    Raises: DownloadFailed, class local_fault, when the cookie file can't be read.
    """
    options: dict[str, Any] = {
        "format": TIKTOK_FORMAT if tiktok else MEDIA_FORMAT,
        "allowed_extractors": list(EXTRACTORS) if tiktok else [],
        "outtmpl": {"default": "video.%(ext)s"},
        "paths": {"home": str(folder)},
        "overwrites": True,
        # A stale part file would be resumed blindly.
        "continuedl": False,
        "updatetime": False,
        "retries": 3,
        "file_access_retries": 1,
        "retry_sleep_functions": {"http": lambda n: min(2**n, 8)},
        "socket_timeout": min(SOCKET_TIMEOUT, settings.download_time_limit),
        "max_filesize": settings.max_video_bytes,
        "noplaylist": True,
        "playlist_items": "1",
        "ignoreerrors": False,
        # Photo posts then answer with their facts instead of an error, and are told apart.
        "ignore_no_formats_error": True,
        "quiet": True,
        "no_warnings": True,
        "noprogress": True,
        "logger": SilentLogger(),
        "color": "never",
        "cachedir": False,
        "fixup": "never",
        "postprocessors": [],
        # No JavaScript program is looked for; TikTok's challenge is solved in Python.
        "js_runtimes": {},
        "progress_hooks": [hook],
    }
    if proxy is not None:
        options["proxy"] = proxy
    if tiktok and settings.download_cookie_file:
        options["cookiefile"] = str(_private_cookies(settings.download_cookie_file, folder))
    options.update(extra_options(settings))
    if isinstance(options.get("impersonate"), str):
        from yt_dlp.networking.impersonate import ImpersonateTarget

        options["impersonate"] = ImpersonateTarget.from_str(options["impersonate"])
    return options


def _private_cookies(cookie_file: str, folder: Path) -> Path:
    """A copy of its own: yt-dlp writes the file back, and runs would mix their sessions."""
    copy = folder / "cookies.txt"
    try:
        shutil.copyfile(cookie_file, copy)
    except OSError as error:
        raise DownloadFailed(
            FailureClass.LOCAL_FAULT, f"DOWNLOAD_COOKIE_FILE {cookie_file} can't be read: {error.strerror}"
        ) from error
    copy.chmod(0o600)
    return copy
