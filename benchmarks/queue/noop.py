"""What do the workers of a measurement run? The product's own app, with downloads and analyses that do nothing.

Messages, claims, writes, the feed and its nudge are the real ones. `celery -A benchmarks.queue.noop worker …`
"""

import os
import time
from typing import Any

from mass_processing import tasks
from mass_processing.celery_config import app
from mass_processing.records import Job, Stage
from mass_processing.store import Store

__all__ = ["app"]

#: The least that counts as an analysis.
_ANALYSIS = {
    "metadata": {"processing_time_seconds": 0.0, "successful_analyzers": 1, "total_analyzers": 1, "device": "none"},
    "analyzer_results": {"nothing": {"status": "ok", "version": "1", "seconds": 0.0, "result": {}, "segments": []}},
}
_SEGMENTS = [{"analyzer": "nothing", "start_s": 0.0, "end_s": 1.0, "label": "none", "score": None, "text": None}]

# Children of a pool that spawns import what is named here.
app.conf.include = [*app.conf.include, "benchmarks.queue.noop"]
# A fresh process after 100 downloads is a cost of once in three minutes; here it would be one in every half second.
app.conf.worker_max_tasks_per_child = None


@app.task(name="no_download", bind=True, acks_late=False)
def no_download(self: Any, job_id: int) -> None:
    """A job's first stage."""
    store = tasks.this_worker(self.request.hostname).store
    job = _claim(store, Stage.DOWNLOAD, self.request.hostname, job_id)
    if job is not None:
        store.finish_download(job, video_id=job.video_id, video_path="/nowhere/clip.mp4", metadata={"duration": 1.0})
        tasks.this_feeder(self.request.hostname).nudge_in_turn()


@app.task(name="no_analysis", bind=True, acks_late=True)
def no_analysis(self: Any, job_id: int) -> None:
    """A job's second stage."""
    store = tasks.this_worker(self.request.hostname).store
    job = _claim(store, Stage.CPU, self.request.hostname, job_id)
    if job is not None:
        store.finish_analysis(job, analysis=_ANALYSIS, segments=_SEGMENTS)
        tasks.this_feeder(self.request.hostname).nudge_in_turn()


@app.task(name="nothing_early", acks_late=False)
def nothing_early(_: int) -> None:
    """An empty task, acknowledged as downloads are."""


@app.task(name="nothing_late", acks_late=True)
def nothing_late(_: int) -> None:
    """An empty task, acknowledged as analyses are."""


# Whoever announces a job from here on names these.
tasks._TASK_OF.update({Stage.DOWNLOAD: no_download, Stage.CPU: no_analysis})


def _claim(store: Store, stage: Stage, worker: str, job_id: int) -> Job | None:
    job = store.claim(stage, worker, job_id)
    if job is not None:
        time.sleep(float(os.environ.get("BENCHMARK_WORK_SECONDS", "0")))
    return job
