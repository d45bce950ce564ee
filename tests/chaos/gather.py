"""How is the evidence of a run collected? By plain SQL, from files, from the site's log and from /proc."""

import hashlib
import json
import os
import time
from pathlib import Path
from typing import Any

from tests.chaos.evidence import Dose, Event, Evidence, Expected, Limits, Request, Result, Row
from tests.chaos.observed import ObservedStandin
from tests.chaos.system import ChaosSystem


def gather(
    system: ChaosSystem, site: ObservedStandin, accepted: dict[str, Expected], doses: list[Dose], processes: list[str]
) -> Evidence:
    """Called when the workers are stopped and the database still runs."""
    var = system.settings.var_dir
    return Evidence(
        limits_of(system),
        accepted=dict(accepted),
        rows=[row_of(row) for row in system.rows("select * from processing_queue order by id")],
        events=[
            event_of(row)
            for row in system.rows("select *, extract(epoch from at)::float as at_s from job_events order by id")
        ],
        analyses=[
            result_of(row["video_id"], row["analyzer_results"])
            for row in system.rows("select video_id, analyzer_results from video_analysis")
        ],
        requests=[
            Request(seen.post, seen.is_page, seen.began, seen.ended or time.time())
            for seen in list(site.seen)
            if seen.post
        ],
        doses=sorted(doses, key=lambda dose: dose.began),
        results={name_of(file): file_result(file) for file in system.settings.results_dir.glob("tiktok_*.json")},
        media={name_of(file): digest(file.read_bytes()) for file in system.settings.media_dir.glob("tiktok_*.mp4")},
        served=frozenset(digest(site.served(kind)) for kind in ("h264_540p", "bytevc1_720p", "play", "watermarked")),
        leftovers=leftovers(system.settings.results_dir, system.settings.media_dir, var),
        processes=processes,
    )


def limits_of(system: ChaosSystem) -> Limits:
    times = system.times
    return Limits(
        gap=times.gap,
        gap_tolerance=times.gap_tolerance,
        per_minute=times.per_minute,
        concurrency=system.settings.download_concurrency,
        download_retries=system.settings.download_retries,
        recovery=times.recovery_limit,
    )


def row_of(row: dict[str, Any]) -> Row:
    return Row(
        *(row[name] for name in ("id", "video_id", "status", "priority")),
        row["batch"] or "",
        *(row[name] for name in ("attempt", "download_failures", "process_failures", "failure_class", "reason")),
        row["worker_id"],
    )


def event_of(row: dict[str, Any]) -> Event:
    names = ("id", "job_id", "video_id", "attempt", "from_status", "to_status", "worker_id", "at_s")
    return Event(*(row[name] for name in names), row["note"] or "")


def result_of(video_id: str, outcomes: Any) -> Result:
    facts = outcomes.get("quick", {}).get("result", {})
    return Result(video_id, facts.get("sha256", ""), facts.get("nonce", ""))


def file_result(file: Path) -> Result | None:
    try:
        return result_of(name_of(file), json.loads(file.read_text())["analyzer_results"])
    except (ValueError, KeyError):
        return None


def name_of(file: Path) -> str:
    return file.stem.replace("_", ":", 1)


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def leftovers(results: Path, media: Path, var: Path) -> list[str]:
    """Part files of downloads, results that were never finished, what engines spilled."""
    found = [*(media / "attempts").glob("*"), *results.glob(".unfinished-*"), *media.glob("*.part")]
    for folder, _, files in os.walk(var / "scratch"):
        found += [Path(folder) / file for file in files]
    return [str(file.relative_to(var)) for file in found]
