"""How is Redis reached, and how deep are its queues?"""

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from mass_processing.errors import BackendAway
from mass_processing.records import Stage
from mass_processing.settings import Settings

#: kombu keeps one list per priority: the queue's name for step 0, name + this + step for the others.
_STEP_SEPARATOR = "\x06\x16"
_STEPS = range(10)


def connect_redis(settings: Settings) -> "redis.Redis":
    """A client of the broker's Redis; connects at its first command."""
    url = settings.broker_url.replace("redis+socket://", "unix://", 1)
    return redis.Redis.from_url(
        url, socket_timeout=10, socket_connect_timeout=5, health_check_interval=10, retry=Retry(NoBackoff(), 1)
    )


def queue_depth(client: "redis.Redis", stage: Stage) -> int:
    """Messages ready in a stage's queue, all ten priorities. Raises: BackendAway."""
    keys = [stage.value if step == 0 else f"{stage.value}{_STEP_SEPARATOR}{step}" for step in _STEPS]
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
