"""Which weights are here, and are they still what was fetched?

A model's folder holds its files and, written last, a manifest: where they came from and what each one is.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Self

from analyzers.models.download import digest_of
from analyzers.models.profiles import COMPLETE, Weights


class State(StrEnum):
    """How much of a model is here."""

    #: Nothing has to be fetched: it came with an installed package.
    INSTALLED = "installed"
    HERE = "here"
    #: Of another revision than the one asked for now, or without all files asked for now.
    OUTDATED = "outdated"
    #: Some of it was fetched.
    STARTED = "started"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class FetchedFile:
    """One file as it came."""

    #: Path below the model's folder.
    name: str
    bytes: int
    #: In hex.
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a model's folder holds."""

    #: Publisher's id.
    id: str = ""
    #: What was asked for (a commit, a branch or a tag), and the commit that it was then; empty when placed by hand.
    asked: str = ""
    revision: str = ""
    licence: str = ""
    #: The names, patterns or addresses that were asked for.
    patterns: tuple[str, ...] = ()
    files: tuple[FetchedFile, ...] = ()

    @classmethod
    def read(cls, folder: Path) -> Self | None:
        """The manifest of `folder`; None when there is none or it can't be read."""
        try:
            document = json.loads((folder / COMPLETE).read_text())
            files = tuple(FetchedFile(**each) for each in document.pop("files", ()))
            return cls(**document | {"files": files, "patterns": tuple(document.get("patterns", ()))})
        except (OSError, ValueError, TypeError, AttributeError):
            return None

    def write(self, folder: Path) -> None:
        """Writes it, whole or not at all."""
        new = folder / f"{COMPLETE}.new"
        with new.open("w") as file:
            json.dump(asdict(self), file, indent=2)
            file.flush()
            os.fsync(file.fileno())
        new.replace(folder / COMPLETE)
        sync_folder(folder)

    @property
    def size(self) -> int:
        """Bytes."""
        return sum(file.bytes for file in self.files)


def state_of(weights: Weights, models_dir: Path) -> State:
    """How much of a model is here, without reading its files."""
    if not weights.needs_fetching:
        return State.INSTALLED
    folder = models_dir / weights.name
    manifest = Manifest.read(folder)
    if manifest is None:
        return State.STARTED if (folder / COMPLETE).exists() or any(folder.rglob("*.part")) else State.ABSENT
    return State.HERE if not manifest.asked or _answers(manifest, weights) else State.OUTDATED


def _answers(manifest: Manifest, weights: Weights) -> bool:
    """Whether what was fetched is what would be fetched today."""
    same_revision = weights.info.revision in (manifest.asked, manifest.revision)
    return manifest.id == weights.info.id and same_revision and manifest.patterns == weights.files


def damaged_files(manifest: Manifest, folder: Path) -> Iterator[tuple[str, str]]:
    """(file, what is wrong with it) for each file that is not what was fetched; every byte is read."""
    for file in manifest.files:
        path = folder / file.name
        if not path.is_file():
            yield file.name, "is gone"
        elif (size := path.stat().st_size) != file.bytes:
            yield file.name, f"is {size:,} bytes instead of {file.bytes:,}"
        elif digest_of(path) != file.sha256:
            yield file.name, "has other bytes than those that were fetched"


def sync_folder(folder: Path) -> None:
    """Makes the renames within `folder` outlast a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
