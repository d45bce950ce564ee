"""How right are we beside what somebody would use instead, and what does it cost?

    python -m benchmarks.truth [--quick]

Clips and sounds whose truth is known, one decode for ours; the others read the file or the sound themselves. Prints a
table and one JSON line.
"""

import argparse
import json
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.truth.compared_pictures import Compared, cuts_compared, texts_compared
from benchmarks.truth.compared_sound import beats_compared, loudness_compared, pitch_compared, silences_compared
from benchmarks.truth.conditions import CONDITIONS


@dataclass(frozen=True, slots=True)
class Row:
    """One tool on one task."""

    task: str
    tool: str
    #: How right it is, as the task measures it.
    score: float
    measure: str
    seconds: float


def main() -> None:
    """Prints the table and the JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="the smallest clips alone")
    quick = parser.parse_args().quick
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        for row in _rows(Path(folder), quick):
            rows.append(row)
            print(f"{row.task:34} {row.tool:26} {row.score:8.3f} {row.measure:34} {row.seconds:7.2f} s", flush=True)
    print(json.dumps({"benchmark": "truth", "rows": [asdict(row) for row in rows]}))


def _rows(folder: Path, quick: bool) -> Iterator[Row]:
    conditions = CONDITIONS[:1] if quick else CONDITIONS
    tasks: tuple[tuple[str, str, Callable[[], Compared]], ...] = (
        ("cuts", "F1, hard cuts within a frame", lambda: cuts_compared(conditions, folder)),
        ("text on screen", "character error rate", lambda: texts_compared(folder)),
        ("loudness", "LU off EBU Tech 3341, worst", loudness_compared),
        ("silences", "F1, IoU at least 0.5", silences_compared),
        ("beats", "F1 within 20 ms", beats_compared),
        ("pitch", "share within half a semitone", pitch_compared),
    )
    for task, measure, compared in tasks:
        for tool, score, seconds in compared():
            yield Row(task, tool, round(score, 4), measure, round(seconds, 3))


if __name__ == "__main__":
    main()
