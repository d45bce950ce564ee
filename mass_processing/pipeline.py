"""What happens to a job from the moment a worker has a permit: claim → do → finish | retry | fail?"""

import logging
import random
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol, TypeVar

from mass_processing import faults
from mass_processing.errors import (
    AnalysisFailed,
    BackendAway,
    DownloadFailed,
    EngineLost,
    MediaAway,
    MediaLost,
    Stopping,
)
from mass_processing.leases import LeaseKeeper
from mass_processing.media import Media
from mass_processing.media.details import put_large_fields_aside, put_large_fields_back
from mass_processing.policy import Decision, after_analysis, after_download, after_engine_death
from mass_processing.reanalysis import latest_reanalysis, merged_document, note_on, replaced_part
from mass_processing.records import FailureClass, Job, Link, Stage
from mass_processing.results import read_result, result_document, segment_rows, write_result
from mass_processing.settings import Settings
from mass_processing.store import Store

log = logging.getLogger(__name__)

T = TypeVar("T")

#: Seconds between two tries to reach the database while it is away.
_PATIENCE_STEP = 2.0
#: Seconds after which it is given up; the lease has run out by then and another attempt finishes from the result file.
_PATIENCE = 300.0


class Downloader(Protocol):
    """What fetches a video: `TikTokDownloader`, or a test's stand-in."""

    def fetch(self, link: Link, *, cancelled: Callable[[], bool]) -> "Downloaded":
        """The video on disk. Raises: DownloadFailed, Stopping."""
        ...


class Downloaded(Protocol):
    """A fetched video."""

    @property
    def video_id(self) -> str: ...
    @property
    def video_path(self) -> Path | str: ...
    @property
    def metadata(self) -> Mapping[str, Any]: ...


class VideoEngine(Protocol):
    """What analyses a video: `Engine`, or a test's stand-in."""

    def submit(
        self,
        key: int,
        path: str,
        *,
        time_limit_s: float,
        alone: bool = False,
        caption: str = "",
        analyzers: tuple[str, ...] = (),
    ) -> "Future[dict[str, Any]]":
        """The future raises AnalysisFailed, EngineLost or Stopping."""
        ...

    def cancel(self, key: int) -> None: ...


