"""Does one analyzer run again where it should, and does everything else stay as it was?"""

import json
from typing import Any

import pytest

from mass_processing.records import FailureClass, Job, JobFilter, JobStatus, Redo, Stage
from mass_processing.store import Store
from mass_processing.store.postgres import PostgresDoor
from tests.mass_processing.store.acts import Database, add, analysing, claimed, downloaded, row, segment, tiktok

TEXT = Redo("text_overlay", "2", ("text_overlay", "hook_analysis"))
EVERYTHING = JobFilter()


def outcome(version: str = "1", status: str = "ok", **more: Any) -> dict[str, Any]:
    return {"status": status, "version": version, "result": {}, "reason": ""} | more


def document(job: Job, **outcomes: dict[str, Any]) -> dict[str, Any]:
    return {
        "metadata": {"video_id": job.video_id, "successful_analyzers": len(outcomes), "total_analyzers": len(outcomes)},
        "analyzer_results": outcomes,
    }


def analysed(store: Store, number: int = 1, **outcomes: dict[str, Any]) -> str:
    """A completed video; text_overlay, hook_analysis and cut_analysis answered in version 1 unless told otherwise."""
    job = analysing(store, number)
    results = {name: outcome() for name in ("text_overlay", "hook_analysis", "cut_analysis")} | outcomes
    segments = [segment(float(place), name) for place, name in enumerate(results)]
    assert store.finish_analysis(job, analysis=document(job, **results), segments=segments)
    return job.video_id


def running(store: Store) -> Job:
    """The re-run of text_overlay on a completed video, claimed by a cpu worker."""
    analysed(store)
    assert store.reanalyze(EVERYTHING, [TEXT]) == 1
    return claimed(store, Stage.CPU, "cpu1@here")


def finish(store: Store, job: Job, note: str | None = None) -> bool:
    news = document(job, text_overlay=outcome("2"), hook_analysis=outcome("1", result={"new": True}))
    return store.finish_reanalysis(job, analysis=news, segments=[segment(9.0, "text_overlay")], note=note)


def stored(database: Database, analyzer: str) -> tuple[str, list[Any]]:
    """An analyzer's document, byte by byte, and its rows in video_segments."""
    found = database.execute(
        "select analyzer_results -> %s as outcome from video_analysis", [analyzer]
    ).fetchone() or pytest.fail("no analysis")
    rows = database.execute("select * from video_segments where analyzer = %s order by id", [analyzer]).fetchall()
    return json.dumps(found["outcome"]), rows


# --- which videos ---


@pytest.mark.parametrize(
    ("present", "due"),
    [
        pytest.param(outcome("1"), True, id="an older version"),
        pytest.param(outcome("2"), False, id="the same version"),
        pytest.param(outcome("10"), False, id="a newer version, compared as numbers"),
        pytest.param(outcome("2", "skipped"), False, id="a video with nothing for it"),
        pytest.param(outcome("2", "degraded"), False, id="a lesser answer"),
        pytest.param(outcome("2", "failed"), True, id="failed"),
        pytest.param(outcome("2", "unavailable"), True, id="unavailable"),
        pytest.param(outcome("beta"), True, id="another version that is no number"),
    ],
)
def test_an_analyzer_runs_again_where_there_is_no_answer_of_its_version(
    store: Store, present: dict[str, Any], due: bool
) -> None:
    analysed(store, text_overlay=present)
    assert store.reanalyze(EVERYTHING, [TEXT]) == due


def test_an_analyzer_that_a_video_never_met_runs_on_it(store: Store) -> None:
    analysed(store)
    assert store.reanalyze(EVERYTHING, [Redo("sound_events", "1", ("sound_events",))]) == 1


def test_force_runs_it_everywhere(store: Store) -> None:
    analysed(store, text_overlay=outcome("2"))
    assert store.reanalyze(EVERYTHING, [TEXT], force=True) == 1


def test_of_several_analyzers_only_those_run_whose_answer_is_old(store: Store) -> None:
    analysed(store)
    store.reanalyze(EVERYTHING, [TEXT, Redo("cut_analysis", "1", ("cut_analysis", "camera_analysis"))])
    assert claimed(store, Stage.CPU).redo == ("hook_analysis", "text_overlay")


