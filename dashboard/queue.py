"""How do programs read the queue and put work into it? The JSON under /api/."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from itertools import chain
from typing import Any

from flask import Blueprint, Response, jsonify, request

from dashboard.jobs import filter_of
from dashboard.overview import add_links
from dashboard.show import as_time
from mass_processing.gpu import cards
from mass_processing.records import DEFAULT_PRIORITY, JobFilter
from mass_processing.status import status_document
from mass_processing.web import Problem, json_object, the_store

blueprint = Blueprint("queue", __name__, url_prefix="/api")

#: Links of one request.
MAX_LINKS = 10_000


@blueprint.get("/metrics")
def metrics() -> Response:
    """The document of `bulk_processor.py status --json`, and this machine's cards."""
    document = status_document(the_store(), request.args.get("batch") or None)
    return jsonify({**document, "gpus": [asdict(card) for card in cards()]})


@blueprint.get("/metrics/history")
def history() -> Response:
    """Columns of the last hours, a value per minute; `at` in seconds since 1970."""
    hours = min(72.0, max(0.1, request.args.get("hours", 3.0, type=float)))
    rows = the_store().metrics(hours)
    names = ("pending", "downloading", "processing", "completed", "failed", "completed_per_hour", "workers")
    columns: dict[str, list[Any]] = {name: [row[name] for row in rows] for name in names}
    return jsonify({"at": [at.timestamp() for row in rows if (at := as_time(row["at"]))], **columns})


@blueprint.post("/queue/add")
def add() -> Response:
    """{"urls": [...], "priority": 5, "batch": null} → how many were added, known, refused."""
    body = json_object()
    urls = _texts(body, "urls")
    if not urls:
        raise Problem(400, "no_links", "urls is empty", "Name at least one link")
    if len(urls) > MAX_LINKS:
        raise Problem(
            413, "too_many_links", f"{len(urls):,} links in one request", f"Send at most {MAX_LINKS:,} at once"
        )
    priority = body.get("priority", DEFAULT_PRIORITY)
    if isinstance(priority, bool) or not isinstance(priority, int):
        raise Problem(
            400, "bad_priority", f"priority has to be a whole number, not {priority!r:.40}", "1 to 10; 10 is urgent"
        )
    report = add_links(urls, priority, _text(body, "batch"))
    return jsonify(
        {
            "added": report.added,
            "known": report.known,
            "refused": [{"line": r.line_number, "text": r.text, "reason": r.reason} for r in report.refused],
        }
    )


@blueprint.post("/queue/requeue")
def requeue() -> Response:
    """{"class"?, "batch"?, "video_ids"?} → how many failed jobs wait again; {} is all failed ones, a list that is empty
    none."""
    body = json_object()
    if body.get("video_ids") == []:
        return jsonify({"requeued": 0})
    fields = {name: text for name in ("class", "batch") if (text := _text(body, name))}
    narrowed = filter_of(fields)
    which = JobFilter(tuple(_texts(body, "video_ids")), None, narrowed.failure_class, narrowed.batch)
    return jsonify({"requeued": the_store().requeue(which)})


@blueprint.get("/export/json")
def export() -> Response:
    """Every job with its analysis as one array, streamed; `?batch=` and `?status=` narrow it."""
    rows = the_store().export(filter_of(request.args))
    first = list(_take_one(rows))  # asked for now, so that a database that is away answers 503 and not half a file
    headers = {"Content-Disposition": 'attachment; filename="tiktok-mass-analysis.json"'}
    return Response(_array(chain(first, rows)), mimetype="application/json", headers=headers)


def _take_one(rows: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for row in rows:
        yield row
        return


def _array(rows: Iterator[dict[str, Any]]) -> Iterator[str]:
    separator = "[\n"
    for row in rows:
        yield separator + json.dumps(row, ensure_ascii=False, allow_nan=False)
        separator = ",\n"
    yield "[]\n" if separator == "[\n" else "\n]\n"


def _text(body: dict[str, object], name: str) -> str | None:
    """Raises: Problem (400) when it is there and no string."""
    value = body.get(name)
    if value is None or isinstance(value, str):
        return value or None
    raise Problem(400, f"bad_{name}", f"{name} has to be a string, not {value!r:.40}")


def _texts(body: dict[str, object], name: str) -> list[str]:
    """Raises: Problem (400) when it is there and no array of strings."""
    value = body.get(name, [])
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return value
    raise Problem(400, f"bad_{name}", f"{name} has to be an array of strings, not {value!r:.40}")
