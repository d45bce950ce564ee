"""How does a person run one analyzer again on videos that have their results?"""

import click

from mass_processing.cli.options import as_json_option, of_batch_option, the_processor, video_id_of
from mass_processing.cli.output import print_json, say
from mass_processing.records import URGENT_PRIORITY


@click.command("reanalyze")
@click.option("-a", "--analyzer", "analyzers", multiple=True, required=True, metavar="NAME", help="Repeatable.")
@click.option("--video", "videos", multiple=True, metavar="VIDEO", help="Only this video; repeatable.")
@of_batch_option
@click.option("--force", is_flag=True, help="Also where the answer is of the present version.")
@click.option(
    "-p", "--priority", type=click.IntRange(1, URGENT_PRIORITY), help="1 to 10; left out, each video keeps its own."
)
@click.option("--dry-run", is_flag=True, help="Only say how many videos there are to do.")
@as_json_option
def reanalyze_command(
    analyzers: tuple[str, ...],
    videos: tuple[str, ...],
    batch: str | None,
    force: bool,
    priority: int | None,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Run analyzers again on completed videos.

    On those that have no answer of the analyzer's present version: an older one, or none (not run then, unavailable,
    failed). What reads from them runs again too; all other results stay as they are. `analyzers` lists the names.
    """
    from mass_processing.reanalysis import redos

    names = [name for redo in redos(analyzers) for name in redo.replaces]
    ids = [video_id_of(video) for video in videos] or None
    with the_processor() as processor:
        count = processor.reanalyze(analyzers, videos=ids, batch=batch, force=force, priority=priority, dry_run=dry_run)
    if as_json:
        print_json({"videos": count, "analyzers": list(dict.fromkeys(names)), "dry_run": dry_run})
    if not count:
        hint = "" if force else "; --force replaces such answers too"
        say(f"there is no completed video of these{'' if force else ' without an answer of the present version'}{hint}")
        return 0
    one = count == 1
    fate = "would be" if dry_run else "waits to be" if one else "wait to be"
    say(f"{count:,} {'video' if one else 'videos'} {fate} analysed again")
    also = [name for name in dict.fromkeys(names) if name not in analyzers]
    if also:
        say(f"with what reads from it: {', '.join(also)}")
    return 0
