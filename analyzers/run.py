"""How does one video get the outcomes of many analyzers?

Plan (what they need together, and which can't run here) → decode once → run each as soon as what it reads is there.
What goes wrong in one analyzer costs only that one: `attempt.py` is the fault barrier.
"""

import math
import queue
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from analyzers.attempt import AnyStep, Attempt, Ended
from analyzers.contract import Analyzer, Inputs, Model, Outcome, Pass, Status
from analyzers.decode import Decoded, decode, never
from analyzers.errors import Cancelled
from analyzers.media import Audio, Frames, VideoInfo
from analyzers.models import ModelShelf

AnyAnalyzer = type[Analyzer[Any]]

#: Seconds between two looks at whether the caller wants to stop.
_POLL = 0.2
#: Seconds that a step may take for every second of video, besides its fixed limit.
_SECONDS_PER_SECOND = 5.0


@dataclass(frozen=True, slots=True)
class Analysis:
    """One video, seen by all analyzers."""

    #: As it was really decoded.
    video: VideoInfo
    #: One per analyzer: those asked for, in that order, then those they read from.
    outcomes: tuple[Outcome, ...]
    #: One per model pass that they share.
    passes: tuple[Outcome, ...]
    decode_seconds: float
    #: Seconds for everything, decode included.
    seconds: float
    #: What is broken in the file; empty when nothing is.
    damage: str = ""
    #: Steps that overran their time limit and whose threads still run: this process should end soon.
    left_behind: tuple[str, ...] = ()


def ignore(outcome: Outcome) -> None:
    """Nobody wants to hear of outcomes one by one."""


def analyze_video(
    path: Path,
    analyzers: Sequence[AnyAnalyzer],
    shelf: ModelShelf,
    *,
    scratch: Path,
    threads: int = 2,
    caption: str = "",
    time_limit: float = math.inf,
    on_outcome: Callable[[Outcome], None] = ignore,
    cancelled: Callable[[], bool] = never,
) -> Analysis:
    """Decodes `path` once and runs `analyzers`, and those they read from, on `threads` threads.

    `on_outcome` is called on the caller's thread as each analyzer ends. `scratch` is a folder for what memory can't
    hold. `caption` is what the author wrote beside the video. An analyzer that takes longer than `time_limit` seconds,
    plus five for every second of video, has failed and is left behind.

    Raises: InvalidMedia when nothing can be decoded; Cancelled; ValueError when analyzers read from each other in a
    circle; OSError when the disk is full or can't be read.
    """
    started = time.monotonic()
    team = with_dependencies(analyzers)
    blocked = blocked_steps(team, shelf)
    able = [each for each in team if each not in blocked]
    frames = {each.needs.frames for each in able if each.needs.frames is not None}
    audio = {each.needs.audio for each in able if each.needs.audio is not None}
    shelf.load_ahead(list(dict.fromkeys(model for each in able for model in each.needs.models)))  # beside the decoding
    with decode(path, frames, audio, scratch=scratch, threads=threads, cancelled=cancelled) as decoded:
        one_run = _Run(decoded, team, blocked, shelf, caption, on_outcome)
        one_run.finish(threads, time_limit + _SECONDS_PER_SECOND * decoded.video.duration, cancelled)
        return Analysis(
            video=decoded.video,
            outcomes=tuple(one_run.outcomes[each] for each in team if not issubclass(each, Pass)),
            passes=tuple(one_run.outcomes[each] for each in team if issubclass(each, Pass)),
            decode_seconds=decoded.seconds,
            seconds=time.monotonic() - started,
            damage=decoded.damage,
            left_behind=tuple(one_run.left_behind),
        )


def with_dependencies(analyzers: Sequence[AnyStep]) -> tuple[AnyStep, ...]:
    """`analyzers` and all they read from, each once. Raises: ValueError when they read from each other in a circle."""
    team = list(dict.fromkeys(analyzers))
    for each in team:  # grows while it is walked
        team += [other for other in _reads(each) if other not in team]
    try:
        TopologicalSorter({each: _reads(each) for each in team}).prepare()
    except CycleError as error:
        circle = " → ".join(each.name for each in error.args[1])
        raise ValueError(f"analyzers read from each other in a circle: {circle}") from error
    return tuple(team)


def with_readers(analyzer: AnyAnalyzer, among: Sequence[AnyAnalyzer]) -> tuple[AnyAnalyzer, ...]:
    """`analyzer`, and those of `among` that read from it, directly or through others."""
    return (analyzer, *(each for each in among if analyzer in with_dependencies([each])[1:]))


def blocked_steps(team: Sequence[AnyStep], shelf: ModelShelf) -> Mapping[AnyStep, str]:
    """Those of `team` (with their dependencies) that can't run on this machine, and why."""
    blocked: dict[AnyStep, str] = {}
    for step in TopologicalSorter({each: _reads(each) for each in team}).static_order():
        reasons = [reason for model in step.needs.models if (reason := shelf.why_missing(model))]
        reasons += [blocked[other] for other in step.needs.results if other in blocked]
        if reasons:
            blocked[step] = reasons[0]
    return blocked


def _reads(step: AnyStep) -> tuple[AnyStep, ...]:
    return step.needs.results + step.needs.may_read


