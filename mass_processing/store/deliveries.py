"""Which typed calls does the sending of webhooks make?"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from analyzers.jsonable import jsonable
from mass_processing.store.door import MAX_ROWS

#: Deliveries that one call of retry or cleanup changes.
_CHANGED_AT_ONCE = 5000
#: Seconds after which a system that said nothing is no longer asked to send.
_FORGET_AFTER = 86_400.0

#: Calls a SQL function by its name, with its arguments by theirs; the rows.
Call = Callable[..., list[dict[str, Any]]]


class DeliveryState(StrEnum):
    """Where a delivery is."""

    #: For its first or its next try.
    WAITING = "waiting"
    #: A sender has it.
    SENDING = "sending"
    SENT = "sent"
    #: Tried often enough, or the receiver said that it is gone.
    GIVEN_UP = "given_up"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event for one receiver, leased to a sender."""

    id: int
    #: The same at every receiver and every try.
    event_id: str
    #: `video.completed` or `video.failed`.
    type: str
    #: What is told, without the links.
    payload: Mapping[str, Any]
    #: This one included; every write names it, a stale one changes nothing.
    tries: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a delivery that a sender had."""

    id: int
    tries: int
    #: WAITING: to be tried again in `delay_s` seconds.
    state: DeliveryState
    #: None when the receiver did not answer.
    http_status: int | None
    #: Why it was in vain; None when it was not.
    answer: str | None
    delay_s: float = 0.0


@dataclass(frozen=True, slots=True)
class DeliveryCounts:
    """How far the webhooks are."""

    #: Not sent yet.
    waiting: int
    given_up: int


class Deliveries:
    """Typed calls of the SQL functions on webhook_deliveries and webhook_receivers. Thread-safe."""

    def __init__(self, call: Call) -> None:
        self._call = call

    def announce_receivers(self, sender: str, urls: Sequence[str]) -> int:
        """Says that `sender` sends to these, and to no others any more; from now on what ends is noted for them. How
        many deliveries were given up because nobody sends to their receiver any more."""
        total = 0
        while True:
            rows = self._call("set_webhook_receivers", sender=sender, urls=list(urls), forget_s=_FORGET_AFTER)
            given_up = int(rows[0]["set_webhook_receivers"])
            total += given_up
            if given_up < MAX_ROWS:
                return total

    def claim(self, receiver: str, limit: int, lease_seconds: float) -> list[Delivery]:
        """At most `limit` of those that are due, longest due first. After `lease_seconds` without a `settle` they are
        due again."""
        rows = self._call("claim_deliveries", receiver=receiver, limit=limit, lease_s=float(lease_seconds))
        return [Delivery(**row) for row in rows]

    def settle(self, outcomes: Sequence[Outcome]) -> int:
        """Writes down what became of claimed ones; how many. A stale one changes nothing."""
        rows = self._call("settle_deliveries", outcomes=[asdict(outcome) for outcome in outcomes])
        return int(rows[0]["settle_deliveries"])

    def counts(self) -> DeliveryCounts:
        """The counts now."""
        return DeliveryCounts(**self._call("count_deliveries")[0])

    def newest(self, state: DeliveryState | None = None, limit: int = 100) -> Iterator[dict[str, Any]]:
        """At most `limit` deliveries, JSON-able, newest first: id, event_id, type, receiver, video_id, state, tries,
        next_try_at (None when it ended), http_status, answer, created_at, ended_at."""
        before: int | None = None
        while limit > 0:
            page = min(limit, MAX_ROWS)
            rows = self._call("list_deliveries", state=state, before=before, limit=page)
            yield from map(jsonable, rows)
            if len(rows) < page:
                return
            before, limit = rows[-1]["id"], limit - page

    def retry(self, event_ids: Sequence[str] = ()) -> int:
        """What was given up, or waits for its next try, is due now; without ids all of it. How many deliveries."""
        total = 0
        after: int | None = 0
        while after is not None:
            rows = self._call("retry_deliveries", events=list(event_ids) or None, after=after, limit=_CHANGED_AT_ONCE)
            total += rows[0]["changed"]
            after = rows[0]["last_id"]
        return total

    def cleanup(self, days: float) -> int:
        """Deletes those that ended more than `days` ago; how many."""
        total = 0
        while True:
            rows = self._call("cleanup_deliveries", days=float(days), limit=_CHANGED_AT_ONCE)
            deleted = int(rows[0]["cleanup_deliveries"])
            total += deleted
            if deleted < _CHANGED_AT_ONCE:
                return total
