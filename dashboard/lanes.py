"""Where on the time axis is everything that was found in a video?

Segments become bars in lanes: one lane per analyzer and label, all on one axis. Positions are percent of the duration,
so the drawing stretches with the page.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dashboard.show import clock

#: Lanes of one analyzer; further labels share the last one.
MAX_LANES = 12
#: Bars drawn in one lane; the result file has them all.
MAX_BARS = 400
#: Bars that overlap are drawn in this many rows of a lane at most.
MAX_ROWS = 3
#: Percent: an instant (a cut, a beat) is drawn this wide.
_THINNEST = 0.35
#: Seconds between two ticks; the first that gives at most ten is taken.
_TICK_STEPS = (0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600)

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Bar:
    """One segment."""

    #: Percent of the axis.
    x: float
    width: float
    #: Row in its lane, from the top, 0-based.
    row: int
    #: Seconds.
    start: float
    #: One line for people: what, when, how sure, which text.
    says: str
    #: Strength 0–1 for the drawing; 1 where there is no score.
    score: float


@dataclass(frozen=True, slots=True)
class Lane:
    """One row of the timeline."""

    label: str
    bars: tuple[Bar, ...]
    #: Rows that overlapping bars need, 1 to MAX_ROWS.
    rows: int
    #: Segments that are not drawn.
    left_out: int


@dataclass(frozen=True, slots=True)
class Timeline:
    """All lanes of a video on one axis."""

    #: Seconds.
    duration: float
    #: (percent, text) of the axis' ticks.
    ticks: tuple[tuple[float, str], ...]
    #: Lanes by analyzer.
    lanes: Mapping[str, tuple[Lane, ...]]


def timeline(segments: Sequence[Row], duration: float) -> Timeline:
    """The drawing of a video's segments; `duration` in seconds grows when a segment ends after it."""
    end = max([duration, 0.1, *(row["end_s"] for row in segments)])
    by_analyzer: dict[str, list[Row]] = {}
    for row in segments:
        by_analyzer.setdefault(row["analyzer"], []).append(row)
    lanes = {analyzer: tuple(_lanes(rows, end)) for analyzer, rows in by_analyzer.items()}
    return Timeline(duration=end, ticks=tuple(_ticks(end)), lanes=lanes)


def spoken_and_shown(segments: Iterable[Row]) -> list[Row]:
    """The segments with a text, in the order of time: what is said and written."""
    return sorted((row for row in segments if (row["text"] or "").strip()), key=lambda row: row["start_s"])


def describe(row: Row) -> str:
    """ "cut, 0:07.4", "speech, 0:01.0 to 0:04.5, 93 %: and so my fellow"."""
    instant = row["end_s"] <= row["start_s"]
    when = clock(row["start_s"]) if instant else f"{clock(row['start_s'])} to {clock(row['end_s'])}"
    score = f", {row['score']:.0%}" if row["score"] is not None else ""
    text = f": {row['text']}" if row["text"] else ""
    return f"{row['label']}, {when}{score}{text}"


def _lanes(rows: Sequence[Row], end: float) -> Iterable[Lane]:
    labels = list(dict.fromkeys(row["label"] for row in rows))
    if len(labels) > MAX_LANES:
        own, shared = labels[: MAX_LANES - 1], labels[MAX_LANES - 1 :]
    else:
        own, shared = labels, []
    for label in own:
        yield _lane(label, [row for row in rows if row["label"] == label], end)
    if shared:
        yield _lane(f"{len(shared)} more labels", [row for row in rows if row["label"] in set(shared)], end)


def _lane(label: str, rows: Sequence[Row], end: float) -> Lane:
    shown = sorted(rows, key=lambda row: row["start_s"])[:MAX_BARS]
    busy_until: list[float] = []
    bars = []
    for row in shown:
        level = _free_row(busy_until, row["start_s"])
        busy_until[level:] = [row["end_s"], *busy_until[level + 1 :]]
        bars.append(_bar(row, level, end))
    return Lane(label=label, bars=tuple(bars), rows=max(1, len(busy_until)), left_out=len(rows) - len(shown))


def _free_row(busy_until: Sequence[float], start: float) -> int:
    """The first row that is free at `start`; a new one while there may be one; else the row that is free soonest."""
    for level, until in enumerate(busy_until):
        if until <= start:
            return level
    if len(busy_until) < MAX_ROWS:
        return len(busy_until)
    return min(range(len(busy_until)), key=lambda level: busy_until[level])


def _bar(row: Row, level: int, end: float) -> Bar:
    x = min(100 * max(row["start_s"], 0.0) / end, 100 - _THINNEST)
    width = max(100 * (row["end_s"] - row["start_s"]) / end, _THINNEST)
    return Bar(
        x=round(x, 3),
        width=round(min(width, 100 - x), 3),
        row=level,
        start=round(row["start_s"], 3),
        says=describe(row),
        score=round(min(1.0, max(0.0, row["score"])), 2) if row["score"] is not None else 1.0,
    )


def _ticks(end: float) -> Iterable[tuple[float, str]]:
    step = next((step for step in _TICK_STEPS if end / step <= 10), end / 10)
    n = int(end / step)
    for index in range(n + 1):
        at = index * step
        text = clock(at) if step < 1 else clock(at).rpartition(".")[0]
        yield round(100 * at / end, 3), text