class Pipeline:
    """One worker's way with jobs. Thread-safe; the store and the engine are shared by its threads.

    `stopping` tells when the worker's time to finish is over; `pause` makes it take no job for so many seconds, because
    of a fault of this machine.
    """

    def __init__(
        self,
        store: Store,
        keeper: LeaseKeeper,
        worker_id: str,
        settings: Settings,
        *,
        stopping: Callable[[], bool],
        pause: Callable[[str, float], None],
    ) -> None:
        self._store = store
        self._keeper = keeper
        self._worker_id = worker_id
        self._settings = settings
        self._media = Media(settings)
        self._stopping = stopping
        self._pause = pause

    # --- download ---------------------------------------------------------------------------------------------------
    def download_one(self, downloader: Downloader, named: int | None = None) -> bool:
        """Claims the best due job, usually the one the permit names, and downloads it. False when nothing was due."""
        faults.hit("D2")
        job = self._patiently(lambda: self._store.claim(Stage.DOWNLOAD, self._worker_id, named))
        if job is None:
            return False
        faults.hit("D3", job.video_id)
        log.info("downloading %s (attempt %d): %s", job.video_id, job.attempt, job.url)
        with self._keeper.holding(job) as lost:
            try:
                got = downloader.fetch(
                    Link(job.video_id, job.url, job.source), cancelled=lambda: lost.is_set() or self._stopping()
                )
                self._patiently(
                    lambda: self._store.finish_download(
                        job, video_id=got.video_id, video_path=str(got.video_path), metadata=got.metadata
                    )
                )
                faults.hit("D6", job.video_id)
                log.info("downloaded %s", got.video_id)
            except Exception as error:  # noqa: BLE001  # the fault barrier of one download: every kind has its branch
                self._after_failed_download(job, error)
        return True

    def _after_failed_download(self, job: Job, error: Exception) -> None:
        match error:
            case Stopping():
                self._hand_back(job)
            case DownloadFailed(failure_class=FailureClass.TRANSIENT) if self._stopping():
                self._hand_back(job)  # what it met may be our own end
            case DownloadFailed():
                self._settle_download(job, error)
            case BackendAway():
                raise error  # the lease runs out, and the job waits again
            case _:
                self._settle_download(job, DownloadFailed(FailureClass.TRANSIENT, _unforeseen(job, error)))

    def _settle_download(self, job: Job, failed: DownloadFailed) -> None:
        decision = after_download(job, failed, self._settings, random.random())
        self._settle(job, failed.failure_class, failed.reason, decision, version("yt-dlp"))

    # --- analysis ---------------------------------------------------------------------------------------------------
    def analyze_one(self, stage: Stage, engine: VideoEngine, named: int | None = None) -> bool:
        """Claims the best due job of a queue, usually the one the permit names, and analyses it. False: nothing due."""
        job = self._patiently(lambda: self._store.claim(stage, self._worker_id, named))
        if job is None:
            return False
        faults.hit("P1", job.video_id)
        log.info("analysing %s (attempt %d)", job.video_id, job.attempt)
        with self._keeper.holding(job) as lost:
            try:
                self._finish(job, self._document(job, engine, lost.is_set))
            except Exception as error:  # noqa: BLE001  # the fault barrier of one analysis: every kind has its branch
                self._after_failed_analysis(job, error)
        return True

    def _after_failed_analysis(self, job: Job, error: Exception) -> None:
        match error:
            case Stopping():
                self._hand_back(job)
            case AnalysisFailed():
                decision = after_analysis(job, error.failure_class, self._settings)
                self._settle(job, error.failure_class, error.reason, decision)
            case EngineLost():
                decision = after_engine_death(job, error, self._settings)
                self._settle(job, FailureClass.CRASHED, error.reason, decision)
            case MediaLost():
                self._fetch_again(job, str(error))
            case MediaAway():
                decision = after_analysis(job, FailureClass.LOCAL_FAULT, self._settings)
                self._settle(job, FailureClass.LOCAL_FAULT, str(error), decision)
            case BackendAway():
                raise error  # the lease runs out, and another attempt finishes from the result file
            case _:
                reason = _unforeseen(job, error)
                decision = after_analysis(job, FailureClass.TRANSIENT, self._settings)
                self._settle(job, FailureClass.TRANSIENT, reason, decision)

    def _document(self, job: Job, engine: VideoEngine, lost: Callable[[], bool]) -> dict[str, Any]:
        """The result of the job: from the file of an earlier attempt, or from the engine."""
        document = read_result(self._settings.results_dir, job)
        if document is not None:
            log.info("%s was analysed before; finishing from its result file", job.video_id)
            return document
        earlier = self._patiently(lambda: self._store.analysis(job.video_id)) if job.redo else None
        if earlier:
            earlier = put_large_fields_back(earlier, self._media)
        with self._media.at_hand(job) as path:
            started = time.monotonic()
            analysis = self._analysis(job, path, engine, job.redo if earlier else (), lost)
            seconds = time.monotonic() - started
        faults.hit("P3", job.video_id)
        self._keep_pages(job, analysis.get("pages"))
        document = (
            merged_document(job, earlier, analysis, seconds) if earlier else result_document(job, analysis, seconds)
        )
        try:
            write_result(self._settings.results_dir, document)
        except OSError as error:
            raise AnalysisFailed(FailureClass.LOCAL_FAULT, f"the result file can't be written: {error}") from error
        return document

    def _analysis(
        self, job: Job, path: Path, engine: VideoEngine, analyzers: tuple[str, ...], lost: Callable[[], bool]
    ) -> dict[str, Any]:
        """What the engine answers; it is told to stop when the job is lost meanwhile."""
        future = engine.submit(
            job.id,
            str(path),
            time_limit_s=self._time_limit(job),
            alone=job.suspect,
            caption=_caption(job),
            analyzers=analyzers,
        )
        while True:
            try:
                return future.result(timeout=1.0)
            except TimeoutError:
                if lost():
                    engine.cancel(job.id)

    def _keep_pages(self, job: Job, folder: str | None) -> None:
        """Poster and preview; what goes wrong with them costs the analysis nothing."""
        if folder is None:
            return
        try:
            self._media.keep_pages(job.video_id, Path(folder))
        except MediaAway as error:
            log.warning("%s has no preview: %s", job.video_id, error)

    def _finish(self, job: Job, document: dict[str, Any]) -> None:
        latest = latest_reanalysis(document)
        row = put_large_fields_aside(replaced_part(document) if latest else document, self._media)
        faults.hit("P4", job.video_id)
        done = self._patiently(lambda: self._store_results(job, row, latest))
        faults.hit("P5", job.video_id)
        facts = document["metadata"]
        log.info(
            "%s: %d of %d analyzers answered in %.1f s%s",
            job.video_id,
            facts["successful_analyzers"],
            facts["total_analyzers"],
            (latest or facts)["processing_time_seconds"],
            "" if done else " (stale: somebody else has the job)",
        )

    def _store_results(self, job: Job, row: dict[str, Any], latest: Mapping[str, Any] | None) -> bool:
        if latest is None:
            return self._store.finish_analysis(job, analysis=row, segments=segment_rows(row))
        return self._store.finish_reanalysis(job, analysis=row, segments=segment_rows(row), note=note_on(latest))

    def _fetch_again(self, job: Job, reason: str) -> None:
        if job.source == "file":
            self._patiently(lambda: self._store.fail(job, FailureClass.PERMANENT, reason))
            return
        # Charged: where files vanish or rot as soon as they are there, the site isn't asked for ever.
        decision = after_analysis(job, FailureClass.TRANSIENT, self._settings)
        if decision.again:
            log.warning("%s is downloaded again: %s", job.video_id, reason)
            self._patiently(
                lambda: self._store.retry(
                    job, FailureClass.TRANSIENT, reason, delay_s=0, lane=decision.lane, download_again=True
                )
            )
        else:
            self._patiently(lambda: self._store.fail(job, FailureClass.TRANSIENT, reason))

    # --- both -------------------------------------------------------------------------------------------------------
    def _hand_back(self, job: Job) -> None:
        self._patiently(lambda: self._store.release(job, "handed back: the worker was told to stop"))

    def _settle(
        self, job: Job, failure: FailureClass, reason: str, decision: Decision, ytdlp_version: str | None = None
    ) -> None:
        if decision.pause_worker_s:
            self._pause(reason, decision.pause_worker_s)
        if decision.again:
            log.warning("%s: %s (%s), again in %.0f s", job.video_id, reason, failure, decision.delay_s)
            self._patiently(
                lambda: self._store.retry(
                    job,
                    failure,
                    reason,
                    delay_s=decision.delay_s,
                    charge=decision.charge,
                    suspect=decision.suspect,
                    lane=decision.lane,
                    ytdlp_version=ytdlp_version,
                )
            )
        else:
            log.warning("%s failed: %s (%s)", job.video_id, reason, failure)
            self._patiently(lambda: self._store.fail(job, failure, reason, ytdlp_version=ytdlp_version))

    def _patiently(self, call: Callable[[], T]) -> T:
        """Makes a call until the database is back.

        Every write names the attempt: doing it twice changes nothing. A claim whose answer got lost is a lease that
        runs out.
        """
        give_up = time.monotonic() + _PATIENCE
        while True:
            try:
                return call()
            except BackendAway as error:
                if self._stopping() or time.monotonic() > give_up:
                    raise
                log.warning("waiting for the database: %s", error)
                time.sleep(_PATIENCE_STEP)

    def _time_limit(self, job: Job) -> float:
        """Seconds one analysis may take."""
        duration = job.metadata.get("duration")
        return self._settings.video_time_limit + 10 * (duration if isinstance(duration, int | float) else 0)


def _unforeseen(job: Job, error: Exception) -> str:
    """Logs what nobody planned for; the reason for the job."""
    log.error("%s: unforeseen fault", job.video_id, exc_info=error)
    return f"{type(error).__name__}: {error}"


def _caption(job: Job) -> str:
    """What the author wrote beside the video; empty where nobody did (the title of a bare file is only its name)."""
    return str(job.metadata.get("description") or "")
