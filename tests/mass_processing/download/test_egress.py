"""Does a site that refuses slow everybody down, on its own way out alone?"""

from collections.abc import Callable
from typing import Any

import pytest

from mass_processing.download.egress import PacedDownloads, is_loopback
from mass_processing.errors import DownloadFailed
from mass_processing.records import FailureClass
from mass_processing.settings import Settings
from mass_processing.urls import canonical_link
from tests.standin.behaviours import Behaviour, post_id, post_url
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
