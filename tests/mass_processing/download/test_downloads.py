"""Does one link become one whole file, with what is known about it? The real extractor against the stand-in."""

import hashlib
import json
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from mass_processing.records import FailureClass
from mass_processing.settings import Settings
from mass_processing.tiktok_downloader import Downloaded, TikTokDownloader
from mass_processing.urls import canonical_link
from tests.standin.asserting import failure, requests_of
from tests.standin.behaviours import Behaviour, post_id, post_url, short_code
from tests.standin.pages import DESCRIPTION
from tests.standin.server import TikTokStandin


@pytest.mark.parametrize(
    "behaviour",
    [
        Behaviour.SUCCESS,
        Behaviour.SLOW,
        Behaviour.HEVC_ONLY,
        Behaviour.MINIMAL,
        Behaviour.CHALLENGE,
        Behaviour.MEDIA_CUT_ONCE,
    ],
    ids=lambda behaviour: behaviour.name.lower(),
)
def test_a_public_post_is_downloaded(
    behaviour: Behaviour, fetch: Callable[[str], Downloaded], settings: Settings
) -> None:
    got = fetch(post_url(behaviour, 1))
    assert got.video_id == f"tiktok:{post_id(behaviour, 1)}"
    assert got.video_path == settings.media_dir / f"tiktok_{post_id(behaviour, 1)}.mp4"
    assert got.video_path.is_file()


def test_the_file_is_what_was_served_and_it_is_h264_without_watermark(
    fetch: Callable[[str], Downloaded], standin: TikTokStandin
) -> None:
    """HEVC in a higher resolution and a watermarked h264 are offered beside it."""
    got = fetch(post_url(Behaviour.SUCCESS, 2))
    served = hashlib.sha256(standin.served("h264_540p")).hexdigest()
    assert hashlib.sha256(got.video_path.read_bytes()).hexdigest() == served


def test_hevc_is_taken_when_there_is_nothing_else(fetch: Callable[[str], Downloaded], standin: TikTokStandin) -> None:
    got = fetch(post_url(Behaviour.HEVC_ONLY, 2))
    assert got.video_path.read_bytes() == standin.served("bytevc1_720p")


def test_a_file_that_was_cut_once_is_whole(fetch: Callable[[str], Downloaded], standin: TikTokStandin) -> None:
    got = fetch(post_url(Behaviour.MEDIA_CUT_ONCE, 2))
    assert got.video_path.read_bytes() == standin.served("h264_540p")


def test_a_download_is_two_requests(fetch: Callable[[str], Downloaded], standin: TikTokStandin) -> None:
    fetch(post_url(Behaviour.SUCCESS, 3))
    post = post_id(Behaviour.SUCCESS, 3)
    assert requests_of(standin, Behaviour.SUCCESS, 3) == [f"/@tester/video/{post}", f"/video/{post}/h264_540p/"]


def test_a_busy_page_works_at_the_third_try(fetch: Callable[[str], Downloaded]) -> None:
    url = post_url(Behaviour.UNSTEADY, 1)
    classes = [failure(lambda: fetch(url)).failure_class for _ in range(2)]
    assert classes == [FailureClass.TRANSIENT, FailureClass.TRANSIENT]
    assert fetch(url).video_path.is_file()


def test_a_second_download_replaces_the_file(fetch: Callable[[str], Downloaded], standin: TikTokStandin) -> None:
    first = fetch(post_url(Behaviour.SUCCESS, 4))
    first.video_path.write_bytes(b"cut o")
    assert fetch(post_url(Behaviour.SUCCESS, 4)).video_path.read_bytes() == standin.served("h264_540p")


def test_a_short_link_becomes_the_post_it_leads_to(fetch: Callable[[str], Downloaded]) -> None:
    got = fetch(f"https://vm.tiktok.com/{short_code(Behaviour.SUCCESS, 5)}/")
    assert got.video_id == f"tiktok:{post_id(Behaviour.SUCCESS, 5)}"
    assert got.video_path.name == f"tiktok_{post_id(Behaviour.SUCCESS, 5)}.mp4"


