"""Does a re-run of some analyzers change those alone: in the result file, in the database, by the real engine?"""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mass_processing.demo.encode import write_clip
from mass_processing.engine import Engine, EngineConfig
from mass_processing.errors import AnalysisFailed, Refused
from mass_processing.held_jobs import HeldJobs
from mass_processing.leases import LeaseKeeper
from mass_processing.pipeline import Pipeline, VideoEngine
from mass_processing.reanalysis import latest_reanalysis, merged_document, note_on, redos, replaced_part
from mass_processing.records import FailureClass, Job, JobFilter, JobStatus, Link, Redo, Source, Stage
from mass_processing.results import results_file
from mass_processing.settings import Settings
from mass_processing.store import Store
from tests.analyzers.clips import greys, tone
from tests.mass_processing.store.acts import Database
from tests.mass_processing.test_pipeline import Analyses
from tests.mass_processing.test_results import JOB

EVERYTHING = JobFilter()
#: Runs on any machine, and one analyzer reads from it.
COLOUR = "color_analysis"


def outcome(status: str = "ok", version: str = "1", reason: str = "", start: float = 0.0) -> dict[str, Any]:
    segment = {"start": start, "end": start + 1, "label": "shot", "score": None, "text": None, "data": {}}
    answered = status in ("ok", "degraded")
    return {"status": status, "version": version, "reason": reason, "segments": [segment] if answered else []}


def answer(**outcomes: dict[str, Any]) -> dict[str, Any]:
    """What the engine says of a video."""
    return {
        "video": {"duration": 10.0},
        "device": "cpu",
        "versions": {"av": "18"},
        "decode_seconds": 0.1,
        "analyzer_results": outcomes,
    }


# --- which analyzers ---


def test_what_reads_from_an_analyzer_runs_again_with_it() -> None:
    (redo,) = redos(["text_overlay"])
    assert redo.replaces[0] == "text_overlay"
    assert {"cta_detection", "hook_analysis", "product_detection"} <= set(redo.replaces)
    assert "speech_transcription" not in redo.replaces


def test_an_analyzer_that_reads_through_a_pass_runs_again_too() -> None:
    (redo,) = redos(["cut_analysis"])
    assert "scene_classification" in redo.replaces  # by way of picture_embeddings


def test_an_analyzer_that_there_is_not_is_refused_with_those_there_are() -> None:
    with pytest.raises(Refused, match=r"no analyzer 'text'.*text_overlay"):
        redos(["text"])


# --- the result file ---

AGAIN = replace(JOB, run=2, redo=("text_overlay", "hook_analysis"))
EARLIER = {
    "metadata": {"video_id": JOB.video_id, "processing_time_seconds": 9.0, "successful_analyzers": 2},
    "analyzer_results": {
        "cut_analysis": outcome(),
        "text_overlay": outcome(),
        "hook_analysis": outcome("failed", reason="it broke"),
    },
}


def test_new_outcomes_stand_beside_the_earlier_ones_of_all_others() -> None:
    merged = merged_document(AGAIN, EARLIER, answer(text_overlay=outcome(version="2"), hook_analysis=outcome()), 3.0)
    assert merged["analyzer_results"] == {
        "cut_analysis": EARLIER["analyzer_results"]["cut_analysis"],
        "text_overlay": outcome(version="2"),
        "hook_analysis": outcome(),
    }


def test_the_metadata_counts_anew_and_tells_of_the_re_run() -> None:
    merged = merged_document(AGAIN, EARLIER, answer(text_overlay=outcome(version="2"), hook_analysis=outcome()), 3.0)
    facts = merged["metadata"]
    assert (facts["successful_analyzers"], facts["total_analyzers"]) == (3, 3)
    assert (facts["processing_time_seconds"], facts["queued_at"]) == (9.0, JOB.queued_at.isoformat())
    assert facts["reanalyses"] == [
        {
            "analyzers": ["text_overlay", "hook_analysis"],
            "kept": {},
            "run": 2,
            "processing_time_seconds": 3.0,
            "device": "cpu",
            "versions": {"av": "18"},
        }
    ]


@pytest.mark.parametrize("status", ["unavailable", "failed"])
def test_an_answer_is_not_given_up_for_none(status: str) -> None:
    news = answer(text_overlay=outcome(status, "2", "no weights"), hook_analysis=outcome())
    merged = merged_document(AGAIN, EARLIER, news, 3.0)
    latest = latest_reanalysis(merged)
    assert merged["analyzer_results"]["text_overlay"] == EARLIER["analyzer_results"]["text_overlay"]
    assert set(replaced_part(merged)["analyzer_results"]) == {"hook_analysis"}
    assert latest is not None
    assert note_on(latest) == f"earlier answers kept: text_overlay is now {status}: no weights"


def test_an_answer_is_replaced_where_the_video_turns_out_to_have_nothing_for_it() -> None:
    merged = merged_document(AGAIN, EARLIER, answer(text_overlay=outcome("skipped"), hook_analysis=outcome()), 3.0)
    assert merged["analyzer_results"]["text_overlay"]["status"] == "skipped"


