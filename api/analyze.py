"""What happens between POST /analyze and its answer?

The video goes through the same queue and the same engine as all others, before all others; the request waits for it.
"""

import os
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any

from apiflask import APIBlueprint, Schema
from apiflask.fields import Boolean, Float, Integer, Nested, String
from apiflask.validators import Length, Range
from flask import current_app

from mass_processing.bulk_processor import BulkProcessor
from mass_processing.errors import Refused
from mass_processing.follow import Following, NobodyWorks, Progress, follow, why_nothing_moves
from mass_processing.records import FailureClass, JobStatus, Link, Source
from mass_processing.settings import Settings
from mass_processing.store import Store
from mass_processing.urls import canonical_link
from mass_processing.web import Problem, json_object, the_store

blueprint = APIBlueprint("analyze", __name__)

#: Seconds between two looks at the video.
_LOOK_EVERY = 0.25
#: Failures that lie in what was asked for; the others lie with the site or with us.
_ITS_OWN_FAULT = frozenset(
    {FailureClass.PERMANENT, FailureClass.UNSUPPORTED, FailureClass.AUTH_NEEDED, FailureClass.INVALID_MEDIA}
)


class AnalyzeIn(Schema):
    video_path = String(
        validate=Length(1, 4096), metadata={"description": "Absolute path of a video file under MEDIA_ROOTS"}
    )
    url = String(validate=Length(1, 2048), metadata={"description": "Instead of a path: a link"})
    again = Boolean(load_default=False, metadata={"description": "Analyse a known video anew"})
    timeout_s = Float(
        validate=Range(1, 3600), metadata={"description": "Seconds to wait; the default is VIDEO_TIME_LIMIT"}
    )


class AnalyzeOut(Schema):
    status = String()
    video_id = String()
    successful_analyzers = Integer()
    total_analyzers = Integer()
    results_file = String(allow_none=True)
    processing_time = Float(allow_none=True, metadata={"description": "Seconds of analysis"})
    realtime_factor = Float(allow_none=True, metadata={"description": "Seconds of analysis per second of video"})


class ErrorFacts(Schema):
    code = String()
    message = String()
    hint = String(allow_none=True)


class ErrorOut(Schema):
    error = Nested(ErrorFacts)
    video_id = String(metadata={"description": "Where the error is about a known video"})


class WaitingPlaces:
    """How many requests may wait at once: one thread of the server waits in each."""

    def __init__(self, places: int) -> None:
        self._free = threading.BoundedSemaphore(places)

    @contextmanager
    def one(self) -> Iterator[None]:
        """Raises: Problem (503) when all are taken."""
        if not self._free.acquire(blocking=False):
            hint = "Try again, or add many videos with bulk_processor.py add"
            raise Problem(503, "too_many_waiting", "too many requests wait for their video", hint, retry_after=30)
        try:
            yield
        finally:
            self._free.release()


@blueprint.before_request
def refuse_what_is_no_object() -> None:
    json_object()


@blueprint.post("/analyze")
@blueprint.input(AnalyzeIn, location="json")
@blueprint.output(AnalyzeOut)
@blueprint.doc(
    summary="Analyse one video now and wait for it",
    responses={
        403: "The file lies outside MEDIA_ROOTS",
        404: "There is no such file",
        422: "It is not a video, or can't be had",
        503: "No worker is alive, or too many requests wait",
        504: "Not done in time; it goes on",
    },
)
def analyze(json_data: Mapping[str, Any]) -> dict[str, Any]:
    knobs: Settings = current_app.config["MASS_PROCESSING"]
    places: WaitingPlaces = current_app.extensions["waiting_places"]
    asked = named_video(json_data, knobs)
    store = the_store()
    refuse_without_workers(store, asked)
    timeout = float(json_data.get("timeout_s") or knobs.video_time_limit)
    with places.one():
        BulkProcessor(knobs, store).process_now(asked.url, again=json_data["again"])
        wait(store, asked.video_id, timeout)
    return answer(store, asked.video_id)


