"""What is an analyzer, which models does it use, and can it run on this machine?

What lists, pages and the API say about analyzers comes from here.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from analyzers.contract import Analyzer, Model, Pass, Status, Step
from analyzers.errors import Unavailable
from analyzers.media import Audio, Frames
from analyzers.models.profiles import ModelLibrary, ModelSpec


@dataclass(frozen=True, slots=True)
class Description:
    """One analyzer, as it would run with the models of one library."""

    analyzer: type[Analyzer[Any]]
    #: Models that it can't do without, and those it is better with; what its passes use included.
    models: tuple[ModelSpec, ...]
    better_with: tuple[ModelSpec, ...]
    #: Names of the analyzers it reads from, and of those it reads from where they answer.
    reads: tuple[str, ...]
    may_read: tuple[str, ...]
    #: OK, DEGRADED or UNAVAILABLE: what can be expected on this machine.
    status: Status
    #: Why it is not OK, with the command that mends it; empty when it is.
    reason: str


def describe(analyzer: type[Analyzer[Any]], library: ModelLibrary) -> Description:
    """What is known about `analyzer` before any video is looked at."""
    needed, better = models_of(analyzer)
    missing = next(_missing(needed, library), "")
    lacking = next(_missing(better, library), "")
    status = Status.UNAVAILABLE if missing else Status.DEGRADED if lacking else Status.OK
    return Description(
        analyzer=analyzer,
        models=_specs(needed, library),
        better_with=_specs(better, library),
        reads=_analyzers(analyzer.needs.results),
        may_read=_analyzers(analyzer.needs.may_read),
        status=status,
        reason=missing or lacking,
    )


def models_of(analyzer: type[Step[Any]]) -> tuple[tuple[type[Model], ...], tuple[type[Model], ...]]:
    """The models that `analyzer` can't do without, and those it is better with.

    Those of the passes and analyzers that it can't answer without count as its own; what an analyzer that it merely may
    read uses is that one's business.
    """
    needed: list[type[Model]] = list(analyzer.needs.models)
    better: list[type[Model]] = list(analyzer.needs.may_use)
    for other in analyzer.needs.results:
        others_needed, others_better = models_of(other)
        needed += others_needed
        if issubclass(other, Pass):
            better += others_better
    for other in analyzer.needs.may_read:
        if issubclass(other, Pass):
            better += models_of(other)[0]
    return tuple(dict.fromkeys(needed)), tuple(each for each in dict.fromkeys(better) if each not in needed)


def views_of(step: type[Step[Any]]) -> tuple[Frames | Audio, ...]:
    """The pictures and the sound that `step` is worked out from: its own, and those of the passes it reads."""
    own = [view for view in (step.needs.frames, step.needs.audio) if view is not None]
    passes = [other for other in step.needs.results + step.needs.may_read if issubclass(other, Pass)]
    return tuple(dict.fromkeys([*own, *(view for other in passes for view in views_of(other))]))


def _missing(models: Iterable[type[Model]], library: ModelLibrary) -> Iterator[str]:
    for spec in _specs(models, library):
        if spec.needs_fetching:
            try:
                library.folder(spec.role)
            except Unavailable as error:
                yield str(error)


def _specs(models: Iterable[type[Model]], library: ModelLibrary) -> tuple[ModelSpec, ...]:
    return tuple(library.specs[model.role] for model in models)


def _analyzers(steps: Iterable[type[Step[Any]]]) -> tuple[str, ...]:
    return tuple(step.name for step in steps if issubclass(step, Analyzer))
