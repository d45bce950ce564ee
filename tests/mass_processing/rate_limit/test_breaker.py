"""Does a site that refuses slow everybody down, and is it tried again with care?"""

from pathlib import Path

import pytest
import redis

from mass_processing.errors import Stopping
from mass_processing.rate_limit import FIRST_PAUSE
from tests.mass_processing.rate_limit.acts import EGRESS, Host, ask, key, pause_ends, taken


def test_a_refusal_with_a_time_holds_everybody(host: Host) -> None:
    one, other = host(), host()
    with taken(one) as permit:
        permit.refused("a", 60)
    assert other.acquire(EGRESS, "w", 0.2) is None


def test_a_pause_is_never_shorter_than_the_site_asked(host: Host) -> None:
    with taken(host()) as permit:
        assert permit.refused("a", 90) == pytest.approx(90, abs=0.1)


def test_a_pause_is_never_shorter_than_the_first(host: Host) -> None:
    with taken(host()) as permit:
        assert permit.refused("a", 0) == pytest.approx(FIRST_PAUSE, abs=0.1)


def test_a_shorter_retry_base_shortens_the_first_pause(host: Host) -> None:
    with taken(host(download_retry_base="1.5")) as permit:
        assert permit.refused("a", 0) == pytest.approx(1.5, abs=0.1)


def test_no_pause_is_longer_than_half_an_hour(host: Host) -> None:
    with taken(host()) as permit:
        assert permit.refused("a", 86_400) == pytest.approx(1800, abs=0.1)


def test_a_pause_of_another_host_is_seen(host: Host) -> None:
    with taken(host()) as permit:
        permit.refused("a", 0)
    assert 25 < host().paused_for(EGRESS) <= 30


def test_what_is_not_paused_waits_zero_seconds(host: Host) -> None:
    assert host().paused_for(EGRESS) == 0.0


def test_one_post_refused_pauses_nobody(host: Host) -> None:
    with taken(host()) as permit:
        assert [permit.refused("a", None) for _ in range(3)] == [0, 0, 0]


def test_two_posts_refused_in_a_row_pause_whichever_host_saw_them(host: Host) -> None:
    with taken(host()) as one, taken(host()) as other:
        assert one.refused("a", None) == 0
        assert other.refused("b", None) == pytest.approx(FIRST_PAUSE, abs=0.1)


def test_a_good_download_on_any_host_takes_a_refusal_back(host: Host) -> None:
    with taken(host()) as one, taken(host()) as other:
        one.refused("a", None)
        other.went_well()
        assert one.refused("b", None) == 0


def test_pauses_in_a_row_double_up_to_the_longest(host: Host, client: "redis.Redis") -> None:
    pauses = []
    for _ in range(9):
        with taken(host()) as permit:
            pauses.append(round(permit.refused("a", 0)))
        pause_ends(client)
    assert pauses == [30, 60, 120, 240, 480, 960, 1800, 1800, 1800]


def test_downloads_that_were_running_when_the_pause_began_count_once(host: Host) -> None:
    with taken(host()) as one, taken(host()) as other:
        one.refused("a", 0)
        assert other.refused("b", 0) == pytest.approx(FIRST_PAUSE, abs=1)


def test_a_download_that_waited_while_the_pause_began_asks_nothing(host: Host) -> None:
    with taken(host()) as one, taken(host()) as other:
        one.refused("a", 0)
        with pytest.raises(Stopping, match="slow down"):
            ask(other)


def test_who_began_before_the_pause_is_no_probe_after_it(host: Host, client: "redis.Redis") -> None:
    with taken(host()) as one, taken(host()) as other:
        one.refused("a", 0)
        pause_ends(client)
        with pytest.raises(Stopping, match="slow down"):
            ask(other)


@pytest.fixture
def half_open(host: Host, client: "redis.Redis") -> None:
    """A way out whose first pause just ended."""
    with taken(host()) as permit:
        permit.refused("a", 0)
    pause_ends(client)


@pytest.mark.usefixtures("half_open")
def test_after_a_pause_one_at_a_time_tries(host: Host) -> None:
    assert host().acquire(EGRESS, "w", 1) is not None
    assert host().acquire(EGRESS, "w", 0.3) is None


@pytest.mark.usefixtures("half_open")
def test_a_good_try_after_a_pause_opens_the_way_again(host: Host) -> None:
    with taken(host()) as probe:
        ask(probe)
        probe.went_well()
        assert host().acquire(EGRESS, "w", 1) is not None


@pytest.mark.usefixtures("half_open")
def test_a_try_that_never_asked_opens_nothing(host: Host) -> None:
    taken(host()).release()
    assert host().acquire(EGRESS, "w", 1) is not None
    assert host().acquire(EGRESS, "w", 0.3) is None


@pytest.mark.usefixtures("half_open")
def test_any_refusal_of_a_try_pauses_again_for_twice_as_long(host: Host) -> None:
    with taken(host()) as probe:
        assert probe.refused("a", None) == pytest.approx(60, abs=0.1)


def test_a_download_from_before_the_pause_does_not_open_the_way(host: Host, client: "redis.Redis") -> None:
    with taken(host()) as early, taken(host()) as late:
        late.refused("a", 0)
        early.went_well()
    assert client.hget(key(client, "state"), "level") == b"1"


def test_after_flushall_a_pause_still_holds_its_host(host: Host, client: "redis.Redis", tmp_path: Path) -> None:
    with taken(host(on=tmp_path)) as permit:
        permit.refused("a", 0)
    client.flushall()
    assert host(on=tmp_path).acquire(EGRESS, "w", 0.5) is None
