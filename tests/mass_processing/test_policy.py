from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from mass_processing.errors import DownloadFailed, EngineLost
from mass_processing.policy import (
    END,
    LOST_LEASES,
    TABLE,
    Decision,
    Rule,
    after_analysis,
    after_download,
    after_engine_death,
    sentence,
)
from mass_processing.records import FailureClass, Job, JobStatus, Source, Stage
from mass_processing.settings import Settings

KNOBS = replace(Settings(), download_retries=3, download_retry_base=30.0, process_retries=3, lease_seconds=60.0)
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
ON_CPU = replace(JOB, lane=Stage.CPU)
MIDDLE = 0.5  # jitter in the middle: the back-off itself


def download(job: Job, failure: str, retry_after: float | None = None, confirm: bool = False) -> Decision:
    failed = DownloadFailed(FailureClass(failure), "why", retry_after, confirm)
    return after_download(job, failed, KNOBS, MIDDLE)


def tried(**uncharged: int) -> Job:
    return replace(JOB, uncharged=uncharged)


def again(delay_s: float, **kept: Any) -> Decision:
    return Decision(again=True, delay_s=delay_s, **kept)


#: (class, what the site asked for, the job before, what happens)
DOWNLOADS: dict[str, tuple[str, float | None, Job, Decision]] = {
    "gone for good is never asked again": ("permanent", None, JOB, END),
    "a photo post is never asked again": ("unsupported", None, JOB, END),
    "a private post is never asked again": ("auth_needed", None, JOB, END),
    "a cancelled one is never asked again": ("cancelled", None, JOB, END),
    "the first retry comes after the base": ("transient", None, JOB, again(30)),
    "the second after twice the base": ("transient", None, replace(JOB, download_failures=1), again(60)),
    "the third after four times the base": ("transient", None, replace(JOB, download_failures=2), again(120)),
    "there is no fourth": ("transient", None, replace(JOB, download_failures=3), END),
    "the site may ask for more": ("transient", 100.0, JOB, again(100)),
    "the site may ask for less, and gets the base": ("transient", 3.0, JOB, again(30)),
    "the site may ask for a day": ("transient", 86_400.0, JOB, again(86_400)),
    "the site may not ask for weeks": ("transient", 1e7, JOB, again(86_400)),
    "an overrun is retried like a network fault": ("timed_out", None, JOB, again(30)),
    "slow down is not charged": ("rate_limited", 7.0, JOB, again(30, charge=False)),
    "slow down for two minutes": ("rate_limited", 120.0, JOB, again(120, charge=False)),
    "slow down, charged failures don't matter": (
        "rate_limited",
        None,
        replace(JOB, download_failures=3),
        again(30, charge=False),
    ),
    "refused for the third time": ("rate_limited", None, tried(rate_limited=2), again(120, charge=False)),
    "refused four times is the end": ("rate_limited", None, tried(rate_limited=3), END),
    "other uncharged failures don't count": ("rate_limited", None, tried(local_fault=9), again(30, charge=False)),
    "what came is no video": ("invalid_media", None, JOB, again(30)),
    "no video three times is the end": ("invalid_media", None, replace(JOB, download_failures=2), END),
    "a full disk pauses the worker and charges nobody": (
        "local_fault",
        None,
        replace(JOB, download_failures=3),
        again(60, charge=False, pause_worker_s=60),
    ),
    "a full disk stays retried": (
        "local_fault",
        None,
        tried(local_fault=3),
        again(60, charge=False, pause_worker_s=60),
    ),
    "a fault of this machine under one video makes room for others": (
        "local_fault",
        None,
        tried(local_fault=5),
        again(240, charge=False, pause_worker_s=60),
    ),
    "a fault of this machine is looked at again within the hour": (
        "local_fault",
        None,
        tried(local_fault=5000),
        again(3600, charge=False, pause_worker_s=60),
    ),
}


@pytest.mark.parametrize("case", DOWNLOADS.values(), ids=DOWNLOADS.keys())
def test_after_a_failed_download(case: tuple[str, float | None, Job, Decision]) -> None:
    failure, asked, job, decision = case
    assert download(job, failure, asked) == decision


def test_what_is_gone_or_blocked_is_confirmed_once_later() -> None:
    assert download(JOB, "permanent", confirm=True) == again(600, charge=False)


