"""What does the stand-in do for which post? The last digits of a post's id choose."""

from enum import IntEnum, unique

#: 14 November 2023 in the upper half of an id; the lower half is ours.
_BASE = 1_700_000_000 << 32


@unique
class Behaviour(IntEnum):
    """How TikTok would act on one post."""

    # A video comes out.
    SUCCESS = 1
    SLOW = 2
    UNSTEADY = 3  # 503 twice, then well
    HEVC_ONLY = 4
    MINIMAL = 5  # the fewest fields that yt-dlp takes
    CHALLENGE = 6  # asks for a computed cookie first
    MEDIA_CUT_ONCE = 7
    # The page says no.
    PRIVATE = 20
    PRIVATE_ACCOUNT = 21
    GONE = 22
    SENSITIVE = 23
    LOGIN = 24
    UNDER_REVIEW = 25
    REGION_LOCKED = 26
    UNKNOWN_CODE = 27
    PAGE_404 = 28
    # The page fails.
    RATE_LIMITED = 40
    FORBIDDEN = 41
    SERVER_ERROR = 42
    RESET = 43
    HANG = 44
    TRUNCATED = 45
    EMPTY = 46
    NO_DATA = 47
    PAGE_DRIP = 48  # a few bytes at a time, for minutes
    HEADER_DRIP = 49
    # The media fails.
    MEDIA_FORBIDDEN = 60
    MEDIA_CUT = 61
    MEDIA_EMPTY = 62
    MEDIA_HTML = 63
    MEDIA_GARBAGE = 64
    MEDIA_HUGE = 65
    MEDIA_ENDLESS = 66  # more than it announced: it announces nothing
    MEDIA_RATE_LIMITED = 67
    MEDIA_DRIP = 68  # a few bytes at a time, for minutes
    # Not a video.
    SLIDESHOW = 80
    SLIDESHOW_SILENT = 81
    LONG = 82


#: Codes of vm.tiktok.com links that lead nowhere.
DEAD_SHORT_CODE = "ZMdead"
LOOPING_SHORT_CODE = "ZMloop"


def post_id(behaviour: Behaviour, serial: int = 0) -> str:
    """The id of one of a thousand posts that act like this."""
    return str(_BASE + behaviour * 1000 + serial)


def post_url(behaviour: Behaviour, serial: int = 0) -> str:
    return f"https://www.tiktok.com/@tester/video/{post_id(behaviour, serial)}"


def short_code(behaviour: Behaviour, serial: int = 0) -> str:
    """The code of the short link to `post_id(behaviour, serial)`."""
    return f"ZM{behaviour * 1000 + serial}"


def behaviour_of(post: str) -> Behaviour | None:
    """None for a post that was never there."""
    number = (int(post) - _BASE) // 1000
    return Behaviour(number) if number in set(Behaviour) else None