def test_the_metadata_names_each_analyzer_with_its_latest_re_run_alone() -> None:
    once = merged_document(AGAIN, EARLIER, answer(text_overlay=outcome(), hook_analysis=outcome()), 3.0)
    hook, text = replace(AGAIN, run=3, redo=("hook_analysis",)), replace(AGAIN, run=4, redo=("text_overlay",))
    twice = merged_document(hook, once, answer(hook_analysis=outcome()), 1.0)
    assert [(each["run"], each["analyzers"]) for each in twice["metadata"]["reanalyses"]] == [
        (2, ["text_overlay"]),
        (3, ["hook_analysis"]),
    ]
    thrice = merged_document(text, twice, answer(text_overlay=outcome()), 1.0)
    assert [each["run"] for each in thrice["metadata"]["reanalyses"]] == [3, 4]


# --- through the pipeline ---

VIDEO_ID = "file:00aa00aa00aa00aa"
HAS_TWO = answer(cut_analysis=outcome(), text_overlay=outcome())
TEXT = Redo("text_overlay", "2", ("text_overlay",))


@pytest.fixture
def knobs(tmp_path: Path) -> Settings:
    return replace(Settings(var_dir=tmp_path), results_dir=tmp_path / "results", heartbeat_seconds=0.1)


@pytest.fixture
def work(store: Store, knobs: Settings) -> Iterator[Callable[[VideoEngine], bool]]:
    """Lets a cpu worker with an engine take one video; whether there was one."""
    keeper = LeaseKeeper(store, "cpu1@test", knobs.heartbeat_seconds, HeldJobs(knobs.var_dir / "held"))
    pipeline = Pipeline(store, keeper, "cpu1@test", knobs, stopping=lambda: False, pause=lambda *_: None)
    yield lambda engine: pipeline.analyze_one(Stage.CPU, engine)
    keeper.close()


Work = Callable[[VideoEngine], bool]


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return write_clip(tmp_path / "clip.mp4", greys(25), fps=25, sound=tone(1.0, 0.3))


@pytest.fixture
def completed(store: Store, work: Work, clip: Path) -> Store:
    """A store with a video that two analyzers answered for."""
    store.add_links([Link(VIDEO_ID, str(clip), Source.FILE)], priority=5, batch=None)
    assert work(Analyses(HAS_TWO))
    return store


def video_of(store: Store) -> dict[str, Any]:
    video = store.video(VIDEO_ID)
    assert video is not None
    return video


def file_of(knobs: Settings) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(results_file(knobs.results_dir, VIDEO_ID).read_text(encoding="utf-8"))
    return document


def test_the_engine_is_asked_for_the_named_analyzers_alone(completed: Store, work: Work, knobs: Settings) -> None:
    completed.reanalyze(EVERYTHING, [TEXT])
    engine = Analyses(answer(text_overlay=outcome(version="2", start=5.0)))
    work(engine)
    results = video_of(completed)["analyzer_results"]
    assert engine.asked == [("text_overlay",)]
    assert (results["text_overlay"]["version"], results["cut_analysis"]["version"]) == ("2", "1")
    assert [(each["analyzer"], each["start_s"]) for each in completed.segments(VIDEO_ID)] == [
        ("cut_analysis", 0.0),
        ("text_overlay", 5.0),
    ]
    assert file_of(knobs)["analyzer_results"] == results


def test_the_result_file_of_the_earlier_run_is_not_taken_for_the_answer(completed: Store, work: Work) -> None:
    completed.reanalyze(EVERYTHING, [TEXT])
    engine = Analyses(answer(text_overlay=outcome(version="2")))
    work(engine)
    assert len(engine.asked) == 1


def test_a_re_run_whose_result_is_in_its_file_is_finished_from_there(
    completed: Store, work: Work, database: Database
) -> None:
    completed.reanalyze(EVERYTHING, [TEXT])
    work(Analyses(answer(text_overlay=outcome(version="2"))))
    # As if the database had gone away between the file and the rows.
    database.execute("update processing_queue set status = 'processing', ended_at = null, redo = array['text_overlay']")
    database.execute("update video_analysis set analyzer_results = jsonb_set(analyzer_results, '{text_overlay}', '{}')")
    again = Analyses(RuntimeError("must not be asked"))
    work(again)
    assert (again.asked, video_of(completed)["analyzer_results"]["text_overlay"]["version"]) == ([], "2")


def test_the_result_file_is_whole_again_where_it_was_lost(completed: Store, work: Work, knobs: Settings) -> None:
    results_file(knobs.results_dir, VIDEO_ID).unlink()
    completed.reanalyze(EVERYTHING, [TEXT])
    work(Analyses(answer(text_overlay=outcome(version="2"))))
    assert set(file_of(knobs)["analyzer_results"]) == {"cut_analysis", "text_overlay"}


