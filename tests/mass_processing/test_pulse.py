from collections.abc import Iterable
from itertools import repeat

import pytest

from mass_processing.pulse import ConsumerWatch, Look

STILL_LIMIT = 10.0


def verdict(looks: Iterable[Look], seconds: int = 200) -> tuple[int, str] | None:
    """When the first verdict falls, one look a second, and what it says."""
    watch = ConsumerWatch(STILL_LIMIT)
    for now, look in zip(range(seconds), looks, strict=False):
        if reason := watch.why_hung(look, float(now)):
            return now, reason
    return None


def turning(taken: int = 3, held: int = 0, waiting: int | None = 0) -> Iterable[Look]:
    return (Look(turns, taken, held, waiting) for turns in range(1, 1000))


def test_a_consumer_that_turns_and_has_nothing_to_take_is_well() -> None:
    assert verdict(turning()) is None


def test_one_that_stands_still_is_replaced_after_the_limit() -> None:
    assert verdict(repeat(Look(7, 3, 0, 0))) == (10, "the consumer stood still for 10 s while Redis answered")


def test_one_that_stands_still_while_redis_is_away_is_left_alone() -> None:
    assert verdict(repeat(Look(7, 3, 0, None))) is None


def test_one_that_has_not_started_yet_gets_longer() -> None:
    found = verdict(repeat(Look(0, 0, 0, 0)))
    assert found is not None
    assert found[0] == 90


def test_one_that_is_idle_while_messages_wait_is_replaced() -> None:
    assert verdict(turning(waiting=4)) == (20, "the consumer took nothing for 20 s while 4 messages waited")


@pytest.mark.parametrize(
    "looks",
    [
        pytest.param(turning(held=1, waiting=4), id="it has a task"),
        pytest.param((Look(turns, turns // 5, 0, 4) for turns in range(1, 1000)), id="it takes one now and then"),
        pytest.param((Look(turns, 3, 0, turns % 10) for turns in range(1, 1000)), id="the queue is empty in between"),
    ],
)
def test_messages_that_wait_are_no_reason_while(looks: Iterable[Look]) -> None:
    assert verdict(looks) is None


def test_a_process_that_was_itself_stopped_is_not_blamed_for_it() -> None:
    watch = ConsumerWatch(STILL_LIMIT)
    watch.why_hung(Look(7, 3, 0, 0), 0.0)
    assert watch.why_hung(Look(7, 3, 0, 0), 600.0) == ""
