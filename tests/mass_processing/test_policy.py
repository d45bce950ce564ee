from dataclasses import replace
from datetime import UTC, datetime

import pytest

from mass_processing.policy import END, Decision, after_analysis, after_download, after_engine_death
from mass_processing.records import FailureClass, Job, JobStatus, Source, Stage
from mass_processing.settings import Settings

KNOBS = replace(Settings(), download_retries=3, download_retry_base=30.0, process_retries=3)
JOB = Job(
    id=1,
    video_id="tiktok:7301234567890123456",
    url="https://www.tiktok.com/@u/video/7301234567890123456",
    source=Source.TIKTOK,
    priority=5,
    batch=None,
    status=JobStatus.DOWNLOADING,
    attempt=1,
    download_failures=0,
    process_failures=0,
    run=1,
    queued_at=datetime(2026, 11, 20, 12, tzinfo=UTC),
    suspect=False,
    lane=Stage.GPU,
    video_path=None,
)
MIDDLE = 0.5  # jitter in the middle: the back-off itself


@pytest.mark.parametrize("failure", ["permanent", "unsupported", "auth_needed", "cancelled"])
def test_a_final_class_is_never_downloaded_again(failure: str) -> None:
    assert after_download(JOB, FailureClass(failure), None, KNOBS, MIDDLE) == END


@pytest.mark.parametrize(
    ("failures", "delay"), [(0, 30.0), (1, 60.0), (2, 120.0)], ids=["first retry", "second retry", "third retry"]
)
def test_the_back_off_of_a_download_doubles(failures: int, delay: float) -> None:
    job = replace(JOB, download_failures=failures)
    assert after_download(job, FailureClass.TRANSIENT, None, KNOBS, MIDDLE) == Decision(again=True, delay_s=delay)


def test_a_download_ends_after_three_retries() -> None:
    assert after_download(replace(JOB, download_failures=3), FailureClass.TRANSIENT, None, KNOBS, MIDDLE) == END


def test_the_site_may_ask_for_a_longer_pause_but_not_for_days() -> None:
    delays = [
        after_download(JOB, FailureClass.RATE_LIMITED, asked, KNOBS, MIDDLE).delay_s for asked in (5.0, 120.0, 1e6)
    ]
    assert delays == [30.0, 120.0, 3600.0]


def test_jitter_moves_a_delay_by_at_most_a_quarter() -> None:
    delays = [after_download(JOB, FailureClass.TRANSIENT, None, KNOBS, jitter).delay_s for jitter in (0.0, 1.0)]
    assert delays == [22.5, 37.5]


def test_a_fault_of_this_machine_charges_nobody() -> None:
    decisions = [
        after_download(replace(JOB, download_failures=3), FailureClass.LOCAL_FAULT, None, KNOBS, MIDDLE),
        after_analysis(replace(JOB, process_failures=9), FailureClass.LOCAL_FAULT, KNOBS),
    ]
    assert [(d.again, d.charge) for d in decisions] == [(True, False), (True, False)]


def test_garbage_from_the_site_is_fetched_three_times_at_most() -> None:
    again = [
        after_download(replace(JOB, download_failures=n), FailureClass.INVALID_MEDIA, None, KNOBS, MIDDLE).again
        for n in range(3)
    ]
    assert again == [True, True, False]


def test_a_file_that_can_not_be_decoded_is_not_analysed_again() -> None:
    assert after_analysis(JOB, FailureClass.INVALID_MEDIA, KNOBS) == END


def test_an_analysis_is_tried_three_times_more_then_once_on_the_cpu_then_fails() -> None:
    lanes, job = [], JOB
    while (decision := after_analysis(job, FailureClass.TRANSIENT, KNOBS)).again:
        lanes.append(decision.lane)
        job = replace(job, process_failures=job.process_failures + 1, lane=decision.lane or job.lane)
    assert lanes == [None, None, None, Stage.CPU]


def test_whoever_shared_a_dead_engine_runs_alone_next_and_pays_nothing() -> None:
    decision = after_engine_death(JOB, alone=False, blamed=True)
    assert decision == Decision(again=True, charge=False, suspect=True)


def test_poison_gets_one_try_on_the_cpu_queue() -> None:
    decision = after_engine_death(JOB, alone=True, blamed=True)
    assert (decision.again, decision.lane) == (True, Stage.CPU)


def test_poison_that_kills_the_cpu_engine_too_fails() -> None:
    assert after_engine_death(replace(JOB, lane=Stage.CPU), alone=True, blamed=True) == END


def test_a_bystander_is_neither_charged_nor_suspected() -> None:
    decision = after_engine_death(JOB, alone=True, blamed=False)
    assert (decision.again, decision.charge, decision.suspect, decision.lane) == (True, False, False, None)
