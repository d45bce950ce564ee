"""How long does it take to take everything out, in which memory?"""

import tempfile
from pathlib import Path

from benchmarks.backends import Backends
from benchmarks.commands import bulk_processor
from benchmarks.figures import Figure


def exporting(at: Backends) -> list[Figure]:
    """All videos and segments, by the command that users type."""
    rows = {
        "parquet": sum(int(at.value(f"select count(*) from public.{view}")) for view in ("videos", "segments")),
        "ndjson": (videos := int(at.value("select count(*) from public.videos"))),
        "csv": videos,
    }
    with tempfile.TemporaryDirectory(dir=at.settings.var_dir) as folder:
        ways = {
            "parquet": ("--parquet", f"{folder}/views"),
            "ndjson": ("-o", f"{folder}/videos.ndjson"),
            "csv": ("-o", f"{folder}/videos.csv"),
        }
        return [figure for form, way in ways.items() for figure in _export(form, way, rows[form])]


def _export(form: str, way: tuple[str, str], rows: int) -> list[Figure]:
    seconds, peak = bulk_processor("export", *way)
    target = Path(way[1])
    written = sum(file.stat().st_size for file in (target.iterdir() if target.is_dir() else (target,)))
    return [
        Figure(f"export to {form}, rows", rows, ""),
        Figure(f"export to {form}, whole command", seconds, "s"),
        Figure(f"export to {form}, peak memory of the command", peak / 1e6, "MB"),
        Figure(f"export to {form}, written", written / 1e6, "MB"),
    ]
