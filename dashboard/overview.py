"""How is the whole system doing right now? The first page, the workers, and the box for new links."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint, current_app, render_template, request
from werkzeug.exceptions import HTTPException

from mass_processing import faults
from mass_processing.bulk_processor import AddReport, BulkProcessor
from mass_processing.errors import MassProcessingError
from mass_processing.health import missing_workers, why_redis_is_away
from mass_processing.pauses import present_pauses
from mass_processing.records import DEFAULT_PRIORITY, JobFilter, JobRow, JobStatus, QueueStats, WorkerRow
from mass_processing.settings import Settings
from mass_processing.store import Store
from mass_processing.web import Problem, as_problem, the_store

blueprint = Blueprint("overview", __name__)

#: Jobs shown on the first page.
LATEST = 12


@dataclass(frozen=True, slots=True)
class Tile:
    """One of the five counts."""

    status: JobStatus
    count: int
    #: Share of all jobs, 0–1.
    share: float


@blueprint.get("/")
def page() -> str:
    store = the_store()
    stats, workers = store.stats(), store.workers()
    return render_template(
        "overview.html",
        stats=stats,
        webhooks=store.deliveries.counts(),
        tiles=tiles(stats),
        workers=workers,
        warnings=warnings(workers, stats),
        jobs=latest_jobs(store),
        report=None,
        form={"priority": DEFAULT_PRIORITY},
    )


@blueprint.get("/workers")
def workers_page() -> str:
    store = the_store()
    workers = store.workers()
    return render_template("workers.html", workers=workers, warnings=warnings(workers, store.stats()))


@blueprint.get("/add")
def add_page() -> str:
    return render_template("add.html", report=None, form={"priority": DEFAULT_PRIORITY})


@blueprint.post("/add")
def add() -> tuple[str, int]:
    """Takes the links of the form in; a refused line is shown with its reason, the good ones still go in.

    Whatever goes wrong is said beside the form, which keeps what was typed.
    """
    form: Mapping[str, str] = {"priority": str(DEFAULT_PRIORITY)}
    try:
        form = request.form
        report = add_links(*read_form(form))
    except (MassProcessingError, HTTPException) as error:
        problem = as_problem(error)
        return render_template("add.html", report=None, form=form, problem=problem), problem.status
    left = "\n".join(refused.text for refused in report.refused)
    return render_template("add.html", report=report, form={**form, "urls": left}), 200


def read_form(form: Mapping[str, str]) -> tuple[list[str], int, str | None]:
    """Lines, priority and batch. Raises: Problem (400)."""
    lines = form.get("urls", "").splitlines()
    if not any(line.strip() for line in lines):
        raise Problem(400, "no_links", "there is no link in the box", "Paste one link per line")
    return lines, whole_number(form.get("priority", ""), "the priority"), form.get("batch", "").strip() or None


def add_links(lines: list[str], priority: int, batch: str | None) -> AddReport:
    """Raises: Refused for a bad priority or batch."""
    knobs: Settings = current_app.config["MASS_PROCESSING"]
    report = BulkProcessor(knobs, the_store()).add(lines, priority=priority, batch=batch)
    faults.hit("A2")
    return report


def whole_number(text: str, what: str) -> int:
    """Raises: Problem (400)."""
    try:
        return int(text)
    except ValueError:
        raise Problem(400, "not_a_number", f"{what} has to be a whole number, not {text[:40]!r}") from None


def latest_jobs(store: Store) -> list[JobRow]:
    """The jobs that changed last, few of them pending, so that a large `add` doesn't push the moving ones off the page.

    The newest of each state are looked at: videos pass in the order they were added, so these are where the work is.
    """
    shown = {status: LATEST for status in JobStatus} | {JobStatus.PENDING: LATEST // 3}
    heads = [row for status, limit in shown.items() for row in store.jobs(JobFilter(status=status), limit=limit)]
    return sorted(heads, key=lambda row: row.updated_at, reverse=True)[:LATEST]


def tiles(stats: QueueStats) -> list[Tile]:
    """The five counts in the order a video passes them."""
    total = max(1, stats.jobs.get("total", 0))
    return [Tile(status, (n := stats.jobs.get(status.value, 0)), n / total) for status in JobStatus]


def warnings(workers: list[WorkerRow], stats: QueueStats) -> list[str]:
    """What keeps videos waiting, as sentences for the banner."""
    found = [why_redis_is_away(current_app.config["MASS_PROCESSING"]), *missing_workers(workers)]
    waiting = stats.jobs.get("pending", 0) + stats.jobs.get("processing", 0)
    prefix = f"{waiting:,} videos wait: " if waiting > 1 else ""
    # A pause is no fault: it ends by itself.
    return [prefix + reason for reason in found if reason] + [str(pause) for pause in present_pauses(workers)]
