"""What happens after a failure: again (when, where, charged or not), or the end?

`TABLE` says it, a row for every case; the decision is a pure function of a row and a job, and `pipeline.py` acts on it.
`bulk_processor.py policy` and docs/guarantees.md print the same rows.
"""

from dataclasses import dataclass, replace

from mass_processing.errors import DownloadFailed, EngineLost
from mass_processing.records import FailureClass, Job, Stage
from mass_processing.settings import Settings

#: Longest pause between two tries, seconds; the site itself may ask for more, up to `_LONGEST_ASKED`.
_LONGEST_PAUSE = 3600.0
_LONGEST_ASKED = 86_400.0
#: Leases that run out under one video before it counts as what kills its workers.
LOST_LEASES = 20


_DOWNLOAD = "download"
_ANALYSIS = "analysis"
_BASE = "download_retry_base"


@dataclass(frozen=True, slots=True)
class Rule:
    """What one failure class means, at one stage."""

    #: "download" or "analysis".
    stage: str
    failure: FailureClass
    #: What distinguishes the case from others of the class; empty for the class in general.
    when: str = ""
    #: Retries before the end: a number, or the name of the setting that has it; None is as many as it takes.
    retries: int | str | None = 0
    #: A charged retry counts against the retries of its stage; others count only against those of their own class.
    charged: bool = True
    #: The first pause: this many times the seconds of a setting (or times one second).
    pause: float = 0.0
    pause_setting: str = ""
    #: Pauses that stay as the first one before each is twice the one before; None: all of them.
    steady: int | None = 0
    #: The worker takes no other job for a while either.
    pauses_worker: bool = False
    #: The video runs alone next.
    suspect: bool = False
    #: After its retries it gets one try on the cpu queue, unless it came from there.
    then_cpu: bool = False

    def limit(self, knobs: Settings) -> int | None:
        """Retries before the end; of charged downloads never more than DOWNLOAD_RETRIES."""
        if isinstance(self.retries, str):
            return int(getattr(knobs, self.retries))
        if self.retries and self.charged and self.stage == _DOWNLOAD:
            return min(self.retries, knobs.download_retries)
        return self.retries

    def pause_s(self, knobs: Settings, tried: int, jitter: float) -> float:
        """Seconds before retry number `tried` + 1; `jitter` (0–1) moves it by at most a quarter."""
        first = self.pause * (getattr(knobs, self.pause_setting) if self.pause_setting else 1.0)
        doublings = 0 if self.steady is None else min(max(0, tried - self.steady), 16)
        return float(min(first * 2**doublings * (0.75 + 0.5 * jitter), _LONGEST_PAUSE))


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
    #: Seconds in which its worker should take no job; 0.0 goes on at once.
    pause_worker_s: float = 0.0


END = Decision(again=False)

#: The answer looks final, but may be about this address or this moment.
CONFIRM = Rule(
    _DOWNLOAD,
    FailureClass.PERMANENT,
    "gone or blocked, nobody can tell",
    retries=1,
    charged=False,
    pause=20.0,
    pause_setting=_BASE,
)
_LOCAL_FAULT = Rule(
    _DOWNLOAD,
    FailureClass.LOCAL_FAULT,
    retries=None,
    charged=False,
    pause=1.0,
    pause_setting="lease_seconds",
    steady=3,
    pauses_worker=True,
)
_WORKER_LOST = "its worker went silent (killed, hung, cut off)"
ENGINE_SHARED = Rule(
    _ANALYSIS, FailureClass.CRASHED, "its engine died, with others in it", retries=None, charged=False, suspect=True
)
ENGINE_ALONE = Rule(
    _ANALYSIS, FailureClass.CRASHED, "its engine died, and it was alone", charged=False, suspect=True, then_cpu=True
)
#: Another video overran its time limit and the engine had to go.
BYSTANDER = Rule(
    _ANALYSIS,
    FailureClass.CRASHED,
    "its engine died of another video",
    retries=None,
    charged=False,
    pause=5.0,
    steady=None,
)

