"""How do the workers and the pages get at media, wherever MEDIA_URL says they lie?"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mass_processing.errors import MediaAway, MediaLost
from mass_processing.media.bucket import BucketPlace
from mass_processing.media.folder import FolderPlace
from mass_processing.media.names import original_key, poster_key, preview_key
from mass_processing.media.place import Opened, Place
from mass_processing.records import Job, Source
from mass_processing.settings import Settings


class Media:
    """All media of one installation. Thread-safe; nothing is opened or connected before it is used."""

    def __init__(self, settings: Settings) -> None:
        self.place: Place = BucketPlace(settings) if settings.media_is_remote else FolderPlace(settings)

    def keep(self, file: Path, video_id: str) -> Path | str:
        """Puts a finished download where videos lie: its path there, or its URL. Raises: MediaAway."""
        key = original_key(video_id)
        self.place.put(file, key, wanted_here=True)
        location = self.place.location(key)
        return location if "://" in location else Path(location)

    @contextmanager
    def at_hand(self, job: Job) -> Iterator[Path]:
        """The media file of a job as a file of this machine, for as long as the `with` lasts.

        Raises: MediaLost when it has to be downloaded again, MediaAway when this machine can't get at it.
        """
        if not job.video_path:
            raise MediaLost("there is no media file")
        key = None if job.source is Source.FILE else self.place.key_of(job.video_path)
        if key is not None:
            with self.place.at_hand(key) as path:
                _require_whole(path, job)
                yield path
        else:
            yield _elsewhere(job.video_path)

    def keep_pages(self, video_id: str, folder: Path) -> None:
        """Puts what the engine made for the pages where it stays, and removes the folder. Raises: MediaAway."""
        try:
            for name, key in (("poster.jpg", poster_key(video_id)), ("preview.mp4", preview_key(video_id))):
                if (folder / name).is_file():
                    self.place.put(folder / name, key)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def open(self, location: str | None) -> Opened | None:
        """The media file that a row names, to read parts of it; None when it can't be had here. Raises: MediaAway."""
        if not location:
            return None
        key = self.place.key_of(location)
        if key is not None:
            return self.place.open(key)
        path = Path(location)
        return Opened(path.open("rb"), path.stat().st_size) if path.is_absolute() and path.is_file() else None

    def probably_has(self, location: str) -> bool:
        """Whether `open` probably finds something; asks no service."""
        key = self.place.key_of(location)
        return self.place.probably_has(key) if key is not None else "://" not in location and Path(location).is_file()


def _elsewhere(location: str) -> Path:
    """A file that is named by its path: somebody's own, or from before MEDIA_URL was changed."""
    if "://" in location:
        raise MediaAway(f"{location} does not lie where this machine's MEDIA_URL says; set it as on the other machines")
    if not Path(location).is_file():
        raise MediaLost(f"the media file is gone: {location}")
    return Path(location)


def _require_whole(path: Path, job: Job) -> None:
    """Raises: MediaLost when it is not as long as it was when it was downloaded."""
    size, was = path.stat().st_size, job.metadata.get("filesize")
    if isinstance(was, int) and size != was:
        raise MediaLost(f"the media file is damaged: {job.video_path} has {size} bytes instead of {was}")
