"""What is known about one video? Its page, its media file, its result."""

import json
import mimetypes
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, current_app, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response as AnyResponse

from analyzers.jsonable import jsonable
from dashboard.lanes import spoken_and_shown, timeline
from mass_processing.errors import Refused
from mass_processing.transcripts import SubtitleForm, cues_of
from mass_processing.urls import canonical_link
from mass_processing.web import Problem, the_store

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
    media = media_file(video)
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
        media_type=media_type(media) if media else None,
        media_size=media.stat().st_size if media else None,
        transcript_endings=list(SubtitleForm) if cues_of(video) else [],
    )


@blueprint.get("/videos/<video_id>/media")
def media(video_id: str) -> Response:
    """The media file, in ranges. Raises: Problem (404) when it is gone."""
    video = known_video(video_id)
    path = media_file(video)
    if path is None:
        raise Problem(
            404, "no_media", "the media file of this video is not on this machine", "Requeue it to fetch it again"
        )
    response = send_file(path, mimetype=media_type(path), conditional=True, max_age=0)
    response.headers["Cache-Control"] = "private, no-cache"
    return response


@blueprint.get("/videos/<video_id>/result.json")
def result(video_id: str) -> Response:
    """The result as it stands in the database, as a download."""
    video = known_video(video_id)
    name = str(video["video_id"]).replace(":", "_")
    body = json.dumps(jsonable(video), ensure_ascii=False, indent=1, allow_nan=False)
    disposition = {"Content-Disposition": f'attachment; filename="{name}.json"'}
    return Response(body, mimetype="application/json", headers=disposition)


def name_of(asked: str) -> str:
    """The id of the video that a link names; anything else is taken as an id."""
    if "://" not in asked:
        return asked
    try:
        return canonical_link(asked, current_app.config["MASS_PROCESSING"]).video_id
    except Refused as error:
        raise Problem(400, "unknown_link", str(error), "Paste the link of one video, or its id") from error


def known_video(video_id: str) -> dict[str, Any]:
    """Raises: Problem (404)."""
    video = the_store().video(video_id)
    if video is None:
        hint = "Add its link on the overview page, or look for it among the jobs"
        raise Problem(404, "unknown_video", f"there is no video {video_id[:120]!r}", hint)
    return video


def media_file(video: Document) -> Path | None:
    """The media file, when it lies on this machine."""
    named = video.get("video_path")
    if not named:
        return None
    path = Path(named)
    return path.resolve() if path.is_absolute() and path.is_file() else None


def media_type(path: Path) -> str:
    """Only types of media: a browser must never take a file for a page."""
    kind = mimetypes.guess_type(path.name)[0] or ""
    return kind if kind.startswith(("video/", "audio/")) else "application/octet-stream"


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
    text = json.dumps(jsonable(outcome), ensure_ascii=False, indent=2)
    return text if len(text) <= MAX_RAW else f"{text[:MAX_RAW]}\n… cut here; the download has all of it"


def tally(results: Document) -> dict[str, int]:
    """How many analyzers ended how, worst first."""
    statuses = [outcome.get("status", "failed") for outcome in results.values()]
    return {status: n for status in _ORDER if (n := statuses.count(status))}


def _rank(outcome: Document) -> int:
    status = outcome.get("status")
    return _ORDER.index(status) if status in _ORDER else 0
