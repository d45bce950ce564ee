"""Announcing over a real Postgres and a real Redis."""

from collections.abc import Sequence
from dataclasses import replace
from threading import Event
from typing import Any

import pytest

from mass_processing.errors import BackendAway
from mass_processing.feed import Announce, Feeder, why_downloads_pause
from mass_processing.records import Dispatch, FailureClass, Link, Source, Stage
from mass_processing.redis_link import connect_redis, queue_depth
from mass_processing.settings import Settings
from mass_processing.store import Store


@pytest.fixture
def knobs(backend_settings: Settings, redis_url: str) -> Settings:
    return replace(backend_settings, redis_url=redis_url, feed_depth=3, disk_min_free_gb=0.0)


class Announced:
    """Stands where Celery is."""

    def __init__(self) -> None:
        self.sent: list[tuple[Stage, int]] = []
        self.second = Event()

    def __call__(self, stage: Stage, due: Sequence[Dispatch]) -> None:
        self.sent += [(stage, dispatch.priority) for dispatch in due]
        if len(self.sent) == 2:
            self.second.set()


def feed(store: Store, announce: Announce, knobs: Settings, *more: Any) -> int:
    with Feeder(store, announce, knobs, *more) as feeder:
        return feeder.feed()


def tiktok(number: int) -> Link:
    return Link(f"tiktok:{number}", f"https://www.tiktok.com/@/video/{number}", Source.TIKTOK)


def file(number: int) -> Link:
    return Link(f"file:{number}", f"/videos/{number}.mp4", Source.FILE)


def test_only_as_many_as_the_queue_has_room_for_are_announced(store: Store, knobs: Settings) -> None:
    store.add_links([tiktok(n) for n in range(5)], priority=5, batch=None)
    announced = Announced()
    assert feed(store, announced, knobs) == 3
    assert announced.sent == [(Stage.DOWNLOAD, 5)] * 3


def test_messages_that_wait_in_redis_take_room(store: Store, knobs: Settings) -> None:
    client = connect_redis(knobs)
    client.lpush("download", "a message of priority step 0")
    client.lpush("download\x06\x165", "another of step 5")
    store.add_links([tiktok(n) for n in range(5)], priority=5, batch=None)
    assert queue_depth(client, Stage.DOWNLOAD) == 2
    assert feed(store, Announced(), knobs) == 1
    client.close()


def test_an_urgent_job_needs_no_room(store: Store, knobs: Settings) -> None:
    store.add_links([tiktok(1)], priority=10, batch=None)
    announced = Announced()
    feed(store, announced, replace(knobs, feed_depth=0))
    assert announced.sent == [(Stage.DOWNLOAD, 10)]


def test_what_could_not_be_sent_is_announced_next_time(store: Store, knobs: Settings) -> None:
    def broken(stage: Stage, due: Sequence[Dispatch]) -> None:
        raise BackendAway("Redis is away")

    store.add_links([tiktok(1)], priority=5, batch=None)
    with pytest.raises(BackendAway):
        feed(store, broken, knobs)
    assert feed(store, Announced(), knobs) == 1


def test_downloads_pause_while_too_many_videos_wait_for_analysis(store: Store, knobs: Settings) -> None:
    store.add_links([file(1), file(2)], priority=5, batch=None)
    store.add_links([tiktok(1)], priority=10, batch=None)
    announced = Announced()
    tight = replace(knobs, backlog_limit=2)
    feed(store, announced, tight)
    assert Stage.DOWNLOAD not in {stage for stage, _ in announced.sent}
    assert why_downloads_pause(store, tight) == "2 videos wait for analysis (BACKLOG_LIMIT is 2)"


def test_downloads_pause_while_the_disk_is_too_full(store: Store, knobs: Settings) -> None:
    assert "DISK_MIN_FREE_GB" in why_downloads_pause(store, replace(knobs, disk_min_free_gb=1e9))


def test_downloads_go_on_otherwise(store: Store, knobs: Settings, tmp_path: Any) -> None:
    assert why_downloads_pause(store, replace(knobs, var_dir=tmp_path / "not" / "there" / "yet")) == ""


def test_a_redis_that_is_away_is_named(store: Store, knobs: Settings) -> None:
    away = replace(knobs, redis_url="redis://127.0.0.1:1/0")
    with pytest.raises(BackendAway, match=r"Redis can't be reached .*start_workers\.sh"):
        feed(store, Announced(), away)


def test_the_reason_of_a_pause_is_told_and_taken_back(store: Store, knobs: Settings) -> None:
    told: list[str] = []
    feed(store, Announced(), replace(knobs, disk_min_free_gb=1e9), told.append)
    feed(store, Announced(), knobs, told.append)
    assert ("DISK_MIN_FREE_GB" in told[0], told[1]) == (True, "")


def test_downloads_go_on_by_themselves_when_the_backlog_is_worked_off(store: Store, knobs: Settings) -> None:
    store.add_links([file(1)], priority=5, batch=None)
    store.add_links([tiktok(1)], priority=5, batch=None)
    tight = replace(knobs, backlog_limit=1)
    held_back, let_go = Announced(), Announced()
    feed(store, held_back, tight)
    job = store.claim(Stage.CPU, "cpu1@test")
    assert job is not None
    store.fail(job, FailureClass.INVALID_MEDIA, "not a video")
    feed(store, let_go, tight)
    assert (Stage.DOWNLOAD in {stage for stage, _ in held_back.sent}, let_go.sent) == (False, [(Stage.DOWNLOAD, 5)])


def test_nudges_that_follow_each_other_closely_are_one_now_and_one_soon(
    store: Store, knobs: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mass_processing.feed._NUDGE_EVERY_MS", 1_000)
    announced = Announced()
    with Feeder(store, announced, knobs) as one, Feeder(store, announced, knobs) as another:
        store.add_links([tiktok(0)], priority=5, batch=None)
        at_once = [one.nudge_in_turn()]
        store.add_links([tiktok(1)], priority=5, batch=None)
        at_once += [one.nudge_in_turn(), another.nudge_in_turn(), another.nudge_in_turn()]
        sent_at_once = len(announced.sent)
        assert announced.second.wait(30)
    assert (at_once, sent_at_once, len(announced.sent)) == ([True, False, False, False], 1, 2)


def test_a_nudge_without_redis_is_left_to_the_tick(store: Store, knobs: Settings) -> None:
    with Feeder(store, Announced(), replace(knobs, redis_url="redis://127.0.0.1:1/0")) as feeder:
        assert (feeder.nudge(), feeder.nudge_in_turn()) == (False, False)
