"""What do the tests of the pace do again and again?"""

import time
from collections.abc import Callable

import redis

from mass_processing.rate_limit import Pace, Permit

EGRESS = "direct"
#: Makes the pace of one process on a machine of its own, or with `on` on a given one.
Host = Callable[..., Pace]


def go_on() -> None:
    """What looks whether the download must end, and it must not."""


def taken(pace: Pace, wait_s: float = 5.0) -> Permit:
    permit = pace.acquire(EGRESS, "w", wait_s)
    assert permit is not None
    return permit


def ask(permit: Permit) -> float:
    """Asks for one page; when the site saw it."""
    with permit.turn(go_on):
        return time.monotonic()


def key(client: "redis.Redis", part: str) -> str:
    """The name of one part of what Redis knows of the only way out, once it was asked."""
    (state,) = client.keys("pace:*:state")
    return state.decode().replace("state", part)


def pause_ends(client: "redis.Redis") -> None:
    client.hset(key(client, "state"), "blocked", 1)
