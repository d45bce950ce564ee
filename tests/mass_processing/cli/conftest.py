"""How does a test use the command line as a person does, on a real database?"""

import io
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mass_processing.cli.app import run
from mass_processing.settings import Settings, settings
from mass_processing.store import Store


@dataclass(frozen=True, slots=True)
class Said:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document on stdout."""
        return json.loads(self.out)


Cli = Callable[..., Said]


@pytest.fixture
def clip_folder(tmp_path: Path) -> Path:
    """A folder under MEDIA_ROOTS."""
    folder = tmp_path / "clips"
    folder.mkdir()
    return folder


@pytest.fixture
def environment(
    monkeypatch: pytest.MonkeyPatch, backend_settings: Settings, clip_folder: Path, tmp_path: Path
) -> Iterator[None]:
    """The settings of the test's servers, as environment variables; Redis is away, which no command minds."""
    for name, value in {
        "VAR_DIR": str(backend_settings.var_dir),
        "REDIS_URL": f"redis+socket://{tmp_path}/none.sock",
        "MEDIA_ROOTS": str(clip_folder),
        "DATABASE_URL": "",
    }.items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    yield
    settings.cache_clear()


@pytest.fixture
def cli(environment: None, store: Store, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Runs one command on an empty queue; `stdin` is what is piped into it."""

    def command(*arguments: object, stdin: bytes = b"") -> Said:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        capsys.readouterr()
        code = run([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return Said(code, said.out, said.err)

    return command


@pytest.fixture
def post() -> Callable[[int], str]:
    """A TikTok link by number; the ids are of November 2023."""
    return lambda number: f"https://www.tiktok.com/@someone/video/{7301234567890123000 + number}"
