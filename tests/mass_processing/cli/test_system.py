"""How does the command line list the analyzers, examine the system and migrate the database?"""

import pytest

from analyzers.catalog import ANALYZERS
from mass_processing.settings import settings
from mass_processing.store import Store
from tests.mass_processing.cli.conftest import Cli


def test_the_analyzers_are_those_of_the_catalog(cli: Cli) -> None:
    assert [each["name"] for each in cli("analyzers", "--json").document] == [each.name for each in ANALYZERS]


def test_an_up_to_date_database_needs_no_migration(cli: Cli) -> None:
    assert cli("migrate", "--json").document == {"applied": []}


def test_doctor_says_with_exit_5_that_redis_is_away_and_what_starts_it(cli: Cli, store: Store) -> None:
    store.heartbeat("cpu1@here", "cpu", "running", "here", 7, {})
    said = cli("doctor", "--json")
    checks = {check["name"]: check for check in said.document["checks"]}
    assert said.code == 5
    assert checks["redis"]["state"] == "fail"
    assert checks["redis"]["fix"]


def test_doctor_names_the_next_step_when_the_database_is_away(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://127.0.0.1:1/none")
    settings.cache_clear()
    said = cli("doctor")
    assert said.code == 5
    assert any(line.startswith("fail\tpostgres\t") and "DATABASE_URL" in line for line in said.out.splitlines())
