"""How does a person see what the system is made of, whether it is well, and bring its database up to date?"""

from typing import Any

import click

from mass_processing.cli.options import as_json_option
from mass_processing.cli.output import on_terminal, print_json, print_table, say, stdout, table


@click.command("analyzers")
@as_json_option
def analyzers_command(as_json: bool) -> None:
    """List the analyzers: what each finds, with which models, and whether it can run on this machine."""
    from mass_processing.analyzer_facts import analyzer_facts
    from mass_processing.settings import settings

    found = analyzer_facts(settings())
    if as_json:
        print_json(found)
        return
    rows = [(each["name"], each["kind"], each["status"], _model_names(each), each["summary"]) for each in found]
    print_table(("analyzer", "kind", "here", "models", "what it finds"), rows)
    for reason in dict.fromkeys(each["reason"] for each in found if each["reason"]):
        say(reason)


def _model_names(facts: dict[str, Any]) -> str:
    return ", ".join([*(model["id"] for model in facts["models"]), *(f"({m['id']})" for m in facts["better_with"])])


@click.command("policy")
@as_json_option
def policy_command(as_json: bool) -> None:
    """Show what happens after each kind of failure.

    How often it is tried again, when, and where, with the settings of this machine.
    """
    from mass_processing.policy import TABLE, sentence
    from mass_processing.settings import settings

    rows = [(rule.stage, rule.failure.value, rule.when, sentence(rule, settings())) for rule in TABLE]
    headings = ("stage", "class", "when", "then")
    if as_json:
        print_json([dict(zip(headings, row, strict=True)) for row in rows])
        return
    print_table(headings, rows)


@click.command("doctor")
@as_json_option
def doctor_command(as_json: bool) -> int:
    """Check everything the system needs.

    What is missing is named with what mends it. Exit 0 when nothing fails, 5 when the database or Redis can't be
    reached, else 1.
    """
    from mass_processing.doctor import State, examine
    from mass_processing.settings import settings

    checks = []
    for check in examine(settings()):
        checks.append(check)
        if on_terminal() and not as_json:
            say(f"{check.state:4} {check.name}")
    rows = [(check.state.value, check.name, check.found, check.fix) for check in checks]
    if as_json:
        fields = ("name", "state", "found", "fix")
        print_json({"checks": [{name: getattr(check, name) for name in fields} for check in checks]})
    elif on_terminal():
        stdout().print(table(("state", "what", "found", "what to do"), rows))
    else:
        print_table((), rows)
    if any(check.backend_away for check in checks):
        return 5
    return 1 if any(check.state is State.FAIL for check in checks) else 0


@click.command("migrate")
@click.option("--dry-run", is_flag=True, help="Only say what would be applied.")
@as_json_option
def migrate_command(dry_run: bool, as_json: bool) -> None:
    """Bring the database up to date."""
    from mass_processing.embedded import database_dsn
    from mass_processing.migrate import migrate, missing_migrations
    from mass_processing.settings import settings

    found = missing_migrations(settings()) if dry_run else migrate(database_dsn(settings()))
    if as_json:
        print_json({"missing" if dry_run else "applied": found})
    does = "would apply" if dry_run else "applied"
    say(f"{does} {', '.join(found)}" if found else "the database is up to date")
