"""Who sends the webhooks, when is one tried again, and when is it given up?

A thread per receiver, so that one which hangs holds up nobody but itself. Each claims what is due under a lease, posts
it, and writes down what became of it. A sender that was killed in between leaves the lease to run out, and the event is
sent again with the same id: at least once, in no promised order.
"""

import asyncio
import logging
import random
import socket
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import Self
from urllib.parse import urlsplit

from mass_processing.errors import BackendAway
from mass_processing.settings import Settings
from mass_processing.store import Store
from mass_processing.store.deliveries import Deliveries, Delivery, DeliveryState, Outcome
from mass_processing.webhooks.message import Message
from mass_processing.webhooks.posting import SECONDS_PER_TRY, Answer, open_client, post

log = logging.getLogger(__name__)

#: Tries before an event is given up: with the pauses below about two and a half days.
MAX_TRIES = 20
_FIRST_PAUSE = 10.0
_LONGEST_PAUSE = 6 * 3600.0
#: Share of a pause by which it is shorter or longer, so that a receiver that is back isn't met by everything at once.
_JITTER = 0.25
#: Events that are on their way to one receiver at the same time.
_AT_ONCE = 8
#: Seconds that a sender holds events: all of a batch are posted at the same time, then written down.
_LEASE = 6 * SECONDS_PER_TRY
#: Seconds between two looks when nothing was due.
_LOOK = 1.0
#: Seconds between two tries to reach the database.
_DATABASE_PAUSE = 5.0
#: Seconds between two times that this system says to whom it sends.
_ANNOUNCE = 60.0


def outcome_of(delivery: Delivery, answer: Answer, chance: float) -> Outcome:
    """What is written down after a try; `chance`, 0-1, is where in its range the pause lies."""
    known = (delivery.id, delivery.tries)
    if answer.taken:
        return Outcome(*known, DeliveryState.SENT, answer.http_status, None)
    if answer.gone or delivery.tries >= MAX_TRIES:
        why = answer.why_not if answer.gone else f"{answer.why_not}; given up after {delivery.tries} tries"
        return Outcome(*known, DeliveryState.GIVEN_UP, answer.http_status, why)
    pause = pause_after(delivery.tries, answer.retry_after, chance)
    return Outcome(*known, DeliveryState.WAITING, answer.http_status, answer.why_not, pause)


def pause_after(tries: int, wanted: float, chance: float) -> float:
    """Seconds before the next try: 10, doubling up to six hours, a quarter more or less; not less than is `wanted`."""
    pause = min(_FIRST_PAUSE * 2.0 ** (tries - 1), _LONGEST_PAUSE)
    return max(pause * (1 - _JITTER + 2 * _JITTER * chance), min(wanted, _LONGEST_PAUSE))


class Sender:
    """Sends to one receiver. A context manager; used by one thread."""

    def __init__(self, deliveries: Deliveries, url: str, knobs: Settings) -> None:
        self._deliveries = deliveries
        self._url = url
        self._secret = knobs.webhook_secret
        self._pages = knobs.pages_address
        self._runner = asyncio.Runner()
        self._client = open_client()
        #: Posted, and not written down yet.
        self._owed: list[Outcome] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._runner.run(self._client.aclose())
        self._runner.close()

    def send_due(self) -> int:
        """Claims at most eight that are due, posts them at the same time and writes down what became of them; how many
        there were. Raises: BackendAway; what was posted by then is written down by the next call."""
        self._settle()
        claimed = self._deliveries.claim(self._url, _AT_ONCE, _LEASE)
        if claimed:
            self._owed = self._runner.run(self._post_all(claimed))
            self._say(self._owed)
            self._settle()
        return len(claimed)

    def _settle(self) -> None:
        if self._owed:
            self._deliveries.settle(self._owed)
            self._owed = []

    async def _post_all(self, claimed: Sequence[Delivery]) -> list[Outcome]:
        return list(await asyncio.gather(*map(self._post, claimed)))

    async def _post(self, delivery: Delivery) -> Outcome:
        answer = await post(self._client, self._url, Message.of(delivery.payload, self._pages), self._secret)
        return outcome_of(delivery, answer, random.random())

    def _say(self, outcomes: Sequence[Outcome]) -> None:
        """In one line, without the address's path: some are as good as a password."""
        counts = Counter(outcome.state for outcome in outcomes)
        if counts[DeliveryState.SENT] < len(outcomes):
            last = next(outcome.answer for outcome in outcomes if outcome.answer)
            log.warning(
                "%d of %d webhooks to %s were not taken, %d are given up: %s",
                len(outcomes) - counts[DeliveryState.SENT],
                len(outcomes),
                urlsplit(self._url).hostname,
                counts[DeliveryState.GIVEN_UP],
                last,
            )


class Webhooks:
    """The threads that send, in the system worker. Without WEBHOOK_URL one says so to the database, and ends."""

    def __init__(self, store: Store, knobs: Settings) -> None:
        self._deliveries = store.deliveries
        self._knobs = knobs
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Begins to send, as soon as the database is there."""
        self._run("webhooks", self._announce)
        for url in dict.fromkeys(self._knobs.webhook_url):
            self._run(f"webhooks to {urlsplit(url).hostname}", partial(self._send, url))

    def stop(self, patience: float = 0.0) -> None:
        """Claims nothing more; waits up to `patience` seconds for what is on its way."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(patience / len(self._threads))

    def _run(self, name: str, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _announce(self) -> None:
        sender = f"{self._knobs.instance}@{socket.gethostname()}"
        while not self._stopping.is_set():
            given_up = self._barrier(partial(self._deliveries.announce_receivers, sender, self._knobs.webhook_url))
            if given_up:
                log.warning("%d webhooks were given up: WEBHOOK_URL does not name their receiver any more", given_up)
            if given_up is not None and not self._knobs.webhook_url:
                return
            self._stopping.wait(_DATABASE_PAUSE if given_up is None else _ANNOUNCE)

    def _send(self, url: str) -> None:
        with Sender(self._deliveries, url, self._knobs) as sender:
            while not self._stopping.is_set():
                sent = self._barrier(sender.send_due)
                if not sent:
                    self._stopping.wait(_LOOK if sent == 0 else _DATABASE_PAUSE)

    def _barrier(self, act: Callable[[], int]) -> int | None:
        """What `act` answers, None when it failed; a thread that ended would send nothing until the next start."""
        try:
            return act()
        except BackendAway as error:
            log.warning("webhooks wait for the database: %s", error)
        except Exception:
            log.exception("webhooks: an error of ours; tried again")
        return None
