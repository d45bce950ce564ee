"""What does `./start_workers.sh demo` do? Clips → HTTP → queue → download → analysis → a table, in its own system."""

import http.server
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from mass_processing.bulk_processor import BulkProcessor
from mass_processing.demo.clips import make_clips
from mass_processing.errors import BackendAway, MassProcessingError, Refused
from mass_processing.records import JobFilter, JobStatus
from mass_processing.results import results_file
from mass_processing.settings import PROJECT, Settings, settings
from mass_processing.store import Store, open_store
from mass_processing.system.__main__ import say, show_addresses
from mass_processing.system.bring_up import bring_up
from mass_processing.system.supervise import Supervisor

#: Seconds after which the demo gives up on its three clips.
_PATIENCE = 900.0
_STATUSES = ("ok", "degraded", "skipped", "unavailable", "failed")
_ENDED = (JobStatus.COMPLETED, JobStatus.FAILED)
#: Workers that take videos, or soon will again.
_TAKERS, _TAKING = ("download", "gpu", "cpu"), ("running", "paused", "broken")

console = Console(stderr=True)


def main() -> None:
    """Exit 0 only if all three clips completed with no failed analyzer."""
    try:
        sys.exit(0 if run(settings()) else 1)
    except MassProcessingError as error:
        console.print(f"demo: {error}", style="red", highlight=False, markup=False, soft_wrap=True)
        sys.exit(1)


def run(knobs: Settings) -> bool:
    """The demo; whether all went well. Raises: MassProcessingError."""
    refuse_beside_others(knobs)
    say("making three clips")
    folder = knobs.var_dir / "clips"
    names = [clip.path.name for clip in make_clips(folder)]
    server = serve(folder, knobs.media_hosts[0])
    try:
        bring_up(knobs, say)
        store = open_store(knobs)
        try:
            video_ids = add(
                BulkProcessor(knobs, store), store, [f"http://{knobs.media_hosts[0]}/{name}" for name in names]
            )
            follow(store, video_ids)
            videos = [video for video_id in video_ids if (video := store.video(video_id)) is not None]
        finally:
            store.close()
    finally:
        server.shutdown()
    report(knobs, videos)
    return len(videos) == len(names) and all(went_well(video) for video in videos)


def refuse_beside_others(knobs: Settings) -> None:
    """Raises: Refused where others work on the configured database: they would look for the clips on their machines."""
    if knobs.embedded_postgres or Supervisor(knobs).running():
        return
    store = open_store(knobs)
    try:
        alive = sorted(each.worker_id for each in store.workers() if each.status in _TAKING and each.kind in _TAKERS)
    except BackendAway:
        return  # not there yet, or without tables: whoever brings the system up says so
    finally:
        store.close()
    if alive:
        raise Refused(
            f"{', '.join(alive)} work on this database already, and would look for the clips on their own machine; "
            "stop them for the demo, or try a link of yours there: bulk_processor.py add URL"
        )


def serve(folder: Path, address: str) -> http.server.ThreadingHTTPServer:
    """Serves the clips on loopback, from a thread."""
    host, port = address.split(":")
    try:
        server = http.server.ThreadingHTTPServer((host, int(port)), partial(_QuietFiles, directory=str(folder)))
    except OSError as error:
        raise MassProcessingError(f"the clips can't be served on {address}: {error.strerror}") from error
    threading.Thread(target=server.serve_forever, name="clips", daemon=True).start()
    return server


class _QuietFiles(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Says nothing: the progress is on the screen."""


def add(processor: BulkProcessor, store: Store, urls: Sequence[str]) -> list[str]:
    """Puts the clips in the queue; those of an earlier demo run anew. Their video ids."""
    known_before = {row.video_id for row in store.jobs(JobFilter(status=JobStatus.COMPLETED))}
    video_ids = [link.video_id for link in processor.add(urls, batch="demo").links]
    again = tuple(video_id for video_id in video_ids if video_id in known_before)
    if again:
        store.requeue(JobFilter(video_ids=again), again=True)
    return video_ids


def follow(store: Store, video_ids: Sequence[str]) -> None:
    """Shows the progress until every video ended. Raises: MassProcessingError after too long."""
    which = JobFilter(video_ids=tuple(video_ids))
    end = time.monotonic() + _PATIENCE
    columns = (
        TextColumn("  {task.description}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("analysing", total=len(video_ids))
        while True:
            rows = store.jobs(which)
            states = Counter(row.status.value for row in rows)
            done = sum(row.status in _ENDED for row in rows)
            described = ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
            progress.update(task, completed=done, description=described)
            if done == len(video_ids):
                return
            if time.monotonic() > end:
                raise MassProcessingError(f"not done after {_PATIENCE:g} s ({described}); see ./start_workers.sh logs")
            time.sleep(0.5)


def went_well(video: dict[str, Any]) -> bool:
    """Completed, with no failed analyzer."""
    statuses = {outcome["status"] for outcome in video["analyzer_results"].values()}
    return video["status"] == JobStatus.COMPLETED and "failed" not in statuses


def report(knobs: Settings, videos: Sequence[dict[str, Any]]) -> None:
    """The table, and where to look."""
    table = Table(title="Three clips through the queue, the download worker and the engine")
    table.add_column("video", no_wrap=True)
    table.add_column("status", no_wrap=True)
    for heading in (*_STATUSES, "seconds", "× real time"):
        table.add_column(heading, justify="right", no_wrap=True)
    for video in videos:
        counts = Counter(outcome["status"] for outcome in video["analyzer_results"].values())
        timing = [f"{video.get(key) or 0:.2f}" for key in ("processing_time_seconds", "realtime_factor")]
        table.add_row(Path(video["url"]).stem, video["status"], *(str(counts[status]) for status in _STATUSES), *timing)
    out = Console()
    if not out.is_terminal:
        out.width = 120  # rich's guess for a pipe, 80, would cut the columns
    out.print(table)
    for video in videos:
        out.print(f"  {results_file(knobs.results_dir, video['video_id'])}", highlight=False, soft_wrap=True)
        address = f"http://{knobs.bind_host}:{knobs.dashboard_port}/videos/{video['video_id']}"
        out.print(f"  {address}", highlight=False, soft_wrap=True)
    show_addresses(knobs)
    var_dir = knobs.var_dir.relative_to(PROJECT) if knobs.var_dir.is_relative_to(PROJECT) else knobs.var_dir
    out.print(f"  The system is left running: VAR_DIR={var_dir} python bulk_processor.py status", highlight=False)
    out.print("  Stop it with ./start_workers.sh stop", highlight=False)


if __name__ == "__main__":
    main()