def test_a_short_link_of_the_t_form_works_too(fetch: Callable[[str], Downloaded]) -> None:
    got = fetch(f"https://www.tiktok.com/t/{short_code(Behaviour.SUCCESS, 6)}")
    assert got.video_id == f"tiktok:{post_id(Behaviour.SUCCESS, 6)}"


def test_parallel_downloads_of_one_post_all_succeed(fetch: Callable[[str], Downloaded], standin: TikTokStandin) -> None:
    got: list[bytes] = []

    def work() -> None:
        got.append(fetch(post_url(Behaviour.SUCCESS, 7)).video_path.read_bytes())

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == [standin.served("h264_540p")] * 4


def test_the_facts_of_the_page_are_kept(fetch: Callable[[str], Downloaded]) -> None:
    facts = fetch(post_url(Behaviour.SUCCESS, 10)).metadata
    expected = {
        "description": DESCRIPTION,
        "uploader": "tester",
        "channel": "Tess Ter",
        "view_count": 1200,
        "like_count": 34,
        "save_count": 7,
        "timestamp": 1_700_000_000,
        "track": "original sound",
        "hashtags": ["fyp", "Comedy"],
    }
    assert {name: facts[name] for name in expected} == expected


def test_the_size_and_the_duration_are_the_file_s_own(fetch: Callable[[str], Downloaded]) -> None:
    """The page says 576x1024 and two seconds."""
    facts = fetch(post_url(Behaviour.SUCCESS, 11)).metadata
    assert (facts["width"], facts["height"]) == (72, 128)
    assert facts["duration"] == pytest.approx(1.0, abs=0.1)


def test_the_version_of_yt_dlp_and_the_time_are_kept(fetch: Callable[[str], Downloaded]) -> None:
    from yt_dlp.version import __version__

    facts = fetch(post_url(Behaviour.SUCCESS, 12)).metadata
    assert facts["ytdlp_version"] == __version__
    assert facts["fetched_at"].endswith("+00:00")


def test_no_cookie_and_no_signed_address_is_kept(
    set_up: Callable[..., Settings], standin: TikTokStandin, tmp_path: Path
) -> None:
    cookies = tmp_path / "cookies.txt"
    cookies.write_text("# Netscape HTTP Cookie File\n.tiktok.com\tTRUE\t/\tTRUE\t2000000000\tsessionid\tmy-session\n")
    settings = set_up(download_cookie_file=str(cookies))
    got = TikTokDownloader(settings).fetch(
        canonical_link(post_url(Behaviour.SUCCESS, 13), settings), proxy=standin.proxy
    )
    kept = json.dumps(dict(got.metadata))
    assert not any(word in kept for word in ("my-session", "tt_chain_token", "chain-", "secret-signature", "cookie"))


def test_the_cookie_file_is_used_and_not_changed(
    set_up: Callable[..., Settings], standin: TikTokStandin, tmp_path: Path
) -> None:
    cookies = tmp_path / "cookies.txt"
    text = "# Netscape HTTP Cookie File\n.tiktok.com\tTRUE\t/\tTRUE\t2000000000\tsessionid\tmy-session\n"
    cookies.write_text(text)
    settings = set_up(download_cookie_file=str(cookies))
    TikTokDownloader(settings).fetch(canonical_link(post_url(Behaviour.SUCCESS, 14), settings), proxy=standin.proxy)
    page = next(asked for asked in standin.asked if post_id(Behaviour.SUCCESS, 14) in asked.path)
    assert "sessionid=my-session" in {name.lower(): value for name, value in page.headers.items()}["cookie"]
    assert cookies.read_text() == text


def test_a_missing_cookie_file_is_this_machine_s_fault(set_up: Callable[..., Settings]) -> None:
    settings = set_up(download_cookie_file="/nowhere/cookies.txt")
    link = canonical_link(post_url(Behaviour.SUCCESS), settings)
    failed = failure(lambda: TikTokDownloader(settings).fetch(link))
    assert failed.failure_class is FailureClass.LOCAL_FAULT
    assert "DOWNLOAD_COOKIE_FILE" in failed.reason
