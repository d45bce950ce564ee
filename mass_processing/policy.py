"""What happens after a failure: again (when, where, charged or not), or the end?

Pure: the decision is a value; `pipeline.py` acts on it.
"""

from dataclasses import dataclass

from mass_processing.records import FailureClass, Job, Stage
from mass_processing.settings import Settings

#: Asked once, ever: trying again can't help.
FINAL = frozenset({FailureClass.PERMANENT, FailureClass.UNSUPPORTED, FailureClass.AUTH_NEEDED, FailureClass.CANCELLED})
#: Charged retries of a download whose file turned out not to be a video, at most.
_INVALID_MEDIA_RETRIES = 2
#: Seconds until this machine's own fault is looked at again; nobody is charged.
_LOCAL_FAULT_PAUSE = 60.0
#: Seconds until a video that lost its engine through no fault of its own is tried again.
_ENGINE_PAUSE = 5.0
#: Longest pause between two tries of one video, seconds.
_LONGEST_DELAY = 3600.0


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do with a job that failed."""

    again: bool
    #: Seconds until it is due again.
    delay_s: float = 0.0
    #: Whether it counts against the job's retries.
    charge: bool = True
    #: The job must run alone next.
    suspect: bool = False
    #: The queue it moves to; None where it stays.
    lane: Stage | None = None


END = Decision(again=False)


def after_download(
    job: Job, failure: FailureClass, retry_after: float | None, knobs: Settings, jitter: float
) -> Decision:
    """`jitter` is a random number 0–1; `retry_after` is what the site asked for, seconds."""
    if failure in FINAL:
        return END
    if failure is FailureClass.LOCAL_FAULT:
        return Decision(again=True, delay_s=_LOCAL_FAULT_PAUSE, charge=False)
    retries = knobs.download_retries
    if failure is FailureClass.INVALID_MEDIA:
        retries = min(retries, _INVALID_MEDIA_RETRIES)
    if job.download_failures >= retries:
        return END
    backoff = knobs.download_retry_base * 2**job.download_failures * (0.75 + 0.5 * jitter)
    return Decision(again=True, delay_s=min(max(backoff, retry_after or 0.0), _LONGEST_DELAY))


def after_analysis(job: Job, failure: FailureClass, knobs: Settings) -> Decision:
    """For a video whose engine answered with a failure, or overran its time limit."""
    if failure in FINAL or failure is FailureClass.INVALID_MEDIA:
        return END
    if failure is FailureClass.LOCAL_FAULT:
        return Decision(again=True, delay_s=_LOCAL_FAULT_PAUSE, charge=False)
    if job.process_failures < knobs.process_retries:
        return Decision(again=True)
    return END if job.lane is Stage.CPU else Decision(again=True, lane=Stage.CPU)


def after_engine_death(job: Job, *, alone: bool, blamed: bool) -> Decision:
    """For a video whose engine died. Alone with it, the video is poison: once on the cpu queue, then the end."""
    if not blamed:
        return Decision(again=True, delay_s=_ENGINE_PAUSE, charge=False)
    if not alone:
        return Decision(again=True, charge=False, suspect=True)
    return END if job.lane is Stage.CPU else Decision(again=True, charge=False, suspect=True, lane=Stage.CPU)
