"""What runs again when an analyzer does, and how do its new outcomes join a video's earlier results?"""

from collections.abc import Iterable, Mapping
from typing import Any

from analyzers.jsonable import jsonable
from mass_processing.errors import Refused
from mass_processing.records import Job, Redo
from mass_processing.results import answered, tally

Document = Mapping[str, Any]


def redos(names: Iterable[str]) -> tuple[Redo, ...]:
    """The analyzers called `names` in the catalogue's versions, each with those that read from it.

    Raises: Refused for a name that there isn't, naming those there are.
    """
    from analyzers.catalog import ANALYZERS, by_name
    from analyzers.run import with_readers

    try:
        chosen = [by_name(name) for name in dict.fromkeys(names)]
    except LookupError as error:
        raise Refused(str(error.args[0])) from error
    return tuple(
        Redo(each.name, each.version, tuple(other.name for other in with_readers(each, ANALYZERS))) for each in chosen
    )


def merged_document(job: Job, earlier: Document, analysis: Document, seconds: float) -> dict[str, Any]:
    """The result file after `job.redo` ran again: the new outcomes beside the earlier ones of all others.

    `earlier` is what `Store.analysis` has, `analysis` what the engine answered, `seconds` its wall time. An answer is
    never given up for none: where the new outcome is `unavailable` or `failed`, the earlier answer is kept. What ran
    under which conditions stands in the metadata, under `reanalyses`, the latest last; the other numbers there
    (seconds, device, versions) are those of the first analysis.
    """
    before = earlier["analyzer_results"]
    news = {name: analysis["analyzer_results"][name] for name in job.redo}
    kept = {name: news[name] for name in news if _would_lose(before.get(name), news[name])}
    replaced = {name: outcome for name, outcome in news.items() if name not in kept}
    results = {**before, **replaced}
    this = {
        "analyzers": list(replaced),
        "kept": {name: f"{outcome['status']}: {outcome['reason']}" for name, outcome in kept.items()},
        "run": job.run,
        "processing_time_seconds": round(seconds, 3),
        "device": analysis["device"],
        "versions": analysis["versions"],
    }
    metadata = {
        **earlier["metadata"],
        "video_path": job.video_path,
        "source": dict(job.metadata),
        "queued_at": job.queued_at,
        "reanalyses": [*_still_true(earlier["metadata"].get("reanalyses", ()), replaced), this],
        **tally(results),
    }
    merged: dict[str, Any] = jsonable({"metadata": metadata, "analyzer_results": results})
    return merged


def latest_reanalysis(document: Document) -> Document | None:
    """The entry of `reanalyses` that a merged document ends with; None for the document of a whole analysis."""
    entries = document["metadata"].get("reanalyses")
    return entries[-1] if entries else None


def replaced_part(document: Document) -> dict[str, Any]:
    """A merged document with those outcomes alone that take the place of earlier ones."""
    latest = latest_reanalysis(document)
    names = latest["analyzers"] if latest else ()
    return {**document, "analyzer_results": {name: document["analyzer_results"][name] for name in names}}


def note_on(latest: Document) -> str | None:
    """What a person should know of a re-run that is over; None when there is nothing to say."""
    if not latest["kept"]:
        return None
    return "earlier answers kept: " + "; ".join(f"{name} is now {why}" for name, why in latest["kept"].items())


def _would_lose(before: Document | None, now: Document) -> bool:
    return before is not None and answered(before) and now["status"] in ("unavailable", "failed")


def _still_true(entries: Iterable[Document], replaced: Document) -> list[dict[str, Any]]:
    """Earlier entries without what was replaced since, and without those of which nothing is left."""
    left = [{**entry, "analyzers": [name for name in entry["analyzers"] if name not in replaced]} for entry in entries]
    return [entry for entry in left if entry["analyzers"]]
