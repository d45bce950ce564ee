"""What do a worker and its engine say to each other?

Pickled over one socket. Apart from both, so that the worker never imports what the engine needs.
"""

from dataclasses import dataclass
from typing import Any

from mass_processing.records import FailureClass


@dataclass(frozen=True, slots=True)
class Request:
    """Analyse one video."""

    key: int
    path: str
    #: What the author wrote beside the video; empty when that isn't known.
    caption: str = ""
    #: The analyzers whose outcomes are wanted; empty: all of them.
    analyzers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cancel:
    """Stop analysing a video."""

    key: int


@dataclass(frozen=True, slots=True)
class Ready:
    """The engine takes requests now."""

    device: str


@dataclass(frozen=True, slots=True)
class Beat:
    """The engine lives."""

    #: Bytes of memory in use, and the most there ever were.
    resident: int
    resident_peak: int


@dataclass(frozen=True, slots=True)
class Answer:
    """A video is done: either `analysis`, or a failure class with its reason."""

    key: int
    analysis: dict[str, Any] | None = None
    failure_class: FailureClass | None = None
    reason: str = ""
    cancelled: bool = False
    #: Analyzers that never ended and still run: the engine should be started anew.
    left_behind: tuple[str, ...] = ()
