"""When may the site be asked next, so that all workers together keep the pace?

A few Lua scripts decide in one step each on Redis' own clock (`lua/`, each after `pace.lua`): a pause after "slow
down", a minimum gap, a cap in any 60 s, and leased slots. A start counts from the moment its request can have reached
the site, so nothing that happens between a turn and its request brings two of them closer. Beside it each machine keeps
a book of its own (`host_pace.py`): after a lost Redis, or with none, downloads are slower than allowed, never faster.
"""

import hashlib
import logging
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Self

import redis

from mass_processing.errors import Stopping
from mass_processing.host_pace import LONGEST_ON_ITS_WAY, WINDOW, Book, HostPace, HostSlot
from mass_processing.settings import Settings

log = logging.getLogger(__name__)

#: Seconds of the first pause after "slow down"; doubles up to the longest.
FIRST_PAUSE = 30.0
LONGEST_PAUSE = 1800.0
#: Seconds more than the gap, at most: what leaves evenly does not arrive evenly.
_GAP_SLACK = 0.1
#: Seconds that a request is on its way to the site, at most, once its connection is open.
_TRANSIT = 0.25
#: Seconds between two looks while waiting.
_LONGEST_NAP = 0.25
#: Seconds between two renewals of the slots, at most: an emptied Redis should know them again within a gap.
_LONGEST_UNKNOWN = 1.0

#: What `turn.lua` answers instead of a time to wait.
_SLOT_LOST, _PAUSED_SINCE = -1.0, -2.0


@dataclass(slots=True)
class Asked:
    """One request, while it is under way."""

    #: Seconds for which the site had the request before it answered; 0 when unknown.
    answered_in: float = 0.0


