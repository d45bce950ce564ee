"""The dashboard over a real database, without a server in between."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from dashboard import create_app
from mass_processing.settings import Settings
from mass_processing.settings import settings as settings_of_this_process
from mass_processing.store import Store


@pytest.fixture
def knobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """Settings of a fresh folder; nothing listens on its Redis address. The process has the same, so that a test never
    reaches a system that runs beside it."""
    environment = {"VAR_DIR": str(tmp_path), "REDIS_URL": "redis://127.0.0.1:1/0"}
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    settings_of_this_process.cache_clear()
    yield Settings.read(environment)
    settings_of_this_process.cache_clear()


@pytest.fixture
def app(knobs: Settings, store: Store) -> Flask:
    return create_app(knobs, store)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()
