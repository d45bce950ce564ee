"""How are videos taken in from the command line: links, lists, one at once, a folder?"""

import secrets
import time
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from mass_processing.cli.options import as_json_option, batch_option, monitor_option, priority_option, the_processor
from mass_processing.cli.output import clean, print_json, say
from mass_processing.cli.taken import Taken
from mass_processing.errors import BackendAway, Refused
from mass_processing.records import DEFAULT_PRIORITY, URGENT_PRIORITY, AddedLink, JobStatus, Link

if TYPE_CHECKING:
    from mass_processing.bulk_processor import BulkProcessor
    from mass_processing.intake import RefusedLine


class BadInput(click.ClickException):
    """What was named can't be read as what it should be."""

    exit_code = 2


@click.command("add")
@click.option("-u", "--url", "urls", multiple=True, metavar="URL", help="A link; may be given several times.")
@click.option(
    "-f", "--file", "lists", multiple=True, type=click.File("rb"), help="A list with one link per line; - reads stdin."
)
@priority_option
@batch_option
@monitor_option
@as_json_option
def add_command(
    urls: tuple[str, ...], lists: tuple[BinaryIO, ...], priority: int, batch: str | None, monitor: bool, as_json: bool
) -> int:
    """Add links to TikTok posts, in any form, or to media files.

    In a list, blank lines and lines that start with # are passed over. A line that can't be taken is named with its
    number and the reason; the others go in all the same.
    """
    from mass_processing.intake import find_links
    from mass_processing.settings import settings

    if not urls and not lists:
        raise click.UsageError("nothing to add: name links with -u URL, or a list of them with -f FILE (or -f -)")
    batch = _label(batch, monitor)
    sources: list[tuple[str, Iterable[str]]] = [("-u", urls)] if urls else []
    sources += [(_name(each), _opened(each)) for each in lists]
    with the_processor() as processor, Taken(printed=as_json, followed=monitor) as taken:
        for name, lines in sources:
            _take(processor, taken, name, find_links(lines, settings()), priority, batch)
        if not (taken.added or taken.known or taken.refused):
            raise BadInput(f"{', '.join(name for name, _ in sources)} holds no link; one link per line is wanted")
        return _report_and_follow(processor, taken, batch, monitor=monitor, as_json=as_json)


@click.command("process-dir")
@click.argument("folder", metavar="DIR", type=click.Path(exists=True, file_okay=False, path_type=Path))
@priority_option
@batch_option
@monitor_option
@as_json_option
def process_dir_command(folder: Path, priority: int, batch: str | None, monitor: bool, as_json: bool) -> int:
    """Add every video file below a folder."""
    from mass_processing.intake import VIDEO_SUFFIXES, find_files

    batch = _label(batch, monitor)
    with the_processor() as processor, Taken(printed=as_json, followed=monitor) as taken:
        _take(processor, taken, str(folder), find_files(folder), priority, batch)
        if not (taken.added or taken.known or taken.refused):
            raise BadInput(f"there is no video file below {folder}; looked for {' '.join(sorted(VIDEO_SUFFIXES))}")
        return _report_and_follow(processor, taken, batch, monitor=monitor, as_json=as_json)


@click.command("process-now")
@click.argument("url", metavar="URL")
@click.option("--again", is_flag=True, help="Analyse it anew if it is completed.")
@monitor_option
@as_json_option
def process_now_command(url: str, again: bool, monitor: bool, as_json: bool) -> int:
    """Put one video before all others (priority 10).

    A waiting one is raised, a failed one is tried again, a completed one stays as it is unless --again.
    """
    from mass_processing.cli.progress import exit_code_of, follow_to_end

    with the_processor() as processor:
        link = processor.process_now(url, again=again)
        say(_what_happens_now(link))
        progress = follow_to_end(processor.store, batch=None, video_ids=[link.video_id]) if monitor else None
        if as_json:
            status = processor.store.video(link.video_id) if progress else None
            print_json(
                {
                    "video_id": link.video_id,
                    "outcome": link.outcome,
                    "status": status["status"] if status else link.status,
                    "priority": URGENT_PRIORITY,
                }
            )
        return exit_code_of(progress) if progress else 0


def _what_happens_now(link: AddedLink) -> str:
    """One sentence."""
    if link.outcome == "known" and link.status is JobStatus.COMPLETED:
        return f"{link.video_id} is completed already: `show {link.video_id}` prints it, --again analyses it anew"
    if link.outcome == "known":
        return f"{link.video_id} is in the queue already with priority {URGENT_PRIORITY}, or runs ({link.status})"
    happened = {"added": "added", "raised": "it was waiting", "requeued": "it is done once more"}[link.outcome]
    return f"{link.video_id}: {happened}; it goes before all others now"


# --- parts ------------------------------------------------------------------------------------------------------------
def _label(batch: str | None, monitor: bool) -> str | None:
    """The batch label: the one given, or one of our own where the batch is to be followed. Raises: BadInput."""
    from mass_processing.bulk_processor import check_batch

    if batch is None:
        return f"add-{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(2)}" if monitor else None
    try:
        check_batch(batch)
    except Refused as error:
        raise BadInput(str(error)) from error
    return batch


def _name(stream: BinaryIO) -> str:
    name = getattr(stream, "name", "<stdin>")
    return "stdin" if name in ("<stdin>", 0, "-") else str(name)


def _opened(stream: BinaryIO) -> Iterator[str]:
    """The lines of a list, its beginning checked already. Raises: BadInput when it is binary."""
    from mass_processing.intake import read_list

    lines = read_list(stream, _name(stream))
    try:
        return chain([next(lines)], lines)
    except StopIteration:
        return iter(())
    except Refused as error:
        raise BadInput(str(error)) from error


def _take(
    processor: "BulkProcessor",
    taken: Taken,
    name: str,
    found: "Iterable[Link | RefusedLine]",
    priority: int = DEFAULT_PRIORITY,
    batch: str | None = None,
) -> None:
    each = taken.printed or taken.followed
    reports = processor.add_in_pieces(found, priority=priority, batch=batch, each=each)
    try:
        try:
            for report in reports:
                taken.count(name, report)
        except KeyboardInterrupt as stop:
            # While a report was counted, the next piece was on its way in; it says so before it ends.
            taken.count(name, reports.throw(stop))
            raise
    except BackendAway as error:
        if not (taken.added or taken.known):
            raise
        raise BackendAway(f"{taken.counts}; then {error}. The same command once more goes on from there") from error
    except KeyboardInterrupt:
        say(f"{taken.counts}; the same command once more goes on from there")
        raise


def _report_and_follow(
    processor: "BulkProcessor", taken: Taken, batch: str | None, *, monitor: bool, as_json: bool
) -> int:
    from mass_processing.cli.progress import exit_code_of, follow_to_end

    say(taken.counts)
    if batch and taken.added:
        say(f"batch {clean(batch)}: bulk_processor.py status --batch {clean(batch)}")
    progress = None
    if monitor and (taken.added or taken.known):
        progress = follow_to_end(processor.store, batch=batch, video_ids=[*taken.open_ids, *taken.known_ended])
    if as_json:
        taken.print_document(batch, {"jobs": _counts(progress)} if progress else {})
    if progress is None:
        return taken.exit_code
    code = exit_code_of(progress)
    return code or taken.exit_code


def _counts(progress: Any) -> dict[str, int]:
    return {status.value: getattr(progress, status.value) for status in JobStatus}
