"""What does the doctor find?"""

import sys
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from mass_processing.doctor import Check, State, _in_the_store, _postgres, examine
from mass_processing.migrate import known_migrations
from mass_processing.settings import Settings
from mass_processing.store import Store
from tests.mass_processing.store.acts import webhook_given_up

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def checks_of_a_bare_machine(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Check]:
    """No server runs, and no disk is ever enough."""
    folder = tmp_path_factory.mktemp("bare")
    settings = Settings(var_dir=folder / "not yet" / "var", dashboard_port=1, disk_min_free_gb=1e9)
    return {check.name: check for check in examine(settings)}


@pytest.mark.parametrize("name", ["redis", "postgres"])
def test_a_server_that_is_away_fails_with_what_starts_it(checks_of_a_bare_machine: dict[str, Check], name: str) -> None:
    check = checks_of_a_bare_machine[name]
    assert (check.state, check.backend_away) == (State.FAIL, True)
    assert "./start_workers.sh" in check.fix


def test_too_little_disk_is_a_warning_that_names_the_setting(checks_of_a_bare_machine: dict[str, Check]) -> None:
    check = checks_of_a_bare_machine["disk"]
    assert check.state is State.WARN
    assert "DISK_MIN_FREE_GB" in check.fix


def test_a_face_that_does_not_answer_is_named_with_its_port(checks_of_a_bare_machine: dict[str, Check]) -> None:
    check = checks_of_a_bare_machine["dashboard"]
    assert (check.state, check.found) == (State.WARN, "nothing answers on port 1")


@pytest.mark.parametrize("package", ["yt-dlp", "curl_cffi", "torch"])
def test_the_installed_version_is_named(checks_of_a_bare_machine: dict[str, Check], package: str) -> None:
    assert checks_of_a_bare_machine[package].found.startswith(version(package).split("+")[0])


def test_python_is_named(checks_of_a_bare_machine: dict[str, Check]) -> None:
    assert checks_of_a_bare_machine["python"].found == ".".join(map(str, sys.version_info[:3]))


def test_every_problem_says_what_to_do(checks_of_a_bare_machine: dict[str, Check]) -> None:
    assert all(check.fix for check in checks_of_a_bare_machine.values() if check.state is not State.OK)


def test_a_database_without_tables_needs_the_migrations(database_url: str, store: Store, tmp_path: Path) -> None:
    import psycopg

    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("create database bare")
    try:
        bare = Settings(var_dir=tmp_path, database_url=database_url.replace("/postgres?", "/bare?"))
        checks = {check.name: check for check in _postgres(bare)}
        assert checks["migrations"].state is State.FAIL
        assert checks["migrations"].found.startswith(f"{len(known_migrations())} not applied")
        assert checks["migrations"].fix == "bulk_processor.py migrate"
    finally:
        with psycopg.connect(database_url, autocommit=True) as connection:
            connection.execute("drop database bare with (force)")


def test_live_and_silent_workers_are_told_apart(backend_settings: Settings, store: Store) -> None:
    store.heartbeat("cpu1@here", "cpu", "running", "here", 7, {})
    store.heartbeat("cpu2@here", "cpu", "broken", "here", 8, {})
    found = [(check.state, check.found) for check in _in_the_store(backend_settings)]
    assert (State.OK, "1 alive: cpu1@here") in found
    assert (State.WARN, "cpu2@here is broken") in found
    assert any(state is State.FAIL and "no download worker" in text for state, text in found)


def test_webhooks_are_counted_and_what_was_given_up_says_how_it_goes_on(
    backend_settings: Settings, store: Store
) -> None:
    def said(**knobs: Any) -> list[tuple[State, str]]:
        checks = [check for check in _in_the_store(replace(backend_settings, **knobs)) if check.name == "webhooks"]
        return [(check.state, check.found) for check in checks]

    assert said() == []
    named = {"webhook_url": ("https://there.example/hook",)}
    assert said(**named) == [(State.WARN, "1 told, 0 deliveries wait, 0 were given up; not signed")]
    assert said(**named, webhook_secret="key") == [(State.OK, "1 told, 0 deliveries wait, 0 were given up")]
    webhook_given_up(store)
    assert said(**named, webhook_secret="key") == [(State.WARN, "1 told, 0 deliveries wait, 1 were given up")]
