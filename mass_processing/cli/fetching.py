"""How does a terminal follow weights on their way?"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from mass_processing.cli.output import say, stderr

#: Seconds between two lines where there is no terminal.
_LINE_EVERY = 15.0


@contextmanager
def following(name: str, size: int) -> Iterator[Callable[[int], None]]:
    """Takes numbers of bytes gained, and shows on stderr how far it is: a bar on a terminal, else a line at times."""
    with _bar(name, size) if stderr().is_terminal else _lines(name, size) as gained:
        yield gained


def gigabytes(size: int) -> str:
    """As people read it: "1.62 GB", "13.5 MB", "232 kB"."""
    for factor, unit, digits in ((1e9, "GB", 2), (1e6, "MB", 1), (1e3, "kB", 0)):
        if size >= factor:
            return f"{size / factor:.{digits}f} {unit}"
    return f"{size} bytes"


@contextmanager
def _bar(name: str, size: int) -> Iterator[Callable[[int], None]]:
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, TimeRemainingColumn(), console=stderr(), transient=True) as bar:
        task = bar.add_task(name, total=size or None)
        yield lambda gained: bar.advance(task, gained)


@contextmanager
def _lines(name: str, size: int) -> Iterator[Callable[[int], None]]:
    here, said = 0, time.monotonic()

    def gained(more: int) -> None:
        nonlocal here, said
        here += more
        if time.monotonic() - said >= _LINE_EVERY:
            say(f"{name}: {gigabytes(here)} of {gigabytes(size)}")
            said = time.monotonic()

    yield gained
