"""How is Redis reached, and how deep are its queues?"""

from collections.abc import Sequence

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
    return queue_depths(client, [queue])[0]


def queue_depths(client: "redis.Redis", queues: Sequence[str]) -> list[int]:
    """The same for several queues at once. Raises: BackendAway."""
    pipe = client.pipeline(transaction=False)
    for queue in queues:
        for step in _STEPS:
            pipe.llen(f"{queue}{_STEP_SEPARATOR}{step}" if step else str(queue))
    try:
        lengths = pipe.execute()
    except redis.RedisError as error:
        raise BackendAway(what_is_wrong(error)) from error
    return [sum(lengths[start : start + len(_STEPS)]) for start in range(0, len(lengths), len(_STEPS))]


def what_is_wrong(error: Exception) -> str:
    """One sentence with the next step: Redis is away, or there and unable (its disk is full, its memory is)."""
    # Celery wraps what Redis said.
    if isinstance(error, redis.ResponseError) or isinstance(error.__cause__, redis.ResponseError):
        step = "make room on its disk" if "No space left" in str(error) else "see ./start_workers.sh logs redis"
        return f"Redis answers, but refuses ({error}); {step}"
    return f"Redis can't be reached ({error}); start it with ./start_workers.sh"
