"""What does the page about all analyzers say?

`python docs/generate.py` writes it. Everything in it comes from the analyzers themselves:
their module's docstring, their needs, and the `#:` lines of their result.
"""

import dataclasses
import inspect
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, get_args, get_type_hints

from analyzers.catalog import ANALYZERS
from analyzers.contract import Analyzer, Model, Step
from analyzers.describe import models_of, views_of
from analyzers.media import Audio, Frames
from analyzers.models.profiles import ModelLibrary

AnyAnalyzer = type[Analyzer[Any]]
AnyStep = type[Step[Any]]

#: The module in front of a type's name.
_MODULE = re.compile(r"\b(?:\w+\.)+(?=\w)")

_HEAD = """# The analyzers

Made from the code by `python docs/generate.py`; don't edit it by hand.

Every analyzer answers with a status (`ok`, `degraded`, `skipped`, `unavailable`, `failed`), a headline, the fields
below, and segments for the timeline. Times are seconds from the first picture, ranges are half-open, scores and shares
are 0–1, boxes are x1, y1, x2, y2 as parts of the picture's width and height. No analyzer says who a person is.
"""


def page() -> str:
    """The whole page, Markdown."""
    return "\n".join([_HEAD, *_table(), *(line for analyzer in ANALYZERS for line in _section(analyzer))])


def _table() -> Iterator[str]:
    yield "| # | analyzer | kind | what it answers |"
    yield "|--:|---|---|---|"
    for number, analyzer in enumerate(ANALYZERS, start=1):
        yield f"| {number} | [{analyzer.name}](#{analyzer.name}) | {analyzer.kind} | {_cell(analyzer.summary)} |"
    yield ""


def _section(analyzer: AnyAnalyzer) -> Iterator[str]:
    yield f"## {analyzer.name}\n"
    yield f"{analyzer.summary} *Version {analyzer.version}.*\n"
    yield f"{inspect.getdoc(inspect.getmodule(analyzer)) or ''}\n"
    yield from (f"- {line}" for line in _needs(analyzer))
    yield ""
    for holder in _dataclasses_of(result_type(analyzer)):
        yield from _fields(holder)


def _needs(analyzer: AnyAnalyzer) -> Iterator[str]:
    needs = analyzer.needs
    for view in views_of(analyzer):
        yield f"Looks at: {_frames(view)}" if isinstance(view, Frames) else f"Listens to: {_audio(view)}"
    if _analyzers(needs.results):
        yield f"Reads from: {_links(_analyzers(needs.results))}"
    if _analyzers(needs.may_read):
        yield f"Reads where they answer: {_links(_analyzers(needs.may_read))}"
    needed, better = models_of(analyzer)
    yield from (f"Model: {_model(model)}" for model in needed)
    yield from (f"Better with: {_model(model)}" for model in better)


def _frames(request: Frames) -> str:
    rate = "every picture" if request.fps is None else f"{request.fps:g} pictures per second"
    size = "native size" if request.short_side is None else f"{request.short_side} pixels on the shorter side"
    return f"{rate}, {size}, {'luma' if request.luma else 'RGB'}"


def _audio(request: Audio) -> str:
    return f"{request.rate} Hz, {'mono' if request.channels == 1 else 'stereo'}"


def _analyzers(steps: Iterable[AnyStep]) -> list[AnyStep]:
    return [step for step in steps if issubclass(step, Analyzer)]


def _links(steps: Iterable[AnyStep]) -> str:
    return ", ".join(f"[{step.name}](#{step.name})" for step in steps)


def _model(model: type[Model]) -> str:
    """The model of each profile; named once where they are the same."""
    named = {}
    for profile in ("gpu", "cpu"):
        spec = ModelLibrary(Path("models"), profile).specs[model.role]
        named[f"{spec.info.id} ({spec.info.licence})"] = profile
    if len(named) == 1:
        return next(iter(named))
    return "; ".join(f"{model} on {profile}" for model, profile in named.items())


def result_type(analyzer: AnyAnalyzer) -> type:
    """The R of an `Analyzer[R]`."""
    for base in getattr(analyzer, "__orig_bases__", ()):
        for argument in get_args(base):
            return argument  # type: ignore[no-any-return]  # a class, by Analyzer's own signature
    raise TypeError(f"{analyzer.__name__} doesn't say what it answers; write `class X(Analyzer[XResult])`")


def _dataclasses_of(root: type) -> list[type]:
    """`root` and the dataclasses in its fields, each once, outermost first."""
    found = [root]
    for holder in found:  # grows while it is walked
        for hint in get_type_hints(holder).values():
            found += [part for part in _parts(hint) if _is_dataclass(part) and part not in found]
    return found


def _is_dataclass(hint: Any) -> bool:
    return isinstance(hint, type) and dataclasses.is_dataclass(hint)


def _parts(hint: Any) -> list[Any]:
    """`hint` and all type arguments in it."""
    return [hint, *(part for argument in get_args(hint) for part in _parts(argument))]


def _fields(holder: type) -> Iterator[str]:
    about = field_comments(holder)
    yield f"**{holder.__name__}**: {_cell((inspect.getdoc(holder) or '').splitlines()[0])}\n"
    yield "| field | type | what it is |"
    yield "|---|---|---|"
    for field in dataclasses.fields(holder):
        kind = field.type if isinstance(field.type, str) else inspect.formatannotation(field.type)
        yield f"| `{field.name}` | `{_cell(_MODULE.sub('', kind))}` | {_cell(about.get(field.name, ''))} |"
    yield ""


def field_comments(holder: type) -> dict[str, str]:
    """The `#:` lines above each field of a dataclass, as one line of text."""
    comments: dict[str, str] = {}
    above: list[str] = []
    for line in inspect.getsource(holder).splitlines():
        text = line.strip()
        if text.startswith("#:"):
            above.append(text.removeprefix("#:").strip())
            continue
        name, colon, _ = text.partition(":")
        if above and colon and name.isidentifier():
            comments[name] = " ".join(above)
        above = []
    return comments


def _cell(text: str) -> str:
    """`text` for a table's cell."""
    return text.replace("|", "\\|").replace("\n", " ")
