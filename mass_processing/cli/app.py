"""Which commands are there, and how does one end: with which exit code, and which words?

Exit codes: 0 ok · 1 failure · 2 usage · 3 partial · 5 the database or Redis is away · 130 interrupted.
"""

import importlib
import sys
from collections.abc import Sequence
from typing import Any

import click

from mass_processing.cli.output import clean, print_json, say
from mass_processing.errors import BackendAway, MassProcessingError, Refused

#: Command → the module that has it, in the order that --help shows them.
COMMANDS = {
    "add": "add",
    "process-now": "add",
    "process-dir": "add",
    "status": "status",
    "list": "videos",
    "show": "videos",
    "requeue": "change",
    "reanalyze": "reanalyze",
    "cancel": "change",
    "prioritize": "change",
    "cleanup": "cleanup",
    "export": "export",
    "webhooks": "webhooks",
    "monitor": "status",
    "analyzers": "system",
    "models": "models",
    "policy": "system",
    "doctor": "system",
    "migrate": "system",
}


class _Commands(click.Group):
    """Finds each command in its module when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  # click's
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"mass_processing.cli.{COMMANDS[cmd_name]}")
        command: click.Command = getattr(module, f"{cmd_name.replace('-', '_')}_command")
        return command


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def app() -> None:
    """Takes TikTok links and video files in, and shows what became of them.

    The work is done by the running system: ./start_workers.sh starts it. With --json a command prints one document on
    stdout; all words for people go to stderr.

    Exit codes: 0 ok, 1 failure, 2 usage, 3 partial (some of it failed), 5 the database or Redis is away.
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs one command and ends the process with its exit code."""
    arguments = sys.argv[1:] if arguments is None else arguments
    sys.exit(run(arguments))


def run(arguments: Sequence[str]) -> int:
    """Runs one command; its exit code."""
    as_json = "--json" in arguments
    try:
        answer: Any = app.main(list(arguments), prog_name="bulk_processor.py", standalone_mode=False)
    except click.Abort:
        say("stopped")
        return 130
    except click.UsageError as error:
        where = error.ctx.command_path if error.ctx else "bulk_processor.py"
        return _fail(2, "usage", error.format_message(), f"{where} --help shows how", as_json=as_json)
    except click.ClickException as error:
        return _fail(error.exit_code, "bad_input", error.format_message(), None, as_json=as_json)
    except BackendAway as error:
        return _fail(5, "backend_away", str(error), "./start_workers.sh starts the system", as_json=as_json)
    except Refused as error:
        return _fail(1, "refused", str(error), None, as_json=as_json)
    except MassProcessingError as error:
        return _fail(1, "failed", str(error), None, as_json=as_json)
    return answer if isinstance(answer, int) else 0


def _fail(exit_code: int, code: str, message: str, hint: str | None, *, as_json: bool) -> int:
    if as_json:
        print_json({"error": {"code": code, "message": clean(message), "hint": hint}})
    else:
        say(f"error: {message}")
        if hint and hint.split()[0] not in message:
            say(hint)
    return exit_code
