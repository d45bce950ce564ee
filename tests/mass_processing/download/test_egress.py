"""Does a site that refuses slow everybody down, on its own way out alone?"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from mass_processing.download.asking import is_page
from mass_processing.download.egress import PacedDownloads, _OneWay, is_loopback
from mass_processing.errors import DownloadFailed, Stopping
from mass_processing.records import FailureClass
from mass_processing.settings import Settings
from mass_processing.urls import canonical_link
from tests.standin.behaviours import Behaviour, post_id, post_url, short_code
from tests.standin.server import TikTokStandin

Attempt = Callable[[PacedDownloads, str], Any]


@pytest.fixture
def knobs(set_up: Callable[..., Settings], standin: TikTokStandin, redis_url: str) -> Settings:
    return set_up(
        redis_url=redis_url, download_min_delay="0", downloads_per_minute="60000", download_proxies=standin.proxy
    )


@pytest.fixture
def attempt(knobs: Settings) -> Attempt:
    """Fetches a link when the pace allows it; "paused", or the class of its failure, or what came."""

    def run(paced: PacedDownloads, url: str) -> Any:
        with paced.permit("w", wait_s=0.3) as downloader:
            if downloader is None:
                return "paused"
            try:
                return downloader.fetch(canonical_link(url, knobs), cancelled=lambda: False)
            except DownloadFailed as error:
                return error.failure_class

    return run


def test_a_download_goes_through_the_proxy_of_the_settings(knobs: Settings, attempt: Attempt) -> None:
    assert attempt(PacedDownloads(knobs), post_url(Behaviour.SUCCESS, 50)).video_path.is_file()


def test_a_refusal_with_a_time_pauses_the_next_download(knobs: Settings, attempt: Attempt) -> None:
    paced = PacedDownloads(knobs)
    assert attempt(paced, post_url(Behaviour.RATE_LIMITED, 50)) is FailureClass.RATE_LIMITED
    assert attempt(paced, post_url(Behaviour.SUCCESS, 51)) == "paused"


def test_one_refusal_without_a_time_may_be_about_the_post(knobs: Settings, attempt: Attempt) -> None:
    paced = PacedDownloads(knobs)
    attempt(paced, post_url(Behaviour.NO_DATA, 50))
    assert attempt(paced, post_url(Behaviour.SUCCESS, 52)) != "paused"


def test_one_post_that_is_refused_again_and_again_pauses_nobody(knobs: Settings, attempt: Attempt) -> None:
    paced = PacedDownloads(knobs)
    for _ in range(3):
        assert attempt(paced, post_url(Behaviour.NO_DATA, 58)) is FailureClass.RATE_LIMITED
    assert attempt(paced, post_url(Behaviour.SUCCESS, 58)) != "paused"


def test_two_posts_refused_in_a_row_pause_the_next_download(knobs: Settings, attempt: Attempt) -> None:
    paced = PacedDownloads(knobs)
    attempt(paced, post_url(Behaviour.NO_DATA, 51))
    attempt(paced, post_url(Behaviour.FORBIDDEN, 51))
    assert attempt(paced, post_url(Behaviour.SUCCESS, 53)) == "paused"


def test_a_good_download_between_two_refusals_takes_the_first_back(knobs: Settings, attempt: Attempt) -> None:
    paced = PacedDownloads(knobs)
    for behaviour in (Behaviour.NO_DATA, Behaviour.SUCCESS, Behaviour.NO_DATA):
        attempt(paced, post_url(behaviour, 54))
    assert attempt(paced, post_url(Behaviour.SUCCESS, 55)) != "paused"


def test_a_refusal_seen_by_another_process_counts(knobs: Settings, attempt: Attempt) -> None:
    attempt(PacedDownloads(knobs), post_url(Behaviour.NO_DATA, 59))
    attempt(PacedDownloads(knobs), post_url(Behaviour.FORBIDDEN, 59))
    assert attempt(PacedDownloads(knobs), post_url(Behaviour.SUCCESS, 59)) == "paused"


def test_a_download_that_failed_in_another_way_takes_a_refusal_back(knobs: Settings, attempt: Attempt) -> None:
    paced = PacedDownloads(knobs)
    for behaviour in (Behaviour.NO_DATA, Behaviour.PRIVATE, Behaviour.FORBIDDEN):
        attempt(paced, post_url(behaviour, 60))
    assert attempt(paced, post_url(Behaviour.SUCCESS, 60)) != "paused"


def test_a_fault_of_this_machine_takes_no_refusal_back(knobs: Settings, attempt: Attempt) -> None:
    paced = PacedDownloads(knobs)
    attempt(paced, post_url(Behaviour.NO_DATA, 61))
    broken = PacedDownloads(replace(knobs, download_cookie_file="/nowhere/cookies.txt"))
    assert attempt(broken, post_url(Behaviour.SUCCESS, 61)) is FailureClass.LOCAL_FAULT
    attempt(paced, post_url(Behaviour.FORBIDDEN, 61))
    assert attempt(paced, post_url(Behaviour.SUCCESS, 62)) == "paused"


def test_an_unreadable_cookie_file_is_this_machine_s_fault(knobs: Settings, attempt: Attempt, tmp_path: Path) -> None:
    cookies = tmp_path / "cookies.txt"
    cookies.write_text("no cookies at all")
    broken = PacedDownloads(replace(knobs, download_cookie_file=str(cookies)))
    assert attempt(broken, post_url(Behaviour.SUCCESS, 63)) is FailureClass.LOCAL_FAULT


def test_a_paused_download_asks_nothing_of_the_site(knobs: Settings, attempt: Attempt, standin: TikTokStandin) -> None:
    paced = PacedDownloads(knobs)
    attempt(paced, post_url(Behaviour.RATE_LIMITED, 56))
    attempt(paced, post_url(Behaviour.SUCCESS, 56))
    assert not any(post_id(Behaviour.SUCCESS, 56) in asked.path for asked in standin.asked)


def test_a_pause_of_one_proxy_leaves_the_other_open(
    set_up: Callable[..., Settings], standin: TikTokStandin, redis_url: str, attempt: Attempt
) -> None:
    other = standin.proxy.replace("127.0.0.1", "localhost")
    both = set_up(
        redis_url=redis_url,
        download_min_delay="0",
        downloads_per_minute="60000",
        download_proxies=f"{standin.proxy},{other}",
    )
    paced = PacedDownloads(both)
    attempt(paced, post_url(Behaviour.RATE_LIMITED, 57))
    assert attempt(paced, post_url(Behaviour.SUCCESS, 57)) != "paused"


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("localhost", True),
        ("10.0.0.1", False),
        ("a.com", False),
    ],
)
def test_this_machine_is_known_by_its_names(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback


def test_every_page_request_has_a_turn_of_its_own(
    set_up: Callable[..., Settings], standin: TikTokStandin, redis_url: str, attempt: Attempt
) -> None:
    """A short link asks once more, a challenge too; a page of a login stands for a redirect."""
    slow = set_up(redis_url=redis_url, download_min_delay="0.4", download_proxies=standin.proxy)
    paced, before = PacedDownloads(slow), len(standin.asked)
    urls = (
        f"https://vm.tiktok.com/{short_code(Behaviour.SUCCESS, 70)}",
        post_url(Behaviour.CHALLENGE, 70),
        post_url(Behaviour.LOGIN, 70),
    )
    for url in urls:
        with paced.permit("w", wait_s=10) as downloader, suppress(DownloadFailed):  # the pace is looked at
            assert downloader is not None
            downloader.fetch(canonical_link(url, slow), cancelled=lambda: False)
    pages = [asked for asked in standin.asked[before:] if is_page(f"https://{asked.host}")]
    assert [(asked.method, asked.host) for asked in pages] == [
        ("HEAD", "vm.tiktok.com"),
        *[("GET", "www.tiktok.com")] * 5,
    ]
    assert min(later.at - earlier.at for earlier, later in pairwise(pages)) >= 0.4 - 0.02


def test_a_download_that_lost_its_slot_stops(knobs: Settings) -> None:
    with PacedDownloads(knobs).permit("w", wait_s=5) as downloader:
        assert isinstance(downloader, _OneWay)
        downloader._permit.lost = True
        with pytest.raises(Stopping):
            downloader.fetch(canonical_link(post_url(Behaviour.SUCCESS, 71), knobs), cancelled=lambda: False)
