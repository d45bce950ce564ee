"""How does the command line list the analyzers, examine the system and migrate the database?"""

import pytest

from analyzers.catalog import ANALYZERS
from mass_processing.records import FailureClass
from mass_processing.settings import settings
from tests.mass_processing.cli.conftest import Cli


def test_the_analyzers_are_those_of_the_catalog(cli: Cli) -> None:
    assert [each["name"] for each in cli("analyzers", "--json").document] == [each.name for each in ANALYZERS]


def test_an_up_to_date_database_needs_no_migration(cli: Cli) -> None:
    assert cli("migrate", "--json").document == {"applied": []}


def test_doctor_exits_5_and_names_the_next_step_when_the_database_is_away(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://127.0.0.1:1/none")
    settings.cache_clear()
    said = cli("doctor", "--json")
    (check,) = [check for check in said.document["checks"] if check["name"] == "postgres"]
    assert (said.code, check["state"], check["fix"]) == (5, "fail", "start it, or correct DATABASE_URL")


def test_the_policy_has_a_line_for_every_kind_of_failure(cli: Cli) -> None:
    lines = cli("policy", "--json").document
    assert {line["class"] for line in lines} == {failure.value for failure in FailureClass}
    assert {"stage": "download", "class": "auth_needed", "when": "", "then": "failed; never tried again"} in lines


def test_the_policy_shows_the_settings_of_this_machine(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOWNLOAD_RETRIES", "7")
    settings.cache_clear()
    (line,) = (
        line for line in cli("policy", "--json").document if (line["stage"], line["class"]) == ("download", "transient")
    )
    assert line["then"].startswith("7 more times (DOWNLOAD_RETRIES)")
