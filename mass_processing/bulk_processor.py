"""How do scripts take videos in and get their results?

    from mass_processing.bulk_processor import BulkProcessor
    results = BulkProcessor().process_directory("/videos")

The running system does the work (./start_workers.sh); this puts videos into its queue and waits where asked to.
"""

import time
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, Self

from mass_processing.errors import MassProcessingError, Refused
from mass_processing.follow import Following, NobodyWorks, NotDoneYet, Progress, follow, why_nothing_moves
from mass_processing.intake import RefusedLine, find_files, find_links
from mass_processing.read_ahead import store_ahead
from mass_processing.reanalysis import redos
from mass_processing.records import DEFAULT_PRIORITY, URGENT_PRIORITY, AddedLink, AddedLinks, JobFilter, JobStatus, Link
from mass_processing.settings import Settings
from mass_processing.settings import settings as settings_of_environment
from mass_processing.store import MAX_ROWS, Store, open_store
from mass_processing.urls import canonical_link, file_link

_LONGEST_BATCH = 100
#: Lines of a long list that go in together: some tenths of a second of the database's time, and of nobody's memory.
_LONG_PIECE = 10_000
#: Seconds between two looks at a video that somebody waits for.
_LOOK_EVERY = 0.5


@dataclass(frozen=True, slots=True)
class AddReport:
    """What became of the lines of one `add`."""

    added: int = 0
    #: Already in the queue, or done.
    known: int = 0
    refused: tuple[RefusedLine, ...] = ()
    #: The added and the known ones, in the order of their lines; empty where they were not asked for.
    links: tuple[AddedLink, ...] = ()


