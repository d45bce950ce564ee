"""How does a person make room?"""

import click

from mass_processing.cli.change import ask
from mass_processing.cli.options import as_json_option, the_store
from mass_processing.cli.output import print_json, say


@click.command("cleanup")
@click.option(
    "--days",
    type=click.FloatRange(min=0),
    default=7.0,
    show_default=True,
    help="What ended longer ago than this goes.",
)
@click.option("-y", "--yes", is_flag=True, help="Don't ask.")
@as_json_option
def cleanup_command(days: float, yes: bool, as_json: bool) -> None:
    """Make room: delete what ended long ago.

    Its rows in the database go, and the downloads, posters, previews and large results; the result files, and local
    files that were named, stay.
    """
    from mass_processing.media.retention import remove_unneeded_media
    from mass_processing.settings import settings

    ask(f"Delete all videos that ended more than {days:g} days ago, with their analyses?", yes=yes)
    with the_store() as store:
        jobs = store.cleanup(days)
        files, size = remove_unneeded_media(store, settings(), days)
    if as_json:
        print_json({"videos": jobs, "files": files, "bytes": size})
    say(f"deleted {jobs:,} videos and {files:,} files, {size / 1e9:.2f} GB")
