from datetime import UTC, datetime, timedelta

import pytest

from dashboard.show import ago, bytes_size, clock, count, duration, web_link


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "–"),
        (float("inf"), "–"),
        (0.0, "0.0 s"),
        (9.94, "9.9 s"),
        (59.6, "1 min"),
        (61, "1 min 1 s"),
        (3600, "1 h"),
        (5000, "1 h 23 min"),
        (90_000, "1 d 1 h"),
    ],
)
def test_a_duration_has_its_two_largest_units(seconds: float | None, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00.0"), (7.44, "0:07.4"), (59.96, "1:00.0"), (83.4, "1:23.4"), (3661, "1:01:01.0")]
)
def test_a_clock_is_written_as_a_player_does(seconds: float, text: str) -> None:
    assert clock(seconds) == text


@pytest.mark.parametrize(("back", "text"), [(1, "just now"), (8, "8 s ago"), (200, "3 min ago"), (90_000, "1 d ago")])
def test_a_moment_is_told_by_its_largest_unit(back: float, text: str) -> None:
    assert ago(datetime.now(UTC) - timedelta(seconds=back)) == text


@pytest.mark.parametrize("value", [None, "never", ""])
def test_no_moment_is_a_dash(value: str | None) -> None:
    assert ago(value) == "–"


@pytest.mark.parametrize(("number", "text"), [(12345, "12,345"), (3.25, "3.2"), (412.6, "413"), (0, "0"), (None, "–")])
def test_a_number_is_short(number: float | None, text: str) -> None:
    assert count(number) == text


@pytest.mark.parametrize(("size", "text"), [(0, "0 B"), (1_500_000, "1.5 MB"), (3e12, "3.0 TB"), (None, "–")])
def test_a_size_has_its_unit(size: float | None, text: str) -> None:
    assert bytes_size(size) == text


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "data:text/html,x", "//a.example", "/home/x.mp4", "http://[", "https:", "", 7, None],
)
def test_what_a_browser_should_not_follow_is_no_link(url: object) -> None:
    assert web_link(url) == ""


@pytest.mark.parametrize("url", ["https://www.tiktok.com/@a", "http://a.example/x?y=1"])
def test_http_and_https_are_links(url: str) -> None:
    assert web_link(url) == url
