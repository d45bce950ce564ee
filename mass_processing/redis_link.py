"""How is Redis reached, and how deep are its queues?"""

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from mass_processing.errors import BackendAway
from mass_processing.settings import Settings

#: kombu keeps one list per priority: the queue's name for step 0, name + this + step for the others.
_STEP_SEPARATOR = "\x06\x16"
_STEPS = range(10)


def connect_redis(settings: Settings, *, timeout: float = 10.0) -> "redis.Redis":
    """A client of the broker's Redis; connects at its first command. `timeout`: seconds one answer may take."""
    url = settings.broker_url.replace("redis+socket://", "unix://", 1)
    return redis.Redis.from_url(
        url,
        socket_timeout=timeout,
        socket_connect_timeout=min(5.0, timeout),
        health_check_interval=10,
        retry=Retry(NoBackoff(), 1),
    )


def queue_depth(client: "redis.Redis", queue: str) -> int:
    """Messages ready in a queue, all ten priorities. Raises: BackendAway."""
    keys = [f"{queue}{_STEP_SEPARATOR}{step}" if step else str(queue) for step in _STEPS]
    pipe = client.pipeline(transaction=False)
    for key in keys:
        pipe.llen(key)
    try:
        return sum(int(length) for length in pipe.execute())
    except redis.RedisError as error:
        raise BackendAway(what_is_wrong(error)) from error


def what_is_wrong(error: Exception) -> str:
    """One sentence with the next step: Redis is away, or there and unable (its disk is full, its memory is)."""
    # Celery wraps what Redis said.
    if isinstance(error, redis.ResponseError) or isinstance(error.__cause__, redis.ResponseError):
        step = "make room on its disk" if "No space left" in str(error) else "see ./start_workers.sh logs redis"
        return f"Redis answers, but refuses ({error}); {step}"
    return f"Redis can't be reached ({error}); start it with ./start_workers.sh"
