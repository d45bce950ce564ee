"""What does a figure look like, and how are many of them shown?"""

import json
import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value."""

    #: Unique; the key in the JSON line.
    name: str
    value: float
    unit: str
    #: What is promised at full size; empty where nothing is.
    goal: str = ""


def milliseconds(name: str, seconds: Sequence[float], goal: str = "") -> list[Figure]:
    """The median and the 99th percentile of many."""
    worst = sorted(seconds)[int(0.99 * (len(seconds) - 1))]
    return [
        Figure(f"{name}, median", statistics.median(seconds) * 1000, "ms", goal),
        Figure(f"{name}, p99 of {len(seconds)}", worst * 1000, "ms", goal),
    ]


def show(figures: Sequence[Figure]) -> None:
    """The rows of the table, as soon as they are known."""
    for each in figures:
        print(f"{each.name:58} {each.value:14,.2f} {each.unit:8} {each.goal}", flush=True)


def json_line(benchmark: str, figures: Sequence[Figure], **about: object) -> str:
    """All of them for programs."""
    values = {f"{each.name} ({each.unit})": round(each.value, 4) for each in figures}
    return json.dumps({"benchmark": benchmark, **about, "figures": values})
