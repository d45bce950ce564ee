"""What do the tests of models share?"""

from collections.abc import Iterator

import pytest

from tests.standin.model_hub import ModelHub


@pytest.fixture
def hub() -> Iterator[ModelHub]:
    """A stand-in for the hub of models, on loopback."""
    with ModelHub() as hub:
        yield hub