class _Run:
    """The steps of one video, from the decoded views to their outcomes."""

    def __init__(
        self,
        decoded: Decoded,
        team: Sequence[AnyStep],
        blocked: Mapping[AnyStep, str],
        shelf: ModelShelf,
        caption: str,
        on_outcome: Callable[[Outcome], None],
    ) -> None:
        self.outcomes: dict[AnyStep, Outcome] = {}
        self.left_behind: list[str] = []
        self._answers: dict[AnyStep, Any] = {}
        self._decoded, self._blocked, self._shelf, self._caption = decoded, blocked, shelf, caption
        self._on_outcome = on_outcome
        self._order = TopologicalSorter({each: _reads(each) for each in team})
        self._order.prepare()
        #: How many read from each, directly or not.
        self._readers = Counter(other for each in team for other in with_dependencies([each])[1:])
        self._users = Counter(view for each in team if each not in blocked for view in _views(each))
        self._ready: list[AnyStep] = []
        self._running: dict[AnyStep, Attempt] = {}
        self._ended: SimpleQueue[Ended] = SimpleQueue()

    def finish(self, threads: int, limit: float, cancelled: Callable[[], bool]) -> None:
        """Runs all of them. Raises: Cancelled, after those that were running have ended or overrun `limit` seconds."""
        stopping = False
        while self._running or (self._order.is_active() and not stopping):
            stopping = stopping or cancelled()
            if not stopping:
                self._start(threads)
            if self._running:
                self._wait(limit)
            self._decoded.forget_pages()
        if stopping:
            raise Cancelled(f"analysing {self._decoded.video.path} was cancelled")

    def _start(self, threads: int) -> None:
        """Starts what is ready, first what most others wait for."""
        self._ready += self._order.get_ready()
        self._ready.sort(key=lambda step: -self._readers[step])
        while self._ready and len(self._running) < threads:
            step = self._ready.pop(0)
            status, reason = self._why_not(step)
            if status is not None:
                version = step.version if issubclass(step, Analyzer) else ""
                self._settle(Ended(step, Outcome(step.name, version, status, 0.0, reason=reason)))
                self._ready += self._order.get_ready()
                continue
            self._running[step] = Attempt(step, self._decoded.video, self._shelf)
            self._running[step].start(self._inputs_for, self._ended)

    def _wait(self, limit: float) -> None:
        """Takes in what ended, and leaves behind what overran."""
        try:
            ended = self._ended.get(timeout=_POLL)
        except queue.Empty:
            ended = None
        if ended is not None and self._running.pop(ended.step, None) is not None:
            self._settle(ended)
        for step, attempt in list(self._running.items()):
            if attempt.seconds > limit:
                del self._running[step]
                self.left_behind.append(step.name)
                self._settle(attempt.overrun(limit))

    def _settle(self, ended: Ended) -> None:
        """Takes an outcome in, and gives back the views that nobody else will look at."""
        step, outcome = ended.step, ended.outcome
        if ended.answer is not None:
            self._answers[step] = ended.answer
            outcome = self._with_model_of_its_passes(step, outcome)
        self.outcomes[step] = outcome
        self._order.done(step)
        for view in _views(step) if step not in self._blocked else ():
            self._users[view] -= 1
            if not self._users[view]:
                self._decoded.release(view)
        if not issubclass(step, Pass):
            self._on_outcome(outcome)

    def _with_model_of_its_passes(self, step: AnyStep, outcome: Outcome) -> Outcome:
        """An analyzer that loads nothing itself names the model whose pass it read."""
        if outcome.model is not None:
            return outcome
        for other in _reads(step):
            if issubclass(other, Pass) and other in self._answers:
                return replace(outcome, model=self.outcomes[other].model, backend=self.outcomes[other].backend)
        return outcome

    def _why_not(self, step: AnyStep) -> tuple[Status | None, str]:
        """With which status and reason the step ends before it begins; (None, "") when it can begin."""
        if step.needs.audio is not None and not self._is_heard(step):
            return Status.SKIPPED, "the video has no sound track"
        if step in self._blocked:
            return Status.UNAVAILABLE, self._blocked[step]
        for other in step.needs.results:
            status = self.outcomes[other].status
            if status == Status.UNAVAILABLE:
                return status, self.outcomes[other].reason
            if not status.answered:
                return Status.SKIPPED, f"{other.name}, which it reads from, did not answer ({status})"
        return None, ""

    def _is_heard(self, step: AnyStep) -> bool:
        """Whether there is sound for it; for a blocked step, which no sound was decoded for, whether there would be."""
        return self._decoded.video.has_audio if step in self._blocked else step.needs.audio in self._decoded.audio

    def _inputs_for(self, step: AnyStep, models: Mapping[type[Model], Model], lacks: list[str]) -> Inputs:
        """Exactly what the step declared."""
        needs = step.needs
        missing = [self.outcomes[other] for other in needs.may_read if other not in self._answers]
        lacks = [*lacks, *(f"{each.analyzer} is {each.status}: {each.reason}" for each in missing if _amiss(each))]
        return Inputs(
            self._decoded.video,
            self._decoded.frames[needs.frames] if needs.frames is not None else None,
            self._decoded.audio[needs.audio] if needs.audio is not None else None,
            {other: self._answers[other] for other in _reads(step) if other in self._answers},
            models,
            caption=self._caption,
            lacks=lacks,
        )


def _amiss(outcome: Outcome) -> bool:
    return outcome.status in (Status.UNAVAILABLE, Status.FAILED)


def _views(step: AnyStep) -> list[Frames | Audio]:
    return [view for view in (step.needs.frames, step.needs.audio) if view is not None]
