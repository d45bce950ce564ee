"""Where is a job after its worker said how it went?"""

import math

import numpy as np
import pytest

from mass_processing.errors import Refused
from mass_processing.records import FailureClass, JobStatus, Stage
from mass_processing.store import Store
from tests.mass_processing.store.acts import (
    ANALYSIS,
    Database,
    add,
    analysing,
    claimed,
    completed,
    downloaded,
    row,
    segment,
    short,
    tiktok,
)


def test_a_downloaded_video_waits_for_its_analysis(store: Store, database: Database) -> None:
    add(store, [tiktok(1)])
    assert downloaded(store, claimed(store))
    job = row(database)
    assert (job["status"], job["worker_id"], job["waits_for"]) == ("processing", None, "gpu")
    assert (job["video_path"], job["metadata"]) == ("/media/v.mp4", {"likes": 3})


def test_a_resolved_short_link_takes_the_videos_id(store: Store, database: Database) -> None:
    add(store, [short("ZM1")])
    assert downloaded(store, claimed(store), "tiktok:1")
    assert row(database)["url"] == "https://vm.tiktok.com/ZM1/"
    video = store.video("url:ZM1")
    assert video is not None
    assert video["video_id"] == "tiktok:1"


def test_a_short_link_of_a_known_video_joins_its_job(store: Store, database: Database) -> None:
    add(store, [tiktok(1)], priority=3)
    add(store, [short("ZM1")], priority=9)
    assert downloaded(store, claimed(store), "tiktok:1")
    assert store.stats().jobs["total"] == 1
    assert row(database)["priority"] == 9
    assert database.execute("select alias, video_id from url_aliases").fetchall() == [
        {"alias": "url:ZM1", "video_id": "tiktok:1"}
    ]


def test_the_joined_job_need_not_be_downloaded_again(store: Store, database: Database) -> None:
    add(store, [tiktok(1)], priority=3)
    add(store, [short("ZM1")], priority=9)
    downloaded(store, claimed(store), "tiktok:1")
    assert (row(database)["status"], row(database)["video_path"]) == ("processing", "/media/v.mp4")


def test_joining_leaves_a_finished_video_as_it_is(store: Store, database: Database) -> None:
    completed(store)
    before = row(database)
    add(store, [short("ZM1")], priority=10)
    downloaded(store, claimed(store), "tiktok:1")
    assert row(database) == before


def test_the_events_of_a_joined_job_say_where_it_went(store: Store, database: Database) -> None:
    add(store, [tiktok(1)], priority=3)
    add(store, [short("ZM1")], priority=9)
    downloaded(store, claimed(store), "tiktok:1")
    last = database.execute("select * from job_events where job_id = 2 order by id desc").fetchone()
    assert last is not None
    assert (last["from_status"], last["to_status"], last["note"]) == ("downloading", None, "merged into tiktok:1")


def test_a_second_short_link_of_a_joined_one_stays_known(store: Store) -> None:
    add(store, [short("ZM1")])
    downloaded(store, claimed(store), "tiktok:1")
    add(store, [short("ZM2")])
    downloaded(store, claimed(store), "tiktok:1")
    found = store.add_links([short("ZM1"), short("ZM2"), tiktok(1)], priority=5, batch=None)
    assert [link.outcome for link in found] == ["known", "known", "known"]


def test_a_finished_analysis_completes_the_job(store: Store, database: Database) -> None:
    completed(store)
    job = row(database)
    assert (job["status"], job["worker_id"], job["reason"]) == ("completed", None, None)
    assert job["ended_at"] is not None


def test_the_summary_of_an_analysis_can_be_queried(store: Store, database: Database) -> None:
    completed(store)
    saved = database.execute("select * from video_analysis").fetchone()
    assert saved is not None
    assert {key: saved[key] for key in ("video_id", "attempt", "run", "device", "duration_s")} == {
        "video_id": "tiktok:1",
        "attempt": 2,
        "run": 1,
        "device": "cpu",
        "duration_s": 15.0,
    }
    assert (saved["successful_analyzers"], saved["total_analyzers"]) == (11, 12)
    assert (saved["processing_time_seconds"], saved["realtime_factor"]) == (6.0, 0.4)


def test_numbers_that_json_does_not_know_become_null(store: Store) -> None:
    job = analysing(store)
    results = {"a": {"nan": math.nan, "numpy": np.float32(0.5), "text": "a\x00\udc00b"}}
    store.finish_analysis(job, analysis={"metadata": {}, "analyzer_results": results}, segments=[])
    video = store.video("tiktok:1")
    assert video is not None
    assert video["analyzer_results"] == {"a": {"nan": None, "numpy": 0.5, "text": "ab"}}


