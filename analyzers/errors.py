"""What can go wrong while a video is analysed?

AnalysisError
├── InvalidMedia        the file can't be decoded: no analyzer can answer (the video fails)
├── Unavailable         this analyzer can't run on this machine (a model or a program is missing)
├── Skipped             this analyzer has nothing to look at in this video (no sound track, say)
└── Cancelled           the caller asked to stop
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
