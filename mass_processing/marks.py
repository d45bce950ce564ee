"""What do all processes of one worker know of each other: does it drain, does it pause?

Marks are small files in the run folder: the children of a pool are processes of their own and see no signal. Times in
them are the machine's monotonic clock, which all processes share and nobody sets.
"""

import os
import time
from pathlib import Path


class Marks:
    """The marks of one worker."""

    def __init__(self, folder: Path, worker: str) -> None:
        self._draining = folder / f"{worker}.draining"
        self._paused = folder / f"{worker}.paused"

    def drain(self) -> None:
        """The worker was told to stop now."""
        _write(self._draining, f"{time.monotonic()}\n")

    def draining_for(self) -> float:
        """Seconds since the worker was told to stop; negative when it was not."""
        since, _ = _read(self._draining)
        return -1.0 if since is None else max(0.0, time.monotonic() - since)

    def pause(self, reason: str, seconds: float) -> None:
        """The worker takes no job for a while."""
        _write(self._paused, f"{time.monotonic() + seconds}\n{' '.join(reason.split())}\n")

    def paused(self) -> str:
        """Why the worker takes no job; empty when it does."""
        until, reason = _read(self._paused)
        return reason if until is not None and time.monotonic() < until else ""

    def clear(self) -> None:
        """Takes both off: at the start and at the end of the worker."""
        self._draining.unlink(missing_ok=True)
        self._paused.unlink(missing_ok=True)


def _write(mark: Path, text: str) -> None:
    mark.parent.mkdir(parents=True, exist_ok=True)
    fresh = mark.with_name(f"{mark.name}.{os.getpid()}")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(mark)


def _read(mark: Path) -> tuple[float | None, str]:
    """The time and the text of a mark; None when it isn't there."""
    try:
        first, _, rest = mark.read_text(encoding="utf-8").partition("\n")
        return float(first), rest.strip()
    except (OSError, ValueError):
        return None, ""
