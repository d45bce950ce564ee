"""Under which key does what belongs to a video lie?

tiktok_7301234567890123456.mp4                          the video as it was downloaded
posters/tiktok_7301234567890123456.jpg
previews/tiktok_7301234567890123456.mp4
details/tiktok_7301234567890123456.body_pose.json.gz    large fields of one analyzer's result
"""

import re

#: The colon of an id is `_` in names.
_OURS = re.compile(r"(?:(?:posters|previews|details)/)?(tiktok|url|file)_([0-9a-f]+)\.[a-z0-9_.]+")


def original_key(video_id: str) -> str:
    """The video as it was downloaded."""
    return f"{_name(video_id)}.mp4"


def poster_key(video_id: str) -> str:
    """A still of it, JPEG."""
    return f"posters/{_name(video_id)}.jpg"


def preview_key(video_id: str) -> str:
    """It again, small, H.264."""
    return f"previews/{_name(video_id)}.mp4"


def details_key(video_id: str, analyzer: str, sha256: str) -> str:
    """Fields of one analyzer's result that are too large for a row, compressed JSON.

    Another content is another file: an attempt that nobody waits for any more replaces nothing that a row names.
    """
    return f"details/{_name(video_id)}.{analyzer}.{sha256[:8]}.json.gz"


def video_of(key: str) -> str | None:
    """The id of the video that something lies there for; None for what is not ours."""
    ours = _OURS.fullmatch(key)
    return f"{ours[1]}:{ours[2]}" if ours else None


def is_original(key: str) -> bool:
    """Whether it is a video as it was downloaded."""
    return "/" not in key and key.endswith(".mp4") and video_of(key) is not None


def _name(video_id: str) -> str:
    return video_id.replace(":", "_")
