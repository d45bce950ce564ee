"""How does one video get the outcomes of many analyzers?

Plan (what they need together) → decode once → run each as soon as what it reads is there. What goes wrong in one
analyzer costs only that one: `_attempt` is the fault barrier.
"""

import logging
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

from analyzers.contract import Analyzer, Inputs, ModelPass, Outcome, Result, Status
from analyzers.decode import Decoded, decode, never
from analyzers.errors import Cancelled, Skipped, Unavailable
from analyzers.media import Audio, Frames, VideoInfo
from analyzers.models import ModelShelf
from analyzers.report import nonsense_in, outcome_document

AnyAnalyzer = type[Analyzer[Any]]
InputsFor = Callable[[AnyAnalyzer, Mapping[type[ModelPass], ModelPass]], Inputs]

#: Seconds between two looks at whether the caller wants to stop.
_POLL = 0.2

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Analysis:
    """One video, seen by all analyzers."""

    #: As it was really decoded.
    video: VideoInfo
    #: One per analyzer: those asked for, in that order, then those they read from.
    outcomes: tuple[Outcome, ...]
    decode_seconds: float
    #: Seconds for everything, decode included.
    seconds: float
    #: What is broken in the file; empty when nothing is.
    damage: str = ""


def ignore(outcome: Outcome) -> None:
    """Nobody wants to hear of outcomes one by one."""


def analyze_video(
    path: Path,
    analyzers: Sequence[AnyAnalyzer],
    shelf: ModelShelf,
    *,
    scratch: Path,
    threads: int = 2,
    on_outcome: Callable[[Outcome], None] = ignore,
    cancelled: Callable[[], bool] = never,
) -> Analysis:
    """Decodes `path` once and runs `analyzers`, and those they read from, on `threads` threads.

    `on_outcome` is called on the caller's thread as each one ends. `scratch` is a folder for what memory can't hold.

    Raises: InvalidMedia when nothing can be decoded; Cancelled; ValueError when analyzers read from each other in a
    circle; OSError when the disk is full or can't be read.
    """
    started = time.monotonic()
    team = with_dependencies(analyzers)
    frames = {each.needs.frames for each in team if each.needs.frames is not None}
    audio = {each.needs.audio for each in team if each.needs.audio is not None}
    with decode(path, frames, audio, scratch=scratch, threads=threads, cancelled=cancelled) as decoded:
        one_run = _Run(decoded, team, shelf, on_outcome)
        one_run.finish(threads, cancelled)
        return Analysis(
            video=decoded.video,
            outcomes=tuple(one_run.outcomes[each] for each in team),
            decode_seconds=decoded.seconds,
            seconds=time.monotonic() - started,
            damage=decoded.damage,
        )


def with_dependencies(analyzers: Sequence[AnyAnalyzer]) -> tuple[AnyAnalyzer, ...]:
    """`analyzers` and all they read from, each once. Raises: ValueError when they read from each other in a circle."""
    team = list(dict.fromkeys(analyzers))
    for each in team:  # grows while it is walked
        team += [other for other in each.needs.results if other not in team]
    try:
        TopologicalSorter({each: each.needs.results for each in team}).prepare()
    except CycleError as error:
        circle = " → ".join(each.name for each in error.args[1])
        raise ValueError(f"analyzers read from each other in a circle: {circle}") from error
    return tuple(team)


