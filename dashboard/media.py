"""How does a page get what it plays and shows of a video: its file, its preview, its poster, its large results?"""

import json
import mimetypes
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, current_app, request
from werkzeug.exceptions import RequestedRangeNotSatisfiable
from werkzeug.wsgi import wrap_file

from dashboard.known import known_video
from mass_processing.errors import MediaLost
from mass_processing.media import Media
from mass_processing.media.details import read_details
from mass_processing.media.names import poster_key, preview_key, video_of
from mass_processing.media.place import Opened
from mass_processing.web import Problem

blueprint = Blueprint("media", __name__)

#: How long a browser shows a still before it asks for it again.
_STILL_SECONDS = 300


@blueprint.get("/videos/<video_id>/media")
def original(video_id: str) -> Response:
    """The media file, in ranges. Raises: Problem (404) when it is gone."""
    location = known_video(video_id)["video_path"]
    opened = media().open(location)
    if opened is None:
        raise Problem(404, "no_media", "the media file of this video is not here", "Requeue it to fetch it again")
    return _in_ranges(opened, media_type(location))


@blueprint.get("/videos/<video_id>/preview.mp4")
def preview(video_id: str) -> Response:
    """A small copy of it, which stays when it goes. Raises: Problem (404)."""
    return _kept(preview_key(known_video(video_id)["video_id"]), "video/mp4")


@blueprint.get("/videos/<video_id>/poster.jpg")
def poster(video_id: str) -> Response:
    """A still of it. Raises: Problem (404).

    Lists show many: the database is asked only where the id is another name of the video.
    """
    key = poster_key(video_id)
    if video_of(key) is None or not media().place.probably_has(key):
        key = poster_key(known_video(video_id)["video_id"])
    answer = _kept(key, "image/jpeg")
    answer.headers["Cache-Control"] = f"private, max-age={_STILL_SECONDS}"
    return answer


@blueprint.get("/videos/<video_id>/details/<analyzer>.json")
def details(video_id: str, analyzer: str) -> Response:
    """What was too large of an analyzer's result for a row. Raises: Problem (404)."""
    outcome = (known_video(video_id).get("analyzer_results") or {}).get(analyzer) or {}
    try:
        fields = read_details(outcome, media())
    except MediaLost as error:
        raise Problem(404, "no_details", str(error), "Analyse the video anew") from error
    if not fields:
        raise Problem(404, "no_details", "all of this result is on the video's page and in its download")
    return Response(json.dumps(fields, ensure_ascii=False), mimetype="application/json")


def media() -> Media:
    """The media of the settings this app runs with."""
    found: Media = current_app.extensions.setdefault("media", Media(current_app.config["MASS_PROCESSING"]))
    return found


def sources(video: Mapping[str, Any]) -> list[str]:
    """Endpoints of what a player may try, best first. What lies in a bucket isn't looked for: the page waits for nobody
    but the database."""
    there = []
    if video["video_path"] and media().probably_has(video["video_path"]):
        there.append("media.original")
    if video["analyzer_results"] and media().place.probably_has(preview_key(video["video_id"])):
        there.append("media.preview")
    return there


@blueprint.app_template_test("with_poster")
def has_poster(video_id: str) -> bool:
    """Whether there is probably a still of an analysed video, as `sources` has it."""
    return media().place.probably_has(poster_key(video_id))


def media_type(location: str) -> str:
    """Only types of media: a browser must never take a file for a page."""
    kind = mimetypes.guess_type(location)[0] or ""
    return kind if kind.startswith(("video/", "audio/")) else "application/octet-stream"


def _kept(key: str, kind: str) -> Response:
    """What stays when the media file goes. Raises: Problem (404)."""
    opened = media().place.open(key)
    if opened is None:
        raise Problem(404, "no_preview", "there is no preview of this video", "It is made when the video is analysed")
    return _in_ranges(opened, kind)


def _in_ranges(opened: Opened, kind: str) -> Response:
    """The part that the request asks for."""
    body = wrap_file(request.environ, opened.file)
    response = Response(body, mimetype=kind, direct_passthrough=True)
    response.content_length = opened.size
    response.headers["Cache-Control"] = "private, no-cache"
    try:
        response.make_conditional(request.environ, accept_ranges=True, complete_length=opened.size)
    except RequestedRangeNotSatisfiable:
        opened.file.close()
        raise
    return response
