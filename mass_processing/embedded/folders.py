"""How are private folders made, and how does one process know that another one is at work?"""

import fcntl
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from mass_processing.errors import Refused


@dataclass(frozen=True, slots=True)
class Account:
    """Whom a server runs as."""

    user: int
    group: int


def make_folder(folder: Path, *, mode: int | None = None, account: Account | None = None) -> None:
    """Makes a folder of `account` (of ours when None) with `mode`; without a mode it is left as it was found.

    Raises: Refused when it belongs to somebody else or can't be made.
    """
    owner = os.geteuid() if account is None else account.user
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if mode is None:
            return
        found = folder.lstat()
        if account is not None and found.st_uid == os.geteuid() and stat.S_ISDIR(found.st_mode):
            os.chown(folder, account.user, account.group, follow_symlinks=False)
            found = folder.lstat()
        if found.st_uid != owner or not stat.S_ISDIR(found.st_mode):
            raise Refused(f"{folder} belongs to somebody else; remove it, or choose another VAR_DIR")
        folder.chmod(mode)
    except OSError as error:
        raise Refused(f"the folder {folder} can't be made: {error.strerror}") from error


def hold(lock: Path, patience: float = 0.0) -> int | None:
    """Takes a lock file; the descriptor that holds it, or None when it is still taken after `patience` seconds.

    It is free again when the last process that inherited the descriptor is gone, however it ended.
    """
    held = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    give_up = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return held
        except BlockingIOError:
            if time.monotonic() >= give_up:
                os.close(held)
                return None
            time.sleep(0.05)


@contextmanager
def alone(lock: Path, patience: float = 60.0) -> Iterator[None]:
    """One process at a time. Raises: Refused when another one takes too long."""
    held = hold(lock, patience)
    if held is None:
        raise Refused(
            f"another process has been busy for {patience:.0f} s with what {lock} guards; look for it with `lsof`"
        )
    try:
        yield
    finally:
        os.close(held)
