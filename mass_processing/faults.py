"""Where does this process die when a test of reliability wants it to?

`hit("D3")` marks a point on the way of a job. It does nothing, unless the setting FAULTS names a folder; then a file
of the point's name arms it. Whoever takes that file away first dies there, or does what the file says.

The points. A download: D1 has a permit's message, D2 was granted its turn, D3 claimed the job, D4 wrote half the file,
D5 renamed the file, D6 wrote the database, D7 announced what follows. An analysis: P1 claimed the job, P2 computes, P3
has the result in memory, P4 is about to write it to the database, P5 wrote it. The feeder: B1 marked the jobs, B2 put
them on the queue. An add: A1 is within a chunk, A2 wrote it and did not answer yet.
"""

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from mass_processing.errors import Refused
from mass_processing.settings import settings


class Fault(Exception):
    """What an armed point raises when its file says `raise`."""


class Hit(Protocol):
    """`about` is what is worked on (a video id, a path), for faults that are meant for one video only."""

    def __call__(self, point: str, about: object = "") -> None: ...


@dataclass(frozen=True, slots=True)
class _Order:
    """What the file of an armed point says: `[kill|raise|hang|segv|exit] [only VIDEO_ID] [always]`."""

    action: str = "kill"
    #: Part of what is worked on; empty means whatever comes.
    only: str = ""
    #: The point stays armed.
    always: bool = False

    @classmethod
    def read(cls, text: str) -> "_Order":
        words = text.split()
        only = words[words.index("only") + 1] if "only" in words else ""
        action = next((word for word in words if word in _ACTIONS), "kill")
        return cls(action, only, "always" in words)

    def means(self, about: object) -> bool:
        # File names have `_` where ids have a colon.
        return not self.only or self.only.replace(":", "_") in str(about).replace(":", "_")


def armed(folder: Path) -> Hit:
    """What `hit` is when `folder` holds the files of the armed points."""

    def hit_if_armed(point: str, about: object = "") -> None:
        file = folder / point
        try:
            order = _Order.read(file.read_text())
            if not order.means(about):
                return
            if not order.always:
                # One of all processes takes it; the renamed file tells when, and who.
                file.rename(folder / f"{point}.hit.{os.getpid()}.{time.time_ns()}")
        except OSError:
            return
        _ACTIONS[order.action](point)

    return hit_if_armed


def _kill(_: str) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _segv(_: str) -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def _exit(_: str) -> None:
    os._exit(1)


def _hang(_: str) -> None:
    while True:
        time.sleep(3600)


def _raise(point: str) -> None:
    raise Fault(f"the fault point {point} is armed")


_ACTIONS: dict[str, Callable[[str], None]] = {
    "kill": _kill,
    "raise": _raise,
    "hang": _hang,
    "segv": _segv,
    "exit": _exit,
}


def _nothing(point: str, about: object = "") -> None: ...


def _bound() -> Hit:
    try:
        folder = settings().faults
    except Refused:  # a setting can't be read; whoever needs one says so
        return _nothing
    return armed(folder) if folder != Path() else _nothing


hit: Hit = _bound()
