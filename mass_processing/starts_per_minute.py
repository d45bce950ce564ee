"""How many analyses may one process start in a minute?"""

import threading
import time
from collections import deque
from collections.abc import Callable

_WINDOW = 60.0
#: Seconds between two looks whether the process must stop.
_NAP = 0.5


class StartsPerMinute:
    """Lets at most `limit` pass in any 60 s; 0 lets all pass. Thread-safe."""

    def __init__(
        self,
        limit: int,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._limit = limit
        self._clock = clock
        self._sleep = sleep
        self._starts: deque[float] = deque(maxlen=max(1, limit))
        self._lock = threading.Lock()

    def wait(self, stopping: Callable[[], bool]) -> bool:
        """Returns True when one may start, and counts it; False when the process is stopping before that."""
        while not stopping():
            left = self._take()
            if left <= 0:
                return True
            self._sleep(min(left, _NAP))
        return False

    def _take(self) -> float:
        """Counts a start and answers 0.0, or the seconds until one is due."""
        with self._lock:
            now = self._clock()
            if self._limit and len(self._starts) == self._limit and self._starts[0] + _WINDOW > now:
                return self._starts[0] + _WINDOW - now
            self._starts.append(now)
            return 0.0
