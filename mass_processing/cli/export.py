"""How does a person take everything out into a file?"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from mass_processing.cli.options import as_json_option, chosen, class_option, of_batch_option, status_option, the_store
from mass_processing.cli.output import clean, print_json, say, stderr


@click.command("export")
@click.option(
    "-o",
    "--output",
    "target",
    required=True,
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Ends with .json, .ndjson, .csv or .parquet, which says what is written.",
)
@status_option
@class_option
@of_batch_option
@as_json_option
def export_command(
    target: Path, status: str | None, failure_class: str | None, batch: str | None, as_json: bool
) -> None:
    """Write all videos with their analyses to a file."""
    from mass_processing.export import check_target, export

    check_target(target)
    which = chosen(status=status, failure_class=failure_class, batch=batch)
    with the_store() as store:
        try:
            written = export(_counted(store.export(which)), target)
        except OSError as error:
            raise click.ClickException(error.strerror or str(error)) from error
    if as_json:
        print_json({"file": str(written.path), "videos": written.rows, "bytes": written.size})
    say(f"wrote {written.rows:,} videos to {clean(written.path)}, {written.size / 1e6:,.1f} MB")


def _counted(rows: Iterator[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """The same rows; on a terminal their number so far is shown."""
    console = stderr()
    if not console.is_terminal:
        yield from rows
        return
    with console.status("writing") as status:
        for number, row in enumerate(rows, start=1):
            if number % 100 == 0:
                status.update(f"writing, {number:,} videos so far")
            yield row
