"""How is something said: to people on stderr, as a table or as one JSON document on stdout?

Titles, reasons and addresses come from strangers; nothing of theirs that moves a terminal's cursor gets through.
"""

import json
import sys
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

#: Joins the parts of one emoji; the other format characters can reorder or hide text.
_JOINER = "\u200d"
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def clean(value: object) -> str:
    """`value` as one line of text without control characters; None is empty."""
    if value is None:
        return ""
    text = "".join(
        character if character == _JOINER or unicodedata.category(character) not in _INVISIBLE else " "
        for character in str(value)
    )
    return " ".join(text.split())


def say(text: str) -> None:
    """A line for people, on stderr."""
    click.echo(clean(text), err=True)


def print_json(document: Any, *, line: bool = False) -> None:
    """One JSON document on stdout; on one line where many follow each other."""
    from analyzers.jsonable import jsonable

    click.echo(json.dumps(jsonable(document), ensure_ascii=False, indent=None if line else 2, allow_nan=False))


def print_table(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """A table on a terminal; elsewhere lines of tab-separated cells without headings, for other programs."""
    if on_terminal():
        stdout().print(table(headings, rows))
        return
    for row in rows:
        click.echo("\t".join(clean(cell) for cell in row))


def table(headings: Sequence[str], rows: Sequence[Sequence[object]], *, title: str | None = None) -> "RenderableType":
    """The table as rich draws it."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=SIMPLE_HEAD, title=title, title_justify="left", pad_edge=False, show_header=any(headings))
    for heading in headings:
        drawn.add_column(heading, overflow="fold")
    for row in rows:
        drawn.add_row(*(Text(clean(cell), style=_STYLES.get(str(cell), "")) for cell in row))
    return drawn


def on_terminal() -> bool:
    """Whether a person reads stdout."""
    return sys.stdout.isatty()


def stdout() -> "Console":
    from rich.console import Console

    return Console(highlight=False, markup=False)


def stderr() -> "Console":
    from rich.console import Console

    return Console(stderr=True, highlight=False, markup=False)


#: Colours of the words that stand for a state; they are always written out too.
_STYLES = {
    "completed": "green",
    "running": "green",
    "ok": "green",
    "failed": "red",
    "fail": "red",
    "silent": "red",
    "broken": "red",
    "processing": "cyan",
    "downloading": "cyan",
    "degraded": "yellow",
    "unavailable": "yellow",
    "warn": "yellow",
}
