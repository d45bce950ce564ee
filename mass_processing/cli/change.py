"""How does a person try videos again, cancel them, or move them up?"""

import importlib.metadata
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from mass_processing.cli.options import as_json_option, chosen, class_option, of_batch_option, the_store
from mass_processing.cli.output import print_json, say
from mass_processing.records import URGENT_PRIORITY, JobFilter

if TYPE_CHECKING:
    from mass_processing.store import Store

_videos_argument = click.argument("videos", nargs=-1, metavar="[VIDEO]...")


@click.command("requeue")
@_videos_argument
@class_option
@of_batch_option
@click.option("--older-ytdlp", is_flag=True, help="Only what failed under an older yt-dlp than the installed one.")
@as_json_option
def requeue_command(
    videos: tuple[str, ...], failure_class: str | None, batch: str | None, older_ytdlp: bool, as_json: bool
) -> int:
    """Try failed videos again.

    All of them, or those of a class, a batch, or the ones named. After an update of yt-dlp:
    `requeue --class transient --older-ytdlp`.
    """
    which = chosen(
        videos,
        failure_class=failure_class,
        batch=batch,
        ytdlp_before=importlib.metadata.version("yt-dlp") if older_ytdlp else None,
    )
    with the_store() as store:
        count = _in_pieces(which, lambda piece: store.requeue(piece))
        _nudge(store)
    return _report(count, which, "requeued", "failed", as_json=as_json)


@click.command("cancel")
@_videos_argument
@of_batch_option
@click.option("--all", "everything", is_flag=True, help="All that have not ended.")
@click.option("-y", "--yes", is_flag=True, help="Don't ask before cancelling all.")
@as_json_option
def cancel_command(videos: tuple[str, ...], batch: str | None, everything: bool, yes: bool, as_json: bool) -> int:
    """Cancel videos that have not ended.

    The ones named, a batch, or --all; `requeue --class cancelled` brings them back.
    """
    if not videos and not batch and not everything:
        raise click.UsageError("nothing to cancel: name videos, a batch with --batch LABEL, or --all")
    if everything and (videos or batch):
        raise click.UsageError("--all goes alone, without videos or a batch")
    if everything:
        ask("Cancel every video that has not ended?", yes=yes)
    which = chosen(videos, batch=batch)
    with the_store() as store:
        count = _in_pieces(which, store.cancel)
    return _report(count, which, "cancelled", "unfinished", as_json=as_json)


@click.command("prioritize")
@_videos_argument
@click.option("-p", "--priority", type=click.IntRange(1, URGENT_PRIORITY), required=True, help="1 to 10; 10 is urgent.")
@of_batch_option
@as_json_option
def prioritize_command(videos: tuple[str, ...], priority: int, batch: str | None, as_json: bool) -> int:
    """Give videos that have not ended another priority.

    The ones named, or a batch.
    """
    if not videos and not batch:
        raise click.UsageError("nothing to move: name videos, or a batch with --batch LABEL")
    which = chosen(videos, batch=batch)
    with the_store() as store:
        count = _in_pieces(which, lambda piece: store.prioritize(piece, priority))
        _nudge(store)
    return _report(count, which, "moved", f"unfinished with another priority than {priority}", as_json=as_json)


def ask(question: str, *, yes: bool) -> None:
    """Goes on if the person says so; without a terminal only with --yes. Raises: UsageError, Abort."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise click.UsageError(f"{question} Without a terminal to ask, --yes has to say so")
    click.confirm(question, abort=True, err=True)


def _in_pieces(which: JobFilter, change: Callable[[JobFilter], int]) -> int:
    """Calls `change` with at most 500 ids at a time."""
    from mass_processing.store import MAX_ROWS

    if not which.video_ids:
        return change(which)
    starts = range(0, len(which.video_ids), MAX_ROWS)
    return sum(change(replace(which, video_ids=which.video_ids[start : start + MAX_ROWS])) for start in starts)


def _nudge(store: "Store") -> None:
    from mass_processing.feed import nudge

    nudge(store)


def _report(count: int, which: JobFilter, done: str, wanted: str, *, as_json: bool) -> int:
    """Says how many; 3 when some of the named videos were not what they should be, 1 when none was."""
    named = len(which.video_ids)
    if as_json:
        print_json({done: count})
    say(f"{count:,} {done}")
    if not named or count >= named:
        return 0
    say(f"{named - count} of the {named} named are not {wanted}, or not in the queue")
    return 3 if count else 1