def test_batches_and_ids_narrow_it(store: Store) -> None:
    first, second = analysed(store, 1), analysed(store, 2)
    assert store.reanalyze(JobFilter(batch="spring"), [TEXT]) == 0
    assert store.reanalyze(JobFilter(video_ids=(second,)), [TEXT]) == 1
    assert {job.video_id: job.status for job in store.jobs()} == {
        first: JobStatus.COMPLETED,
        second: JobStatus.PROCESSING,
    }


def test_videos_without_results_are_left_alone(store: Store) -> None:
    add(store, [tiktok(1), tiktok(2)])
    store.fail(claimed(store), FailureClass.PERMANENT, "gone")
    assert store.reanalyze(EVERYTHING, [TEXT], force=True) == 0


@pytest.mark.parametrize(("asked", "has"), [(None, 5), (3, 3)])
def test_it_keeps_its_priority_unless_another_is_asked_for(store: Store, asked: int | None, has: int) -> None:
    analysed(store)
    store.reanalyze(EVERYTHING, [TEXT], priority=asked)
    assert claimed(store, Stage.CPU).priority == has


def test_a_dry_run_counts_and_changes_nothing(store: Store, database: Database) -> None:
    analysed(store, 1)
    before = row(database)
    assert store.reanalyze(EVERYTHING, [TEXT], dry_run=True) == 1
    assert row(database) == before


def test_more_than_one_page_is_done_whole(store: Store, database: Database) -> None:
    analysed(store)
    database.execute(
        "insert into processing_queue (video_id, url, source, status, video_path, ended_at) "
        "select 'tiktok:' || n, 'u', 'tiktok', 'completed', '/m.mp4', now() from generate_series(2, 2300) as n"
    )
    database.execute(
        "insert into video_analysis (video_id, job_id, attempt, run, url, metadata, analyzer_results) "
        "select q.video_id, q.id, 0, 1, 'u', '{}', '{}' from processing_queue q where q.video_id <> 'tiktok:1'"
    )
    assert store.reanalyze(EVERYTHING, [TEXT]) == store.stats().jobs["processing"] == 2300


# --- while it waits and runs ---


def test_it_waits_for_its_analysis_with_what_is_to_run_and_a_new_run(store: Store) -> None:
    job = running(store)
    assert (job.redo, job.run, job.process_failures) == (("hook_analysis", "text_overlay"), 2, 0)


def test_a_usual_job_runs_all_analyzers(store: Store) -> None:
    assert analysing(store).redo == ()


def test_a_video_whose_media_is_known_to_be_gone_is_fetched_first(store: Store, database: Database) -> None:
    analysed(store)
    database.execute("update processing_queue set video_path = null")
    store.reanalyze(EVERYTHING, [TEXT])
    downloaded(store, claimed(store))
    assert claimed(store, Stage.CPU).redo == TEXT.replaces[::-1]


def test_the_earlier_results_stay_visible(store: Store) -> None:
    job = running(store)
    video = store.video(job.video_id)
    assert video is not None
    assert video["status"] == "processing"
    assert set(video["analyzer_results"]) == {"text_overlay", "hook_analysis", "cut_analysis"}
    assert len(store.segments(job.video_id)) == 3


def test_its_history_says_what_runs_again(store: Store) -> None:
    analysed(store)
    store.reanalyze(EVERYTHING, [TEXT])
    video = store.video("tiktok:1")
    assert video is not None
    assert video["reason"] == video["events"][-1]["note"] == "runs again: hook_analysis, text_overlay"


def test_asking_for_the_same_again_changes_nothing(store: Store) -> None:
    job = running(store)
    assert store.reanalyze(EVERYTHING, [TEXT]) == 0
    assert finish(store, job)


def test_what_is_asked_for_besides_takes_the_job_from_its_worker_and_runs_too(store: Store) -> None:
    job = running(store)
    assert store.reanalyze(EVERYTHING, [Redo("cut_analysis", "2", ("cut_analysis",))]) == 1
    assert not finish(store, job)
    assert claimed(store, Stage.CPU).redo == ("cut_analysis", "hook_analysis", "text_overlay")


# --- how it ends ---


