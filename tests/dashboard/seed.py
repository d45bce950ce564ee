"""How do videos get into the states that the pages show? By the calls that the workers make."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mass_processing.records import FailureClass, Job, Link, Source, Stage
from mass_processing.results import segment_rows
from mass_processing.store import Store

FIRST_ID = 7301234567890123456


def link(number: int = 0) -> Link:
    """A TikTok post; another one for every number."""
    post = FIRST_ID + number
    return Link(f"tiktok:{post}", f"https://www.tiktok.com/@someone/video/{post}", Source.TIKTOK)


def pending(store: Store, *numbers: int, priority: int = 5, batch: str | None = None) -> list[str]:
    """Adds posts; their ids."""
    return [added.video_id for added in store.add_links([link(n) for n in numbers], priority=priority, batch=batch)]


def claimed(store: Store, stage: Stage, worker: str = "worker1@host") -> Job:
    """The best job that is due."""
    job = store.claim(stage, worker)
    assert job is not None
    return job


def failed(
    store: Store, number: int, kind: FailureClass, reason: str = "it could not be had", batch: str | None = None
) -> str:
    """A post whose download failed; nothing else may be pending."""
    pending(store, number, batch=batch)
    job = claimed(store, Stage.DOWNLOAD)
    assert store.fail(job, kind, reason)
    return job.video_id


def downloaded(store: Store, number: int = 0, path: Path = Path("/nowhere.mp4"), **metadata: Any) -> str:
    """A post that waits for analysis; nothing else may be pending."""
    pending(store, number)
    job = claimed(store, Stage.DOWNLOAD)
    assert store.finish_download(job, video_id=job.video_id, video_path=str(path), metadata=metadata)
    return job.video_id


def completed(
    store: Store,
    number: int = 0,
    path: Path = Path("/nowhere.mp4"),
    outcomes: Mapping[str, Any] | None = None,
    **metadata: Any,
) -> str:
    """A post that was analysed; nothing else may wait."""
    video_id = downloaded(store, number, path, **metadata)
    job = claimed(store, Stage.GPU)
    document = analysis(job, outcomes or {"cut_analysis": outcome(segment(1.0, 1.0, "cut"))})
    assert store.finish_analysis(job, analysis=document, segments=segment_rows(document))
    return video_id


def analysis(job: Job, outcomes: Mapping[str, Any]) -> dict[str, Any]:
    """The result file's document."""
    answered = sum(each["status"] in ("ok", "degraded") for each in outcomes.values())
    video = {"duration": 10.0, "width": 480, "height": 270, "fps": 25.0, "video_codec": "h264", "audio_codec": None}
    return {
        "metadata": {
            "video_path": job.video_path,
            "video_id": job.video_id,
            "url": job.url,
            "processing_time_seconds": 2.5,
            "successful_analyzers": answered,
            "total_analyzers": len(outcomes),
            "realtime_factor": 0.25,
            "device": "cpu",
            "versions": {},
            "video": video,
            "source": dict(job.metadata),
            "run": job.run,
        },
        "analyzer_results": dict(outcomes),
    }


def outcome(
    *segments: Mapping[str, Any], status: str = "ok", reason: str = "", headline: str = "seen"
) -> dict[str, Any]:
    """One analyzer's document."""
    return {
        "status": status,
        "version": "1",
        "seconds": 0.5,
        "backend": "numpy",
        "model": None,
        "reason": reason,
        "headline": headline if status in ("ok", "degraded") else None,
        "result": {} if status in ("ok", "degraded") else None,
        "segments": list(segments),
    }


def segment(
    start: float, end: float, label: str, text: str | None = None, score: float | None = None
) -> dict[str, Any]:
    """One time range as a result file holds it."""
    return {"start": start, "end": end, "label": label, "score": score, "text": text, "data": {}}


def all_workers(store: Store, kinds: Sequence[str] = ("download", "cpu")) -> None:
    """Lets one worker of each kind say that it lives."""
    for kind in kinds:
        store.heartbeat(f"{kind}1@host", kind, "running", "host", 4711, {"version": "1"})
