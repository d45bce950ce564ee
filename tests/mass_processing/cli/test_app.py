"""How does a command end?"""

import subprocess
import sys

import pytest

from mass_processing.cli.app import COMMANDS, run
from mass_processing.settings import PROJECT, settings
from tests.mass_processing.cli.conftest import Cli

#: Nothing listens there.
NOWHERE = "postgresql://127.0.0.1:1/none"


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_explains_itself(cli: Cli, command: str) -> None:
    said = cli(command, "--help")
    assert said.code == 0
    assert said.out.startswith(f"Usage: bulk_processor.py {command}")


def test_help_lists_every_command(cli: Cli) -> None:
    listed = cli("--help").out
    assert all(f"\n  {command} " in listed for command in COMMANDS)


def test_an_unknown_command_is_a_usage_error(cli: Cli) -> None:
    assert cli("explode").code == 2


@pytest.mark.parametrize(
    "arguments",
    [["status"], ["list"], ["show", "tiktok:1"], ["requeue"], ["add", "-u", "7301234567890123456"]],
    ids=str,
)
def test_without_the_database_a_command_exits_5_and_names_the_next_step(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", NOWHERE)
    settings.cache_clear()
    said = cli(*arguments)
    assert said.code == 5
    assert "./start_workers.sh" in said.err


def test_an_error_in_json_mode_is_one_document_on_stdout(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", NOWHERE)
    settings.cache_clear()
    said = cli("status", "--json")
    assert said.document["error"].keys() == {"code", "message", "hint"}
    assert (said.document["error"]["code"], said.err) == ("backend_away", "")


def test_a_usage_error_in_json_mode_is_a_document_too(cli: Cli) -> None:
    said = cli("add", "--json", "-p", "11")
    assert (said.code, said.document["error"]["code"]) == (2, "usage")


def test_a_bad_setting_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("DASHBOARD_PORT", "many")
    settings.cache_clear()
    assert run(["status"]) == 1
    assert "DASHBOARD_PORT should be a whole number, not 'many'" in capsys.readouterr().err
    settings.cache_clear()


def test_help_loads_nothing_heavy() -> None:
    """What makes --help slow is what it imports; time itself would depend on the machine."""
    question = (
        "import sys; from mass_processing.cli.app import run; run(['--help']); run(['add', '--help']); "
        "print(sorted({'torch', 'cv2', 'numpy', 'celery', 'psycopg', 'yt_dlp', 'rich', 'pyarrow'} & set(sys.modules)))"
    )
    asked = subprocess.run([sys.executable, "-c", question], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert asked.stdout.splitlines()[-1] == "[]"