def test_new_outcomes_and_segments_take_the_place_of_the_old(store: Store, database: Database) -> None:
    finish(store, running(store))
    video = store.video("tiktok:1")
    assert video is not None
    versions = {name: each["version"] for name, each in video["analyzer_results"].items()}
    assert (video["status"], versions["text_overlay"]) == ("completed", "2")
    assert [each["start_s"] for each in stored(database, "text_overlay")[1]] == [9.0]
    assert stored(database, "hook_analysis")[1] == []


def test_all_others_stay_as_they_were(store: Store, database: Database) -> None:
    job = running(store)
    before = stored(database, "cut_analysis")
    finish(store, job)
    assert stored(database, "cut_analysis") == before


def test_a_note_is_the_reason_of_the_completed_video(store: Store, database: Database) -> None:
    finish(store, running(store), note="earlier answers kept: …")
    assert row(database)["reason"] == "earlier answers kept: …"


def test_it_is_done_once(store: Store, database: Database) -> None:
    job = running(store)
    assert finish(store, job)
    assert not finish(store, job)
    assert row(database)["redo"] is None
    assert store.reanalyze(EVERYTHING, [TEXT]) == 0


def test_a_stale_attempt_changes_nothing(store: Store, database: Database) -> None:
    job = running(store)
    store.release(job, "handed back")
    before = [stored(database, name) for name in ("text_overlay", "hook_analysis")]
    assert not finish(store, job)
    assert [stored(database, name) for name in ("text_overlay", "hook_analysis")] == before


ENDS = {
    "failed for good": lambda store, job: store.fail(job, FailureClass.TIMED_OUT, "too slow"),
    "cancelled": lambda store, job: store.cancel(JobFilter(video_ids=(job.video_id,))),
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_a_re_run_that_comes_to_nothing_leaves_everything_as_it_was(store: Store, database: Database, end: Any) -> None:
    analysed(store)
    ended = row(database)["ended_at"]
    before = [stored(database, name) for name in ("text_overlay", "hook_analysis", "cut_analysis")]
    store.reanalyze(EVERYTHING, [TEXT])
    assert end(store, claimed(store, Stage.CPU))
    after = row(database)
    assert (after["status"], after["failure_class"], after["redo"], after["ended_at"]) == (
        "completed",
        None,
        None,
        ended,
    )
    assert [stored(database, name) for name in ("text_overlay", "hook_analysis", "cut_analysis")] == before


def test_a_re_run_that_failed_says_why(store: Store) -> None:
    job = running(store)
    store.fail(job, FailureClass.TIMED_OUT, "too slow")
    video = store.video(job.video_id)
    assert video is not None
    expected = "the earlier results stay; running hook_analysis, text_overlay again: too slow (timed_out)"
    assert video["reason"] == video["events"][-1]["note"] == expected


def test_a_re_run_that_is_cancelled_while_it_waits_for_its_download_is_completed(
    store: Store, database: Database
) -> None:
    job = running(store)
    store.retry(job, FailureClass.TRANSIENT, "the media is gone", delay_s=0, charge=False, download_again=True)
    assert store.cancel(EVERYTHING) == 1
    assert row(database)["status"] == "completed"


def test_a_retry_runs_the_same_analyzers(store: Store) -> None:
    job = running(store)
    store.retry(job, FailureClass.TRANSIENT, "once more", delay_s=0)
    assert claimed(store, Stage.CPU).redo == job.redo


def test_an_analysis_of_everything_ends_it_too(store: Store, database: Database) -> None:
    job = running(store)
    assert store.finish_analysis(job, analysis=document(job, cut_analysis=outcome("3")), segments=[])
    assert row(database)["redo"] is None


def test_a_requeued_video_runs_everything(store: Store) -> None:
    finish(store, running(store))
    store.requeue(EVERYTHING, again=True)
    assert claimed(store, Stage.CPU).redo == ()


def test_the_analysis_of_an_unknown_video_is_none(store: Store) -> None:
    assert store.analysis("tiktok:404") is None


def test_the_service_role_can_do_it(database: Database, database_url: str) -> None:
    store = Store(PostgresDoor(f"{database_url}&options=-c%20role%3Dservice_role"))
    try:
        job = running(store)
        assert store.analysis(job.video_id) is not None
        assert finish(store, job)
        assert store.reanalyze(EVERYTHING, [TEXT], force=True) == 1
        assert store.cancel(EVERYTHING) == 1
    finally:
        store.close()
