"""What do the tests of the pace share: a Redis, one that isn't there, and hosts."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from mass_processing.rate_limit import Pace
from mass_processing.redis_link import connect_redis
from mass_processing.settings import Settings
from tests.mass_processing.rate_limit.acts import Host


@pytest.fixture
def client(redis_url: str) -> Iterator["redis.Redis"]:
    """A real, empty Redis."""
    with connect_redis(Settings.read({"REDIS_URL": redis_url})) as connection:
        yield connection


@pytest.fixture
def away() -> Iterator["redis.Redis"]:
    """A Redis that isn't there."""
    with redis.Redis(unix_socket_path="/nowhere/redis.sock", retry=Retry(NoBackoff(), 0)) as connection:
        yield connection


@pytest.fixture
def host(client: "redis.Redis", tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    made: list[Pace] = []

    def make(on: Path | None = None, through: "redis.Redis | None" = None, **values: str) -> Pace:
        usual = {
            "VAR_DIR": str(on or tmp_path_factory.mktemp("host")),
            "DOWNLOAD_MIN_DELAY": "0.02",
            "DOWNLOADS_PER_MINUTE": "1000",
            "DOWNLOAD_CONCURRENCY": "2",
        }
        knobs = Settings.read({**usual, **{name.upper(): value for name, value in values.items()}})
        made.append(Pace(through or client, knobs))
        return made[-1]

    yield make
    # Or they would be renewed for as long as the tests run.
    for pace in made:
        for permit in list(pace._held.values()):
            permit.release()
        pace._unreturned.clear()
        if (keeper := pace._keeper) is not None:
            keeper.join(30)
