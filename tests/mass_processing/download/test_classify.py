"""What does each way a download fails mean? yt-dlp's words as its source and real runs have them."""

import errno
import io
from collections.abc import Callable, Mapping

import pytest
from yt_dlp.networking import Response
from yt_dlp.networking.exceptions import (
    CertificateVerifyError,
    HTTPError,
    IncompleteRead,
    NoSupportingHandlers,
    ProxyError,
    TransportError,
)
from yt_dlp.utils import DownloadError, ExtractorError, UnsupportedError

from mass_processing.download.classify import STATUS_CODES, TABLE, classify
from mass_processing.rate_limit import FIRST_PAUSE
from mass_processing.records import FailureClass, Source

PLEA = "; please report this issue on  https://github.com/yt-dlp/yt-dlp/issues?q= , filling out the issue template"


def http_error(status: int, headers: Mapping[str, str] | None = None) -> HTTPError:
    return HTTPError(Response(io.BytesIO(), "https://www.tiktok.com/x", dict(headers or {}), status=status))


def download_error(message: str, root: BaseException | None = None) -> DownloadError:
    """As yt-dlp raises it: the origin hangs in exc_info, which is three times None for some."""
    return DownloadError(message, (type(root), root, None) if root else (None, None, None))


def from_page(words: str) -> DownloadError:
    return download_error(f"ERROR: [TikTok] 7170520270497680683: {words}{PLEA}", ExtractorError(words))


def from_page_http(status: int, headers: Mapping[str, str] | None = None) -> DownloadError:
    root = http_error(status, headers)
    words = f"Unable to download webpage: {root} (caused by {root!r})"
    return download_error(f"ERROR: [TikTok] 7170520270497680683: {words}", root)


def from_media_http(status: int, headers: Mapping[str, str] | None = None) -> DownloadError:
    root = http_error(status, headers)
    return download_error(f"ERROR: unable to download video data: {root}", root)


F = FailureClass
ROWS: list[tuple[str, BaseException, FailureClass]] = [
    ("private post", from_page("You do not have permission to view this post. Log into an account"), F.AUTH_NEEDED),
    ("sensitive", from_page("This post may not be comfortable for some audiences. Log in"), F.AUTH_NEEDED),
    ("login page", from_page("TikTok is requiring login for access to this content."), F.AUTH_NEEDED),
    ("private profile", from_page("This user's account is likely either private or all of"), F.AUTH_NEEDED),
    ("gone", from_page("Your IP address is blocked from accessing this post"), F.PERMANENT),
    ("empty profile", from_page("This account does not have any videos posted"), F.PERMANENT),
    ("page 404", from_page_http(404), F.PERMANENT),
    ("page 410", from_page_http(410), F.PERMANENT),
    ("page 429", from_page_http(429), F.RATE_LIMITED),
    ("page 403", from_page_http(403), F.RATE_LIMITED),
    ("page 500", from_page_http(500), F.TRANSIENT),
    ("page 503", from_page_http(503), F.TRANSIENT),
    ("captcha", from_page("Unexpected response from webpage request"), F.RATE_LIMITED),
    ("challenge without data", from_page("Unable to extract challenge data"), F.RATE_LIMITED),
    ("challenge unsolved", from_page("Unable to solve JS challenge"), F.RATE_LIMITED),
    ("challenge refused", from_page("Unable to extract universal data for rehydration"), F.RATE_LIMITED),
    (
        "reset",
        download_error("ERROR: [TikTok] 1: Unable to download webpage: reset", TransportError("Connection reset")),
        F.TRANSIENT,
    ),
    (
        "truncated page",
        download_error("ERROR: [TikTok] 1: Error reading response", IncompleteRead(10, 90)),
        F.TRANSIENT,
    ),
    (
        "proxy down",
        download_error("ERROR: [TikTok] 1: Unable to download webpage: no", ProxyError("Connection refused")),
        F.TRANSIENT,
    ),
    (
        "certificate",
        download_error(
            "ERROR: [TikTok] 1: Unable to download webpage: [SSL: CERTIFICATE_VERIFY_FAILED]",
            CertificateVerifyError("self-signed certificate"),
        ),
        F.LOCAL_FAULT,
    ),
    (
        "curl's certificate",
        download_error("ERROR: [TikTok] 1: Unable to download webpage: Failed to perform, curl: (60) SSL"),
        F.LOCAL_FAULT,
    ),
    (
        "proxy login",
        download_error("ERROR: x", ProxyError("Tunnel connection failed: 407 Proxy Authentication Required")),
        F.LOCAL_FAULT,
    ),
    ("media 403", from_media_http(403), F.TRANSIENT),
    ("media 404", from_media_http(404), F.TRANSIENT),
    ("media 410", from_media_http(410), F.TRANSIENT),
    ("media 429", from_media_http(429), F.RATE_LIMITED),
    ("media 502", from_media_http(502), F.TRANSIENT),
    (
        "media cut",
        download_error("ERROR: \r[download] Got error: 10 bytes read, 90 more expected. Giving up after 3 retries"),
        F.TRANSIENT,
    ),
    ("media empty", download_error("ERROR: Did not get any data blocks"), F.TRANSIENT),
    ("slideshow", from_page("Requested format is not available. Use --list-formats"), F.UNSUPPORTED),
    ("slideshow without sound", from_page("No video formats found!"), F.UNSUPPORTED),
    ("tag page", download_error("ERROR: No suitable extractor (TikTok) found for URL https://x"), F.UNSUPPORTED),
    (
        "generic page",
        download_error("ERROR: Unsupported URL: https://x", UnsupportedError("https://x")),
        F.UNSUPPORTED,
    ),
    (
        "short link loop",
        download_error("ERROR: [vm.tiktok] X: HTTP Error 302: Found (redirect loop detected)", http_error(302)),
        F.PERMANENT,
    ),
    (
        "disk full",
        download_error("ERROR: unable to write data: [Errno 28] No space left on device", OSError(28, "No space")),
        F.LOCAL_FAULT,
    ),
    ("disk full at the move", OSError(errno.ENOSPC, "No space left on device", "/x"), F.LOCAL_FAULT),
    ("read-only disk", OSError(errno.EROFS, "Read-only file system"), F.LOCAL_FAULT),
    ("no cookie file", FileNotFoundError(2, "No such file", "cookies.txt"), F.LOCAL_FAULT),
    ("bad cookie file", ValueError("'c.txt' does not look like a Netscape format cookies file"), F.LOCAL_FAULT),
    ("reset without wrapping", ConnectionResetError(104, "Connection reset by peer"), F.TRANSIENT),
    ("unknown", RuntimeError("something new"), F.TRANSIENT),
    ("unknown from yt-dlp", from_page("Unable to extract sigi state"), F.TRANSIENT),
]


