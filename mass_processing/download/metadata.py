"""Which facts about a downloaded video are kept?

An allow-list: yt-dlp's own record holds cookies in several places, also after its own cleaning.
"""

import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from analyzers.jsonable import jsonable

#: Fields of yt-dlp's record that are kept as they stand; any may be absent.
KEPT = (
    "title", "description", "timestamp", "upload_date", "duration", "uploader", "uploader_id", "uploader_url",
    "channel", "channel_id", "channel_url", "view_count", "like_count", "repost_count", "comment_count", "save_count",
    "track", "artists", "album", "webpage_url", "extractor", "format_id", "width", "height", "vcodec", "acodec",
)  # fmt: skip


def kept_metadata(info: Mapping[str, Any]) -> dict[str, Any]:
    """The kept facts, JSON-able, and `hashtags`, `ytdlp_version`, `fetched_at` (the counters are of that moment)."""
    from yt_dlp.version import __version__ as ytdlp_version

    facts = {name: info[name] for name in KEPT if info.get(name) is not None}
    facts["hashtags"] = hashtags(info.get("description") or "")
    facts["ytdlp_version"] = ytdlp_version
    facts["fetched_at"] = datetime.fromtimestamp(time.time(), UTC)
    cleaned = jsonable(facts)
    return dict(cleaned)


def hashtags(text: str) -> list[str]:
    """The words after a #, in order, each once whatever its case."""
    found: dict[str, str] = {}
    for tag in re.findall(r"#(\w+)", text):
        found.setdefault(tag.casefold(), tag)
    return list(found.values())
