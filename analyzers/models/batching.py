"""How do the videos in one engine share a network without waiting for each other?

Callers submit items and block; a lane's one thread takes what waits longest, fills a batch with items of the same shape
(across callers, so across videos) and runs it. A batch that does not fit into the card's memory is halved and the limit
grows back; an item that does not even fit alone runs on the processor.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

Item = TypeVar("Item")
Answer = TypeVar("Answer")

#: Seconds that an item waits for others to share its batch.
WAIT_SECONDS = 0.01
#: Seconds without work after which a lane's thread ends; the next item starts another one.
_IDLE_SECONDS = 5.0
#: Batches without a lack of memory after which the limit grows by one.
_CLEAN_BATCHES = 50

log = logging.getLogger(__name__)


class OutOfMemory(Exception):
    """A batch did not fit into the device's memory."""


@dataclass(frozen=True, slots=True)
class Waiting(Generic[Item, Answer]):
    """One item in line."""

    item: Item
    future: "Future[Answer]"
    since: float = field(default_factory=time.monotonic)


class Lane:
    """One thread that runs batches, one after the other; on a card, on a stream of its own."""

    def __init__(self, name: str, around: Callable[[], AbstractContextManager[Any]] = nullcontext) -> None:
        """`around` gives the context that the thread works in, such as a CUDA stream."""
        self._name, self._around = name, around
        self._lines: list[Batcher[Any, Any]] = []
        self._changed = threading.Condition()
        self._works = False

    def join(self, line: "Batcher[Any, Any]") -> None:
        """Serves `line` too from now on."""
        with self._changed:
            self._lines.append(line)

    def enqueue(self, line: "Batcher[Any, Any]", entries: "Sequence[Waiting[Any, Any]]") -> None:
        """Puts `entries` into `line`, and sees to it that somebody works."""
        with self._changed:
            line.waiting.extend(entries)
            if not self._works:
                self._works = True
                threading.Thread(target=self._work, name=f"lane-{self._name}", daemon=True).start()
            self._changed.notify()

    def _work(self) -> None:
        with self._around():
            while (due := self._next()) is not None:
                line, batch = due
                line.run(batch)
                del due, line, batch  # a thread that waits holds on to nothing

    def _next(self) -> "tuple[Batcher[Any, Any], list[Waiting[Any, Any]]] | None":
        """The batch that is due first: one that is full, or whose first item waited long enough.

        None when there was nothing to do for a while: a thread that waited for ever would keep its networks in memory
        after everybody else has forgotten them.
        """
        with self._changed:
            while True:
                lines = [line for line in self._lines if line.waiting]
                oldest = min(lines, key=lambda line: line.waiting[0].since, default=None)
                if oldest is None:
                    if not self._changed.wait(_IDLE_SECONDS) and not any(line.waiting for line in self._lines):
                        self._works = False
                        return None
                    continue
                left = oldest.waiting[0].since + WAIT_SECONDS - time.monotonic()
                if left <= 0 or oldest.has_full_batch():
                    return oldest, oldest.take()
                self._changed.wait(left)


class Lanes:
    """The lanes of one engine, each made at its first use: "vision", and "language" for what writes word by word."""

    def __init__(self, around: Callable[[str], AbstractContextManager[Any]] = lambda _: nullcontext()) -> None:
        """`around` gives the context that the thread of a lane works in, by the lane's name."""
        self._around = around
        self._lanes: dict[str, Lane] = {}
        self._lock = threading.Lock()

    def get(self, name: str) -> Lane:
        """The lane called `name`."""
        with self._lock:
            if name not in self._lanes:
                self._lanes[name] = Lane(name, lambda: self._around(name))
            return self._lanes[name]


class Batcher(Generic[Item, Answer]):
    """The line in front of one network."""

    def __init__(
        self,
        lane: Lane,
        run: Callable[[Sequence[Item]], Sequence[Answer]],
        *,
        max_batch: int,
        shape: Callable[[Item], Hashable],
        run_on_processor: Callable[[Sequence[Item]], Sequence[Answer]] | None = None,
    ) -> None:
        """`run` answers items of one `shape`, in order, and raises OutOfMemory when they are too many.

        `run_on_processor` is asked for an item that does not fit alone; without it that is the item's failure.
        """
        self.waiting: deque[Waiting[Item, Answer]] = deque()
        #: Seconds the network has worked so far, and the items it answered.
        self.busy_seconds, self.answered = 0.0, 0
        self._lane, self._run, self._shape, self._run_on_processor = lane, run, shape, run_on_processor
        self._most, self._limit, self._clean = max_batch, max_batch, 0
        lane.join(self)

    def submit(self, items: Sequence[Item]) -> list[Answer]:
        """The answer to each of `items`, in order; waits for them. Raises: whatever the network raises."""
        entries: list[Waiting[Item, Answer]] = [Waiting(item, Future()) for item in items]
        self._lane.enqueue(self, entries)
        return [entry.future.result() for entry in entries]

    def has_full_batch(self) -> bool:
        """Whether waiting longer gains nothing. Called under the lane's lock."""
        return len(self.waiting) >= self._limit

    def take(self) -> list[Waiting[Item, Answer]]:
        """The items that go with the first one in line. Called under the lane's lock."""
        shape = self._shape(self.waiting[0].item)
        batch: list[Waiting[Item, Answer]] = []
        others: deque[Waiting[Item, Answer]] = deque()
        while self.waiting and len(batch) < self._limit:
            entry = self.waiting.popleft()
            (batch if self._shape(entry.item) == shape else others).append(entry)
        self.waiting.extendleft(reversed(others))
        return batch

    def run(self, batch: Sequence[Waiting[Item, Answer]]) -> None:
        """Answers `batch`, in parts where it does not fit at once. Called by the lane's thread."""
        started = time.monotonic()
        try:
            for entry, answer in zip(batch, self._answers([entry.item for entry in batch]), strict=True):
                entry.future.set_result(answer)
        except Exception as error:  # noqa: BLE001  # the barrier of one batch: its callers get the error, the lane goes on
            for entry in batch:
                if not entry.future.done():
                    entry.future.set_exception(error)
        self.busy_seconds += time.monotonic() - started
        self.answered += len(batch)

    def _answers(self, items: Sequence[Item]) -> Sequence[Answer]:
        try:
            answers = self._run(items)
        except OutOfMemory as error:
            shortage = error
        else:
            self._grow()
            return answers
        if len(items) > 1:
            self._limit, self._clean = max(1, len(items) // 2), 0
            log.warning("%d items do not fit into the card's memory; %d at once from now on", len(items), self._limit)
            half = len(items) // 2
            return [*self._answers(items[:half]), *self._answers(items[half:])]
        if self._run_on_processor is None:
            raise shortage
        log.warning("an item does not fit into the card's memory even alone; it runs on the processor")
        return self._run_on_processor(items)

    def _grow(self) -> None:
        self._clean += 1
        if self._clean >= _CLEAN_BATCHES and self._limit < self._most:
            self._limit, self._clean = self._limit + 1, 0
