"""The pipeline over a real Postgres, with an engine and a downloader that do what a test says."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from mass_processing.errors import AnalysisFailed, DownloadFailed, EngineLost, Stopping
from mass_processing.held_jobs import HeldJobs
from mass_processing.leases import LeaseKeeper
from mass_processing.pipeline import Pipeline
from mass_processing.records import FailureClass, Job, JobFilter, JobStatus, Link, Source, Stage
from mass_processing.results import results_file
from mass_processing.settings import Settings
from mass_processing.store import Store

VIDEO_ID = "tiktok:7301234567890123456"
LINK = Link(VIDEO_ID, "https://www.tiktok.com/@u/video/7301234567890123456", Source.TIKTOK)
SEGMENT = {"start": 0.0, "end": 2.0, "label": "shot", "score": None, "text": None, "data": {}}
OUTCOME = {"status": "ok", "version": "1", "segments": [SEGMENT]}
ANALYSIS = {
    "video": {"duration": 10.0},
    "device": "cpu",
    "versions": {},
    "decode_seconds": 0.1,
    "analyzer_results": {"cut_analysis": OUTCOME},
}


@dataclass
class Fetched:
    video_id: str
    video_path: Path
    metadata: dict[str, Any]


@dataclass
class Downloads:
    """Answers what it is told."""

    answer: Fetched | Exception
    asked: list[Link] = field(default_factory=list)

    def fetch(self, link: Link, *, cancelled: Callable[[], bool]) -> Fetched:
        self.asked.append(link)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@dataclass
class Analyses:
    """Stands where the engine is; answers what it is told."""

    answer: dict[str, Any] | Exception | None
    submitted: list[bool] = field(default_factory=list)
    #: The analyzers asked for each time; () is all.
    asked: list[tuple[str, ...]] = field(default_factory=list)
    future: "Future[dict[str, Any]]" = field(default_factory=Future)
    started: threading.Event = field(default_factory=threading.Event)

    def submit(
        self, key: int, path: str, *, time_limit_s: float, alone: bool, caption: str, analyzers: tuple[str, ...]
    ) -> "Future[dict[str, Any]]":
        self.submitted.append(alone)
        self.asked.append(analyzers)
        if isinstance(self.answer, Exception):
            self.future.set_exception(self.answer)
        elif self.answer is not None:
            self.future.set_result(self.answer)
        self.started.set()
        return self.future

    def cancel(self, key: int) -> None:
        if not self.future.done():
            self.future.set_exception(Stopping("cancelled"))


@pytest.fixture
def knobs(tmp_path: Path) -> Settings:
    return replace(Settings(var_dir=tmp_path), results_dir=tmp_path / "results", heartbeat_seconds=0.1)


@pytest.fixture
def paused() -> list[tuple[str, float]]:
    """Why and for how long the worker was told to pause."""
    return []


@pytest.fixture
def pipeline(store: Store, knobs: Settings, paused: list[tuple[str, float]]) -> Iterator[Pipeline]:
    keeper = LeaseKeeper(store, "cpu1@test", knobs.heartbeat_seconds, HeldJobs(knobs.var_dir / "held"))
    yield Pipeline(
        store, keeper, "cpu1@test", knobs, stopping=never, pause=lambda why, seconds: paused.append((why, seconds))
    )
    keeper.close()


@pytest.fixture
def media(tmp_path: Path) -> Path:
    path = tmp_path / "video.mp4"
    path.write_bytes(b"not looked at here")
    return path


@pytest.fixture
def waiting(store: Store, media: Path) -> Store:
    """A store in which one video is downloaded and waits for its analysis."""
    store.add_links([LINK], priority=5, batch=None)
    job = store.claim(Stage.DOWNLOAD, "download1@test")
    assert job is not None
    assert store.finish_download(job, video_id=VIDEO_ID, video_path=str(media), metadata={"title": "t"})
    return store


def row(store: Store) -> Any:
    return store.jobs(JobFilter(video_ids=(VIDEO_ID,)))[0]


def never() -> bool:
    return False


# --- download ---


def test_a_download_moves_the_job_to_processing(store: Store, pipeline: Pipeline, media: Path) -> None:
    store.add_links([LINK], priority=5, batch=None)
    downloads = Downloads(Fetched(VIDEO_ID, media, {"title": "hello"}))
    assert pipeline.download_one(downloads)
    video = store.video(VIDEO_ID)
    assert video is not None
    assert (video["status"], video["metadata"]["title"]) == ("processing", "hello")


def test_nothing_is_asked_of_the_site_when_nothing_is_due(pipeline: Pipeline, media: Path) -> None:
    downloads = Downloads(Fetched(VIDEO_ID, media, {}))
    assert not pipeline.download_one(downloads)
    assert downloads.asked == []


def test_a_permanent_failure_ends_the_job_with_its_reason(store: Store, pipeline: Pipeline) -> None:
    store.add_links([LINK], priority=5, batch=None)
    pipeline.download_one(Downloads(DownloadFailed(FailureClass.PERMANENT, "the post is gone")))
    assert (row(store).status, row(store).failure_class, row(store).reason) == (
        "failed",
        "permanent",
        "the post is gone",
    )


def test_a_transient_failure_waits_and_is_charged(store: Store, pipeline: Pipeline, database: Any) -> None:
    store.add_links([LINK], priority=5, batch=None)
    pipeline.download_one(Downloads(DownloadFailed(FailureClass.TRANSIENT, "reset")))
    assert row(store).status is JobStatus.PENDING
    assert store.claim(Stage.DOWNLOAD, "download1@test") is None
    kept = database.execute("select download_failures, retry_at > now() as later from processing_queue").fetchone()
    assert (kept["download_failures"], kept["later"]) == (1, True)


def test_the_yt_dlp_that_failed_is_kept(store: Store, pipeline: Pipeline, database: Any) -> None:
    store.add_links([LINK], priority=5, batch=None)
    pipeline.download_one(Downloads(DownloadFailed(FailureClass.TRANSIENT, "reset")))
    kept = database.execute("select ytdlp_version from processing_queue").fetchone()
    assert kept["ytdlp_version"] == version("yt-dlp")


def test_a_fault_of_this_machine_pauses_the_worker(
    store: Store, pipeline: Pipeline, paused: list[tuple[str, float]], knobs: Settings
) -> None:
    store.add_links([LINK], priority=5, batch=None)
    pipeline.download_one(Downloads(DownloadFailed(FailureClass.LOCAL_FAULT, "the disk is full")))
    assert paused == [("the disk is full", knobs.lease_seconds)]


def test_a_fault_of_the_network_pauses_nobody(
    store: Store, pipeline: Pipeline, paused: list[tuple[str, float]]
) -> None:
    store.add_links([LINK], priority=5, batch=None)
    pipeline.download_one(Downloads(DownloadFailed(FailureClass.TRANSIENT, "reset")))
    assert paused == []


def test_what_may_be_blocked_is_asked_once_more_and_then_failed(
    store: Store, pipeline: Pipeline, database: Any
) -> None:
    gone_or_blocked = DownloadFailed(FailureClass.PERMANENT, "it does not exist, or not for us", confirm=True)
    store.add_links([LINK], priority=5, batch=None)
    pipeline.download_one(Downloads(gone_or_blocked))
    assert row(store).status is JobStatus.PENDING
    database.execute("update processing_queue set retry_at = null")
    pipeline.download_one(Downloads(gone_or_blocked))
    assert (row(store).status, row(store).attempts) == (JobStatus.FAILED, 2)


def test_a_download_that_was_told_to_stop_is_handed_back_uncharged(
    store: Store, pipeline: Pipeline, database: Any
) -> None:
    store.add_links([LINK], priority=5, batch=None)
    pipeline.download_one(Downloads(Stopping("the worker is stopping")))
    assert row(store).status is JobStatus.PENDING
    assert database.execute("select download_failures from processing_queue").fetchone()["download_failures"] == 0


# --- analysis ---


def test_an_analysis_completes_the_job_with_file_and_rows(waiting: Store, pipeline: Pipeline, knobs: Settings) -> None:
    assert pipeline.analyze_one(Stage.CPU, Analyses(ANALYSIS))
    assert row(waiting).status is JobStatus.COMPLETED
    assert results_file(knobs.results_dir, VIDEO_ID).exists()
    assert [segment["label"] for segment in waiting.segments(VIDEO_ID)] == ["shot"]


def test_a_file_that_is_no_video_fails_at_once(waiting: Store, pipeline: Pipeline) -> None:
    pipeline.analyze_one(Stage.CPU, Analyses(AnalysisFailed(FailureClass.INVALID_MEDIA, "no video track")))
    assert (row(waiting).status, row(waiting).failure_class) == ("failed", "invalid_media")


def test_whoever_shared_a_dead_engine_runs_alone_next(waiting: Store, pipeline: Pipeline) -> None:
    pipeline.analyze_one(Stage.CPU, Analyses(EngineLost("it crashed", alone=False, blamed=True)))
    second = Analyses(ANALYSIS)
    pipeline.analyze_one(Stage.CPU, second)
    assert second.submitted == [True]
    assert row(waiting).status is JobStatus.COMPLETED


def test_poison_fails_as_crashed_after_two_engines(waiting: Store, pipeline: Pipeline) -> None:
    tries = 0
    while pipeline.analyze_one(Stage.CPU, Analyses(EngineLost("it crashed", alone=True, blamed=True))):
        tries += 1
    assert (tries, row(waiting).status, row(waiting).failure_class) == (2, "failed", "crashed")


def test_a_result_file_of_this_run_is_finished_from_without_a_new_analysis(
    waiting: Store, pipeline: Pipeline, database: Any
) -> None:
    pipeline.analyze_one(Stage.CPU, Analyses(ANALYSIS))
    # As if the database had gone away between the file and the rows.
    database.execute("update processing_queue set status = 'processing', ended_at = null")
    again = Analyses(RuntimeError("must not be asked"))
    pipeline.analyze_one(Stage.CPU, again)
    assert (again.submitted, row(waiting).status) == ([], "completed")


def test_a_requeued_video_is_analysed_anew(waiting: Store, pipeline: Pipeline) -> None:
    pipeline.analyze_one(Stage.CPU, Analyses(ANALYSIS))
    waiting.requeue(JobFilter(video_ids=(VIDEO_ID,)), again=True)
    again = Analyses(ANALYSIS)
    pipeline.analyze_one(Stage.CPU, again)
    assert again.submitted == [False]


def test_a_media_file_that_is_gone_is_downloaded_again(waiting: Store, pipeline: Pipeline, media: Path) -> None:
    media.unlink()
    pipeline.analyze_one(Stage.CPU, Analyses(ANALYSIS))
    assert row(waiting).status is JobStatus.PENDING


def test_a_media_file_that_was_cut_off_is_downloaded_again(store: Store, pipeline: Pipeline, media: Path) -> None:
    store.add_links([LINK], priority=5, batch=None)
    size = media.stat().st_size
    in_its_place = pipeline._media.place.location("tiktok_7301234567890123456.mp4")
    Path(in_its_place).parent.mkdir(parents=True)
    media.rename(in_its_place)
    pipeline.download_one(Downloads(Fetched(VIDEO_ID, Path(in_its_place), {"filesize": size + 1})))
    pipeline.analyze_one(Stage.CPU, Analyses(ANALYSIS))
    assert row(store).status is JobStatus.PENDING
    assert f"is damaged: {in_its_place} has {size} bytes instead of {size + 1}" in row(store).reason


def test_a_media_file_that_is_gone_every_time_is_not_asked_for_for_ever(
    waiting: Store, pipeline: Pipeline, media: Path, knobs: Settings
) -> None:
    media.unlink()
    tries = 0
    while row(waiting).status is not JobStatus.FAILED:
        pipeline.analyze_one(Stage.CPU, Analyses(ANALYSIS))
        pipeline.download_one(Downloads(Fetched(VIDEO_ID, media, {})))
        tries += 1
        assert tries < 10
    assert "is gone" in row(waiting).reason
    assert tries == knobs.process_retries + 2  # the first one, the retries, and one on the cpu queue


def test_poster_and_preview_are_kept_and_what_the_engine_made_them_in_goes(
    waiting: Store, pipeline: Pipeline, tmp_path: Path
) -> None:
    made = tmp_path / "pages"
    made.mkdir()
    (made / "poster.jpg").write_bytes(b"jpeg")
    pipeline.analyze_one(Stage.CPU, Analyses(ANALYSIS | {"pages": str(made)}))
    assert row(waiting).status is JobStatus.COMPLETED
    assert [entry.key for entry in pipeline._media.place.entries()] == ["posters/tiktok_7301234567890123456.jpg"]
    assert not made.exists()


def test_an_analysis_is_completed_where_its_preview_cannot_be_put(
    waiting: Store, pipeline: Pipeline, knobs: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    made = tmp_path / "pages"
    made.mkdir()
    (made / "poster.jpg").write_bytes(b"jpeg")
    knobs.media_dir.write_text("a file where the folder should be")
    pipeline.analyze_one(Stage.CPU, Analyses(ANALYSIS | {"pages": str(made)}))
    assert row(waiting).status is JobStatus.COMPLETED
    assert "has no preview" in caplog.text


def test_a_full_disk_charges_nobody(waiting: Store, pipeline: Pipeline, knobs: Settings, database: Any) -> None:
    knobs.results_dir.write_text("a file where the folder should be")
    pipeline.analyze_one(Stage.CPU, Analyses(ANALYSIS))
    kept = database.execute("select status, process_failures, reason from processing_queue").fetchone()
    assert (kept["status"], kept["process_failures"]) == ("processing", 0)
    assert "result file can't be written" in kept["reason"]


def test_a_running_analysis_that_is_cancelled_stops(waiting: Store, pipeline: Pipeline) -> None:
    engine = Analyses(None)
    worker = threading.Thread(target=pipeline.analyze_one, args=[Stage.CPU, engine])
    worker.start()
    assert engine.started.wait(10)
    waiting.cancel(JobFilter(video_ids=(VIDEO_ID,)))
    worker.join(timeout=20)
    assert not worker.is_alive()
    assert (row(waiting).status, row(waiting).failure_class) == ("failed", "cancelled")


def test_a_stale_attempt_changes_nothing(waiting: Store, pipeline: Pipeline) -> None:
    stale = waiting.claim(Stage.CPU, "cpu9@test")
    assert isinstance(stale, Job)
    waiting.release(stale, "handed back")
    pipeline.analyze_one(Stage.CPU, Analyses(ANALYSIS))
    assert not waiting.fail(stale, FailureClass.TRANSIENT, "late")
    assert row(waiting).status is JobStatus.COMPLETED


def test_an_unforeseen_fault_is_charged_with_its_name(waiting: Store, pipeline: Pipeline, database: Any) -> None:
    pipeline.analyze_one(Stage.CPU, Analyses(KeyError("surprise")))
    kept = database.execute("select process_failures, reason from processing_queue").fetchone()
    assert (kept["process_failures"], kept["reason"]) == (1, "KeyError: 'surprise'")


def test_a_result_that_the_database_refuses_ends_the_job_instead_of_going_round_for_ever(
    waiting: Store, pipeline: Pipeline
) -> None:
    broken = ANALYSIS | {"analyzer_results": {"cut_analysis": OUTCOME | {"segments": [{**SEGMENT, "label": None}]}}}
    tries = 0
    while pipeline.analyze_one(Stage.CPU, Analyses(broken)):
        tries += 1
        assert tries < 10
    assert row(waiting).status is JobStatus.FAILED