@pytest.mark.parametrize(("error", "expected"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_each_failure_has_its_class(error: BaseException, expected: FailureClass) -> None:
    assert classify(error).failure_class is expected


@pytest.mark.parametrize("error", [row[1] for row in ROWS], ids=[row[0] for row in ROWS])
def test_each_reason_is_one_short_printable_line(error: BaseException) -> None:
    reason = classify(error).reason
    assert reason.isprintable()
    assert 5 < len(reason) <= 300
    assert "please report" not in reason
    assert "{" not in reason


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (10204, F.PERMANENT),
        (10216, F.AUTH_NEEDED),
        (10222, F.AUTH_NEEDED),
        (10231, F.PERMANENT),
        (10217, F.PERMANENT),
        (10227, F.PERMANENT),
        *((code, F.AUTH_NEEDED) for code in (10213, 10214, 10229, 10230)),
        *((code, F.PERMANENT) for code in (10215, 10218, 10219, 10220, 10221, 10223, 10228)),
        *((code, F.RATE_LIMITED) for code in (10000, 10113, 10114)),
        *((code, F.PERMANENT) for code in (100004, 424242)),
        *((code, F.TRANSIENT) for code in (10101, 10111, 0, -1)),
    ],
)
def test_each_status_code_has_its_class(code: int, expected: FailureClass) -> None:
    assert classify(from_page(f"Video not available, status code {code}")).failure_class is expected


def test_an_unknown_status_code_is_kept_in_the_reason() -> None:
    assert "100004" in classify(from_page("Video not available, status code 100004")).reason


@pytest.mark.parametrize(
    ("words", "after"),
    [
        ("Video not available, status code 10204", None),
        ("Your IP address is blocked from accessing this post", None),
        ("Video not available, status code 10217", 86_400),
        ("Video not available, status code 10227", 86_400),
        ("Video not available, status code 100004", 3_600),
    ],
)
def test_what_may_not_be_final_is_to_be_confirmed_later(words: str, after: float | None) -> None:
    verdict = classify(from_page(words))
    assert (verdict.confirm, verdict.retry_after) == (True, after)


