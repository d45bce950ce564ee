"""What is an analyzer, what does it need, and what does it answer?

An analyzer is a plain function of arrays with declared needs: it never opens a file, loads a model, reads the
environment or knows about queues. `run.py` plans, decodes once, and calls it behind a fault barrier.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Self, TypeVar

from analyzers.media import Audio, AudioTrack, FrameBatch, Frames, VideoInfo

if TYPE_CHECKING:
    from analyzers.models import Device

R = TypeVar("R", bound="Result")
M = TypeVar("M", bound="ModelPass")


@dataclass(frozen=True, slots=True)
class Segment:
    """A half-open time range of the video with what was found in it."""

    #: Seconds, start <= t < end. An instant (a cut, a beat) has end == start.
    start: float
    end: float
    #: What it is, in one or two words; the row of the timeline it is drawn in.
    label: str
    #: Confidence 0–1; None where the notion has no confidence.
    score: float | None = None
    #: Text that was read or heard; None where there is none.
    text: str | None = None
    #: Anything more, JSON-able.
    data: Mapping[str, Any] = field(default_factory=dict)


class Result(ABC):
    """An analyzer's typed value: a frozen dataclass whose fields are JSON-able (numbers, strings, tuples, dataclasses).

    Every field has a `#:` line with its unit and what empty means.
    """

    @abstractmethod
    def headline(self) -> str:
        """One line a person reads first, such as "7 cuts, 21 per minute"."""

    @abstractmethod
    def timeline(self) -> Sequence[Segment]:
        """What was found when, sorted by start."""

    def degraded_because(self) -> str:
        """Why this is a lesser answer than the analyzer's first choice; empty when it is the first choice."""
        return ""


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """Which weights answered."""

    #: Name as its publisher writes it, such as "silero-vad".
    id: str
    #: Version or commit.
    revision: str
    #: SPDX identifier.
    licence: str


class ModelPass(ABC):
    """A model that several analyzers share; loaded once per engine, called from several threads."""

    info: ClassVar[ModelInfo]
    #: What runs it here, such as "onnxruntime-cpu" or "torch-cuda".
    backend: str

    @classmethod
    @abstractmethod
    def load(cls, device: "Device") -> Self:
        """Loads the weights. Raises: Unavailable, with the command that mends it."""


@dataclass(frozen=True, slots=True)
class Needs:
    """What an analyzer asks for; decoded and loaded before it is called."""

    frames: Frames | None = None
    audio: Audio | None = None
    #: Analyzers whose results it reads; they run first. It is skipped when one of them did not answer.
    results: "tuple[type[Analyzer[Any]], ...]" = ()
    models: tuple[type[ModelPass], ...] = ()


class Inputs:
    """What one analyzer gets for one video: exactly what it declared."""

    def __init__(
        self,
        video: VideoInfo,
        frames: FrameBatch | None = None,
        audio: AudioTrack | None = None,
        results: "Mapping[type[Analyzer[Any]], Result] | None" = None,
        models: Mapping[type[ModelPass], ModelPass] | None = None,
    ) -> None:
        self.video = video
        self._frames = frames
        self._audio = audio
        self._results = results or {}
        self._models = models or {}

    @property
    def frames(self) -> FrameBatch:
        """The pictures asked for, at least one."""
        if self._frames is None:
            raise LookupError("no frames were declared in needs")
        return self._frames

    @property
    def audio(self) -> AudioTrack:
        """The sound asked for; analyzers that need sound are skipped when there is none."""
        if self._audio is None:
            raise LookupError("no audio was declared in needs")
        return self._audio

    def result(self, analyzer: "type[Analyzer[R]]") -> R:
        """The result of an analyzer declared in needs.results."""
        return self._results[analyzer]  # type: ignore[return-value]  # the mapping pairs each analyzer with its own R

    def model(self, model: type[M]) -> M:
        """A model declared in needs.models."""
        return self._models[model]  # type: ignore[return-value]  # the shelf pairs each class with its own instance


class Analyzer(ABC, Generic[R]):
    """One of the thirty. Subclasses set the class attributes and implement `analyze`.

    An instance holds no state: the same one serves several videos at once.
    """

    #: Snake case, unique, the key in results and tables.
    name: ClassVar[str]
    #: Raised by hand whenever the answer for the same video may change.
    version: ClassVar[str]
    #: One sentence for people, shown in lists and docs.
    summary: ClassVar[str]
    #: "picture", "sound" or "meaning".
    kind: ClassVar[str]
    needs: ClassVar[Needs]

    @abstractmethod
    def analyze(self, inputs: Inputs) -> R:
        """The answer for one video. Raises: Skipped, Unavailable; anything else counts as a fault of this analyzer."""


class Status(StrEnum):
    """How one analyzer ended on one video."""

    #: Answered with its first-choice method.
    OK = "ok"
    #: Answered with a lesser method; the reason says which.
    DEGRADED = "degraded"
    #: Nothing to look at in this video, such as no sound track.
    SKIPPED = "skipped"
    #: Can't run on this machine; the reason says what to do.
    UNAVAILABLE = "unavailable"
    #: A fault; the reason names it.
    FAILED = "failed"

    @property
    def answered(self) -> bool:
        """Whether there is a result."""
        return self in (Status.OK, Status.DEGRADED)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One analyzer on one video."""

    analyzer: str
    version: str
    status: Status
    #: Seconds of wall time in the analyzer itself (decode and waiting not counted).
    seconds: float
    result: Result | None = None
    model: ModelInfo | None = None
    #: "numpy", "opencv", or the backend of its model.
    backend: str = "numpy"
    #: Why it is not "ok"; empty when it is.
    reason: str = ""
