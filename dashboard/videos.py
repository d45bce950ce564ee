"""What is known about one video? Its page, and its result."""

import json
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from dashboard.known import known_video, name_of
from dashboard.lanes import spoken_and_shown, timeline
from dashboard.media import has_poster, sources
from mass_processing.transcripts import SubtitleForm, cues_of
from mass_processing.web import the_store

blueprint = Blueprint("videos", __name__)

#: Characters of one analyzer's JSON on the page; the download has all of it.
MAX_RAW = 20_000
#: Worst first: what a person should look at stands on top.
_ORDER = ("failed", "unavailable", "degraded", "ok", "skipped")

Document = Mapping[str, Any]


@blueprint.get("/videos")
def find() -> AnyResponse:
    """By id or any form of its link."""
    asked = request.args.get("q", "").strip()
    if not asked:
        return redirect(url_for("jobs.listing"))
    return redirect(url_for("videos.page", video_id=known_video(name_of(asked))["video_id"]))


@blueprint.get("/videos/<video_id>")
def page(video_id: str) -> str:
    video = known_video(video_id)
    segments = the_store().segments(video["video_id"])
    results: Document = video.get("analyzer_results") or {}
    facts = media_facts(video)
    return render_template(
        "video.html",
        video=video,
        facts=facts,
        metadata=source_metadata(video),
        timeline=timeline(segments, float(facts.get("duration") or 0.0)) if segments else None,
        texts=spoken_and_shown(segments),
        results=sorted(results.items(), key=lambda item: _rank(item[1])),
        tally=tally(results),
        raw={name: raw_json(outcome) for name, outcome in results.items()},
        sources=sources(video),
        has_poster=bool(video["analyzer_results"]) and has_poster(video["video_id"]),
        media_size=facts.get("size"),
        transcript_endings=list(SubtitleForm) if cues_of(video) else [],
    )


@blueprint.get("/videos/<video_id>/result.json")
def result(video_id: str) -> Response:
    """The result as it stands in the database, as a download."""
    video = known_video(video_id)
    name = str(video["video_id"]).replace(":", "_")
    body = json.dumps(video, ensure_ascii=False, indent=1, allow_nan=False)
    disposition = {"Content-Disposition": f'attachment; filename="{name}.json"'}
    return Response(body, mimetype="application/json", headers=disposition)


def media_facts(video: Document) -> Document:
    """Duration, size and codecs as they were decoded; {} until the video was analysed."""
    facts = (video.get("metadata") or {}).get("video")
    return facts if isinstance(facts, dict) else {}


def source_metadata(video: Document) -> Document:
    """What the source told about the video; without the numbers of the analysis, which stand elsewhere on the page."""
    metadata = video.get("metadata") or {}
    source = metadata.get("source", metadata)
    return source if isinstance(source, dict) else {}


def raw_json(outcome: Document) -> str:
    """One analyzer's document as text, cut at MAX_RAW."""
    text = json.dumps(outcome, ensure_ascii=False, indent=2)
    return text if len(text) <= MAX_RAW else f"{text[:MAX_RAW]}\n… cut here; the download has all of it"


def tally(results: Document) -> dict[str, int]:
    """How many analyzers ended how, worst first."""
    statuses = [outcome.get("status", "failed") for outcome in results.values()]
    return {status: n for status in _ORDER if (n := statuses.count(status))}


def _rank(outcome: Document) -> int:
    status = outcome.get("status")
    return _ORDER.index(status) if status in _ORDER else 0
