"""What is written to results/<video_id>.json, and when is a file there taken for this run's?

The file is written before the database: if that is away, a later attempt finishes from the file without a new analysis.
"""

import fcntl
import json
import os
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from analyzers.jsonable import jsonable
from mass_processing.records import Job

#: How the name of a file begins until it is whole.
_UNFINISHED = ".unfinished-"
#: Seconds; a younger file may just not have its lock yet.
_UNLOCKED_AGE = 2.0


def results_file(folder: Path, video_id: str) -> Path:
    """Where the result of a video lies; the colon of an id is `_` in file names."""
    return folder / f"{video_id.replace(':', '_')}.json"


def result_document(job: Job, analysis: Mapping[str, Any], seconds: float) -> dict[str, Any]:
    """The result file: what the engine answered, under the video's name.

    `analysis` is `analyzers.document.analysis_document`; `seconds` is the wall time of the whole analysis.
    """
    outcomes = analysis["analyzer_results"]
    duration = analysis["video"]["duration"]
    metadata = {
        "video_path": job.video_path,
        "video_id": job.video_id,
        "url": job.url,
        "processing_time_seconds": round(seconds, 3),
        **tally(outcomes),
        "realtime_factor": round(seconds / duration, 4) if duration else None,
        "device": analysis["device"],
        "versions": analysis["versions"],
        "decode_seconds": analysis["decode_seconds"],
        "video": analysis["video"],
        "source": dict(job.metadata),
        "queued_at": job.queued_at,
    }
    document: dict[str, Any] = jsonable({"metadata": metadata, "analyzer_results": outcomes})
    return document


def tally(outcomes: Mapping[str, Mapping[str, Any]]) -> dict[str, int]:
    """How many analyzers there are in a result, and how many answered, as its metadata says it."""
    return {"successful_analyzers": sum(map(answered, outcomes.values())), "total_analyzers": len(outcomes)}


def answered(outcome: Mapping[str, Any]) -> bool:
    """Whether an analyzer's document has a result."""
    return outcome["status"] in ("ok", "degraded")


def write_result(folder: Path, document: Mapping[str, Any]) -> Path:
    """Writes the file so that a reader sees all of it or none. Raises: OSError (disk full, unwritable)."""
    folder.mkdir(parents=True, exist_ok=True)
    target = results_file(folder, document["metadata"]["video_id"])
    handle, unfinished = tempfile.mkstemp(dir=folder, prefix=_UNFINISHED, suffix=".json")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            # The kernel drops the lock of a killed process, so a sweep knows what was abandoned.
            fcntl.flock(file, fcntl.LOCK_EX)
            json.dump(document, file, ensure_ascii=False, indent=1, allow_nan=False)
            file.flush()
            os.fsync(file.fileno())
        Path(unfinished).chmod(0o644)
        Path(unfinished).replace(target)
    except BaseException:
        Path(unfinished).unlink(missing_ok=True)
        raise
    return target


def sweep_unfinished(folder: Path, youngest: float = _UNLOCKED_AGE) -> int:
    """Removes what killed processes left half written, from an age of `youngest` seconds on; how many files."""
    return sum(_remove_if_abandoned(file, youngest) for file in folder.glob(f"{_UNFINISHED}*"))


def _remove_if_abandoned(file: Path, youngest: float) -> bool:
    try:
        with file.open("rb") as opened:
            if time.time() - file.stat().st_mtime < youngest:
                return False
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
            file.unlink(missing_ok=True)
    except OSError:  # gone, or being written
        return False
    return True


def read_result(folder: Path, job: Job) -> dict[str, Any] | None:
    """The document an earlier attempt of the same run left; None when there is none."""
    try:
        document = json.loads(results_file(folder, job.video_id).read_text(encoding="utf-8"))
        return document if document["metadata"]["queued_at"] == job.queued_at.isoformat() else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def segment_rows(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The timeline of all analyzers as rows of video_segments."""
    return [
        {
            "analyzer": analyzer,
            "start_s": segment["start"],
            "end_s": segment["end"],
            "label": segment["label"],
            "score": segment["score"],
            "text": segment["text"],
            "data": segment["data"],
        }
        for analyzer, outcome in document["analyzer_results"].items()
        for segment in outcome["segments"]
    ]
