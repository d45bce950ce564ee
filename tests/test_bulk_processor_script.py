"""How does the script find its Python?"""

import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from mass_processing.settings import PROJECT

SCRIPT = PROJECT / "bulk_processor.py"


def ask(python: Path | str, script: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [python, script, *arguments], capture_output=True, text=True, check=False, cwd="/", timeout=60
    )


@pytest.fixture(scope="module")
def bare_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python that has none of what we need."""
    folder = tmp_path_factory.mktemp("bare")
    venv.create(folder, with_pip=False, symlinks=True)
    return folder / "bin" / "python"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The script in a project without a .venv."""
    (tmp_path / "project").mkdir()
    for name in ("mass_processing", "analyzers"):
        (tmp_path / "project" / name).symlink_to(PROJECT / name)
    return Path(shutil.copy(SCRIPT, tmp_path / "project"))


def test_another_python_hands_over_to_the_one_of_the_project(bare_python: Path, copy: Path) -> None:
    (copy.parent / ".venv").symlink_to(sys.prefix)
    asked = ask(bare_python, copy, "--help")
    assert asked.returncode == 0, asked.stderr
    assert "process-now" in asked.stdout


def test_arguments_and_exit_code_go_through(bare_python: Path, copy: Path) -> None:
    (copy.parent / ".venv").symlink_to(sys.prefix)
    asked = ask(bare_python, copy, "add", "-p", "11")
    assert asked.returncode == 2
    assert "1<=x<=10" in asked.stderr


def test_without_a_venv_one_sentence_names_what_makes_it(bare_python: Path, copy: Path) -> None:
    asked = ask(bare_python, copy, "--help")
    assert asked.returncode == 1
    assert len(asked.stderr.splitlines()) == 1
    assert "./start_workers.sh" in asked.stderr


def test_a_broken_venv_does_not_start_itself_for_ever(bare_python: Path, copy: Path) -> None:
    python = copy.parent / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to(Path(sys.executable).resolve())
    asked = ask(bare_python, copy, "--help")
    assert asked.returncode in (0, 1)  # with the packages of that Python, or without: it ended


def test_a_python_that_has_everything_needs_no_venv(copy: Path) -> None:
    assert ask(sys.executable, copy, "--help").returncode == 0
