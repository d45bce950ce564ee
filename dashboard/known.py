"""Which video is meant?"""

from typing import Any

from flask import current_app

from mass_processing.errors import Refused
from mass_processing.urls import canonical_link
from mass_processing.web import Problem, the_store


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
