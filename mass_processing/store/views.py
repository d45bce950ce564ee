"""Which typed calls read the views as a whole?"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from mass_processing.records import JobFilter
from mass_processing.store.door import MAX_ROWS
from mass_processing.store.rows import filter_document

#: Videos in one page; one may carry a megabyte of results.
_VIDEOS_AT_ONCE = 25


class View(StrEnum):
    """What people and their tools read; docs/sql.md says what each column is."""

    VIDEOS = "videos"
    SEGMENTS = "segments"
    FAILURES_BY_REASON = "failures_by_reason"
    THROUGHPUT_HOURLY = "throughput_hourly"

    @property
    def is_of_videos(self) -> bool:
        """Whether each row is of one video, so that a filter of videos means something."""
        return self in (View.VIDEOS, View.SEGMENTS)


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a view."""

    name: str
    #: As Postgres writes it, such as `timestamp with time zone`.
    type: str


class Views:
    """Typed calls of the SQL functions that export the views. Thread-safe."""

    def __init__(self, call: Callable[..., list[dict[str, Any]]]) -> None:
        self._call = call

    def columns(self, view: View) -> list[Column]:
        """In order."""
        return [Column(**row) for row in self._call("view_columns", view=view)]

    def rows(self, view: View, which: JobFilter) -> Iterator[dict[str, Any]]:
        """One at a time, fetched in pages: values as JSON has them. Ordered by the job's id, segments then by analyzer
        and start. `which` narrows those views that are of videos."""
        limit = _VIDEOS_AT_ONCE if view is View.VIDEOS else MAX_ROWS
        after: list[Any] | None = None
        while True:
            (answer,) = self._call("export_view", view=view, which=filter_document(which), after=after, limit=limit)
            yield from answer["page"]
            after = answer["after"]
            if after is None:
                return
