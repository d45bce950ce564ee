"""What can go wrong on a video's way, split by what the caller does about it?

MassProcessingError
├── Refused           bad input: say so, take nothing in; the message names the thing and the next step
├── BackendAway       Postgres or Redis can't be reached: try again later
├── DownloadFailed    this download failed; carries its failure class, and when to try again if the site said so
├── AnalysisFailed    the engine answered that this video can't be analysed; carries its failure class
├── MediaLost         a media file is gone or damaged: it has to be downloaded again
├── MediaAway         the place where media lie can't be reached or refuses: this machine's trouble, not the video's
├── Stopping          the job was told to stop: shutdown, or cancelled
└── EngineLost        the engine died while it held a video
"""

from mass_processing.records import FailureClass


class MassProcessingError(Exception):
    """Something went wrong on a video's way."""


class Refused(MassProcessingError):
    """The input can't be taken."""


class BackendAway(MassProcessingError):
    """A database or Redis can't be reached."""


class DownloadFailed(MassProcessingError):
    """A download failed."""

    def __init__(
        self, failure_class: FailureClass, reason: str, retry_after: float | None = None, confirm: bool = False
    ) -> None:
        super().__init__(reason)
        self.failure_class = failure_class
        self.reason = reason
        #: Seconds the site asked us to wait; None when it said nothing.
        self.retry_after = retry_after
        #: It looks final, but may be about this address or this moment: worth asking once more, later.
        self.confirm = confirm


class AnalysisFailed(MassProcessingError):
    """This video could not be analysed."""

    def __init__(self, failure_class: FailureClass, reason: str) -> None:
        super().__init__(reason)
        self.failure_class = failure_class
        self.reason = reason


class MediaLost(MassProcessingError):
    """A media file is gone or damaged."""


class MediaAway(MassProcessingError):
    """The place where media lie can't be reached, or refuses."""


class Stopping(MassProcessingError):
    """The job was told to stop before it was done."""


class EngineLost(MassProcessingError):
    """The engine died while it held a video."""

    def __init__(self, reason: str, *, alone: bool, blamed: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        #: Whether this video was the only one in it.
        self.alone = alone
        #: Whether this video may be what killed it.
        self.blamed = blamed
