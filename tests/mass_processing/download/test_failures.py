"""Has every failure its class, and leaves it nothing behind? The real extractor against the stand-in."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mass_processing.errors import Stopping
from mass_processing.records import FailureClass
from mass_processing.settings import Settings
from mass_processing.storage import attempts_dir
from mass_processing.tiktok_downloader import Downloaded, TikTokDownloader
from mass_processing.urls import canonical_link
from tests.standin.asserting import failure, requests_of
from tests.standin.behaviours import DEAD_SHORT_CODE, LOOPING_SHORT_CODE, Behaviour, post_id, post_url
from tests.standin.server import TikTokStandin

F = FailureClass
FAILURES = {
    Behaviour.PRIVATE: F.AUTH_NEEDED,
    Behaviour.PRIVATE_ACCOUNT: F.AUTH_NEEDED,
    Behaviour.GONE: F.PERMANENT,
    Behaviour.SENSITIVE: F.AUTH_NEEDED,
    Behaviour.LOGIN: F.AUTH_NEEDED,
    Behaviour.UNDER_REVIEW: F.PERMANENT,
    Behaviour.REGION_LOCKED: F.PERMANENT,
    Behaviour.UNKNOWN_CODE: F.PERMANENT,
    Behaviour.PAGE_404: F.PERMANENT,
    Behaviour.RATE_LIMITED: F.RATE_LIMITED,
    Behaviour.FORBIDDEN: F.RATE_LIMITED,
    Behaviour.SERVER_ERROR: F.TRANSIENT,
    Behaviour.RESET: F.TRANSIENT,
    Behaviour.HANG: F.TRANSIENT,
    Behaviour.TRUNCATED: F.TRANSIENT,
    Behaviour.EMPTY: F.RATE_LIMITED,
    Behaviour.NO_DATA: F.RATE_LIMITED,
    Behaviour.PAGE_DRIP: F.TRANSIENT,
    Behaviour.HEADER_DRIP: F.TRANSIENT,
    Behaviour.MEDIA_FORBIDDEN: F.TRANSIENT,
    Behaviour.MEDIA_CUT: F.TRANSIENT,
    Behaviour.MEDIA_EMPTY: F.TRANSIENT,
    Behaviour.MEDIA_HTML: F.INVALID_MEDIA,
    Behaviour.MEDIA_GARBAGE: F.INVALID_MEDIA,
    Behaviour.MEDIA_HUGE: F.PERMANENT,
    Behaviour.MEDIA_RATE_LIMITED: F.RATE_LIMITED,
    Behaviour.SLIDESHOW: F.UNSUPPORTED,
    Behaviour.SLIDESHOW_SILENT: F.UNSUPPORTED,
    Behaviour.LONG: F.PERMANENT,
}


@pytest.mark.parametrize(("behaviour", "expected"), FAILURES.items(), ids=[each.name.lower() for each in FAILURES])
def test_each_failure_has_its_class_and_leaves_nothing(
    behaviour: Behaviour, expected: FailureClass, fetch: Callable[[str], Downloaded], settings: Settings
) -> None:
    failed = failure(lambda: fetch(post_url(behaviour, 20)))
    assert failed.failure_class is expected, failed.reason
    assert list(attempts_dir(settings).iterdir()) == []
    assert [path.name for path in settings.media_dir.iterdir()] == ["attempts"]


@pytest.mark.parametrize("behaviour", [Behaviour.PRIVATE, Behaviour.GONE, Behaviour.SLIDESHOW, Behaviour.LONG])
def test_a_post_that_is_not_for_us_is_asked_for_once(
    behaviour: Behaviour, fetch: Callable[[str], Downloaded], standin: TikTokStandin
) -> None:
    failure(lambda: fetch(post_url(behaviour, 21)))
    assert requests_of(standin, behaviour, 21) == [f"/@tester/video/{post_id(behaviour, 21)}"]


def test_a_post_that_may_come_back_is_to_be_confirmed(fetch: Callable[[str], Downloaded]) -> None:
    failed = failure(lambda: fetch(post_url(Behaviour.GONE, 22)))
    assert (failed.failure_class, failed.confirm) == (F.PERMANENT, True)


def test_the_time_the_site_asked_for_is_passed_on(fetch: Callable[[str], Downloaded]) -> None:
    assert failure(lambda: fetch(post_url(Behaviour.RATE_LIMITED, 22))).retry_after == 7


def test_no_private_path_and_no_address_is_in_a_reason(fetch: Callable[[str], Downloaded], tmp_path: Path) -> None:
    reasons = [failure(lambda b=b: fetch(post_url(b, 23))).reason for b in (Behaviour.MEDIA_HTML, Behaviour.RESET)]
    assert not any(str(tmp_path) in reason or "signature" in reason for reason in reasons)


def test_a_dead_short_link_is_unsupported(fetch: Callable[[str], Downloaded]) -> None:
    failed = failure(lambda: fetch(f"https://vm.tiktok.com/{DEAD_SHORT_CODE}"))
    assert failed.failure_class is FailureClass.UNSUPPORTED


def test_a_short_link_that_leads_to_itself_is_permanent(fetch: Callable[[str], Downloaded]) -> None:
    failed = failure(lambda: fetch(f"https://vm.tiktok.com/{LOOPING_SHORT_CODE}"))
    assert failed.failure_class is FailureClass.PERMANENT, failed.reason


def test_a_stream_without_a_length_stops_at_the_limit(set_up: Callable[..., Settings], standin: TikTokStandin) -> None:
    settings = set_up(max_video_bytes="1000000")
    link = canonical_link(post_url(Behaviour.MEDIA_ENDLESS), settings)
    failed = failure(lambda: TikTokDownloader(settings).fetch(link, proxy=standin.proxy))
    assert failed.failure_class is FailureClass.PERMANENT
    assert "MAX_VIDEO_BYTES" in failed.reason


def test_a_download_that_drips_ends_at_its_time_limit(set_up: Callable[..., Settings], standin: TikTokStandin) -> None:
    settings = set_up(download_time_limit="2")
    link = canonical_link(post_url(Behaviour.MEDIA_DRIP), settings)
    failed = failure(lambda: TikTokDownloader(settings).fetch(link, proxy=standin.proxy))
    assert failed.failure_class is FailureClass.TIMED_OUT


def test_a_download_that_is_told_to_stop_stops(set_up: Callable[..., Settings], standin: TikTokStandin) -> None:
    settings = set_up()
    post = post_id(Behaviour.MEDIA_ENDLESS, 1)
    link = canonical_link(post, settings)

    def media_is_running() -> bool:
        return any(asked.path.startswith(f"/video/{post}") for asked in standin.asked)

    with pytest.raises(Stopping):
        TikTokDownloader(settings).fetch(link, cancelled=media_is_running, proxy=standin.proxy)
    assert list(attempts_dir(settings).iterdir()) == []


@pytest.mark.parametrize(
    "behaviour",
    [Behaviour.HANG, Behaviour.PAGE_DRIP, Behaviour.HEADER_DRIP, Behaviour.MEDIA_DRIP],
    ids=lambda behaviour: behaviour.name.lower(),
)
def test_no_silence_and_no_drip_keeps_a_download_from_ending(
    behaviour: Behaviour, set_up: Callable[..., Settings], standin: TikTokStandin
) -> None:
    """Within the time-out of a connection, here 2 s, however long the download itself may take."""
    settings = set_up()
    link = canonical_link(post_url(behaviour, 27), settings)
    began = time.monotonic()
    with pytest.raises(Stopping):
        TikTokDownloader(settings).fetch(link, cancelled=lambda: time.monotonic() > began + 1, proxy=standin.proxy)
    assert time.monotonic() - began < 10


def test_with_too_little_free_disk_nothing_is_asked_for(
    set_up: Callable[..., Settings], standin: TikTokStandin
) -> None:
    settings = set_up(disk_min_free_gb="100000000")
    link = canonical_link(post_url(Behaviour.SUCCESS, 25), settings)
    failed = failure(lambda: TikTokDownloader(settings).fetch(link, proxy=standin.proxy))
    assert failed.failure_class is FailureClass.LOCAL_FAULT
    assert requests_of(standin, Behaviour.SUCCESS, 25) == []


def test_an_untrusted_certificate_is_this_machine_s_fault(
    set_up: Callable[..., Settings], standin: TikTokStandin
) -> None:
    import certifi

    settings = set_up(download_ca_file=certifi.where())
    link = canonical_link(post_url(Behaviour.SUCCESS, 26), settings)
    failed = failure(lambda: TikTokDownloader(settings).fetch(link, proxy=standin.proxy))
    assert failed.failure_class is FailureClass.LOCAL_FAULT
    assert "DOWNLOAD_CA_FILE" in failed.reason


def test_a_missing_ca_file_is_this_machine_s_fault(set_up: Callable[..., Settings], standin: TikTokStandin) -> None:
    settings = set_up(download_ca_file="/nowhere/ca.pem")
    link = canonical_link(post_url(Behaviour.SUCCESS), settings)
    failed = failure(lambda: TikTokDownloader(settings).fetch(link, proxy=standin.proxy))
    assert failed.failure_class is FailureClass.LOCAL_FAULT


def test_a_proxy_that_is_down_is_transient(settings: Settings) -> None:
    link = canonical_link(post_url(Behaviour.SUCCESS), settings)
    failed = failure(lambda: TikTokDownloader(settings).fetch(link, proxy="http://127.0.0.1:9"))
    assert failed.failure_class is FailureClass.TRANSIENT
