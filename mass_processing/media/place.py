"""What can be done with the place where media lie, whichever it is?"""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that lies there."""

    key: str
    #: Bytes.
    size: int
    #: Unix time of its last change.
    modified: float


@dataclass(frozen=True, slots=True)
class Opened:
    """One thing that lies there, to be read from; whoever asked for it closes it."""

    #: It can seek.
    file: IO[bytes]
    #: Bytes.
    size: int


class Place(Protocol):
    """A folder or a bucket. Every method raises MediaAway when it can't be reached or refuses."""

    def location(self, key: str) -> str:
        """How the rest of the world names it: an absolute path, or a URL without keys."""
        ...

    def key_of(self, location: str) -> str | None:
        """The key that a location names; None when that lies elsewhere."""
        ...

    def put(self, file: Path, key: str, *, wanted_here: bool = False) -> None:
        """Puts a finished file there, whole or not at all, whatever happens meanwhile; an older one is replaced.

        The file may be gone afterwards. `wanted_here`: it will probably be asked for on this machine.
        """
        ...

    def at_hand(self, key: str) -> AbstractContextManager[Path]:
        """A file of this machine with that content, for as long as the `with` lasts. Raises: MediaLost."""
        ...

    def open(self, key: str) -> Opened | None:
        """To read parts of it; None when there is nothing."""
        ...

    def probably_has(self, key: str) -> bool:
        """Whether something lies there, as far as this machine can tell without asking another one."""
        ...

    def entries(self) -> Iterator[Entry]:
        """Everything there that is ours; needs little memory."""
        ...

    def delete(self, key: str, before: float) -> int:
        """Deletes it, unless it changed at `before` (Unix time) or later; the bytes that are free now."""
        ...
