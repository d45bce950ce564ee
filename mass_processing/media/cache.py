"""Which remote media lie on this machine too, and which go when there are too many?

All processes of a machine share one folder. Who uses a file holds a shared lock on it, who fetches one or makes room
holds an exclusive one; the kernel drops the locks of a killed process, so nothing in use is ever deleted and what was
left half fetched is known. What was not used for longest goes first.
"""

import fcntl
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from mass_processing.storage import publish

#: How the name of a file begins until it is whole; its size follows.
_UNFINISHED = ".new-"
_LOCK = ".lock"


class Cache:
    """A folder of whole files, of about `limit` bytes at most. Thread-safe, and safe among processes."""

    def __init__(self, folder: Path, limit: int) -> None:
        self._folder = folder
        self._limit = limit

    @contextmanager
    def holding(self, name: str, size: int, fetch: Callable[[Path], None]) -> Iterator[Path]:
        """The file of that name, which stays for as long as the `with` lasts; `fetch` writes it where it is missing.

        `size`: bytes it will have. Raises: OSError, and what `fetch` raises.
        """
        path = self._folder / name
        while (handle := _hold(path)) is None:
            self._fill(path, size, fetch)
        try:
            os.utime(path)
            yield path
        finally:
            os.close(handle)

    def adopt(self, file: Path, name: str) -> None:
        """Takes a finished file in by renaming it; leaves it where that can't be. It must lie on the same disk."""
        if file.stat().st_size > self._limit:
            return
        with suppress(OSError), self._alone():  # what can't be taken in is fetched when it is needed
            if not (self._folder / name).exists():
                os.utime(file)
                publish(file, self._folder / name)
                self._make_room()

    def _fill(self, path: Path, size: int, fetch: Callable[[Path], None]) -> None:
        with self._reserved(size) as unfinished:
            fetch(unfinished)
            with self._alone():
                if not path.exists():  # else somebody was quicker, and may be reading it
                    publish(unfinished, path)

    @contextmanager
    def _reserved(self, size: int) -> Iterator[Path]:
        """A new file, for which there is room; gone afterwards unless it was renamed."""
        with self._alone():
            handle, name = tempfile.mkstemp(prefix=f"{_UNFINISHED}{size}-", dir=self._folder)
            fcntl.flock(handle, fcntl.LOCK_EX)
            self._make_room()
        try:
            yield Path(name)
        finally:
            Path(name).unlink(missing_ok=True)
            os.close(handle)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Nobody else begins a file or makes room meanwhile."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / _LOCK).open("wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _make_room(self) -> None:
        """Files in use stay, also where they alone are more than the limit: somebody works on them."""
        total = 0
        whole: list[tuple[float, int, Path]] = []
        for path in self._folder.iterdir():
            if path.name.startswith(_UNFINISHED):
                total += 0 if _remove_unless_held(path) else int(path.name.split("-")[1])
            elif path.name != _LOCK:
                facts = path.stat()
                whole.append((facts.st_mtime, facts.st_size, path))
                total += facts.st_size
        for _, size, path in sorted(whole):
            if total <= self._limit:
                return
            total -= size if _remove_unless_held(path) else 0


def _hold(path: Path) -> int | None:
    """An open handle that keeps the file there; None when there is none."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return None
    fcntl.flock(handle, fcntl.LOCK_SH)
    if os.fstat(handle).st_nlink:
        return handle
    os.close(handle)  # it was deleted between the two steps
    return None


def _remove_unless_held(path: Path) -> bool:
    """Whether it is gone."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    else:
        path.unlink(missing_ok=True)
        return True
    finally:
        os.close(handle)
