"""What do the tests of the engine share?"""

from pathlib import Path

import pytest


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    """An empty folder for what memory can't hold."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    return folder