def named_video(body: Mapping[str, Any], settings: Settings) -> Link:
    """The video that the body names. Raises: Problem, Refused."""
    if ("video_path" in body) == ("url" in body):
        raise Problem(400, "bad_request", "name either video_path or url", 'Such as {"video_path": "/videos/a.mp4"}')
    if "video_path" in body:
        return _file(body["video_path"], settings)
    url: str = body["url"]
    if "://" not in url:
        raise Problem(400, "bad_url", f"{url[:80]!r} is not a link", "A link starts with https://")
    return canonical_link(url, settings)


def _file(named: str, settings: Settings) -> Link:
    path = Path(named)
    if not path.is_absolute() or not named.isprintable():
        raise Problem(400, "not_absolute", f"{named[:200]!r} is not an absolute path", "It has to start with /")
    real = Path(os.path.realpath(path))
    # Said before anything about the file itself: what lies outside is nobody's business.
    if not any(real.is_relative_to(os.path.realpath(root)) for root in settings.media_roots):
        hint = "Move it into one of these folders, or add its folder to MEDIA_ROOTS"
        raise Problem(403, "outside_media_roots", f"{named} is outside the folders in MEDIA_ROOTS", hint)
    if not real.exists():
        raise Problem(404, "not_found", f"there is no file {named}", "Check the path; it is one of the server's")
    try:
        return canonical_link(str(real), settings)
    except Refused as error:
        raise Problem(422, FailureClass.INVALID_MEDIA, str(error), "Name a video file") from error


def refuse_without_workers(store: Store, asked: Link) -> None:
    """Raises: Problem (503) when nobody could take the video: waiting would be in vain."""
    needed = Progress(processing=1) if asked.source is Source.FILE else Progress(pending=1)
    if missing := why_nothing_moves(store, needed):
        raise _nobody_works(missing)


def wait(store: Store, video_id: str, timeout: float) -> None:
    """Until the video ended. Raises: Problem (503, 504) when the workers go away or the time is over."""
    until = monotonic() + timeout
    try:
        for progress in follow(Following(store, video_ids=[video_id]), store, every=_LOOK_EVERY):
            if not progress.done and monotonic() >= until:
                hint = "It goes on: ask again, or look at its page on the dashboard"
                raise Problem(
                    504, "not_done_yet", f"{video_id} is not done after {timeout:g} s", hint, video_id=video_id
                )
    except NobodyWorks as error:
        raise _nobody_works(str(error), video_id) from error


def answer(store: Store, video_id: str) -> dict[str, Any]:
    """The ended video in numbers. Raises: Problem when it failed or is gone."""
    video = store.video(video_id)
    if video is None:
        raise Problem(
            410, "gone", f"{video_id} was removed while it was waited for", "Send it again", video_id=video_id
        )
    if video["status"] != JobStatus.COMPLETED:
        raise _failed(video)
    return {
        "status": video["status"],
        "video_id": video["video_id"],
        "successful_analyzers": video["successful_analyzers"],
        "total_analyzers": video["total_analyzers"],
        "results_file": video["results_file"],
        "processing_time": video["processing_time_seconds"],
        "realtime_factor": video["realtime_factor"],
    }


def sentences(detail: object) -> Iterable[str]:
    """What the validation found, flat: `video_path: Not a valid string.`"""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            for sentence in sentences(inner):
                yield sentence if name in ("json", "_schema") else f"{name}: {sentence}"
    elif isinstance(detail, list | tuple):
        for inner in detail:
            yield from sentences(inner)
    else:
        yield str(detail).rstrip(".")


def _failed(video: Mapping[str, Any]) -> Problem:
    kind = FailureClass(video["failure_class"])
    status = 422 if kind in _ITS_OWN_FAULT else 409 if kind is FailureClass.CANCELLED else 502
    return Problem(status, kind, video["reason"] or f"it failed as {kind}", video_id=video["video_id"])


def _nobody_works(missing: str, video_id: str = "") -> Problem:
    return Problem(503, "no_worker", missing, retry_after=30, video_id=video_id)