class _Run:
    """The analyzers of one video, from the decoded views to their outcomes."""

    def __init__(
        self,
        decoded: Decoded,
        team: Sequence[AnyAnalyzer],
        shelf: ModelShelf,
        on_outcome: Callable[[Outcome], None],
    ) -> None:
        self.outcomes: dict[AnyAnalyzer, Outcome] = {}
        self._decoded, self._shelf, self._on_outcome = decoded, shelf, on_outcome
        self._order = TopologicalSorter({each: each.needs.results for each in team})
        self._order.prepare()
        self._users = Counter(view for each in team for view in _views(each))

    def finish(self, threads: int, cancelled: Callable[[], bool]) -> None:
        """Runs all of them. Raises: Cancelled, after those that were running have ended."""
        running: dict[Future[Outcome], AnyAnalyzer] = {}
        with ThreadPoolExecutor(threads, thread_name_prefix="analyzer") as pool:
            try:
                while self._order.is_active():
                    if cancelled():
                        raise Cancelled(f"analysing {self._decoded.video.path} was cancelled")
                    for analyzer in self._order.get_ready():
                        running[pool.submit(self._outcome_of, analyzer)] = analyzer
                    ended, _ = wait(running, timeout=_POLL, return_when=FIRST_COMPLETED)
                    self._decoded.forget_pages()
                    for future in ended:
                        self._settle(running.pop(future), future.result())
            except BaseException:
                pool.shutdown(wait=True, cancel_futures=True)
                raise

    def _settle(self, analyzer: AnyAnalyzer, outcome: Outcome) -> None:
        """Takes an outcome in, and gives back the views that nobody else will look at."""
        self.outcomes[analyzer] = outcome
        self._order.done(analyzer)
        for view in _views(analyzer):
            self._users[view] -= 1
            if not self._users[view]:
                self._decoded.release(view)
        self._on_outcome(outcome)

    def _outcome_of(self, analyzer: AnyAnalyzer) -> Outcome:
        reason = self._nothing_to_look_at(analyzer)
        if reason:
            return Outcome(analyzer.name, analyzer.version, Status.SKIPPED, 0.0, reason=reason)
        return _attempt(_Attempt(analyzer, self._decoded.video, self._shelf), self._inputs_for)

    def _nothing_to_look_at(self, analyzer: AnyAnalyzer) -> str:
        """Why the analyzer can't even begin; empty when it can."""
        if analyzer.needs.audio is not None and analyzer.needs.audio not in self._decoded.audio:
            return "the video has no sound track"
        for other in analyzer.needs.results:
            if not self.outcomes[other].status.answered:
                return f"{other.name}, which it reads from, did not answer ({self.outcomes[other].status})"
        return ""

    def _inputs_for(self, analyzer: AnyAnalyzer, models: Mapping[type[ModelPass], ModelPass]) -> Inputs:
        """Exactly what the analyzer declared."""
        needs = analyzer.needs
        results = {other: self.outcomes[other].result for other in needs.results}
        return Inputs(
            self._decoded.video,
            self._decoded.frames[needs.frames] if needs.frames is not None else None,
            self._decoded.audio[needs.audio] if needs.audio is not None else None,
            {other: result for other, result in results.items() if result is not None},
            models,
        )


def _views(analyzer: AnyAnalyzer) -> list[Frames | Audio]:
    return [view for view in (analyzer.needs.frames, analyzer.needs.audio) if view is not None]


class Nonsense(Exception):
    """The analyzer answered with something that can't be true of this video."""


class _Attempt:
    """One analyzer at work on one video."""

    def __init__(self, analyzer: AnyAnalyzer, video: VideoInfo, shelf: ModelShelf) -> None:
        self.analyzer, self.video = analyzer, video
        self._shelf = shelf
        self._models: dict[type[ModelPass], ModelPass] = {}
        self._seconds = 0.0

    def run(self, inputs_for: InputsFor) -> Outcome:
        """The outcome of an analyzer that answers. Raises: whatever it raises; Nonsense."""
        for model in self.analyzer.needs.models:
            self._models[model] = self._shelf.get(model)
        inputs = inputs_for(self.analyzer, self._models)
        started = time.monotonic()
        try:
            result = self.analyzer().analyze(inputs)
        finally:
            self._seconds = time.monotonic() - started
        wrong = nonsense_in(result, self.video)
        if wrong:
            raise Nonsense(wrong)
        reason = result.degraded_because()
        outcome = self.ended(Status.DEGRADED if reason else Status.OK, reason, result)
        outcome_document(outcome)  # a field without a JSON form is this analyzer's fault, and shows here
        return outcome

    def ended(self, status: Status, reason: str, result: Result | None = None) -> Outcome:
        first = next(iter(self._models.values()), None)
        return Outcome(
            analyzer=self.analyzer.name,
            version=self.analyzer.version,
            status=status,
            seconds=self._seconds,
            result=result,
            model=first.info if first is not None else None,
            backend=first.backend if first is not None else "numpy",
            reason=reason,
        )


def _attempt(attempt: _Attempt, inputs_for: InputsFor) -> Outcome:
    """The fault barrier of one analyzer: whatever it does, there is an outcome. Raises: Cancelled."""
    try:
        return attempt.run(inputs_for)
    except Cancelled:
        raise
    except Skipped as error:
        return attempt.ended(Status.SKIPPED, str(error))
    except Unavailable as error:
        return attempt.ended(Status.UNAVAILABLE, str(error))
    except Exception as error:
        log.exception("%s failed on %s", attempt.analyzer.name, attempt.video.path)
        return attempt.ended(Status.FAILED, f"{type(error).__name__}: {error}")