def test_an_analysis_whose_timeline_is_refused_is_not_kept_by_half(store: Store, database: Database) -> None:
    job = analysing(store)
    with pytest.raises(Refused, match="label"):
        store.finish_analysis(job, analysis=ANALYSIS, segments=[segment(1), segment(2, label=None)])
    assert row(database)["status"] == "processing"
    assert database.execute("select from video_analysis").fetchall() == []


def test_a_failure_ends_the_job_with_class_and_reason(store: Store, database: Database) -> None:
    add(store, [tiktok(1)])
    assert store.fail(claimed(store), FailureClass.PERMANENT, "the video was deleted")
    job = row(database)
    assert (job["status"], job["failure_class"], job["reason"]) == ("failed", "permanent", "the video was deleted")
    assert (job["worker_id"], job["waits_for"]) == (None, None)


def test_a_charged_retry_of_a_download_counts_there(store: Store) -> None:
    add(store, [tiktok(1)])
    store.retry(claimed(store), FailureClass.TRANSIENT, "HTTP 503", delay_s=0)
    job = claimed(store)
    assert (job.download_failures, job.process_failures) == (1, 0)


def test_a_charged_retry_of_an_analysis_counts_there(store: Store) -> None:
    store.retry(analysing(store), FailureClass.TIMED_OUT, "too slow", delay_s=0)
    job = claimed(store, Stage.CPU)
    assert (job.download_failures, job.process_failures) == (0, 1)


def test_an_uncharged_retry_counts_nowhere(store: Store) -> None:
    store.retry(analysing(store), FailureClass.CRASHED, "engine died", delay_s=0, charge=False)
    assert claimed(store, Stage.CPU).process_failures == 0


def test_a_suspect_stays_one_until_a_retry_says_otherwise(store: Store) -> None:
    store.retry(analysing(store), FailureClass.CRASHED, "engine died", delay_s=0, charge=False, suspect=True)
    suspect = claimed(store, Stage.CPU)
    assert suspect.suspect
    store.retry(suspect, FailureClass.TRANSIENT, "no memory", delay_s=0)
    assert not claimed(store, Stage.CPU).suspect


def test_uncharged_failures_are_counted_by_class(store: Store) -> None:
    add(store, [tiktok(1)])
    for failure in (FailureClass.RATE_LIMITED, FailureClass.LOCAL_FAULT, FailureClass.RATE_LIMITED):
        store.retry(claimed(store), failure, "why", delay_s=0, charge=False)
    job = claimed(store)
    assert (job.uncharged, job.download_failures) == ({"rate_limited": 2, "local_fault": 1}, 0)


def test_a_failure_remembers_the_yt_dlp_that_failed(store: Store, database: Database) -> None:
    add(store, [tiktok(1)])
    store.retry(claimed(store), FailureClass.TRANSIENT, "why", delay_s=0, ytdlp_version="2026.9.1")
    store.fail(claimed(store), FailureClass.CRASHED, "why")
    assert row(database)["ytdlp_version"] == "2026.9.1"


def test_a_retry_says_why_and_when_in_the_list(store: Store, database: Database) -> None:
    add(store, [tiktok(1)])
    store.retry(claimed(store), FailureClass.RATE_LIMITED, "HTTP 429", delay_s=100)
    listed = store.jobs()[0]
    assert (listed.status, listed.failure_class, listed.reason) == (
        JobStatus.PENDING,
        FailureClass.RATE_LIMITED,
        "HTTP 429",
    )
    left = database.execute("select extract(epoch from retry_at - now()) as s from processing_queue").fetchone()
    assert left is not None
    assert 90 < left["s"] <= 100


def test_a_job_whose_file_is_gone_is_downloaded_again(store: Store, database: Database) -> None:
    store.retry(analysing(store), FailureClass.TRANSIENT, "file gone", delay_s=0, charge=False, download_again=True)
    assert (row(database)["status"], row(database)["video_path"]) == ("pending", None)
    assert claimed(store).status is JobStatus.DOWNLOADING


@pytest.mark.parametrize("stage", [Stage.DOWNLOAD, Stage.CPU])
def test_a_released_job_waits_where_it_was_uncharged(store: Store, stage: Stage) -> None:
    if stage is Stage.CPU:
        job = analysing(store)
    else:
        add(store, [tiktok(1)])
        job = claimed(store)
    assert store.release(job, "shutdown")
    again = claimed(store, stage)
    assert (again.download_failures, again.process_failures, again.suspect) == (0, 0, False)
