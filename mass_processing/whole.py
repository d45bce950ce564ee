"""How does a file, or a folder of files, appear as a whole or not at all?"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from mass_processing.errors import Refused


@contextmanager
def whole_file(target: Path) -> Iterator[IO[bytes]]:
    """A file to write into, which gets the name `target` when the block ends well; else one that was there stays.

    Raises: Refused when `target` is a folder or its own is not there; OSError when the disk is full.
    """
    _check_parent(target)
    if target.is_dir():
        raise Refused(f"{target} is a folder; name a file")
    unfinished = _unfinished(target)
    with _named(target):
        try:
            with unfinished.open("wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(target)
        finally:
            with suppress(OSError):  # what it says is of no use to who asked
                unfinished.unlink(missing_ok=True)


@contextmanager
def whole_folder(target: Path) -> Iterator[Path]:
    """A folder to write files into, which gets the name `target` when the block ends well; else nothing of it stays.

    Raises: Refused when `target` is there already and not an empty folder, or its parent is not there; OSError when
    the disk is full.
    """
    _check_parent(target)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise Refused(f"{target} is there already; name a folder that is not, or is empty")
    unfinished = _unfinished(target)
    with _named(target):
        try:
            shutil.rmtree(unfinished, ignore_errors=True)  # of a killed process that had our id
            unfinished.mkdir()
            yield unfinished
            for path in [*unfinished.iterdir(), unfinished]:
                _sync(path)
            unfinished.replace(target)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)


def _check_parent(target: Path) -> None:
    if not target.parent.is_dir():
        raise Refused(f"the folder {target.parent} is not there; make it first")


def _unfinished(target: Path) -> Path:
    return target.with_name(f".{target.name}.unfinished-{os.getpid()}")


@contextmanager
def _named(target: Path) -> Iterator[None]:
    """What the system says is said of `target`, not of the name it has until then."""
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, f"{target} can't be written: {error.strerror or error}") from error


def _sync(path: Path) -> None:
    """Onto the disk: a power cut after the renaming may not empty the files."""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
