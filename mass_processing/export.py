"""How do rows become a file for other programs: .json, .ndjson, .csv or .parquet?

Rows are written as they come, so that memory doesn't grow with their number. The file appears under its name when it is
whole; one that was there before stays until then.
"""

import csv
import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from mass_processing.errors import Refused
from mass_processing.whole import whole_file

#: Rows and characters that are gathered for one row group of a parquet file.
_GROUP_ROWS = 1000
_GROUP_CHARACTERS = 16_000_000

#: What a spreadsheet takes for the start of a formula; the wide forms too. Empty text is none.
_FORMULA_STARTS = tuple("=+-@\uff1d\uff0b\uff0d\uff20")

#: Columns of the flat forms (csv, parquet) and their type; then come two per analyzer, `<name>_status` and
#: `<name>_headline`, and in parquet `metadata` and `analyzer_results` as JSON text.
COLUMNS: dict[str, type] = {
    "video_id": str,
    "url": str,
    "source": str,
    "status": str,
    "priority": int,
    "batch": str,
    "failure_class": str,
    "reason": str,
    "attempts": int,
    "added_at": str,
    "updated_at": str,
    "started_at": str,
    "ended_at": str,
    "duration_s": float,
    "processing_time_seconds": float,
    "realtime_factor": float,
    "successful_analyzers": int,
    "total_analyzers": int,
    "device": str,
    "video_path": str,
    "results_file": str,
}


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written."""

    path: Path
    rows: int
    #: Bytes.
    size: int


class _Writer(ABC):
    """Writes rows to an open file."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    @abstractmethod
    def write(self, row: Mapping[str, Any]) -> None: ...

    def end(self) -> None:  # noqa: B027  # most forms need neither
        """What comes after the last row."""

    def abandon(self) -> None:  # noqa: B027  # nothing to drop is a fine default
        """Lets go of what it holds; the file is thrown away."""


def export(rows: Iterable[Mapping[str, Any]], target: Path) -> Exported:
    """Writes `rows` (as `Store.export` has them: values that JSON knows) to `target`, in the form its suffix names.

    Raises: Refused for an unknown suffix or a folder that isn't there, OSError when the disk is full.
    """
    form = _form_of(target)
    with whole_file(target) as file:
        count = _write_all(form(file), rows)
    return Exported(target, count, target.stat().st_size)


def _write_all(writer: "_Writer", rows: Iterable[Mapping[str, Any]]) -> int:
    """How many rows there were."""
    count = 0
    try:
        for row in rows:
            writer.write(row)
            count += 1
        writer.end()
    except BaseException:
        writer.abandon()
        raise
    return count


def check_target(target: Path) -> None:
    """Raises: Refused for a suffix that names no form we write; asked before the work begins."""
    _form_of(target)


class _Json(_Writer):
    """One array."""

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__(file)
        self._before = b"[\n"

    def write(self, row: Mapping[str, Any]) -> None:
        self._file.write(self._before + _json_line(row))
        self._before = b",\n"

    def end(self) -> None:
        self._file.write(b"[]\n" if self._before == b"[\n" else b"\n]\n")


class _Ndjson(_Writer):
    """One object per line."""

    def write(self, row: Mapping[str, Any]) -> None:
        self._file.write(_json_line(row) + b"\n")


class _Csv(_Writer):
    """One line per video; a mark at its beginning tells Excel that it is UTF-8."""

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__(file)
        self._file.write(b"\xef\xbb\xbf")
        self._lines = csv.writer(_AsUtf8(file))
        self._lines.writerow([*COLUMNS, *_analyzer_columns()])

    def write(self, row: Mapping[str, Any]) -> None:
        self._lines.writerow([_inert(cell) for cell in _flat(row).values()])


class _AsUtf8:
    """What csv needs of a file: it hands over text."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def write(self, text: str) -> int:
        return self._file.write(text.encode("utf-8"))


class _Parquet(_Writer):
    """One row per video, typed columns, in groups of at most 1000 rows or 16 MB."""

    def __init__(self, file: IO[bytes]) -> None:
        import pyarrow as arrow
        import pyarrow.parquet as parquet

        super().__init__(file)
        kinds = {str: arrow.string(), int: arrow.int64(), float: arrow.float64()}
        fields = [(name, kinds[kind]) for name, kind in COLUMNS.items()]
        texts = [*_analyzer_columns(), "metadata", "analyzer_results"]
        self._schema = arrow.schema([*fields, *((name, arrow.string()) for name in texts)])
        self._file_writer = parquet.ParquetWriter(file, self._schema, compression="zstd")
        self._group: list[dict[str, Any]] = []
        self._characters = 0

    def write(self, row: Mapping[str, Any]) -> None:
        texts = {name: _json_line(row.get(name) or {}).decode() for name in ("metadata", "analyzer_results")}
        self._group.append(_flat(row) | texts)
        self._characters += sum(map(len, texts.values()))
        if len(self._group) >= _GROUP_ROWS or self._characters >= _GROUP_CHARACTERS:
            self._flush()

    def end(self) -> None:
        if self._group:
            self._flush()
        self._file_writer.close()

    def abandon(self) -> None:
        import pyarrow as arrow

        # Closing writes the footer, and what went wrong may go wrong again; left open it would close itself later.
        with suppress(OSError, ValueError, arrow.ArrowException):  # see above
            self._file_writer.close()

    def _flush(self) -> None:
        import pyarrow as arrow

        self._file_writer.write_table(arrow.Table.from_pylist(self._group, schema=self._schema))
        self._group = []
        self._characters = 0


_FORMS: dict[str, type[_Writer]] = {".json": _Json, ".ndjson": _Ndjson, ".csv": _Csv, ".parquet": _Parquet}


def _form_of(target: Path) -> type[_Writer]:
    form = _FORMS.get(target.suffix.lower())
    if form is None:
        raise Refused(f"{target.name} should end with one of {' '.join(_FORMS)}; the ending says what is written")
    return form


def _json_line(row: Any) -> bytes:
    return json.dumps(row, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode("utf-8")


def _analyzer_columns() -> Iterator[str]:
    from analyzers.catalog import ANALYZERS

    for analyzer in ANALYZERS:
        yield f"{analyzer.name}_status"
        yield f"{analyzer.name}_headline"


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """The row's cells under the names of the flat forms' columns; None where there is nothing."""
    flat = {name: row.get(name) for name in COLUMNS}
    results = row.get("analyzer_results") or {}
    for column in _analyzer_columns():
        name, _, field = column.rpartition("_")
        flat[column] = (results.get(name) or {}).get(field)
    return flat


def _inert(cell: Any) -> Any:
    """A cell that no spreadsheet runs as a formula (OWASP "CSV injection"); numbers stay numbers."""
    if isinstance(cell, str) and (cell[:1] in ("\t", "\r") or cell.lstrip()[:1] in _FORMULA_STARTS):
        return f"'{cell}"
    return cell
