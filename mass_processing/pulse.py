"""Does this worker's consumer still turn, and does it take the messages that wait for it?

After Redis was restarted hard, Celery's consumer hangs now and then, or reconnects and takes nothing, while the rest of
the process lives. The decision is made of looks, one a second; while Redis is away nothing is held against anybody.
"""

from dataclasses import dataclass

#: Seconds between two looks.
LOOK_SECONDS = 1.0
#: Seconds that an idle consumer may leave messages lying.
_STARVED_SECONDS = 20.0
#: Seconds until a consumer that never turned must have started: the pool's processes, the first connection.
_START_SECONDS = 90.0


@dataclass(frozen=True, slots=True)
class Look:
    """What is seen of a consumer at one moment."""

    #: How often its event loop came round.
    turns: int
    #: Tasks it took since it started, and those it has now.
    taken: int
    held: int
    #: Messages in its queue; None while Redis doesn't answer.
    waiting: int | None


class ConsumerWatch:
    """Remembers for how long nothing moved, over looks at which Redis answered."""

    def __init__(self, still_limit: float) -> None:
        #: Seconds that the event loop may stand still.
        self._still_limit = still_limit
        self._before: Look | None = None
        self._looked_at = 0.0
        self._still = 0.0
        self._starved = 0.0

    def why_hung(self, look: Look, now: float) -> str:
        """Why the process has to be replaced; empty when all is well. `now`: seconds on the monotonic clock."""
        before, self._before = self._before, look
        # A process that was itself stopped for a while has seen nothing meanwhile.
        step = min(now - self._looked_at, 2 * LOOK_SECONDS)
        self._looked_at = now
        if before is None or look.waiting is None or before.waiting is None:
            self._still = self._starved = 0.0
            return ""
        self._still = 0.0 if look.turns != before.turns else self._still + step
        idle = look.waiting > 0 and before.waiting > 0 and not look.held and look.taken == before.taken
        self._starved = self._starved + step if idle else 0.0
        return self._verdict(look)

    def _verdict(self, look: Look) -> str:
        if self._still >= (self._still_limit if look.turns else _START_SECONDS):
            return f"the consumer stood still for {self._still:.0f} s while Redis answered"
        if self._starved >= _STARVED_SECONDS:
            return f"the consumer took nothing for {self._starved:.0f} s while {look.waiting} messages waited"
        return ""
