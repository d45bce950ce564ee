import redis
from kombu.exceptions import OperationalError

from mass_processing.redis_link import what_is_wrong

#: What Redis 6 and 7 answer to everything once their append-only file can't grow.
DISK_FULL = redis.ResponseError("MISCONF Errors writing to the AOF file: No space left on device")


def test_a_redis_whose_disk_is_full_asks_for_room() -> None:
    assert what_is_wrong(DISK_FULL).endswith("make room on its disk")


def test_what_celery_wraps_is_seen_through() -> None:
    wrapped = OperationalError(str(DISK_FULL))
    wrapped.__cause__ = DISK_FULL
    assert what_is_wrong(wrapped) == what_is_wrong(DISK_FULL)


def test_a_redis_that_is_away_is_to_be_started() -> None:
    assert "start_workers.sh" in what_is_wrong(redis.ConnectionError("Error 111"))