@pytest.mark.parametrize(
    "error",
    [
        from_page("You do not have permission to view this post"),
        from_page("Video not available, status code 10231"),
        from_page("Video not available, status code 10215"),
        from_page_http(404),
        from_page("Requested format is not available"),
    ],
    ids=["private", "region-locked", "withdrawn", "deleted", "photo post"],
)
def test_what_is_final_is_not_to_be_confirmed(error: BaseException) -> None:
    assert classify(error).confirm is False


@pytest.mark.parametrize("root", [from_page_http, from_media_http], ids=["page", "media"])
def test_a_429_that_names_no_time_waits_as_long_as_the_first_pause(root: Callable[[int], DownloadError]) -> None:
    assert classify(root(429)).retry_after == FIRST_PAUSE


def test_retry_after_in_seconds_is_passed_on() -> None:
    assert classify(from_page_http(429, {"Retry-After": "17"})).retry_after == 17


def test_retry_after_as_a_date_becomes_seconds() -> None:
    error = from_page_http(429, {"Retry-After": "Fri, 20 Nov 2026 10:00:30 GMT"})
    assert classify(error, now=lambda: 1_795_168_800.0).retry_after == 30


@pytest.mark.parametrize("value", ["soon", "-5", ""])
def test_a_retry_after_without_sense_is_as_good_as_none(value: str) -> None:
    assert classify(from_page_http(429, {"Retry-After": value})).retry_after == FIRST_PAUSE


def test_a_retry_after_of_two_hours_is_passed_on_whole() -> None:
    assert classify(from_page_http(429, {"Retry-After": "7200"})).retry_after == 7_200


def test_a_captcha_says_nothing_of_a_time() -> None:
    """So that one alone, which may mean the post, pauses nobody."""
    assert classify(from_page("Unexpected response from webpage request")).retry_after is None


def test_a_direct_media_file_that_is_gone_is_not_asked_for_again() -> None:
    assert classify(from_media_http(404), Source.MEDIA).failure_class is F.PERMANENT


def test_a_direct_media_file_that_is_refused_needs_a_login() -> None:
    assert classify(from_media_http(403), Source.MEDIA).failure_class is F.AUTH_NEEDED


def test_a_time_limit_that_was_swallowed_on_the_way_is_found() -> None:
    class SoftTimeLimitExceeded(Exception):
        pass

    error = NoSupportingHandlers([], [SoftTimeLimitExceeded()])
    assert classify(error).failure_class is F.TIMED_OUT


def test_no_password_and_no_signature_gets_into_a_reason() -> None:
    reason = classify(
        RuntimeError("can't get https://me:hunter2@host/a.mp4?sig=secret through http://u:pw@proxy")
    ).reason
    assert not any(word in reason for word in ("hunter2", "secret", "pw"))


def test_errors_that_name_each_other_end() -> None:
    one, other = RuntimeError("one"), RuntimeError("other")
    one.__context__, other.__context__ = other, one
    assert classify(one).failure_class is F.TRANSIENT


def test_no_row_of_the_table_is_out_of_reach() -> None:
    """Every row is the first match of at least one failure in this file."""
    special = [
        (from_media_http(403), Source.MEDIA),
        (from_media_http(404), Source.MEDIA),
        (type("SoftTimeLimitExceeded", (Exception,), {})(), Source.TIKTOK),
        (TransportError("The read operation timed out"), Source.TIKTOK),
    ]
    reached = {
        classify(error, source).reason for error, source in [*((row[1], Source.TIKTOK) for row in ROWS), *special]
    }
    missed = [row.pattern.pattern for row in TABLE if not any(_says(row.reason, reason) for reason in reached)]
    assert missed == []


def _says(template: str, reason: str) -> bool:
    return template.split("{")[0].rstrip(": (") in reason


def test_the_codes_that_ytdlp_knows_agree_with_its_words() -> None:
    """yt-dlp turns 10204, 10216 and 10222 into sentences before we see the number."""
    said = {10204: "Your IP address is blocked from accessing this post"}
    said |= {code: "You do not have permission to view this post" for code in (10216, 10222)}
    for code, words in said.items():
        assert classify(from_page(words)).failure_class is STATUS_CODES[code].failure_class
