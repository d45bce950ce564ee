"""What does a failed download mean: its class, a sentence for people, and when to try again?

A table of data and a pure function. Patterns are searched in the error, its causes and contexts, each as
"TypeName: message", first match wins; so the special rows stand above the general ones.
"""

import email.utils
import errno
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from mass_processing.rate_limit import FIRST_PAUSE
from mass_processing.records import FailureClass, Source

_DAY_SECONDS = 86_400.0
_HOUR_SECONDS = 3_600.0
_LONGEST_REASON = 240
#: errno values that are the fault of this machine, not of the network.
_LOCAL_ERRNOS = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO, errno.EMFILE, errno.ENFILE}
)


class Verdict(NamedTuple):
    """What a failure means."""

    failure_class: FailureClass
    #: One short sentence.
    reason: str
    #: Seconds the site asked for, or the kind of failure needs; None when anything goes.
    retry_after: float | None = None
    #: It looks final, but may be about this address or this moment: worth asking once more, later.
    confirm: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    pattern: re.Pattern[str]
    failure_class: FailureClass
    #: A sentence; {0} is what the pattern's group caught, empty takes the error's own words.
    reason: str
    #: Where the site says nothing itself.
    retry_after: float | None = None
    #: The only source this holds for; None for all.
    source: Source | None = None
    confirm: bool = False


def _row(
    pattern: str,
    failure_class: FailureClass,
    reason: str,
    retry_after: float | None = None,
    source: Source | None = None,
    confirm: bool = False,
) -> Row:
    return Row(re.compile(pattern, re.DOTALL), failure_class, reason, retry_after, source, confirm)


_PERMANENT = FailureClass.PERMANENT
_UNSUPPORTED = FailureClass.UNSUPPORTED
_AUTH = FailureClass.AUTH_NEEDED
_LIMITED = FailureClass.RATE_LIMITED
_TRANSIENT = FailureClass.TRANSIENT
_LOCAL = FailureClass.LOCAL_FAULT

#: TikTok's own numbers for why it shows no video.
STATUS_CODES: dict[int, Verdict] = {
    -1: Verdict(_TRANSIENT, "TikTok answered without the video's data"),
    0: Verdict(_TRANSIENT, "TikTok answered without the video's data"),
    10000: Verdict(_LIMITED, "TikTok asks for a captcha"),
    10101: Verdict(_TRANSIENT, "TikTok had a server error"),
    10111: Verdict(_TRANSIENT, "TikTok had a network error"),
    10113: Verdict(_LIMITED, "TikTok takes us for a robot"),
    10114: Verdict(_LIMITED, "TikTok takes us for a robot"),
    10204: Verdict(_PERMANENT, "the post does not exist, or is not shown to this address", confirm=True),
    10213: Verdict(_AUTH, "the post is hidden without a login"),
    10214: Verdict(_AUTH, "the post is hidden without a login"),
    10215: Verdict(_PERMANENT, "TikTok withdrew the post"),
    10216: Verdict(_AUTH, "the post is private"),
    10217: Verdict(_PERMANENT, "the post is under review", _DAY_SECONDS, confirm=True),
    10218: Verdict(_PERMANENT, "TikTok withdrew the post for its music"),
    10219: Verdict(_PERMANENT, "TikTok withdrew the post"),
    10220: Verdict(_PERMANENT, "TikTok withdrew the post"),
    10221: Verdict(_PERMANENT, "the author of the post was banned"),
    10222: Verdict(_AUTH, "the account of the post is private"),
    10223: Verdict(_PERMANENT, "TikTok withdrew the post"),
    10227: Verdict(_PERMANENT, "the post is under review", _DAY_SECONDS, confirm=True),
    10228: Verdict(_PERMANENT, "TikTok withdrew the post"),
    10229: Verdict(_AUTH, "the post is hidden without a login"),
    10230: Verdict(_AUTH, "the post is hidden without a login"),
    10231: Verdict(_PERMANENT, "the post is not shown in the region of this address"),
}

