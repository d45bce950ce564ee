"""Which acts on a store do the tests repeat?"""

from collections.abc import Iterable
from typing import Any

import psycopg
from psycopg.rows import DictRow

from mass_processing.records import Job, Link, Source, Stage
from mass_processing.store import Store
from mass_processing.store.deliveries import DeliveryState, Outcome

Database = psycopg.Connection[DictRow]

WORKER = "download1@here"
#: A receiver of webhooks whose address holds what nobody should see.
HOOK = "https://user:pw@there.example/hook?token=1"
ANALYSIS: dict[str, Any] = {
    "metadata": {
        "video_id": "tiktok:1",
        "processing_time_seconds": 6.0,
        "successful_analyzers": 11,
        "total_analyzers": 12,
        "realtime_factor": 0.4,
        "device": "cpu",
        "versions": {"cut_analysis": "1"},
        "video": {"duration": 15.0},
    },
    "analyzer_results": {"cut_analysis": {"status": "ok", "version": "1"}},
}


def tiktok(number: int) -> Link:
    return Link(f"tiktok:{number}", f"https://www.tiktok.com/@a/video/{number}", Source.TIKTOK)


def file(name: str) -> Link:
    return Link(f"file:{name}", f"/media/{name}.mp4", Source.FILE)


def short(name: str) -> Link:
    return Link(f"url:{name}", f"https://vm.tiktok.com/{name}/", Source.TIKTOK)


def add(store: Store, links: Iterable[Link], priority: int = 5, batch: str | None = None) -> None:
    store.add_links(list(links), priority=priority, batch=batch)


def claimed(store: Store, stage: Stage = Stage.DOWNLOAD, worker: str = WORKER) -> Job:
    job = store.claim(stage, worker)
    assert job is not None
    return job


def downloaded(store: Store, job: Job, video_id: str | None = None) -> bool:
    return store.finish_download(
        job, video_id=video_id or job.video_id, video_path="/media/v.mp4", metadata={"likes": 3}
    )


def analysing(store: Store, number: int = 1) -> Job:
    """A job that a cpu worker analyses."""
    add(store, [tiktok(number)])
    downloaded(store, claimed(store))
    return claimed(store, Stage.CPU, "cpu1@here")


def completed(store: Store, number: int = 1) -> Job:
    job = analysing(store, number)
    assert store.finish_analysis(job, analysis=ANALYSIS, segments=[segment(1.0)])
    return job


def segment(start: float, analyzer: str = "cut_analysis", **more: Any) -> dict[str, Any]:
    return {
        "analyzer": analyzer,
        "start_s": start,
        "end_s": start + 1,
        "label": "shot",
        "score": 0.5,
        "text": None,
        "data": {},
    } | more


def row(database: Database, video_id: str = "tiktok:1") -> DictRow:
    found = database.execute("select * from processing_queue where video_id = %s", [video_id]).fetchone()
    assert found is not None
    return found


def gpu_worker_lives(store: Store) -> None:
    store.heartbeat("gpu0@here", "gpu", "running", "here", 1, {})


def webhook_given_up(store: Store) -> str:
    """A video whose webhook to `HOOK` was given up; the event's id."""
    store.deliveries.announce_receivers("system@here", [HOOK])
    completed(store, 1)
    (delivery,) = store.deliveries.claim(HOOK, 1, 60)
    refused = Outcome(delivery.id, delivery.tries, DeliveryState.GIVEN_UP, 410, "it answered 410")
    store.deliveries.settle([refused])
    return delivery.event_id
