"""What did the processes of this machine start lately, whatever Redis remembers?

One small file per way out, written under a lock, and one locked file per running download. The clock is the machine's
monotonic one, which all its processes share and nobody sets; the kernel frees the locks of a killed process. So these
processes keep the pace among each other when Redis is away, was emptied, came back older, or had its clock changed.
"""

import fcntl
import json
import math
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

#: Seconds in which DOWNLOADS_PER_MINUTE are allowed.
WINDOW = 60.0
#: Seconds from a turn to its request, at most, as far as anybody knows before the answer is there.
LONGEST_ON_ITS_WAY = 2.0
#: Longest token of a download.
_TOKEN_BYTES = 400


@dataclass(slots=True)
class Book:
    """What this machine knows of one way out; seconds of its monotonic clock."""

    #: Name of a start → when the site saw it, at the latest. Those of the last WINDOW, and always the newest.
    starts: dict[str, float] = field(default_factory=dict)
    #: Nobody starts before.
    blocked_until: float = 0.0

    @property
    def newest(self) -> float:
        return max(self.starts.values(), default=-math.inf)

    def wait(self, gap: float, cap: int, now: float) -> float:
        """Seconds until this machine alone would keep the pace; 0 and less is now."""
        wait = self.blocked_until - now
        if gap > 0:
            wait = max(wait, self.newest + gap - now)
        if len(self.starts) >= cap:
            wait = max(wait, sorted(self.starts.values())[-cap] + WINDOW - now)
        return wait

    @classmethod
    def read(cls, text: str, now: float) -> Self:
        """What a file says, less what is over. One that a killed process left half written may hide a start."""
        try:
            said: dict[str, Any] = json.loads(text or '{"starts": {}, "blocked_until": 0.0}')
            # What lies ahead is from before the machine was started again.
            starts = {name: at for name, at in said["starts"].items() if at <= now + LONGEST_ON_ITS_WAY}
            blocked_until = float(said["blocked_until"])
        except (ValueError, KeyError, TypeError, AttributeError):
            return cls({"unknown": now})
        newest = max(starts.values(), default=now)
        recent = {name: at for name, at in starts.items() if at > now - WINDOW or at == newest}
        return cls(recent, blocked_until)


class HostPace:
    """One way out, as this machine's processes use it.

    Each call opens the files anew, so that the locks hold between threads too. Raises: OSError when that fails.
    """

    def __init__(self, folder: Path, name: str, concurrency: int, longest_pause: float) -> None:
        self._folder = folder
        self._name = name
        self._concurrency = concurrency
        self._longest_pause = longest_pause

    @contextmanager
    def book(self) -> Iterator[Book]:
        """The book, nobody else's meanwhile; what the block writes into it is kept."""
        with os.fdopen(self._open("book"), "r+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            text = file.read()
            now = time.monotonic()
            book = Book.read(text, now)
            book.blocked_until = min(book.blocked_until, now + self._longest_pause)
            yield book
            written = json.dumps({"starts": book.starts, "blocked_until": book.blocked_until})
            if written != text:
                # Over the old text, which takes no room on a full disk.
                file.seek(0)
                file.write(written)
                file.truncate()

    def slot(self, *, alone: bool) -> "HostSlot | None":
        """One of this machine's slots, or with `alone` all of them; None when they are taken."""
        slot = HostSlot([], [])
        for number in range(self._concurrency):
            if (file := self._locked(f"slot{number}")) is not None:
                slot.take(file)
                if not alone:
                    return slot
        if alone and len(slot.files) == self._concurrency:
            return slot
        slot.release()
        return None

    def _locked(self, part: str) -> int | None:
        file = self._open(part)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(file)
            return None
        return file

    def _open(self, part: str) -> int:
        self._folder.mkdir(parents=True, exist_ok=True)
        return os.open(self._folder / f"{self._name}.{part}", os.O_RDWR | os.O_CREAT, 0o600)


@dataclass(slots=True)
class HostSlot:
    """The right of this machine to run one more download; the kernel takes it back when the process dies."""

    #: Descriptors of the locked files.
    files: list[int]
    #: Tokens of downloads whose process died with this slot.
    orphans: list[str]

    def take(self, file: int) -> None:
        """A file that is locked now."""
        self.files.append(file)
        if token := os.pread(file, _TOKEN_BYTES, 0).decode(errors="replace"):
            self.orphans.append(token)

    def note(self, token: str) -> None:
        """Whose it is, for the next one, should this process die."""
        for file in self.files:
            with suppress(OSError):  # a full disk: what is not noted runs out
                os.ftruncate(file, 0)
                os.pwrite(file, token.encode(), 0)

    def release(self) -> None:
        while self.files:
            file = self.files.pop()
            with suppress(OSError):  # a full disk: what is not taken off is given back again
                os.ftruncate(file, 0)
            os.close(file)