#: yt-dlp's words and what they mean.
TABLE: tuple[Row, ...] = (
    # This machine.
    _row(r"SoftTimeLimitExceeded", FailureClass.TIMED_OUT, "the download took too long"),
    _row(
        r"CERTIFICATE_VERIFY_FAILED|CertificateVerifyError|curl: \(60\)",
        _LOCAL,
        "the server's certificate is not trusted; set DOWNLOAD_CA_FILE if a proxy opens the connections",
    ),
    _row(
        r"unable to (?:write data|open for writing)|Unable to create directory|UnavailableVideoError",
        _LOCAL,
        "the file can't be written: {detail}",
    ),
    _row(
        r"does not look like a Netscape format|CookieLoadError",
        _LOCAL,
        "the cookie file is not in Netscape's format; see DOWNLOAD_COOKIE_FILE",
    ),
    _row(
        r"HTTP Error 407|\b407\b.{0,40}[Pp]roxy|[Pp]roxy.{0,80}\b407\b|response 407",
        _LOCAL,
        "the proxy wants a login; see DOWNLOAD_PROXIES",
    ),
    # What the post is.
    _row(r"do not have permission to view this post", _AUTH, "the post or its account is private"),
    _row(r"may not be comfortable for some audiences", _AUTH, "the post is marked as sensitive and needs a login"),
    _row(r"requiring login for access to this content", _AUTH, "TikTok shows the post only after a login"),
    _row(r"user's account is (?:private|likely either private)", _AUTH, "the account is private"),
    _row(r"IP address is blocked from accessing this post", _PERMANENT, STATUS_CODES[10204].reason, confirm=True),
    _row(r"account does not have any videos posted", _PERMANENT, "the account has no videos"),
    _row(
        r"Requested format is not available|No video formats found",
        _UNSUPPORTED,
        "the post has no video (a photo post?)",
    ),
    _row(r"No suitable extractor|Unsupported URL|UnsupportedError", _UNSUPPORTED, "not a link to a video"),
    _row(r"redirect loop", _PERMANENT, "the link leads in a circle"),
    # A direct media file has no page to take a fresh link from.
    _row(
        r"download video data: HTTP Error (40[13])", _AUTH, "the server refuses the file (HTTP {0})", None, Source.MEDIA
    ),
    _row(r"download video data: HTTP Error (404|410)", _PERMANENT, "the file is gone (HTTP {0})", None, Source.MEDIA),
    # Too fast.
    _row(r"HTTP Error 429", _LIMITED, "the site asks us to slow down (HTTP 429)", FIRST_PAUSE),
    _row(r"Unable to download webpage: HTTP Error 403", _LIMITED, "TikTok refuses this address for now (HTTP 403)"),
    _row(r"Unexpected response from webpage request", _LIMITED, "TikTok sent a page without data (a captcha?)"),
    _row(
        r"Unable to extract challenge data|Unable to solve JS challenge|universal data for rehydration",
        _LIMITED,
        "TikTok's challenge page was not passed",
    ),
    # Gone, and what may work next time.
    _row(r"Unable to download webpage: HTTP Error (404|410)", _PERMANENT, "the page is gone (HTTP {0})"),
    _row(r"download video data: HTTP Error (40[0-9]|410)", _TRANSIENT, "the media link was refused (HTTP {0})"),
    _row(r"HTTP Error (5\d\d)", _TRANSIENT, "the server failed (HTTP {0})"),
    _row(r"Did not get any data blocks", _TRANSIENT, "the server sent an empty file"),
    _row(r"Giving up after \d+ retries|content too short", _TRANSIENT, "the file was cut off on its way"),
    _row(r"ProxyError", _TRANSIENT, "the proxy did not answer: {detail}"),
    _row(r"[Tt]imed? ?out|curl: \(28\)", _TRANSIENT, "the server did not answer in time"),
    _row(
        r"Unable to download webpage|Error reading response|TransportError|IncompleteRead|SSLError|ConnectionError",
        _TRANSIENT,
        "the network failed: {detail}",
    ),
)

_STATUS_CODE = re.compile(r"Video not available, status code (-?\d+)")


def classify(error: BaseException, source: Source = Source.TIKTOK, *, now: Callable[[], float] = time.time) -> Verdict:
    """What an exception that left yt-dlp means. Every exception has an answer: the unknown is transient."""
    chain = list(_chain(error))
    evidence = "\n".join(f"{type(link).__name__}: {link}" for link in chain)
    detail = _own_words(chain[0])
    if code := _STATUS_CODE.search(evidence):
        return _by_status_code(int(code[1]))
    for row in TABLE:
        match = row.pattern.search(evidence) if row.source in (None, source) else None
        if match:
            reason = row.reason.format(*match.groups(""), detail=detail)
            asked = _asked_for(chain, now)
            return Verdict(row.failure_class, reason, row.retry_after if asked is None else asked, row.confirm)
    if isinstance(error, OSError) and (isinstance(error, FileNotFoundError) or error.errno in _LOCAL_ERRNOS):
        return Verdict(_LOCAL, f"this machine's files: {detail}")
    return Verdict(_TRANSIENT, f"the download failed: {detail}")


def _by_status_code(code: int) -> Verdict:
    known = STATUS_CODES.get(code)
    if known is None:
        return Verdict(_PERMANENT, f"TikTok shows no video (status code {code})", _HOUR_SECONDS, confirm=True)
    return known._replace(reason=f"{known.reason} (status code {code})")


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and whatever led to it: yt-dlp keeps the origin in `exc_info`, `cause` or `unexpected_errors`."""
    waiting: list[Any] = [error]
    seen: set[int] = set()
    while waiting:
        link = waiting.pop(0)
        if not isinstance(link, BaseException) or id(link) in seen:
            continue
        seen.add(id(link))
        yield link
        origin = getattr(link, "exc_info", None) or (None, None, None)
        waiting += [origin[1], getattr(link, "cause", None), *(getattr(link, "unexpected_errors", None) or ())]
        waiting += [link.__cause__, link.__context__]


def _asked_for(chain: list[BaseException], now: Callable[[], float]) -> float | None:
    """Seconds in the answer's Retry-After header, a number or a date."""
    for link in chain:
        headers = getattr(getattr(link, "response", None), "headers", None)
        asked = headers.get("Retry-After") if headers else None
        if asked:
            return _seconds(str(asked).strip(), now)
    return None


def _seconds(asked: str, now: Callable[[], float]) -> float | None:
    if re.fullmatch(r"[0-9]{1,9}", asked):
        return float(asked)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(asked).timestamp() - now())
    except (ValueError, OverflowError):
        return None


def _own_words(error: BaseException) -> str:
    """The error's message without yt-dlp's prefixes and pleas, and without passwords."""
    text = str(error) or type(error).__name__
    text = re.sub(r"\x1b\[[0-9;]*m", "", text)
    text = re.sub(r"^ERROR: *", "", text)
    text = re.sub(r"^\[[^\]]+\] *", "", text)
    text = re.sub(r"^\d{15,20}: +", "", text)
    text = re.split(r";? *please report this issue|;? *\(caused by |\. *See https?://|\. *Confirm you are on", text)[0]
    text = re.sub(r"://[^/@\s]*@", "://", text)
    text = re.sub(r"(https?://[^\s?#\"']+)[?#][^\s\"']*", r"\1", text)
    text = " ".join(text.split()).rstrip(" .;")
    return text if len(text) <= _LONGEST_REASON else text[: _LONGEST_REASON - 1] + "…"
