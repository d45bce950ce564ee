"""Must the running download stop? Looked at whenever a block was written."""

import time
from collections.abc import Callable
from typing import Any

from mass_processing import faults
from mass_processing.errors import DownloadFailed, Stopping
from mass_processing.records import FailureClass
from mass_processing.settings import Settings
from mass_processing.storage import require_free_space

#: Seconds between two looks at the free disk.
_DISK_INTERVAL = 1.0


class Watch:
    """A progress hook that ends a download: told to stop, out of time, too large, or the disk is running full."""

    def __init__(self, settings: Settings, cancelled: Callable[[], bool]) -> None:
        self._settings = settings
        self._cancelled = cancelled
        self._deadline = time.monotonic() + settings.download_time_limit
        self._next_disk_look = 0.0

    def __call__(self, progress: dict[str, Any]) -> None:
        """yt-dlp's progress hook. Raises: Stopping, DownloadFailed."""
        faults.hit("D4")
        self.look()
        require_size(self._settings, progress.get("downloaded_bytes") or 0)

    def look(self) -> None:
        """Raises: Stopping, DownloadFailed."""
        if self._cancelled():
            raise Stopping("the download was stopped")
        now = time.monotonic()
        if now > self._deadline:
            limit = self._settings.download_time_limit
            raise DownloadFailed(FailureClass.TIMED_OUT, f"the download took longer than {limit:g} s")
        if now >= self._next_disk_look:
            require_free_space(self._settings)
            self._next_disk_look = now + _DISK_INTERVAL


def require_size(settings: Settings, size: float | None) -> None:
    """Raises: DownloadFailed, class permanent, for more than MAX_VIDEO_BYTES; None is unknown and passes."""
    if size is not None and size > settings.max_video_bytes:
        raise too_large(settings)


def too_large(settings: Settings) -> DownloadFailed:
    """The failure of a video with more than MAX_VIDEO_BYTES."""
    return DownloadFailed(
        FailureClass.PERMANENT, f"the video is larger than MAX_VIDEO_BYTES ({settings.max_video_bytes} bytes)"
    )


def require_duration(settings: Settings, seconds: float | None) -> None:
    """Raises: DownloadFailed, class permanent, for longer than MAX_VIDEO_SECONDS; None is unknown and passes."""
    if seconds is not None and seconds > settings.max_video_seconds:
        raise DownloadFailed(
            FailureClass.PERMANENT,
            f"the video is {seconds:g} s long, longer than MAX_VIDEO_SECONDS ({settings.max_video_seconds:g} s)",
        )
