"""Which jobs did a process of this machine hold when it died? Nobody needs to wait for their leases to run out.

Each process that holds jobs keeps a small locked file that names them. The kernel frees the lock of a process that
dies, however it dies, and keeps that of a stopped one. Where a file can't be kept, the leases run out by themselves.
"""

import fcntl
import json
import logging
import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from mass_processing.settings import Settings

log = logging.getLogger(__name__)


def folder_of(settings: Settings) -> Path:
    """Where the files of this system's processes lie."""
    return settings.var_dir / "run" / "held"


class HeldJobs:
    """The file of this process."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / f"{os.getpid()}@{socket.gethostname()}"
        self._file: int | None = None

    def note(self, jobs: Mapping[int, int]) -> None:
        """The jobs held now, attempts by id."""
        try:
            if self._file is None:
                self._file = _locked_anew(self._path)
            text = json.dumps(list(jobs.items())).encode()
            os.pwrite(self._file, text, 0)
            os.ftruncate(self._file, len(text))
        except OSError as error:
            log.debug("the jobs of this process are not noted: %s", error)


@contextmanager
def jobs_of_the_dead(folder: Path) -> Iterator[dict[int, int]]:
    """Attempts by id. What they left is forgotten when the block ends without an error."""
    with ExitStack() as locks:
        left = [path for path in folder.glob("*@*") if _is_dead(path, locks)]
        jobs: dict[int, int] = {}
        for path in left:
            jobs |= _jobs_in(path)
        yield jobs
        for path in left:
            path.unlink(missing_ok=True)


def _locked_anew(path: Path) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    while True:
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(file, fcntl.LOCK_EX)
        # Somebody may have taken it for a dead one's, before it was locked.
        if path.exists() and os.path.samestat(path.stat(), os.fstat(file)):
            return file
        os.close(file)


def _is_dead(path: Path, locks: ExitStack) -> bool:
    """Whether nobody has the file; then it is ours until `locks` ends."""
    try:
        file = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return False
    locks.callback(os.close, file)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _jobs_in(path: Path) -> dict[int, int]:
    """Nothing where its process died while it wrote: those leases run out."""
    try:
        return {int(job_id): int(attempt) for job_id, attempt in json.loads(path.read_text() or "[]")}
    except (OSError, ValueError, TypeError):
        return {}
