"""How does a person see which videos there are, and all that is known of one?"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mass_processing.cli.options import (
    as_json_option,
    chosen,
    class_option,
    of_batch_option,
    status_option,
    the_store,
    video_id_of,
)
from mass_processing.cli.output import clean, on_terminal, print_json, print_table, say, stdout, table
from mass_processing.errors import MassProcessingError

if TYPE_CHECKING:
    from mass_processing.records import JobFilter, JobRow
    from mass_processing.store import Store

_HEADINGS = ("video", "state", "priority", "batch", "failure", "reason", "link")


@click.command("list")
@status_option
@class_option
@of_batch_option
@click.option("-n", "--limit", type=click.IntRange(min=1), default=50, show_default=True, help="At most so many.")
@as_json_option
def list_command(status: str | None, failure_class: str | None, batch: str | None, limit: int, as_json: bool) -> None:
    """List videos, the newest first."""
    with the_store() as store:
        rows = list(_rows(store, chosen(status=status, failure_class=failure_class, batch=batch), limit))
    if as_json:
        print_json([_document(row) for row in rows])
        return
    print_table(
        _HEADINGS,
        [
            (row.video_id, row.status.value, row.priority, row.batch, row.failure_class, row.reason, row.url)
            for row in rows
        ],
    )
    if len(rows) == limit:
        say(f"the {limit} newest; --limit shows more, export takes all")


@click.command("show")
@click.argument("video", metavar="VIDEO")
@as_json_option
def show_command(video: str, as_json: bool) -> None:
    """Show all that is known of one video.

    VIDEO is its id (tiktok:7301234567890123456), the number alone, its link, or a local file.
    """
    video_id = video_id_of(video)
    with the_store() as store:
        found = store.video(video_id)
    if found is None:
        raise MassProcessingError(f"{clean(video_id)} is not in the queue; add it with: bulk_processor.py add -u LINK")
    if as_json:
        print_json(found)
    elif on_terminal():
        _draw(found)
    else:
        print_table((), [*_facts(found), *(("analyzer", *cells) for cells in _analyzers(found))])


def _rows(store: "Store", which: "JobFilter", limit: int) -> "Iterator[JobRow]":
    """Up to `limit` rows, in pages."""
    from mass_processing.store import MAX_ROWS

    before = None
    while limit > 0:
        page = store.jobs(which, limit=min(limit, MAX_ROWS), before_id=before)
        yield from page
        if len(page) < min(limit, MAX_ROWS):
            return
        limit -= len(page)
        before = page[-1].id


def _document(row: "JobRow") -> dict[str, Any]:
    return {
        "video_id": row.video_id,
        "url": row.url,
        "status": row.status,
        "priority": row.priority,
        "batch": row.batch,
        "failure_class": row.failure_class,
        "reason": row.reason,
        "attempts": row.attempts,
        "worker_id": row.worker_id,
        "added_at": row.added_at.isoformat(),
        "updated_at": row.updated_at.isoformat(),
    }


def _draw(video: dict[str, Any]) -> None:
    out = stdout()
    out.print(table(("", ""), _facts(video)))
    if analyzers := _analyzers(video):
        out.print(table(("analyzer", "state", "seconds", "what it found, or why not"), analyzers))
    events = [(each["at"], each["from"], each["to"], each["worker"], each["note"]) for each in video["events"]]
    out.print(table(("when", "from", "to", "worker", "note"), events[-10:]))


def _facts(video: dict[str, Any]) -> list[tuple[object, ...]]:
    """Names and values of what there is to say of the job."""
    names = ("video_id", "url", "status", "priority", "batch", "attempts", "failure_class", "reason")
    facts: list[tuple[object, ...]] = [(name, video[name]) for name in names if video[name] is not None]
    title = video["metadata"].get("title") or video["metadata"].get("description")
    facts += [("title", str(title)[:200])] if title else []
    for name in ("video_path", "results_file"):
        if path := video.get(name):
            there = "://" in path or Path(path).exists()
            facts.append((name, path if there else f"{path} (not there any more)"))
    for analyzer, outcome in video["analyzer_results"].items():
        if details := outcome.get("details"):
            facts.append((f"{analyzer}: {', '.join(details['fields'])}", details["location"]))
    return facts


def _analyzers(video: dict[str, Any]) -> list[tuple[object, ...]]:
    return [
        (name, outcome["status"], f"{outcome.get('seconds', 0):.2f}", outcome.get("reason") or outcome.get("headline"))
        for name, outcome in video["analyzer_results"].items()
    ]
