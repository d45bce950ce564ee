"""What does an outcome look like as JSON, and is it an answer that makes sense?"""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from analyzers.contract import Outcome, Result, Segment
from analyzers.jsonable import jsonable
from analyzers.media import VideoInfo

#: Assumed length of a picture, seconds, where the container doesn't say.
_USUAL_PICTURE = 0.1
#: Rounding errors that don't count, in seconds and in scores.
_EPSILON = 1e-6


def outcome_document(outcome: Outcome) -> dict[str, Any]:
    """`outcome` as the result files, the database and the pages hold it.

    Raises: TypeError when a field of the result has no JSON form; whatever the result's own methods raise.
    """
    result = outcome.result
    document = {
        "status": outcome.status,
        "version": outcome.version,
        "seconds": round(outcome.seconds, 4),
        "backend": outcome.backend,
        "model": outcome.model,
        "reason": outcome.reason,
        "headline": result.headline() if result is not None else None,
        "result": result,
        "segments": result.timeline() if result is not None else (),
    }
    cleaned: dict[str, Any] = jsonable(document)
    return cleaned


def nonsense_in(result: object, video: VideoInfo) -> str:
    """What is wrong with an analyzer's answer about `video`; empty when nothing is."""
    if not isinstance(result, Result):
        return f"the answer is a {type(result).__name__}, not a Result"
    headline = result.headline()
    if not isinstance(headline, str) or not headline.strip():
        return f"the headline is {headline!r}"
    return _nonsense_in_timeline(result.timeline(), video)


def _nonsense_in_timeline(segments: Sequence[Segment], video: VideoInfo) -> str:
    last = video.duration + (1 / video.fps if video.fps else _USUAL_PICTURE) + _EPSILON
    for segment in segments:
        wrong = _nonsense_in_segment(segment, last)
        if wrong:
            return wrong
    for earlier, later in pairwise(segments):
        if later.start < earlier.start:
            return f"segments are not sorted: {later.start} s comes after {earlier.start} s"
    return ""


def _nonsense_in_segment(segment: object, last: float) -> str:
    if not isinstance(segment, Segment):
        return f"the timeline holds a {type(segment).__name__}, not a Segment"
    where = f"segment {segment.label!r} {segment.start}–{segment.end} s"
    if not (math.isfinite(segment.start) and math.isfinite(segment.end)):
        return f"{where} is not finite"
    if segment.start < 0 or segment.end > last:
        return f"{where} is outside the video, 0–{last:.3f} s"
    if segment.start > segment.end:
        return f"{where} ends before it starts"
    if segment.score is not None and not -_EPSILON <= segment.score <= 1 + _EPSILON:
        return f"{where} has the score {segment.score}, outside 0–1"
    return ""
