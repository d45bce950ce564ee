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
    from analyzers.models import ModelSource

S = TypeVar("S")
R = TypeVar("R", bound="Result")
M = TypeVar("M", bound="Model")


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


class Model(ABC):
    """Loaded weights that several analyzers share: one instance per engine, called from several threads."""

    #: Which line of a profile in `models/profiles.toml` names its weights, such as "detector".
    role: ClassVar[str]
    #: Which weights were loaded.
    info: ModelInfo
    #: What runs it here, such as "onnxruntime-cpu" or "torch-cuda".
    backend: str

    @classmethod
    @abstractmethod
    def load(cls, source: "ModelSource") -> Self:
        """Loads the weights. Raises: Unavailable, with the command that mends it."""


@dataclass(frozen=True, slots=True)
class Needs:
    """What a step asks for; decoded, loaded and run before it is called."""

    frames: Frames | None = None
    audio: Audio | None = None
    #: Steps whose results it reads; they run first. Without one of them it can't answer either.
    results: "tuple[type[Step[Any]], ...]" = ()
    #: Steps whose results it reads where there are any; they run first. Without them it answers with less.
    may_read: "tuple[type[Step[Any]], ...]" = ()
    #: Models it can't do without.
    models: tuple[type[Model], ...] = ()
    #: Models it uses where their weights are here; else it answers with a lesser method.
    may_use: tuple[type[Model], ...] = ()


class Inputs:
    """What one step gets for one video: exactly what it declared."""

    def __init__(
        self,
        video: VideoInfo,
        frames: FrameBatch | None = None,
        audio: AudioTrack | None = None,
        results: "Mapping[type[Step[Any]], Any] | None" = None,
        models: Mapping[type[Model], Model] | None = None,
        *,
        caption: str = "",
        lacks: Sequence[str] = (),
    ) -> None:
        self.video = video
        #: What its author wrote beside the video; empty when that isn't known.
        self.caption = caption
        #: Why steps of `may_read` and models of `may_use` are missing, a clause each: "x is unavailable: …". One that
        #: was skipped because this video has nothing for it (no speech, say) is not among them.
        self.lacks = tuple(lacks)
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

    def result(self, step: "type[Step[S]]") -> S:
        """The result of a step declared in needs.results."""
        return self._results[step]  # type: ignore[no-any-return]  # the mapping pairs each step with its own result

    def find(self, step: "type[Step[S]]") -> S | None:
        """The result of a step declared in needs.may_read; None when it did not answer."""
        return self._results.get(step)

    def model(self, model: type[M]) -> M:
        """A model declared in needs.models."""
        return self._models[model]  # type: ignore[return-value]  # the shelf pairs each class with its own instance

    def find_model(self, model: type[M]) -> M | None:
        """A model declared in needs.may_use; None when its weights are not here."""
        return self._models.get(model)  # type: ignore[return-value]  # as in `model`


class Step(ABC, Generic[S]):
    """Something that is worked out once per video, from what it declares in `needs`.

    An instance holds no state: the same class serves several videos at once.
    """

    #: Snake case, unique.
    name: ClassVar[str]
    needs: ClassVar[Needs]

    @abstractmethod
    def analyze(self, inputs: Inputs) -> S:
        """The answer for one video. Raises: Skipped, Unavailable; anything else counts as a fault of this step."""


class Pass(Step[S]):
    """What one model finds in one video, for all analyzers that read it; it is neither reported nor stored."""


class Analyzer(Step[R]):
    """One of the thirty. Subclasses set the class attributes and implement `analyze`."""

    #: Raised by hand whenever the answer for the same video may change.
    version: ClassVar[str]
    #: One sentence for people, shown in lists and docs.
    summary: ClassVar[str]
    #: "picture", "sound" or "meaning".
    kind: ClassVar[str]


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