#: Every case, as people read it.
TABLE: tuple[Rule, ...] = (
    Rule(_DOWNLOAD, FailureClass.PERMANENT),
    CONFIRM,
    Rule(_DOWNLOAD, FailureClass.UNSUPPORTED),
    Rule(_DOWNLOAD, FailureClass.AUTH_NEEDED),
    Rule(
        _DOWNLOAD,
        FailureClass.RATE_LIMITED,
        retries="download_retries",
        charged=False,
        pause=1.0,
        pause_setting=_BASE,
    ),
    Rule(_DOWNLOAD, FailureClass.TRANSIENT, retries="download_retries", pause=1.0, pause_setting=_BASE),
    Rule(_DOWNLOAD, FailureClass.TIMED_OUT, retries="download_retries", pause=1.0, pause_setting=_BASE),
    Rule(_DOWNLOAD, FailureClass.INVALID_MEDIA, retries=2, pause=1.0, pause_setting=_BASE),
    _LOCAL_FAULT,
    # `reap_silent` acts on these two, in SQL.
    Rule(_DOWNLOAD, FailureClass.CRASHED, _WORKER_LOST, retries=LOST_LEASES, charged=False),
    Rule(_DOWNLOAD, FailureClass.CANCELLED),
    Rule(_ANALYSIS, FailureClass.INVALID_MEDIA),
    Rule(_ANALYSIS, FailureClass.TRANSIENT, retries="process_retries", then_cpu=True),
    Rule(_ANALYSIS, FailureClass.TIMED_OUT, retries=1, then_cpu=True),
    ENGINE_SHARED,
    ENGINE_ALONE,
    BYSTANDER,
    Rule(_ANALYSIS, FailureClass.CRASHED, _WORKER_LOST, retries=LOST_LEASES, charged=False, suspect=True),
    replace(_LOCAL_FAULT, stage=_ANALYSIS),
    Rule(_ANALYSIS, FailureClass.CANCELLED),
)

_OF_DOWNLOADS = {rule.failure: rule for rule in TABLE if rule.stage == _DOWNLOAD and not rule.when}
_OF_ANALYSES = {rule.failure: rule for rule in TABLE if rule.stage == _ANALYSIS and not rule.when}


def after_download(job: Job, failed: DownloadFailed, knobs: Settings, jitter: float) -> Decision:
    """`jitter` is a random number 0–1."""
    rule = CONFIRM if failed.confirm else _OF_DOWNLOADS.get(failed.failure_class, _OF_DOWNLOADS[FailureClass.TRANSIENT])
    asked = min(failed.retry_after or 0.0, _LONGEST_ASKED)
    return _decide(rule, job, job.download_failures, knobs, jitter, at_least=asked)


def after_analysis(job: Job, failure: FailureClass, knobs: Settings) -> Decision:
    """For a video whose engine answered with a failure, or overran its time limit."""
    rule = _OF_ANALYSES.get(failure, _OF_ANALYSES[FailureClass.TRANSIENT])
    return _decide(rule, job, job.process_failures, knobs)


def after_engine_death(job: Job, lost: EngineLost, knobs: Settings) -> Decision:
    """For a video whose engine died. Alone with it, the video is poison: once on the cpu queue, then the end."""
    rule = ENGINE_ALONE if lost.blamed and lost.alone else ENGINE_SHARED if lost.blamed else BYSTANDER
    return _decide(rule, job, job.process_failures, knobs)


def _decide(
    rule: Rule, job: Job, charged: int, knobs: Settings, jitter: float = 0.5, at_least: float = 0.0
) -> Decision:
    tried = charged if rule.charged else job.uncharged.get(rule.failure, 0)
    limit = rule.limit(knobs)
    lane = None
    if limit is not None and tried >= limit:
        if not rule.then_cpu or job.lane is Stage.CPU:
            return END
        lane = Stage.CPU
    return Decision(
        again=True,
        delay_s=max(rule.pause_s(knobs, tried, jitter), at_least),
        charge=rule.charged,
        suspect=rule.suspect,
        lane=lane,
        pause_worker_s=knobs.lease_seconds if rule.pauses_worker else 0.0,
    )


def sentence(rule: Rule, knobs: Settings) -> str:
    """What the rule does, in words."""
    limit = rule.limit(knobs)
    end = "then once on the cpu queue, then failed" if rule.then_cpu else "then failed"
    if limit == 0:
        return "once on the cpu queue, alone, then failed" if rule.then_cpu else "failed; never tried again"
    times = "as often as it takes" if limit is None else f"{limit} more time{'s' if limit > 1 else ''}"
    if isinstance(rule.retries, str):
        times += f" ({rule.retries.upper()})"
    parts = [times, _pause_in_words(rule, knobs), "" if rule.charged else "not charged"]
    parts += ["alone" if rule.suspect else "", "the worker pauses" if rule.pauses_worker else ""]
    return ", ".join(filter(None, parts)) + ("" if limit is None else f"; {end}")


def _pause_in_words(rule: Rule, knobs: Settings) -> str:
    if rule.when == _WORKER_LOST:
        return f"at once, then after longer pauses, up to {knobs.lease_seconds:g} s (LEASE_SECONDS)"
    if not rule.pause:
        return "at once"
    first = f"after {rule.pause_s(knobs, 0, jitter=0.5):g} s"
    if rule.pause_setting:
        first += f" ({'' if rule.pause == 1 else f'{rule.pause:g} × '}{rule.pause_setting.upper()})"
    if rule.failure is FailureClass.RATE_LIMITED:
        first += " or when the site said"
    if rule.steady is None or rule.limit(knobs) == 1:
        return first
    return f"{first}, doubling{f' from the {rule.steady + 2}th on' if rule.steady else ''}"
