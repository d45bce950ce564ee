"""How does a terminal follow videos to their end?"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from mass_processing.cli.output import say, stderr
from mass_processing.follow import Following, Progress, follow

if TYPE_CHECKING:
    from mass_processing.store import Store


def follow_to_end(store: "Store", *, batch: str | None, video_ids: Sequence[str]) -> Progress:
    """Shows the progress on stderr until all of them ended: a bar on a terminal, elsewhere a line whenever it changes.

    Raises: NobodyWorks, BackendAway; KeyboardInterrupt, after saying that the videos stay in the queue.
    """
    last = Progress()
    of_batch = f" --batch {batch}" if batch else ""
    looks = follow(Following(store, batch=batch, video_ids=video_ids), store)
    try:
        for progress in _drawn(looks) if stderr().is_terminal else _told(looks):
            last = progress
    except KeyboardInterrupt:
        left = f"{last.total - last.ended} of {last.total} videos stay in the queue"
        say(f"{left}; go on with: bulk_processor.py status{of_batch} --watch")
        raise
    say(f"{last.completed:,} completed, {last.failed:,} failed")
    if last.failed:
        say(f"the reasons: bulk_processor.py list --status failed{of_batch}")
    return last


def exit_code_of(progress: Progress) -> int:
    """0 when all completed, 1 when all failed, 3 when some did."""
    if not progress.failed:
        return 0
    return 3 if progress.completed else 1


def describe(progress: Progress) -> str:
    """The states that are not empty, in the order a video passes them."""
    states = ("pending", "downloading", "processing", "completed", "failed")
    return ", ".join(f"{count:,} {state}" for state in states if (count := getattr(progress, state))) or "nothing there"


def _told(looks: Iterator[Progress]) -> Iterator[Progress]:
    before = None
    for progress in looks:
        if progress != before:
            say(describe(progress))
        before = progress
        yield progress


def _drawn(looks: Iterator[Progress]) -> Iterator[Progress]:
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    with Bar(*columns, console=stderr(), transient=True) as bar:
        task = bar.add_task("", total=None)
        for progress in looks:
            bar.update(task, total=progress.total, completed=progress.ended, description=describe(progress))
            yield progress
