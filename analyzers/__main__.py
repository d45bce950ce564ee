"""How is one file analysed without any queue?

    python -m analyzers VIDEO [--only NAME,…] [--json]

Needs no database, no Redis and no worker: the table (or the document) on stdout is all it leaves.
"""

import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click
import cv2
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from analyzers.catalog import ANALYZERS, by_name
from analyzers.contract import Outcome, Status
from analyzers.document import analysis_document
from analyzers.errors import InvalidMedia
from analyzers.models import Device, ModelShelf
from analyzers.models.offline import go_offline
from analyzers.models.profiles import ModelLibrary
from analyzers.run import AnyAnalyzer, analyze_video, with_dependencies

_STYLES = {
    Status.OK: "green",
    Status.DEGRADED: "yellow",
    Status.SKIPPED: "dim",
    Status.UNAVAILABLE: "magenta",
    Status.FAILED: "bold red",
}


@click.command()
@click.argument("video", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--only", metavar="NAME,…", help="These analyzers alone, and those they read from.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout instead of a table.")
@click.option("--caption", default="", help="What the author wrote beside the video.")
@click.option("--device", type=click.Choice(["cpu", "cuda"]), default="cpu", show_default=True)
@click.option("--threads", type=click.IntRange(1), default=2, show_default=True, help="Analyzers side by side.")
@click.option(
    "--models-dir",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("var/models"),
    envvar="MODELS_DIR",
    show_default=True,
    help="Where the models' weights lie (bulk_processor.py models pull).",
)
@click.option("--profile", envvar="MODEL_PROFILE", help="Models to use: gpu, cpu; the one that suits the device.")
def main(
    video: Path,
    only: str | None,
    as_json: bool,
    caption: str,
    device: str,
    threads: int,
    models_dir: Path,
    profile: str | None,
) -> None:
    """Analyse one file, without any queue."""
    cv2.setNumThreads(1)  # analyzers already run side by side
    runs_on = Device(device, threads)
    shelf = ModelShelf(runs_on, _library(models_dir, profile or runs_on.profile))
    team = _chosen(only)
    total = sum(1 for step in with_dependencies(team) if step in ANALYZERS)
    with _progress() as progress, tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        task = progress.add_task("decoding", total=total)
        on_outcome = _advance(progress, task)
        try:
            analysis = analyze_video(
                video, team, shelf, scratch=Path(scratch), threads=threads, caption=caption, on_outcome=on_outcome
            )
        except InvalidMedia as error:
            raise click.ClickException(str(error)) from None
    if as_json:
        click.echo(json.dumps(analysis_document(analysis, runs_on.full_name()), ensure_ascii=False, indent=2))
    else:
        _print_table(analysis.outcomes)
        facts = f"{analysis.video.duration:.1f} s of video in {analysis.seconds:.1f} s"
        click.echo(f"{facts}, {analysis.decode_seconds:.1f} s of them for decoding", err=True)
        if analysis.damage:
            click.echo(f"the file is damaged: {analysis.damage}", err=True)


def _library(models_dir: Path, profile: str) -> ModelLibrary:
    try:
        return ModelLibrary(models_dir, profile)
    except ValueError as error:
        raise click.UsageError(str(error)) from None


def _chosen(only: str | None) -> Sequence[AnyAnalyzer]:
    """The analyzers named in `only`, or all."""
    if only is None:
        return ANALYZERS
    try:
        return [by_name(name.strip()) for name in only.split(",") if name.strip()]
    except LookupError as error:
        raise click.UsageError(str(error)) from None


def _progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True)


def _advance(progress: Progress, task: Any) -> Callable[[Outcome], None]:
    return lambda outcome: progress.update(task, advance=1, description=outcome.analyzer)


def _print_table(outcomes: Sequence[Outcome]) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("analyzer", "outcome", "seconds", "found"):
        table.add_column(heading, justify="right" if heading == "seconds" else "left", overflow="fold")
    for outcome in outcomes:
        told = outcome.result.headline() if outcome.result is not None else ""
        found = "; ".join(part for part in (told, outcome.reason) if part)
        status = Text(outcome.status.value, style=_STYLES[outcome.status])
        # What stands in a picture or a caption is text, whatever it looks like to a terminal.
        table.add_row(outcome.analyzer, status, f"{outcome.seconds:.2f}", Text(_printable(found)))
    Console(file=sys.stdout).print(table)


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else "�" for letter in text)


if __name__ == "__main__":
    go_offline()  # of this whole process, so it is not for `main` to do
    main(prog_name="python -m analyzers")
