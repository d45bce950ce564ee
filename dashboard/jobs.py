"""Which jobs are there, why did some fail, and what can a person do about them?"""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar
from urllib.parse import urlencode

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from dashboard.overview import whole_number
from mass_processing.bulk_processor import BulkProcessor
from mass_processing.records import FailureClass, JobFilter, JobStatus
from mass_processing.web import Problem, the_store

blueprint = Blueprint("jobs", __name__)

PAGE_SIZE = 50
E = TypeVar("E", bound=StrEnum)


@blueprint.get("/jobs")
def listing() -> str:
    which = filter_of(request.args)
    before = request.args.get("before")
    before_id = whole_number(before, "before") if before else None
    store = the_store()
    rows = store.jobs(which, limit=PAGE_SIZE + 1, before_id=before_id)
    shown = rows[:PAGE_SIZE]
    return render_template(
        "jobs.html",
        jobs=shown,
        which=which,
        here=_page(which),
        stats=store.stats(which.batch),
        older=_page(which, before=shown[-1].id) if len(rows) > PAGE_SIZE else None,
        newest=_page(which) if before_id else None,
        statuses=list(JobStatus),
        classes=list(FailureClass),
        done=_done(),
    )


@blueprint.get("/failures")
def failures() -> str:
    """Failed jobs by class, with the latest reasons of each."""
    store = the_store()
    stats = store.stats()
    groups = [
        (kind, n, store.jobs(JobFilter(status=JobStatus.FAILED, failure_class=FailureClass(kind)), limit=5))
        for kind, n in sorted(stats.failed_by_class.items(), key=lambda item: -item[1])
        if n
    ]
    return render_template("failures.html", groups=groups, stats=stats, done=_done())


@blueprint.post("/jobs/requeue")
def requeue() -> Response:
    """Failed jobs wait again; named completed ones run anew when asked for with `again`."""
    which = _named_jobs()
    again = request.form.get("again") == "1" and bool(which.video_ids)
    return _back("requeued", the_store().requeue(which, again=again))


@blueprint.post("/jobs/reanalyze")
def reanalyze() -> Response:
    """The named analyzers, and what reads from them, run again on the named videos where they have no answer."""
    which = _named_jobs()
    analyzers = request.form.getlist("analyzer")
    if not which.video_ids or not analyzers:
        raise Problem(400, "nothing_named", "no video or no analyzer is named", "Choose one on the page of a video")
    processor = BulkProcessor(current_app.config["MASS_PROCESSING"], the_store())
    return _back("requeued", processor.reanalyze(analyzers, videos=which.video_ids))


@blueprint.post("/jobs/cancel")
def cancel() -> Response:
    which = _named_jobs()
    if not which.video_ids:
        raise Problem(400, "nothing_named", "no video is named to be cancelled", "Choose some in the list first")
    return _back("cancelled", the_store().cancel(which))


def filter_of(fields: Mapping[str, str]) -> JobFilter:
    """The filter that query or form fields name. Raises: Problem (400) for a status or class that doesn't exist."""
    return JobFilter(
        status=_member(JobStatus, fields.get("status"), "status"),
        failure_class=_member(FailureClass, fields.get("class"), "class"),
        batch=fields.get("batch") or None,
    )


def _member(kind: type[E], value: str | None, what: str) -> E | None:
    if not value:
        return None
    try:
        return kind(value)
    except ValueError:
        known = ", ".join(kind)
        raise Problem(400, f"unknown_{what}", f"there is no {what} {value[:40]!r}", f"There are {known}") from None


def _named_jobs() -> JobFilter:
    ids = tuple(request.form.getlist("video_id"))
    if ids:
        return JobFilter(video_ids=ids)
    which = filter_of(request.form)
    if which == JobFilter() and request.form.get("all") != "1":
        raise Problem(400, "nothing_named", "no video is chosen", "Choose some in the list, or a class of failures")
    return which


def _page(which: JobFilter, before: int | None = None) -> str:
    fields = {"status": which.status, "class": which.failure_class, "batch": which.batch, "before": before}
    return f"{url_for('jobs.listing')}?{urlencode({key: value for key, value in fields.items() if value})}"


def _back(action: str, n: int) -> Response:
    """To the page the form was on, which then says what was done."""
    page = request.form.get("back", "")
    local = page.startswith("/") and not page.startswith("//") and "\\" not in page and page.isprintable()
    target = page if local else url_for("jobs.listing")
    return redirect(f"{target}{'&' if '?' in target else '?'}{action}={n}", 303)


def _done() -> str:
    """What the form before this page did, as a sentence; empty when there was none."""
    for action, sentence in (("requeued", "wait again"), ("cancelled", "cancelled")):
        n = request.args.get(action, "")
        if n.isdecimal():
            return f"{int(n):,} {'video' if n == '1' else 'videos'} {sentence}."
    return ""