class BulkProcessor:
    """Takes videos in. Thread-safe as far as its store is; close it, or use it in a `with`."""

    def __init__(self, settings: Settings | None = None, store: Store | None = None) -> None:
        """The environment's settings and the store they name, unless others are given (a given store stays open)."""
        self._settings = settings or settings_of_environment()
        self._owns_store = store is None
        self._store = store

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connections that this processor opened."""
        if self._owns_store and self._store is not None:
            self._store.close()
            self._store = None

    @property
    def store(self) -> Store:
        """The store, opened when first asked for. Raises: BackendAway."""
        if self._store is None:
            self._store = open_store(self._settings)
        return self._store

    # --- in -----------------------------------------------------------------------------------------------------------
    def add(self, lines: Iterable[str], *, priority: int = DEFAULT_PRIORITY, batch: str | None = None) -> AddReport:
        """Takes in every link of `lines`; the refused ones are named in the report and don't stop the others.

        Raises: Refused for a priority outside 1 to 10 or a batch label that can't be stored; BackendAway.
        """
        reports = list(self.add_in_pieces(find_links(lines, self._settings), priority=priority, batch=batch))
        return AddReport(
            added=sum(report.added for report in reports),
            known=sum(report.known for report in reports),
            refused=tuple(line for report in reports for line in report.refused),
            links=tuple(link for report in reports for link in report.links),
        )

    def add_in_pieces(
        self,
        found: Iterable[Link | RefusedLine],
        *,
        priority: int = DEFAULT_PRIORITY,
        batch: str | None = None,
        each: bool = True,
    ) -> Generator[AddReport]:
        """The same, one report per piece, so that a list of any length needs little memory: 500 lines, so that work
        begins at once, then 10,000 each. A piece is in the queue as a whole or not at all; while one is stored the next
        one is read. Reports name their links only with `each`. Nothing is taken in until the reports are asked for.

        Whatever ends it early (Ctrl-C, a database that went away), what was stored by then is reported first; who was
        interrupted between two reports throws it in, and gets the report of the piece that was on its way.
        """
        check_priority(priority)
        check_batch(batch)
        newest = 0

        def store(numbered: tuple[int, list[Link | RefusedLine]]) -> AddReport:
            nonlocal newest
            newest, piece = numbered
            report = self._store_piece(piece, priority, batch, each=each)
            if newest == 0 and report.added + report.known:
                self._nudge()
            return report

        yield from store_ahead(enumerate(_pieces(found)), store)
        if newest > 0:
            self._nudge()

    def process_now(self, url: str, *, again: bool = False) -> AddedLink:
        """Puts one video before all others. The outcome is "added", "raised", "requeued" (it had failed) or "known".

        A completed video stays as it is ("known") unless `again`, which analyses it anew ("requeued").
        Raises: Refused, BackendAway.
        """
        return self._urgent(canonical_link(url, self._settings), again=again)

    def reanalyze(
        self,
        analyzers: Iterable[str],
        *,
        videos: Iterable[str] | None = None,
        batch: str | None = None,
        force: bool = False,
        priority: int | None = None,
        dry_run: bool = False,
    ) -> int:
        """Runs `analyzers`, and those that read from them, again on completed videos that have no answer of their
        present version: an older one, or none (not run then, unavailable, failed). How many videos that are.

        With `force` a present answer is replaced too. `videos` (ids; an empty list is none of them) and `batch` narrow
        it; without a `priority` each keeps its own; with `dry_run` nothing changes. Results stay as they are until the
        new ones are there, all others for good; a video's media is fetched again only where it is gone.

        Raises: Refused for an unknown analyzer or a priority outside 1 to 10, BackendAway.
        """
        chosen = redos(analyzers)
        if not chosen:
            raise Refused("name at least one analyzer to run again")
        count = sum(
            self.store.reanalyze(piece, chosen, force=force, priority=priority, dry_run=dry_run)
            for piece in _filters(videos, batch)
        )
        if count and not dry_run:
            self._nudge()
        return count

    # --- in, and out --------------------------------------------------------------------------------------------------
    def process_directory(
        self,
        path: str | Path,
        *,
        priority: int = DEFAULT_PRIORITY,
        batch: str | None = None,
        timeout_s: float | None = None,
    ) -> list[dict[str, Any]]:
        """Analyses every video file below a folder; waits, and answers one dict per video in the order of their paths.

        Each has at least `video_id`, `video_path`, `status` ("completed", "failed", or "refused" for a file that can't
        be read), `reason`, `results_file` and `analyzer_results`. A video that was analysed before is not analysed
        again, one that failed before is tried again.

        Raises: Refused when `path` is no folder, NobodyWorks when no worker is alive, NotDoneYet after `timeout_s`
        seconds (what was added stays in the queue), BackendAway.
        """
        self._check_workers()
        found = list(find_files(Path(path)))
        links = [link for link in found if isinstance(link, Link)]
        known: list[AddedLink] = []
        for report in self.add_in_pieces(links, priority=priority, batch=batch):
            known += [link for link in report.links if link.status is JobStatus.FAILED]
        self._requeue([link.video_id for link in known])
        self._wait([link.video_id for link in links], timeout_s)
        results = {link.video_id: self._result(link.video_id) for link in links}
        refused = [_refused_result(line) for line in found if isinstance(line, RefusedLine)]
        return [*results.values(), *refused]

    def analyze_file(self, path: str | Path, *, again: bool = False, timeout_s: float | None = None) -> dict[str, Any]:
        """Analyses one local file before all others; waits, and answers what `Store.video` knows of it when it ended.

        The file may lie anywhere: whoever passes on a stranger's path checks it first (`urls.canonical_link`).
        Raises: Refused, NobodyWorks when no worker is alive, NotDoneYet after `timeout_s` seconds (it stays in the
        queue), BackendAway.
        """
        self._check_workers()
        link = file_link(Path(path))
        self._urgent(link, again=again)
        self._wait([link.video_id], timeout_s)
        return self._result(link.video_id)

    # --- parts --------------------------------------------------------------------------------------------------------
    def _store_piece(
        self, piece: Sequence[Link | RefusedLine], priority: int, batch: str | None, *, each: bool
    ) -> AddReport:
        refused = tuple(line for line in piece if isinstance(line, RefusedLine))
        links = [link for link in piece if isinstance(link, Link)]
        if len(links) > MAX_ROWS:
            done = self.store.add_many(links, priority=priority, batch=batch, each=each)
        else:  # one call instead of four
            done = AddedLinks.of(self.store.add_links(links, priority=priority, batch=batch))
        added = done.outcomes.get("added", 0)
        return AddReport(added, len(links) - added, refused, done.links)

    def _urgent(self, link: Link, *, again: bool) -> AddedLink:
        (added,) = self.store.add_links([link], priority=URGENT_PRIORITY, batch=None)
        failed, completed = added.status is JobStatus.FAILED, added.status is JobStatus.COMPLETED
        if failed or (completed and again):
            which = JobFilter(video_ids=(added.video_id,))
            self.store.requeue(which, again=again)
            self.store.prioritize(which, URGENT_PRIORITY)
            (row,) = self.store.jobs(which, limit=1)
            added = replace(added, outcome="requeued", status=row.status)
        self._nudge()
        return added

    def _requeue(self, video_ids: Sequence[str]) -> None:
        for start in range(0, len(video_ids), MAX_ROWS):
            self.store.requeue(JobFilter(video_ids=tuple(video_ids[start : start + MAX_ROWS])))

    def _nudge(self) -> None:
        """The queue learns of new videos within a second anyway; this makes it at once."""
        from mass_processing.feed import nudge

        nudge(self.store)

    def _check_workers(self) -> None:
        if missing := why_nothing_moves(self.store, Progress(processing=1)):
            raise NobodyWorks(missing)

    def _wait(self, video_ids: Sequence[str], timeout_s: float | None) -> None:
        until = float("inf") if timeout_s is None else time.monotonic() + timeout_s
        for progress in follow(Following(self.store, video_ids=video_ids), self.store, every=_LOOK_EVERY):
            if not progress.done and time.monotonic() >= until:
                left = progress.total - progress.ended
                raise NotDoneYet(
                    f"{left} of {progress.total} videos not done after {timeout_s:g} s; they stay in the queue"
                )

    def _result(self, video_id: str) -> dict[str, Any]:
        result = self.store.video(video_id)
        if result is None:
            raise MassProcessingError(f"{video_id} was removed from the queue while it was waited for; add it again")
        return result


def check_priority(priority: int) -> None:
    """Raises: Refused outside 1 to 10."""
    if not 1 <= priority <= URGENT_PRIORITY:
        raise Refused(f"the priority has to be 1 to {URGENT_PRIORITY} (5 is normal, 10 urgent), not {priority}")


def check_batch(batch: str | None) -> None:
    """Raises: Refused for a label that is empty, too long or unprintable."""
    if batch is not None and not (0 < len(batch) <= _LONGEST_BATCH and batch.isprintable()):
        raise Refused(f"a batch label has 1 to {_LONGEST_BATCH} printable characters, not {batch[:_LONGEST_BATCH]!r}")


def _filters(videos: Iterable[str] | None, batch: str | None) -> Iterator[JobFilter]:
    """One per MAX_ROWS ids; one for all videos without ids."""
    if videos is None:
        yield JobFilter(batch=batch)
        return
    video_ids = list(dict.fromkeys(videos))
    for start in range(0, len(video_ids), MAX_ROWS):
        yield JobFilter(video_ids=tuple(video_ids[start : start + MAX_ROWS]), batch=batch)


def _pieces(found: Iterable[Link | RefusedLine]) -> Iterator[list[Link | RefusedLine]]:
    rest = iter(found)
    length = MAX_ROWS
    while piece := list(islice(rest, length)):
        yield piece
        length = _LONG_PIECE


def _refused_result(line: RefusedLine) -> dict[str, Any]:
    return {
        "video_id": None,
        "video_path": line.text,
        "status": "refused",
        "reason": line.reason,
        "results_file": None,
        "analyzer_results": {},
    }
