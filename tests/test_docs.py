"""Do the documents say what the code does?"""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from mass_processing.settings import PROJECT

README = (PROJECT / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", PROJECT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_readme_lists_every_setting_and_every_file(generate: ModuleType) -> None:
    assert generate.readme() == README, "stale: run python docs/generate.py"


def test_the_guarantees_show_the_retry_policy(generate: ModuleType) -> None:
    assert (PROJECT / "docs" / "guarantees.md").read_text(encoding="utf-8") == generate.guarantees(), (
        "stale: run python docs/generate.py"
    )


def test_the_page_of_the_analyzers_is_current(generate: ModuleType) -> None:
    assert (PROJECT / "docs" / "analyzers.md").read_text(encoding="utf-8") == generate.page(), (
        "stale: run python docs/generate.py"
    )


def test_the_readme_names_every_command() -> None:
    from mass_processing.cli.app import COMMANDS

    assert [name for name in COMMANDS if f"`{name}" not in README] == []


def test_every_link_within_the_documents_leads_somewhere() -> None:
    for document in (PROJECT / "README.md", PROJECT / "CONTRIBUTING.md", *(PROJECT / "docs").glob("*.md")):
        for target in re.findall(r"\]\(([^)#:]+)\)", document.read_text(encoding="utf-8")):
            assert (document.parent / target).exists(), f"{document.name} links to {target}"


def test_the_analyzer_in_contributing_runs(tmp_path: Path) -> None:
    code = re.search(r"```python\n(.*?)```", (PROJECT / "CONTRIBUTING.md").read_text(encoding="utf-8"), re.DOTALL)
    assert code is not None
    (tmp_path / "darkness.py").write_text(
        code[1]
        + """

from pathlib import Path
from analyzers.contract import Inputs
from analyzers.media import FrameBatch, VideoInfo

pixels = np.zeros((4, 20, 10, 3), np.uint8)
pixels[2:] = 200
video = VideoInfo(Path("x"), 2.0, 10, 20, 2.0, 0, "h264", 0, 1, None, 0, 0)
result = DarknessAnalysis().analyze(Inputs(video, FrameBatch(pixels, np.arange(4) / 2, 2.0)))
print(result.headline(), [(s.start, s.end) for s in result.timeline()])
"""
    )
    done = subprocess.run(
        [sys.executable, str(tmp_path / "darkness.py")],
        env={"PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "50% black [(0.0, 0.5), (0.5, 1.0)]"
