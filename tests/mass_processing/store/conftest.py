"""Through which doors do the tests of the store go? Every one of them goes through both."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from mass_processing.settings import Settings
from mass_processing.store import Store, open_store
from tests.mass_processing.store.acts import Database
from tests.standin.supabase import SECRET_KEY


@pytest.fixture(params=["postgres", "supabase"])
def door_settings(request: pytest.FixtureRequest, backend_settings: Settings) -> Settings:
    """Settings that lead to one Postgres, directly or through Supabase's Data API."""
    if request.param == "postgres":
        return backend_settings
    project = request.getfixturevalue("supabase")
    return replace(backend_settings, supabase_url=project.url, supabase_key=SECRET_KEY)


@pytest.fixture
def store(door_settings: Settings, database: Database) -> Iterator[Store]:
    """A store over empty tables."""
    opened = open_store(door_settings)
    yield opened
    opened.close()
