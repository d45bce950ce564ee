"""What do the tests of the engine share?"""

from collections.abc import Callable
from pathlib import Path

import pytest

from analyzers.errors import Unavailable
from analyzers.models import Device, ModelShelf
from analyzers.models.profiles import ModelLibrary
from mass_processing.settings import settings


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    """An empty folder for what memory can't hold."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    return folder


@pytest.fixture
def real_library() -> Callable[..., ModelLibrary]:
    """`real_library("speech", …)`: the models of MODELS_DIR in the cpu profile; skips the test where one is missing.

    For tests marked `weights`: what is asked of randomly initialised checkpoints elsewhere is asked of the real ones.
    """

    def library(*roles: str) -> ModelLibrary:
        found = ModelLibrary(settings().models_dir, "cpu")
        for role in roles:
            try:
                found.folder(role)
            except Unavailable as error:
                pytest.skip(str(error))
        return found

    return library


@pytest.fixture
def real_shelf(real_library: Callable[..., ModelLibrary]) -> Callable[..., ModelShelf]:
    """`real_shelf("speech", …)`: a shelf over `real_library`, on two threads."""
    return lambda *roles: ModelShelf(Device(threads=2), real_library(*roles))
