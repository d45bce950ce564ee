"""Where are videos downloaded to, is there room for more, and what does a broken attempt leave behind?

A download is written in a private folder beside its destination (one file system, so the last step is one rename) and
appears under its final name only when it is whole and on the disk.
"""

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mass_processing.errors import DownloadFailed
from mass_processing.records import FailureClass
from mass_processing.settings import Settings

#: A folder has this name for the moment between its creation and its lock.
_UNLOCKED = "new-"
#: Seconds after which a folder that never got its lock was abandoned too.
_UNLOCKED_AGE = 3600.0


def attempts_dir(settings: Settings) -> Path:
    """Where the private folders of running downloads lie."""
    return settings.media_dir / "attempts"


def require_free_space(settings: Settings) -> None:
    """Raises: DownloadFailed, class local_fault, when less than DISK_MIN_FREE_GB is free."""
    free_gb = shutil.disk_usage(settings.media_dir).free / 1e9
    if free_gb < settings.disk_min_free_gb:
        raise DownloadFailed(
            FailureClass.LOCAL_FAULT,
            f"{free_gb:.1f} GB of disk is free at {settings.media_dir}, DISK_MIN_FREE_GB wants "
            f"{settings.disk_min_free_gb:g}; make room (bulk_processor.py cleanup)",
        )


@contextmanager
def private_attempt(settings: Settings) -> Iterator[Path]:
    """A fresh folder that only this user can read, gone afterwards in any case.

    It is locked while it is in use; the kernel drops the lock of a killed process, so a sweep knows what was abandoned.
    Raises: DownloadFailed, class local_fault, when the disk doesn't take it.
    """
    home = attempts_dir(settings)
    try:
        home.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=_UNLOCKED, dir=home))
        lock = os.open(fresh, os.O_RDONLY | os.O_DIRECTORY)
        fcntl.flock(lock, fcntl.LOCK_EX)
        folder = fresh.rename(home / fresh.name.removeprefix(_UNLOCKED))
    except OSError as error:
        raise DownloadFailed(
            FailureClass.LOCAL_FAULT, f"no folder for downloads can be made in {home}: {error.strerror}"
        ) from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def publish(file: Path, destination: Path) -> None:
    """Moves a finished file to its final name; after it returns, a power cut doesn't lose it. Raises: OSError."""
    _to_disk(file)
    os.replace(file, destination)
    _to_disk(destination.parent)


def sweep_attempts(settings: Settings, youngest: float = _UNLOCKED_AGE) -> int:
    """Removes the folders of downloads whose process is gone; how many. Running ones are left alone.

    `youngest`: seconds from which on a folder without a lock counts as abandoned.
    """
    home = attempts_dir(settings)
    if not home.is_dir():
        return 0
    return sum(_remove_if_abandoned(folder, youngest) for folder in home.iterdir() if folder.is_dir())


def _remove_if_abandoned(folder: Path, youngest: float) -> bool:
    try:
        if folder.name.startswith(_UNLOCKED) and time.time() - folder.stat().st_mtime < youngest:
            return False
        lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    else:
        shutil.rmtree(folder, ignore_errors=True)
        return True
    finally:
        os.close(lock)


def _to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
