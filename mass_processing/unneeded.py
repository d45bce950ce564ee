"""Which downloaded files does no video need any more?"""

import time
from collections.abc import Iterator
from pathlib import Path

from mass_processing.records import JobFilter
from mass_processing.settings import Settings
from mass_processing.store import MAX_ROWS, Store


def remove_unneeded_media(store: Store, settings: Settings, days: float) -> tuple[int, int]:
    """Deletes the downloads of videos that are not in the queue and are older than `days`; how many files and bytes.

    A file that appeared in the last minute is left alone in any case: its job may not say yet where it lies.
    """
    before = time.time() - max(days * 86_400, 60)
    old = (path for path in sorted(settings.media_dir.glob("*.mp4")) if path.stat().st_mtime < before)
    files = size = 0
    for paths in _pieces(old):
        ids = {path: path.stem.replace("_", ":", 1) for path in paths}
        known = {row.video_id for row in store.jobs(JobFilter(video_ids=tuple(ids.values())), limit=MAX_ROWS)}
        for path, video_id in ids.items():
            if video_id not in known:
                size += path.stat().st_size
                path.unlink()
                files += 1
    return files, size


def _pieces(paths: Iterator[Path]) -> Iterator[list[Path]]:
    piece: list[Path] = []
    for path in paths:
        piece.append(path)
        if len(piece) == MAX_ROWS:
            yield piece
            piece = []
    if piece:
        yield piece
