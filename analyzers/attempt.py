"""What becomes of one step on one video?

The fault barrier: whatever a step does — raise, answer with nonsense, never end — there is an outcome, and it costs
only itself and what can't do without it.
"""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Thread
from typing import Any

from analyzers.contract import Analyzer, Inputs, Model, Outcome, Pass, Result, Status, Step
from analyzers.errors import Skipped, Unavailable
from analyzers.media import VideoInfo
from analyzers.models import ModelShelf
from analyzers.report import nonsense_in, outcome_document

AnyStep = type[Step[Any]]
#: The inputs of a step, given the models it asked for and why others are missing.
InputsFor = Callable[[AnyStep, Mapping[type[Model], Model], list[str]], Inputs]

log = logging.getLogger(__name__)


class Nonsense(Exception):
    """The analyzer answered with something that can't be true of this video."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a step ended."""

    step: AnyStep
    outcome: Outcome
    #: What it answered: a Result, or whatever a pass answers; None when it did not answer.
    answer: Any = None


class Attempt:
    """One step at work on one video, on a thread of its own: one that never ends can be left behind."""

    def __init__(self, step: AnyStep, video: VideoInfo, shelf: ModelShelf) -> None:
        self.step, self.video = step, video
        self._shelf = shelf
        self._models: dict[type[Model], Model] = {}
        self._began: float | None = None

    def start(self, inputs_for: InputsFor, ended: "SimpleQueue[Ended]") -> None:
        """Runs it; how it ended comes through `ended`."""
        Thread(target=lambda: ended.put(self._barrier(inputs_for)), name=self.step.name, daemon=True).start()

    @property
    def seconds(self) -> float:
        """Seconds since its inputs were there."""
        return time.monotonic() - self._began if self._began is not None else 0.0

    def overrun(self, limit: float) -> Ended:
        """How it ends when it is left behind after `limit` seconds."""
        log.error("%s overran its %.0f s on %s and was left behind", self.step.name, limit, self.video.path)
        return self._ended(Status.FAILED, f"overran its time limit of {limit:.0f} s")

    def _barrier(self, inputs_for: InputsFor) -> Ended:
        try:
            return self._run(inputs_for)
        except Skipped as error:
            return self._ended(Status.SKIPPED, str(error))
        except Unavailable as error:
            return self._ended(Status.UNAVAILABLE, str(error))
        except Exception as error:
            log.exception("%s failed on %s", self.step.name, self.video.path)
            return self._ended(Status.FAILED, f"{type(error).__name__}: {error}")

    def _run(self, inputs_for: InputsFor) -> Ended:
        """How a step ends that answers. Raises: whatever it raises; Nonsense."""
        inputs = inputs_for(self.step, self._models, self._load())
        self._began = time.monotonic()
        answer = self.step().analyze(inputs)
        if issubclass(self.step, Pass):
            return self._ended(Status.OK, answer=answer)
        wrong = nonsense_in(answer, self.video)
        if wrong:
            raise Nonsense(wrong)
        reason = answer.degraded_because()
        ended = self._ended(Status.DEGRADED if reason else Status.OK, reason, answer)
        outcome_document(ended.outcome)  # a field without a JSON form is this analyzer's fault, and shows here
        return ended

    def _load(self) -> list[str]:
        """Puts its models in place; why those it can do without are missing. Raises: Unavailable."""
        for model in self.step.needs.models:
            self._models[model] = self._shelf.get(model)
        lacks = []
        for model in self.step.needs.may_use:
            missing = self._shelf.why_missing(model)  # asked first: loading begins with libraries that take seconds
            try:
                if not missing:
                    self._models[model] = self._shelf.get(model)
            except Unavailable as error:
                missing = str(error)
            lacks += [missing] if missing else []
        return lacks

    def _ended(self, status: Status, reason: str = "", answer: Any = None) -> Ended:
        first = next(iter(self._models.values()), None)
        outcome = Outcome(
            analyzer=self.step.name,
            version=self.step.version if issubclass(self.step, Analyzer) else "",
            status=status,
            seconds=self.seconds,
            result=answer if isinstance(answer, Result) else None,
            model=first.info if first is not None else None,
            backend=first.backend if first is not None else "numpy",
            reason=reason,
        )
        return Ended(self.step, outcome, answer)
