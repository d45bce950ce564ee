"""What can go wrong while a video is analysed?

AnalysisError
├── InvalidMedia        the file can't be decoded: no analyzer can answer (the video fails)
├── Unavailable         this analyzer can't run on this machine (a model or a program is missing)
├── Skipped             this analyzer has nothing to look at in this video (no sound track, say)
├── Cancelled           the caller asked to stop
└── FetchFailed         a model's weights could not be fetched; the message says what to do
    ├── HostAway        nobody answers there, or not sensibly: try again later
    ├── NotAllowed      it asks who we are
    ├── NotPublished    there is nothing of that name
    ├── WrongBytes      what came is not what was published
    ├── UnsafeFile      a format that runs code when it is read
    └── NoRoom          the disk is full
"""


class AnalysisError(Exception):
    """An analysis could not be done."""


class InvalidMedia(AnalysisError):
    """The file is not a video that can be decoded."""


class Unavailable(AnalysisError):
    """The analyzer can't run on this machine; the message says what to do."""


class Skipped(AnalysisError):
    """The analyzer has nothing to work on in this video; the message says why."""


class Cancelled(AnalysisError):
    """The analysis was cancelled."""


class FetchFailed(AnalysisError):
    """A model's weights could not be fetched; the message says what to do."""


class HostAway(FetchFailed):
    """The host can't be reached, or its answers make no sense."""


class NotAllowed(FetchFailed):
    """The host asks who we are."""


class NotPublished(FetchFailed):
    """There is no such model, revision or file."""


class WrongBytes(FetchFailed):
    """What came is not what was published."""


class UnsafeFile(FetchFailed):
    """The file is of a format that can run code when it is read."""


class NoRoom(FetchFailed):
    """The disk can't take it."""
