"""How do media lie in a folder of this machine, or one that several machines mount?

Nothing is copied: a download is renamed to its place, and an analysis reads it there.
"""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mass_processing.errors import DownloadFailed, MediaAway, MediaLost
from mass_processing.media.names import video_of
from mass_processing.media.place import Entry, Opened
from mass_processing.settings import Settings
from mass_processing.storage import private_attempt, publish

#: The folders in which something lies.
_FOLDERS = ("", "posters", "previews", "details")


class FolderPlace:
    """MEDIA_URL=file://…, and the default."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._root = settings.media_dir

    def location(self, key: str) -> str:
        return str(self._root / key)

    def key_of(self, location: str) -> str | None:
        path = Path(location)
        return path.relative_to(self._root).as_posix() if path.is_relative_to(self._root) else None

    def put(self, file: Path, key: str, *, wanted_here: bool = False) -> None:  # noqa: ARG002  # it is here anyway
        target = self._root / key
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            publish(file, target)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise MediaAway(f"{target} can't be written: {error.strerror}") from error
            self._copy(file, target)

    def _copy(self, file: Path, target: Path) -> None:
        """From another file system."""
        try:
            with private_attempt(self._settings) as folder:
                publish(Path(shutil.copyfile(file, folder / target.name)), target)
        except (OSError, DownloadFailed) as error:
            raise MediaAway(f"{target} can't be written: {error}") from error

    @contextmanager
    def at_hand(self, key: str) -> Iterator[Path]:
        path = self._root / key
        if not path.is_file():
            raise MediaLost(f"the media file is gone: {path}")
        yield path

    def open(self, key: str) -> Opened | None:
        try:
            file = (self._root / key).open("rb")
        except (FileNotFoundError, IsADirectoryError):
            return None
        except OSError as error:
            raise MediaAway(f"{self._root / key} can't be read: {error.strerror}") from error
        return Opened(file, os.fstat(file.fileno()).st_size)

    def probably_has(self, key: str) -> bool:
        return (self._root / key).is_file()

    def entries(self) -> Iterator[Entry]:
        for folder in _FOLDERS:
            if (self._root / folder).is_dir():
                yield from self._entries_of(folder)

    def _entries_of(self, folder: str) -> Iterator[Entry]:
        with os.scandir(self._root / folder) as found:
            for each in found:
                key = f"{folder}/{each.name}" if folder else each.name
                if video_of(key) is not None and each.is_file(follow_symlinks=False):
                    facts = each.stat(follow_symlinks=False)
                    yield Entry(key, facts.st_size, facts.st_mtime)

    def delete(self, key: str, before: float) -> int:
        path = self._root / key
        try:
            facts = path.stat()
            if facts.st_mtime >= before:
                return 0
            path.unlink()
        except FileNotFoundError:
            return 0
        except OSError as error:
            raise MediaAway(f"{path} can't be deleted: {error.strerror}") from error
        return facts.st_size