def test_large_fields_stay_in_the_file_and_out_of_the_row(
    store: Store, work: Work, clip: Path, knobs: Settings
) -> None:
    large = outcome() | {"result": {"path": list(range(30_000))}}
    store.add_links([Link(VIDEO_ID, str(clip), Source.FILE)], priority=5, batch=None)
    work(Analyses(answer(camera_analysis=large, text_overlay=outcome())))
    before = video_of(store)["analyzer_results"]["camera_analysis"]
    store.reanalyze(EVERYTHING, [TEXT])
    work(Analyses(answer(text_overlay=large | {"version": "2"})))
    results = video_of(store)["analyzer_results"]
    assert results["camera_analysis"] == before
    assert [results[name]["details"]["fields"] for name in ("camera_analysis", "text_overlay")] == [["path"]] * 2
    assert [each["result"] for each in file_of(knobs)["analyzer_results"].values()] == [large["result"]] * 2


def test_an_answer_that_was_kept_is_told_of_and_asked_for_again_next_time(completed: Store, work: Work) -> None:
    completed.reanalyze(EVERYTHING, [TEXT])
    work(Analyses(answer(text_overlay=outcome("unavailable", "2", "no weights"))))
    video = video_of(completed)
    assert (video["status"], video["analyzer_results"]["text_overlay"]["version"]) == ("completed", "1")
    assert video["reason"] == "earlier answers kept: text_overlay is now unavailable: no weights"
    assert completed.reanalyze(EVERYTHING, [TEXT], dry_run=True) == 1


def test_a_re_run_that_fails_for_good_leaves_the_video_completed(completed: Store, work: Work) -> None:
    completed.reanalyze(EVERYTHING, [TEXT])
    before = video_of(completed)["analyzer_results"]
    work(Analyses(AnalysisFailed(FailureClass.INVALID_MEDIA, "no video track")))
    video = video_of(completed)
    assert (video["status"], video["analyzer_results"]) == ("completed", before)
    assert "no video track (invalid_media)" in video["reason"]


def test_a_local_file_that_is_gone_leaves_the_video_completed(completed: Store, work: Work, clip: Path) -> None:
    clip.unlink()
    completed.reanalyze(EVERYTHING, [TEXT])
    work(Analyses(HAS_TWO))
    assert (video_of(completed)["status"], set(video_of(completed)["analyzer_results"])) == (
        "completed",
        {"cut_analysis", "text_overlay"},
    )


def test_media_that_is_gone_is_downloaded_again_and_only_the_named_analyzers_run(
    completed: Store, work: Work, clip: Path, database: Database
) -> None:
    database.execute("update processing_queue set source = 'media', video_path = '/gone.mp4'")
    completed.reanalyze(EVERYTHING, [TEXT])
    work(Analyses(HAS_TWO))
    job = completed.claim(Stage.DOWNLOAD, "download1@test")
    assert isinstance(job, Job)
    assert completed.finish_download(job, video_id=VIDEO_ID, video_path=str(clip), metadata={})
    engine = Analyses(answer(text_overlay=outcome(version="2")))
    work(engine)
    assert (engine.asked, video_of(completed)["status"]) == ([("text_overlay",)], "completed")


def test_without_earlier_results_everything_runs(completed: Store, work: Work, database: Database) -> None:
    completed.reanalyze(EVERYTHING, [TEXT])
    database.execute("delete from video_analysis")
    engine = Analyses(HAS_TWO)
    work(engine)
    assert (engine.asked, set(video_of(completed)["analyzer_results"])) == ([()], {"cut_analysis", "text_overlay"})


# --- with the real engine ---


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = Engine(EngineConfig(card=None, in_flight=1, threads=2, scratch=tmp_path / "scratch"))
    yield engine
    engine.stop()


@pytest.mark.timeout(300)
def test_the_real_engine_runs_one_analyzer_and_its_readers_again(
    store: Store, work: Work, engine: Engine, clip: Path, database: Database
) -> None:
    def stored() -> dict[str, str]:
        rows = database.execute("select key, value::text from video_analysis, jsonb_each(analyzer_results)").fetchall()
        return {row["key"]: row["value"] for row in rows}

    store.add_links([Link(VIDEO_ID, str(clip), Source.FILE)], priority=5, batch=None)
    assert work(engine)
    # As if an older catalogue had answered, and nobody could have taken its answer for the present one's.
    database.execute(
        "update video_analysis set analyzer_results = "
        "jsonb_set(jsonb_set(analyzer_results, '{color_analysis,version}', '\"0\"'), '{color_analysis,result}', '{}')"
    )
    before = stored()
    (redo,) = redos([COLOUR])
    assert store.reanalyze(EVERYTHING, [redo]) == 1

    assert work(engine)

    after, video = stored(), video_of(store)
    assert video["status"] == JobStatus.COMPLETED
    assert set(after) == set(before)
    assert {name: after[name] for name in after if name not in redo.replaces} == {
        name: before[name] for name in before if name not in redo.replaces
    }
    colour = video["analyzer_results"][COLOUR]
    assert (colour["status"], colour["version"], "palette" in colour["result"]) == ("ok", redo.version, True)
    assert video["metadata"]["reanalyses"][-1]["analyzers"] == list(redo.replaces)
    assert store.reanalyze(EVERYTHING, [redo]) == 0
