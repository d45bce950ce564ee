"""Is the number of analyses that one process starts in a minute limited?"""

from dataclasses import dataclass, field

from mass_processing.starts_per_minute import StartsPerMinute


@dataclass
class Clock:
    """Time that passes only while somebody sleeps."""

    now: float = 1000.0
    naps: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.now += seconds


def started_at(limit: int, number: int) -> list[float]:
    """When each of so many starts was let pass, in seconds after the first try."""
    clock = Clock(now=0.0)
    gate = StartsPerMinute(limit, clock=clock, sleep=clock.sleep)
    times = []
    for _ in range(number):
        assert gate.wait(lambda: False)
        times.append(clock.now)
    return times


def test_as_many_as_allowed_start_at_once() -> None:
    assert started_at(3, 3) == [0.0, 0.0, 0.0]


def test_the_next_one_waits_until_a_minute_after_the_first() -> None:
    assert started_at(3, 4)[3] == 60.0


def test_no_minute_has_more_starts_than_allowed() -> None:
    times = started_at(4, 23)
    assert all(later - earlier >= 60.0 for earlier, later in zip(times, times[4:], strict=False))


def test_zero_is_no_limit() -> None:
    assert started_at(0, 100) == [0.0] * 100


def test_who_must_stop_does_not_start() -> None:
    assert StartsPerMinute(0).wait(lambda: True) is False


def test_stopping_ends_the_waiting_within_a_second() -> None:
    clock = Clock()
    gate = StartsPerMinute(1, clock=clock, sleep=clock.sleep)
    gate.wait(lambda: False)
    assert gate.wait(lambda: clock.now > 1000.0) is False
    assert clock.now <= 1001.0


def test_who_stopped_waiting_is_not_counted() -> None:
    clock = Clock()
    gate = StartsPerMinute(1, clock=clock, sleep=clock.sleep)
    gate.wait(lambda: False)
    gate.wait(lambda: bool(clock.naps))
    clock.now = 1060.0
    assert gate.wait(lambda: False)
    assert clock.now == 1060.0
