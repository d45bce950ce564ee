"""Beat over a real Redis, without its process."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from celery import Celery

from mass_processing.celery_config import app
from mass_processing.celery_parts import Beat
from mass_processing.redis_link import connect_redis, queue_depth
from mass_processing.settings import Settings

SYSTEM = "system"


class _BeatOf(Beat):
    """Beat of a Redis that the test names."""

    _redis: Any = None


@pytest.fixture
def broker(redis_url: str) -> Iterator[Celery]:
    """An app of its own with the schedule and the options of ours, but on the test's Redis."""
    options = {name: app.conf[name] for name in ("beat_schedule", "broker_transport_options", "task_default_queue")}
    ours = Celery("beat-test", broker=redis_url)
    ours.conf.update(task_default_priority=5, **options)
    yield ours
    ours.close()


@pytest.fixture
def beat(broker: Celery, backend_settings: Settings) -> Iterator[Beat]:
    beat = _BeatOf(broker)
    beat._redis = connect_redis(backend_settings)
    yield beat
    beat._redis.close()
    beat.close()


def ticks(beat: Beat, times: int) -> int:
    """Messages in the queue after the feed was due so many times."""
    for _ in range(times):
        beat.apply_async(beat.schedule["feed"], producer=beat.producer, advance=False)
    return queue_depth(beat._redis, SYSTEM)


def test_beat_sends_what_is_due(beat: Beat) -> None:
    assert ticks(beat, 3) == 3


def test_while_nobody_takes_them_ticks_do_not_pile_up(beat: Beat) -> None:
    assert ticks(beat, 100) == 10


def test_without_redis_a_tick_is_left_out(beat: Beat, backend_settings: Settings) -> None:
    beat._redis = connect_redis(replace(backend_settings, redis_url="redis://127.0.0.1:1/0"), timeout=0.5)
    assert beat.apply_async(beat.schedule["feed"], producer=beat.producer, advance=False) is None


def test_beat_moves_only_while_its_schedule_is_looked_at(beat: Beat) -> None:
    Beat.has_turned()
    assert not Beat.has_turned()
    beat.tick()
    assert Beat.has_turned()


def test_beat_keeps_no_file_that_two_of_them_could_break_for_each_other(beat: Beat) -> None:
    assert set(beat.schedule) == {"feed", "reconcile", "record_metrics", "tidy_media"}
    assert not hasattr(beat, "schedule_filename")


def test_the_queue_is_repaired_as_often_as_a_worker_gives_a_sign_at_least() -> None:
    assert app.conf.beat_schedule["reconcile"]["schedule"] <= 15