class Permit:
    """One download may run; give it back when it ended. A context manager."""

    def __init__(self, pace: "Pace", egress: str, token: str, slot: HostSlot, *, alone: bool) -> None:
        self.egress = egress
        self.token = token
        #: Granted without Redis, which may not know of it.
        self.alone = alone
        #: Whether the slot was taken away meanwhile: the process was stopped for longer than its lease.
        self.lost = False
        #: Requests that had their turn.
        self.turns = 0
        self._pace = pace
        self._slot = slot

    @contextmanager
    def turn(self, look: Callable[[], None]) -> Iterator[Asked]:
        """Waits until the site may be asked for one page; the block asks. `look` raises when the waiting must end.

        Raises: Stopping when the way out was paused since the download began, or its slot is lost.
        """
        start = f"{self.token}:{self.turns}"
        self._pace.wait_for_turn(self, start, look)
        self.turns += 1
        asked = Asked()
        try:
            yield asked
        finally:
            self._pace.seen(self, start, max(0.0, asked.answered_in - _TRANSIT))

    def refused(self, video_id: str, asked: float | None) -> float:
        """The site refused a post; the seconds of the pause that follows, for everybody, or 0.0.

        `asked`: seconds it told us to wait; None when it said nothing, and may mean the post alone.
        """
        return self._pace.refused(self, video_id, asked)

    def went_well(self) -> None:
        """The download ended without being refused."""
        self._pace.went_well(self)

    def release(self) -> None:
        """Gives it back; a second time does nothing."""
        self._slot.release()
        self._pace.release(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


class Pace:
    """The pace of all workers, per way out. Thread-safe; keep one per process."""

    def __init__(self, redis_client: "redis.Redis", settings: Settings) -> None:
        self._redis = redis_client
        self._gap = settings.download_min_delay + min(_GAP_SLACK, settings.download_min_delay / 2)
        self._cap = max(1, settings.downloads_per_minute)
        self._concurrency = max(1, settings.download_concurrency)
        self._lease = settings.lease_seconds
        self._first_pause = min(FIRST_PAUSE, settings.download_retry_base)
        self._renewal = min(settings.heartbeat_seconds, max(self._gap / 2, _LONGEST_UNKNOWN / 10), _LONGEST_UNKNOWN)
        self._folder = settings.var_dir / "run" / "pace"
        self._alive_since = time.monotonic()
        self._held: dict[str, Permit] = {}
        #: Slots that could not be given back: way out by token.
        self._unreturned: dict[str, str] = {}
        self._lock = threading.Lock()
        self._keeper: threading.Thread | None = None

    # --- a download's slot ------------------------------------------------------------------------------------------
    def acquire(self, egress: str, worker: str, wait_s: float) -> Permit | None:
        """A permit for one download through `egress` (a proxy address, or "direct"), or None after `wait_s` seconds."""
        give_up = time.monotonic() + wait_s
        while True:
            try:
                granted = self._try(egress, f"{worker}:{uuid.uuid4().hex}")
            except OSError as error:
                log.error("no download starts, the book of the pace can't be kept: %s", error)
                granted = _LONGEST_NAP
            if isinstance(granted, Permit):
                self._hold(granted)
                return granted
            left = give_up - time.monotonic()
            if left <= 0:
                return None
            time.sleep(min(granted, left, _LONGEST_NAP))

    def _try(self, egress: str, token: str) -> Permit | float:
        """A permit, or the seconds to wait."""
        host = self._host(egress)
        with host.book() as book:
            wait = book.wait(self._gap, self._cap, time.monotonic())
            newest = book.newest
        if wait > 0:
            return wait
        slot = self._host_slot(egress, token, alone=False)
        if slot is None:
            return _LONGEST_NAP
        try:
            wait = self._run("grant", egress, token) / 1000
        except redis.RedisError as error:
            slot.release()
            log.debug("no shared pace, Redis is away: %s", error)
            return self._try_alone(egress, token, newest)
        if wait <= 0:
            return Permit(self, egress, token, slot, alone=False)
        slot.release()
        return wait

    def _try_alone(self, egress: str, token: str, newest: float) -> Permit | float:
        """Without Redis one download runs at a time on this machine."""
        wait = self._wait_alone(newest)
        slot = self._host_slot(egress, token, alone=True) if wait <= 0 else None
        return Permit(self, egress, token, slot, alone=True) if slot else max(wait, _LONGEST_NAP)

    def _host_slot(self, egress: str, token: str, *, alone: bool) -> HostSlot | None:
        """A slot of this machine; what a dead process held with it is given back."""
        slot = self._host(egress).slot(alone=alone)
        if slot is not None:
            for orphan in slot.orphans:
                self._give_back(egress, orphan)
            slot.note(token)
        return slot

    def _wait_alone(self, newest: float) -> float:
        """Seconds until a start without Redis: as if other machines were as busy as this one.

        One that has not started anything doesn't know what the others just did.
        """
        share = max(self._gap, WINDOW / self._cap) * max(2, self._concurrency)
        return max(self._alive_since, newest) + share - time.monotonic()

    def release(self, permit: Permit) -> None:
        with self._lock:
            if self._held.pop(permit.token, None) is None:
                return
        self._give_back(permit.egress, permit.token)

    def _give_back(self, egress: str, token: str) -> None:
        try:
            self._run("release", egress, token)
        except redis.RedisError as error:
            log.debug("a download slot is given back later, Redis is away: %s", error)
            with self._lock:
                self._unreturned[token] = egress
                self._start_keeper()
            return
        with self._lock:
            self._unreturned.pop(token, None)

    # --- leases -----------------------------------------------------------------------------------------------------
    def _hold(self, permit: Permit) -> None:
        with self._lock:
            self._held[permit.token] = permit
            self._start_keeper()

    def _start_keeper(self) -> None:
        # A thread does not survive the fork of its process.
        if self._keeper is None or not self._keeper.is_alive():
            self._keeper = threading.Thread(target=self._keep, name="slot-keeper", daemon=True)
            self._keeper.start()

    def _keep(self) -> None:
        """Renews the slots of this process while it has any, so that they end with it and not before."""
        while True:
            time.sleep(self._renewal)
            with self._lock:
                held, unreturned = list(self._held.values()), list(self._unreturned.items())
                if not held and not unreturned:
                    self._keeper = None
                    return
            for permit in held:
                self._renew(permit)
            for token, egress in unreturned:
                self._give_back(egress, token)

    def _renew(self, permit: Permit) -> None:
        try:
            ours = self._run("renew", permit.egress, permit.token, "", int(permit.alone))
        except redis.RedisError as error:
            log.debug("a download slot is not renewed, Redis is away: %s", error)
            return
        with self._lock:
            ended = permit.token not in self._held
        if ended:
            self._give_back(permit.egress, permit.token)
        elif not ours:
            log.warning("the slot of a running download was lost, it stops: %s", permit.token)
            permit.lost = True

    # --- a request's turn -------------------------------------------------------------------------------------------
    def wait_for_turn(self, permit: Permit, start: str, look: Callable[[], None]) -> None:
        """Returns when the site may be asked for a page; see `Permit.turn`."""
        while True:
            look()
            wait = self._turn(permit, start)
            if wait == 0:
                return
            time.sleep(min(wait, _LONGEST_NAP))

    def _turn(self, permit: Permit, start: str) -> float:
        """0.0 when the start is stamped, or the seconds to wait. Raises: Stopping."""
        host = self._host(permit.egress)
        now = time.monotonic()
        with host.book() as book:
            wait, newest = book.wait(self._gap, self._cap, now), book.newest
            if wait > 0:
                return self._still_open(book, now, wait)
            # Until the answer is there nobody knows when the request left; a killed asker delays the others no more.
            book.starts[start] = now + LONGEST_ON_ITS_WAY
        try:
            wait = self._shared_turn(permit, start, newest)
        except BaseException:
            self._unwrite(host, start)
            raise
        if wait > 0:
            self._unwrite(host, start)
        return max(0.0, wait)

    def _shared_turn(self, permit: Permit, start: str, newest: float) -> float:
        try:
            answer = self._run("turn", permit.egress, permit.token, start, int(permit.alone))
        except redis.RedisError as error:
            log.debug("no shared pace, Redis is away: %s", error)
            return self._wait_alone(newest)
        if answer == _SLOT_LOST:
            permit.lost = True
            raise Stopping("the slot of the download was lost")
        if answer == _PAUSED_SINCE:
            raise Stopping("the site asked everybody to slow down")
        return answer / 1000

    @staticmethod
    def _still_open(book: Book, now: float, wait: float) -> float:
        if book.blocked_until > now:
            raise Stopping("the site asked everybody to slow down")
        return wait

    @staticmethod
    def _unwrite(host: HostPace, start: str) -> None:
        with host.book() as book:
            book.starts.pop(start, None)

    def seen(self, permit: Permit, start: str, ago: float) -> None:
        """The request of a turn reached the site no later than `ago` seconds before now."""
        try:
            with self._host(permit.egress).book() as book:
                book.starts[start] = time.monotonic() - ago
            self._run("seen", permit.egress, permit.token, start, _ms(ago))
        except OSError as error:
            log.error("a start stays as it was noted: %s", error)
        except redis.RedisError as error:
            log.debug("a start stays as it was noted, Redis is away: %s", error)

    # --- pauses -----------------------------------------------------------------------------------------------------
    def refused(self, permit: Permit, video_id: str, asked: float | None) -> float:
        """See `Permit.refused`."""
        wanted = -1 if asked is None else _ms(asked)
        try:
            pause = self._run("refused", permit.egress, permit.token, video_id, wanted, _ms(self._first_pause)) / 1000
        except redis.RedisError as error:
            log.warning("the pause can't be shared, Redis is away: %s", error)
            pause = 0.0 if asked is None else min(max(asked, self._first_pause), LONGEST_PAUSE)
        if pause > 0:
            with self._host(permit.egress).book() as book:
                book.blocked_until = max(book.blocked_until, time.monotonic() + pause)
        return pause

    def went_well(self, permit: Permit) -> None:
        """See `Permit.went_well`."""
        try:
            self._run("went_well", permit.egress, permit.token)
        except redis.RedisError as error:
            log.debug("a good end is not shared, Redis is away: %s", error)

    def paused_for(self, egress: str) -> float:
        """Seconds until downloads through `egress` may start again; 0.0 when it isn't paused."""
        with self._host(egress).book() as book:
            own = book.blocked_until - time.monotonic()
        try:
            blocked: Any = self._redis.hget(_keys(egress)[0], "blocked")
            seconds, micros = self._redis.time()
        except redis.RedisError:
            return max(0.0, own)
        shared = float(blocked or 0) / 1000 - (seconds + micros / 1e6)
        return max(0.0, own, min(shared, LONGEST_PAUSE))

    # --- files and scripts ------------------------------------------------------------------------------------------
    def _host(self, egress: str) -> HostPace:
        return HostPace(self._folder, _short(egress), self._concurrency, LONGEST_PAUSE)

    def _run(self, name: str, egress: str, token: str, *more: str | int) -> float:
        """Raises: redis.RedisError."""
        times = [self._concurrency, _ms(self._lease), _ms(LONGEST_PAUSE), _ms(LONGEST_ON_ITS_WAY)]
        arguments = [token, _ms(self._gap), self._cap, _ms(WINDOW), *times, *more]
        script = self._redis.register_script(_lua(name))
        return float(script(keys=_keys(egress), args=arguments))


@cache
def _lua(name: str) -> str:
    folder = Path(__file__).parent / "lua"
    return (folder / "pace.lua").read_text() + (folder / f"{name}.lua").read_text()


def _keys(egress: str) -> list[str]:
    # In braces, so that a cluster keeps the three together.
    return [f"pace:{{{_short(egress)}}}:{part}" for part in ("state", "starts", "slots")]


def _short(egress: str) -> str:
    # Hashed, so that a proxy's password is not the name of a key or of a file.
    return hashlib.sha256(egress.encode()).hexdigest()[:16]


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