def test_a_confirmation_keeps_the_time_that_the_answer_needs() -> None:
    assert download(JOB, "permanent", 86_400.0, confirm=True) == again(86_400, charge=False)


def test_a_confirmed_answer_is_final() -> None:
    assert download(tried(permanent=1), "permanent", confirm=True) == END


@pytest.mark.parametrize(("jitter", "delay"), [(0.0, 22.5), (1.0, 37.5)])
def test_jitter_moves_a_delay_by_at_most_a_quarter(jitter: float, delay: float) -> None:
    failed = DownloadFailed(FailureClass.TRANSIENT, "reset")
    assert after_download(JOB, failed, KNOBS, jitter).delay_s == delay


def test_no_retries_means_none_for_every_charged_class() -> None:
    knobs = replace(KNOBS, download_retries=0)
    for failure in (FailureClass.TRANSIENT, FailureClass.INVALID_MEDIA, FailureClass.TIMED_OUT):
        assert after_download(JOB, DownloadFailed(failure, "why"), knobs, MIDDLE) == END


#: (class, the job before, what happens)
ANALYSES: dict[str, tuple[str, Job, Decision]] = {
    "no video is no video": ("invalid_media", JOB, END),
    "a failure is tried again": ("transient", JOB, again(0)),
    "after three retries the cpu queue tries once": (
        "transient",
        replace(JOB, process_failures=3),
        again(0, lane=Stage.CPU),
    ),
    "after the cpu queue it is the end": ("transient", replace(ON_CPU, process_failures=4), END),
    "an overrun is tried once more": ("timed_out", JOB, again(0)),
    "two overruns go to the cpu queue": ("timed_out", replace(JOB, process_failures=1), again(0, lane=Stage.CPU)),
    "an overrun there is the end": ("timed_out", replace(ON_CPU, process_failures=2), END),
    "a full disk pauses the worker": ("local_fault", JOB, again(60, charge=False, pause_worker_s=60)),
}


@pytest.mark.parametrize("case", ANALYSES.values(), ids=ANALYSES.keys())
def test_after_a_failed_analysis(case: tuple[str, Job, Decision]) -> None:
    failure, job, decision = case
    assert after_analysis(job, FailureClass(failure), KNOBS) == decision


#: (alone, blamed, the job before, what happens)
DEATHS: dict[str, tuple[bool, bool, Job, Decision]] = {
    "whoever shared a dead engine runs alone next": (False, True, JOB, again(0, charge=False, suspect=True)),
    "poison gets one try on the cpu queue": (
        True,
        True,
        replace(JOB, suspect=True),
        again(0, charge=False, suspect=True, lane=Stage.CPU),
    ),
    "poison there is the end": (True, True, ON_CPU, END),
    "a bystander is neither charged nor suspected": (False, False, JOB, again(5, charge=False)),
    "a bystander is never the culprit, however often": (False, False, tried(crashed=99), again(5, charge=False)),
}


@pytest.mark.parametrize("case", DEATHS.values(), ids=DEATHS.keys())
def test_after_the_death_of_an_engine(case: tuple[bool, bool, Job, Decision]) -> None:
    alone, blamed, job, decision = case
    assert after_engine_death(job, EngineLost("died", alone=alone, blamed=blamed), KNOBS) == decision


def test_every_failure_class_has_its_row() -> None:
    assert {rule.failure for rule in TABLE} == set(FailureClass)


@pytest.mark.parametrize("rule", TABLE, ids=lambda rule: f"{rule.stage} {rule.failure} {rule.when}")
def test_every_row_says_whether_it_is_the_end(rule: Rule) -> None:
    words = sentence(rule, KNOBS)
    assert ("failed" in words) == (rule.limit(KNOBS) is not None)
    assert ("not charged" in words) == (not rule.charged and rule.limit(KNOBS) != 0)


def test_the_sentence_of_a_network_fault() -> None:
    (rule,) = (rule for rule in TABLE if rule.failure is FailureClass.TRANSIENT and rule.stage == "download")
    assert sentence(rule, KNOBS) == (
        "3 more times (DOWNLOAD_RETRIES), after 30 s (DOWNLOAD_RETRY_BASE), doubling; then failed"
    )


def test_a_video_that_its_workers_die_of_is_given_up_much_later_than_bad_luck_explains() -> None:
    assert LOST_LEASES >= 20
