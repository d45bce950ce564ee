"""When may the next download start, so that all workers together keep the pace?

One small Lua script decides in one step on Redis' own clock (`lua/grant.lua`): a pause after "slow down", a minimum
gap, a cap in any 60 s, and leased slots. Beside it every process keeps its own starts on its own monotonic clock: after
a lost Redis, or with none, downloads are slower than allowed, never faster.
"""

import hashlib
import logging
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Self

import redis

from mass_processing.settings import Settings

if TYPE_CHECKING:
    from redis.commands.core import Script

log = logging.getLogger(__name__)

#: Seconds in which DOWNLOADS_PER_MINUTE are allowed.
_WINDOW = 60.0
#: Seconds of the first pause after "slow down"; doubles up to the longest.
FIRST_PAUSE = 30.0
LONGEST_PAUSE = 1800.0
#: Seconds beyond its time limit after which a download that never ended frees its slot.
_LEASE_SLACK = 60.0
#: What is granted evenly does not arrive evenly; the site should not see less than the gap.
_GAP_SLACK = 1.05
#: Seconds between two looks while waiting.
_LONGEST_NAP = 0.25


class Permit:
    """One download may run; give it back when it ended. A context manager."""

    def __init__(self, give_back: Callable[[], None]) -> None:
        self._give_back: Callable[[], None] | None = give_back

    def release(self) -> None:
        """Gives it back; a second time does nothing."""
        give_back, self._give_back = self._give_back, None
        if give_back:
            give_back()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


class Pace:
    """The pace of all workers, per way out. Thread-safe; keep one per process."""

    def __init__(self, redis_client: "redis.Redis", settings: Settings) -> None:
        self._redis = redis_client
        self._gap = settings.download_min_delay * _GAP_SLACK
        self._cap = max(1, settings.downloads_per_minute)
        self._concurrency = max(1, settings.download_concurrency)
        self._lease = settings.download_time_limit + _LEASE_SLACK
        self._own: dict[str, _OwnStarts] = {}
        self._lock = threading.Lock()
        self._grant_script = self._script("grant")
        self._release_script = self._script("release")
        self._pause_script = self._script("pause")

    def acquire(self, egress: str, worker: str, wait_s: float) -> Permit | None:
        """A permit for one download through `egress` (a proxy address, or "direct"), or None after `wait_s` seconds."""
        give_up = time.monotonic() + wait_s
        while True:
            with self._lock:
                granted = self._try(egress, worker)
            if isinstance(granted, Permit):
                return granted
            left = give_up - time.monotonic()
            if left <= 0:
                return None
            time.sleep(min(granted, left, _LONGEST_NAP))

    def pause(self, egress: str, seconds: float = 0.0) -> float:
        """Nobody starts through `egress` for as long as the site asked (`seconds`), or for 30 s; the seconds it is now.

        While pauses follow each other without a good download between them, they double, up to 30 min.
        """
        try:
            pause_ms = self._pause_script(
                keys=[_key(egress, "state")], args=[_ms(seconds), _ms(FIRST_PAUSE), _ms(LONGEST_PAUSE)]
            )
            pause = float(pause_ms) / 1000
        except redis.RedisError as error:
            log.warning("the pause can't be shared, Redis is away: %s", error)
            pause = min(seconds or FIRST_PAUSE, LONGEST_PAUSE)
        with self._lock:
            own = self._own_starts(egress)
            own.blocked_until = max(own.blocked_until, time.monotonic() + pause)
        return pause

    def paused_for(self, egress: str) -> float:
        """Seconds until downloads through `egress` may start again; 0.0 when it isn't paused."""
        with self._lock:
            own = self._own_starts(egress).blocked_until - time.monotonic()
        try:
            blocked = self._redis.hget(_key(egress, "state"), "blocked")
            seconds, micros = self._redis.time()
        except redis.RedisError:
            return max(0.0, own)
        shared = float(blocked or 0) / 1000 - (seconds + micros / 1e6)
        return max(0.0, own, min(shared, LONGEST_PAUSE))

    def _try(self, egress: str, worker: str) -> Permit | float:
        """A permit, or the seconds to wait."""
        own = self._own_starts(egress)
        wait = own.wait(self._gap, self._cap, time.monotonic())
        if wait > 0:
            return wait
        token = f"{worker}:{uuid.uuid4().hex}"
        try:
            wait = self._ask(egress, token) / 1000
        except redis.RedisError as error:
            log.debug("no shared pace, Redis is away: %s", error)
            return self._alone(own)
        if wait > 0:
            return wait
        own.started(time.monotonic())
        return Permit(lambda: self._release(egress, token))

    def _ask(self, egress: str, token: str) -> float:
        keys = [_key(egress, part) for part in ("state", "starts", "slots")]
        times = [_ms(_WINDOW), self._concurrency, _ms(self._lease), _ms(LONGEST_PAUSE)]
        return float(self._grant_script(keys=keys, args=[token, _ms(self._gap), self._cap, *times]))

    def _alone(self, own: "_OwnStarts") -> Permit | float:
        """Without Redis: as if every other worker were as busy as this one, and one download at a time."""
        now = time.monotonic()
        share = max(self._gap, _WINDOW / self._cap) * self._concurrency
        # A process that has not started anything doesn't know what the others just did.
        wait = max(own.alive_since, own.newest) + share - now
        if wait > 0:
            return wait
        if own.running_alone:
            return _LONGEST_NAP
        own.started(now)
        own.running_alone = True
        return Permit(own.ended_alone)

    def _release(self, egress: str, token: str) -> None:
        try:
            self._release_script(keys=[_key(egress, "state"), _key(egress, "slots")], args=[token, _ms(self._lease)])
        except redis.RedisError as error:
            log.warning("a download slot can't be given back, its lease frees it: %s", error)

    def _own_starts(self, egress: str) -> "_OwnStarts":
        return self._own.setdefault(egress, _OwnStarts(deque(maxlen=self._cap)))

    def _script(self, name: str) -> "Script":
        return self._redis.register_script((Path(__file__).parent / "lua" / f"{name}.lua").read_text())


@dataclass(slots=True)
class _OwnStarts:
    """What this process did through one way out, on its own monotonic clock, seconds."""

    #: The latest starts, at most as many as the cap.
    starts: deque[float]
    alive_since: float = field(default_factory=time.monotonic)
    blocked_until: float = 0.0
    #: A download that started without Redis is still running.
    running_alone: bool = False

    @property
    def newest(self) -> float:
        return self.starts[-1] if self.starts else float("-inf")

    def wait(self, gap: float, cap: int, now: float) -> float:
        """Seconds until this process alone would keep the pace."""
        full = len(self.starts) == cap
        return max(self.blocked_until - now, self.newest + gap - now, self.starts[0] + _WINDOW - now if full else 0.0)

    def started(self, now: float) -> None:
        self.starts.append(now)

    def ended_alone(self) -> None:
        self.running_alone = False


def _key(egress: str, part: str) -> str:
    # Hashed, so that a proxy's password is not a key in Redis; in braces, so that a cluster keeps the three together.
    return f"pace:{{{hashlib.sha256(egress.encode()).hexdigest()[:16]}}}:{part}"


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
