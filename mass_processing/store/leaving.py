"""Which typed calls does the deleting of media files make?"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mass_processing.store.rows import moment_of


@dataclass(frozen=True, slots=True)
class LeavingFile:
    """A media file that may go."""

    video_id: str
    #: Path or URL.
    location: str
    #: What lies there since then is another download.
    since: datetime


class LeavingMedia:
    """Typed calls of the SQL functions on leaving_media. Thread-safe."""

    def __init__(self, call: Callable[..., list[dict[str, Any]]]) -> None:
        self._call = call

    def dismiss(self, *, days: float, failed: bool, limit: int) -> list[LeavingFile]:
        """At most `limit` files of videos that were completed (with `failed` failed, too) that many days ago; their
        rows name them no more. With them, files that were dismissed and not deleted within ten minutes."""
        rows = self._call("dismiss_media", days=float(days), failed=failed, limit=limit)
        return [LeavingFile(row["video_id"], row["location"], moment_of(row["since"])) for row in rows]

    def forget(self, video_ids: Sequence[str]) -> None:
        """Their files are deleted."""
        if video_ids:
            self._call("forget_media", video_ids=list(video_ids))
