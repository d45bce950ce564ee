"""How do the database's views become Parquet files, one per view, with the types they have there?

Rows are fetched in pages and written in groups, so that memory doesn't grow with their number. A column that a view
gains comes along by itself.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as arrow
import pyarrow.parquet as parquet

from mass_processing.export import Exported
from mass_processing.records import JobFilter
from mass_processing.store.store import EVERYTHING
from mass_processing.store.views import Column, View, Views
from mass_processing.whole import whole_folder

#: Rows and characters of text that are gathered for one row group.
_GROUP_ROWS = 10_000
_GROUP_CHARACTERS = 16_000_000

Rows = Iterator[Mapping[str, Any]]


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else _as_json(value)


def _as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _as_time(value: str) -> datetime | None:
    """None for an infinite one."""
    return None if value.endswith("infinity") else datetime.fromisoformat(value)


#: Type in Postgres -> type in the file, and how the JSON value becomes a value of it. Any other is written as text.
_KINDS: dict[str, tuple[arrow.DataType, Callable[[Any], Any]]] = {
    "smallint": (arrow.int16(), int),
    "integer": (arrow.int32(), int),
    "bigint": (arrow.int64(), int),
    "real": (arrow.float32(), float),
    "double precision": (arrow.float64(), float),
    "numeric": (arrow.float64(), float),
    "boolean": (arrow.bool_(), bool),
    "timestamp with time zone": (arrow.timestamp("us", tz="UTC"), _as_time),
    "date": (arrow.date32(), date.fromisoformat),
    "text": (arrow.string(), _as_text),
    "text[]": (arrow.list_(arrow.string()), list),
    "jsonb": (arrow.string(), _as_json),
    "json": (arrow.string(), _as_json),
}
_OTHER = (arrow.string(), _as_text)


def export_views(
    views: Views,
    target: Path,
    which: JobFilter = EVERYTHING,
    watched: Callable[[Rows], Rows] = lambda rows: rows,
) -> list[Exported]:
    """Writes `videos.parquet`, `segments.parquet` and so on into the folder `target`; what was written.

    With a filter only the views whose rows are of single videos, narrowed by it: the counts of the others are of all.
    `watched` is given the rows as they pass. Raises: as `whole_folder`, and BackendAway; then nothing is left.
    """
    wanted = [view for view in View if view.is_of_videos or which == EVERYTHING]
    with whole_folder(target) as folder:
        counts = {
            view: _write(folder / f"{view}.parquet", views.columns(view), watched(views.rows(view, which)))
            for view in wanted
        }
    files = {view: target / f"{view}.parquet" for view in wanted}
    return [Exported(files[view], count, files[view].stat().st_size) for view, count in counts.items()]


def _write(path: Path, columns: Sequence[Column], rows: Iterable[Mapping[str, Any]]) -> int:
    """How many rows there were."""
    kinds = {column.name: _KINDS.get(column.type, _OTHER) for column in columns}
    schema = arrow.schema([(name, kind) for name, (kind, _) in kinds.items()])
    # At once: a result as text is a quarter of what it is as objects.
    cells = ([_cell(row[name], convert) for name, (_, convert) in kinds.items()] for row in rows)
    count = 0
    with parquet.ParquetWriter(path, schema, compression="zstd") as file:
        for group in _groups(cells):
            file.write_table(arrow.Table.from_pydict(dict(zip(kinds, zip(*group, strict=True), strict=True)), schema))
            count += len(group)
    return count


def _cell(value: Any, convert: Callable[[Any], Any]) -> Any:
    return None if value is None else convert(value)


def _groups(rows: Iterable[list[Any]]) -> Iterator[list[list[Any]]]:
    group: list[list[Any]] = []
    characters = 0
    for row in rows:
        group.append(row)
        characters += sum(len(cell) for cell in row if isinstance(cell, str))
        if len(group) >= _GROUP_ROWS or characters >= _GROUP_CHARACTERS:
            yield group
            group, characters = [], 0
    if group:
        yield group
