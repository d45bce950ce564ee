"""Which media files go, and when?

MEDIA_KEEP says how long downloads stay; posters, previews and large results stay as long as their video is known.
"""

import logging
import time
from collections.abc import Iterable, Iterator
from itertools import islice

from mass_processing.media.media import Media
from mass_processing.media.names import video_of
from mass_processing.media.place import Entry
from mass_processing.records import JobFilter
from mass_processing.settings import Settings
from mass_processing.store import MAX_ROWS, Store

log = logging.getLogger(__name__)

#: Seconds; what appeared in them is left alone: its job may not say yet where it lies.
_JUST_NOW = 60.0
#: Files that one call deletes; the next one goes on.
_AT_ONCE = 500


def keep_to_limit(store: Store, settings: Settings) -> int:
    """Deletes downloads that were kept for as long as MEDIA_KEEP says; how many. What waits or runs keeps its own.

    Raises: BackendAway, MediaAway; what was begun is gone on with by a later call.
    """
    days = settings.media_keep_days
    if days is None:
        return 0
    place = Media(settings).place
    done: list[str] = []
    try:
        for file in store.leaving_media.dismiss(days=days, failed=days > 0, limit=_AT_ONCE):
            key = place.key_of(file.location)
            if key is not None:
                place.delete(key, before=file.since.timestamp())
            done.append(file.video_id)
    finally:
        store.leaving_media.forget(done)
    return len(done)


def remove_unneeded_media(store: Store, settings: Settings, days: float) -> tuple[int, int]:
    """Deletes all media of videos that are not known any more, from an age of `days` on; how many files and bytes.

    Raises: BackendAway, MediaAway.
    """
    before = time.time() - max(days * 86_400, _JUST_NOW)
    place = Media(settings).place
    files = size = 0
    for entries in _pieces(entry for entry in place.entries() if entry.modified < before):
        ids = {entry.key: video_of(entry.key) or "" for entry in entries}
        asked = tuple(dict.fromkeys(ids.values()))
        known = {row.video_id for row in store.jobs(JobFilter(video_ids=asked), limit=MAX_ROWS)}
        for entry in entries:
            if ids[entry.key] not in known:
                size += place.delete(entry.key, before)
                files += 1
    return files, size


def _pieces(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    rest = iter(entries)
    while piece := list(islice(rest, MAX_ROWS)):
        yield piece
