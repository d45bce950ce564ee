"""Through which doors do the tests of the store go? Every one of them goes through both."""

import pytest

from mass_processing.store import Store


@pytest.fixture
def store(store_of_each_door: Store) -> Store:
    """A store over empty tables."""
    return store_of_each_door
