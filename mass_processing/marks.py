"""What do all processes of one worker know of each other: does it drain, does it pause?

Marks are small files in the run folder: the children of a pool are processes of their own and see no signal. Times in
them are the machine's monotonic clock, which all processes share and nobody sets. On a full disk, where a pause is
needed most, a mark that can't be written holds for the process that made it.
"""

import logging
import os
import time
from pathlib import Path

log = logging.getLogger(__name__)


class Marks:
    """The marks of one worker."""

    def __init__(self, folder: Path, worker: str) -> None:
        #: Texts of marks that could not be written.
        self._unwritten: dict[Path, str] = {}
        self._draining = folder / f"{worker}.draining"
        self._paused = folder / f"{worker}.paused"

    def drain(self) -> None:
        """The worker was told to stop now."""
        self._write(self._draining, f"{time.monotonic()}\n")

    def draining_for(self) -> float:
        """Seconds since the worker was told to stop; negative when it was not."""
        since, _ = self._read(self._draining)
        return -1.0 if since is None else max(0.0, time.monotonic() - since)

    def pause(self, reason: str, seconds: float) -> None:
        """The worker takes no job for a while."""
        self._write(self._paused, f"{time.monotonic() + seconds}\n{' '.join(reason.split())}\n")

    def paused(self) -> str:
        """Why the worker takes no job; empty when it does."""
        until, reason = self._read(self._paused)
        return reason if until is not None and time.monotonic() < until else ""

    def clear(self) -> None:
        """Takes both off: at the start and at the end of the worker."""
        self._unwritten.clear()
        self._draining.unlink(missing_ok=True)
        self._paused.unlink(missing_ok=True)

    def _write(self, mark: Path, text: str) -> None:
        fresh = mark.with_name(f"{mark.name}.{os.getpid()}")
        try:
            mark.parent.mkdir(parents=True, exist_ok=True)
            fresh.write_text(text, encoding="utf-8")
            fresh.replace(mark)
            self._unwritten.pop(mark, None)
        except OSError as error:
            log.warning("%s can't be written, other processes of this worker don't see it: %s", mark, error)
            self._unwritten[mark] = text

    def _read(self, mark: Path) -> tuple[float | None, str]:
        """The time and the text of a mark; None when it isn't there."""
        try:
            text = self._unwritten.get(mark) or mark.read_text(encoding="utf-8")
            first, _, rest = text.partition("\n")
            return float(first), rest.strip()
        except (OSError, ValueError):
            return None, ""
