"""How are times, sizes and links written on the pages?"""

from collections.abc import Callable
from datetime import UTC, datetime
from math import isfinite
from typing import Any
from urllib.parse import urlsplit

from flask import Flask

_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))
#: What an empty value looks like.
NOTHING = "–"


def add_filters(app: Flask) -> None:
    """Makes the functions below filters of the templates."""
    filters: tuple[Callable[..., Any], ...] = (ago, bytes_size, clock, count, duration, moment, web_link, words)
    for function in filters:
        app.add_template_filter(function)


def count(number: float | None) -> str:
    """12345 → "12,345"; 3.25 → "3.2"."""
    if number is None:
        return NOTHING
    return f"{number:,.0f}" if number == int(number) or abs(number) >= 100 else f"{number:,.1f}"


def duration(seconds: float | None) -> str:
    """5000 → "1 h 23 min": the two largest units that count."""
    if seconds is None or not isfinite(seconds):
        return NOTHING
    if seconds < 10:
        return f"{max(seconds, 0):.1f} s"
    left = round(seconds)
    parts = []
    for size, unit in _UNITS:
        amount, left = divmod(left, size)
        if amount:
            parts.append(f"{amount} {unit}")
    return " ".join(parts[:2])


def clock(seconds: float) -> str:
    """83.4 → "1:23.4", as a player shows it."""
    tenths = round(seconds * 10)
    minutes, rest = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest / 10:04.1f}" if hours else f"{minutes}:{rest / 10:04.1f}"


def as_time(value: datetime | str | None) -> datetime | None:
    """A moment from the store, aware of its zone; None when there is none or it can't be read."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    if value is None:
        return None
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def ago(value: datetime | str | None) -> str:
    """ "3 min ago", by this machine's clock."""
    at = as_time(value)
    if at is None:
        return NOTHING
    seconds = (datetime.now(UTC) - at).total_seconds()
    if seconds < 5:
        return "just now"
    size, unit = next((size, unit) for size, unit in _UNITS if seconds >= size)
    return f"{int(seconds // size)} {unit} ago"


def moment(value: datetime | str | None) -> str:
    """ "2026-11-21 03:05:09 UTC"."""
    at = as_time(value)
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC") if at else NOTHING


def bytes_size(size: float | None) -> str:
    """1500000 → "1.5 MB"."""
    if size is None:
        return NOTHING
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"


def web_link(url: object) -> str:
    """The link when a browser may follow it (http or https), else empty: captions and rows may hold anything."""
    if not isinstance(url, str):
        return ""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme in ("http", "https") and parts.netloc else ""


def words(name: object) -> str:
    """ "auth_needed" → "auth needed"."""
    return str(name).replace("_", " ")
