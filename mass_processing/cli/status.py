"""How does a person see how far the queue is: once, again and again, or in the browser?"""

import time
import webbrowser
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import click

from mass_processing.cli.options import as_json_option, the_store
from mass_processing.cli.output import clean, on_terminal, print_json, print_table, say, stdout, table
from mass_processing.pauses import Pause
from mass_processing.records import JobStatus

if TYPE_CHECKING:
    from rich.console import RenderableType

    from mass_processing.store import Store

#: Seconds between two looks.
_EVERY = 2.0
_LATEST = 12


@click.command("status")
@click.option("-b", "--batch", metavar="LABEL", help="Only the videos of this batch.")
@click.option("-w", "--watch", is_flag=True, help="Show it again every two seconds, until Ctrl-C.")
@as_json_option
def status_command(batch: str | None, watch: bool, as_json: bool) -> None:
    """Show how far the queue is, and the workers."""
    from mass_processing.status import status_document

    with the_store() as store:
        if watch:
            _watch(store, batch, as_json=as_json)
            return
        document = status_document(store, batch)
        if as_json:
            print_json(document)
        elif on_terminal():
            stdout().print(_picture(document, batch))
        else:
            print_table((), _lines(document))
        if batch and not document["jobs"]["total"]:
            say(f"no video has the batch {clean(batch)}")


@click.command("monitor")
@click.option("--terminal", is_flag=True, help="Watch here, even if there is a browser.")
def monitor_command(terminal: bool) -> None:
    """Open the dashboard in a browser; without one, watch here."""
    from mass_processing.settings import settings

    knobs = settings()
    address = knobs.pages_address
    if not terminal and _answers(address) and _has_browser() and webbrowser.open(address):
        say(f"opened {address}")
        return
    say(
        f"the dashboard is at {address}"
        if _answers(address)
        else f"no dashboard answers at {address}; see ./start_workers.sh"
    )
    with the_store() as store:
        if on_terminal():
            _watch(store, None, as_json=False)
        else:
            from mass_processing.status import status_document

            print_table((), _lines(status_document(store)))


# --- watching ---------------------------------------------------------------------------------------------------------
def _watch(store: "Store", batch: str | None, *, as_json: bool) -> None:
    """Until Ctrl-C: a live picture on a terminal; elsewhere one JSON line, or the lines, whenever something changed."""
    with suppress(KeyboardInterrupt):  # it is how watching ends
        if on_terminal() and not as_json:
            _watch_live(store, batch)
        else:
            _watch_lines(store, batch, as_json=as_json)


def _watch_lines(store: "Store", batch: str | None, *, as_json: bool) -> None:
    from mass_processing.status import status_document

    before = None
    while True:
        document = status_document(store, batch)
        counts = (document["jobs"], document["failed_by_class"])
        if as_json:
            print_json(document, line=True)
        elif counts != before:
            print_table((), [*_lines(document), ("",)])
        before = counts
        time.sleep(_EVERY)


def _watch_live(store: "Store", batch: str | None) -> None:
    from rich.console import Group
    from rich.live import Live

    from mass_processing.records import JobFilter
    from mass_processing.status import status_document

    with Live(console=stdout(), screen=True, auto_refresh=False) as live:
        while True:
            rows = store.jobs(JobFilter(batch=batch), limit=_LATEST)
            cells = [(row.video_id, row.status.value, row.priority, row.batch, row.reason) for row in rows]
            latest = table(("video", "state", "priority", "batch", "reason"), cells, title="latest")
            live.update(Group(_picture(status_document(store, batch), batch), latest, "Ctrl-C ends"), refresh=True)
            time.sleep(_EVERY)


# --- drawing ----------------------------------------------------------------------------------------------------------
def _picture(document: dict[str, Any], batch: str | None) -> "RenderableType":
    from rich.console import Group
    from rich.text import Text

    jobs = document["jobs"]
    counts = table(("state", "videos"), [(state, f"{jobs[state]:,}") for state in (*JobStatus, "total")])
    pace = f"{document['throughput_per_hour']:,.0f} an hour, {_remaining(document['eta_seconds'])}"
    parts: list[RenderableType] = [Text(f"batch {clean(batch)}: {pace}" if batch else pace), counts]
    parts += [Text(clean(str(Pause(each["what"], each["why"]))), "yellow") for each in document["pauses"]]
    if webhooks := _webhooks(document):
        parts.append(Text(webhooks, "yellow"))
    if document["failed_by_class"]:
        reasons = sorted(document["failed_by_class"].items(), key=lambda each: -each[1])
        parts.append(table(("failed because", "videos"), reasons))
    workers = [
        (each["worker_id"], each["status"], f"{each['heartbeat_age']:.0f} s ago", ", ".join(each["video_ids"][:3]))
        for each in document["workers"]
        if each["status"] != "stopped"
    ]
    parts.append(
        table(("worker", "state", "seen", "videos"), workers) if workers else Text("no worker is alive", "red")
    )
    return Group(*parts)


def _lines(document: dict[str, Any]) -> list[tuple[object, ...]]:
    """The same as lines of name and value."""
    lines: list[tuple[object, ...]] = [(state, document["jobs"][state]) for state in (*JobStatus, "total")]
    lines += [(f"failed:{name}", count) for name, count in sorted(document["failed_by_class"].items())]
    lines += [
        ("throughput_per_hour", f"{document['throughput_per_hour']:.1f}"),
        ("eta_seconds", "" if document["eta_seconds"] is None else f"{document['eta_seconds']:.0f}"),
    ]
    lines += [(f"pause:{each['what']}", each["why"]) for each in document["pauses"]]
    lines += [(f"webhooks:{state}", count) for state, count in document["webhooks"].items() if count]
    return lines + [(f"worker:{each['worker_id']}", each["status"]) for each in document["workers"]]


def _webhooks(document: dict[str, Any]) -> str:
    counts = document["webhooks"]
    parts = [f"{counts['waiting']:,} wait"] if counts["waiting"] else []
    parts += [f"{counts['given_up']:,} were given up (webhooks list)"] if counts["given_up"] else []
    return f"webhooks: {', '.join(parts)}" if parts else ""


def _remaining(seconds: float | None) -> str:
    if seconds is None:
        return "no end in sight"
    minutes = round(seconds / 60)
    if minutes < 1:
        return "done within a minute" if seconds else "nothing waits"
    return f"done in about {minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"done in about {minutes} min"


# --- the dashboard ----------------------------------------------------------------------------------------------------
def _answers(address: str) -> bool:
    from urllib.error import HTTPError
    from urllib.request import ProxyHandler, build_opener

    try:
        # Never through a proxy: it is on this machine.
        with build_opener(ProxyHandler({})).open(f"{address}/health", timeout=3):
            return True
    except HTTPError:
        return True
    except OSError:
        return False


def _has_browser() -> bool:
    """Whether there is one with windows; those that would take over this terminal don't count."""
    try:
        browser = webbrowser.get()
    except webbrowser.Error:
        return False
    return type(browser) is not webbrowser.GenericBrowser
