"""Which links go in while the system is hurt, and how must each of them end?"""

import random
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from itertools import count

from mass_processing.errors import BackendAway
from mass_processing.records import Link, Source
from mass_processing.store import Store
from tests.chaos.evidence import Expected
from tests.chaos.system import ChaosSystem
from tests.standin.behaviours import Behaviour, post_id, post_url


def ends(*pairs: tuple[str, str | None], asked_at_most: int = 0) -> Expected:
    return Expected(frozenset(pairs), asked_at_most)


COMPLETED = ends(("completed", None))
#: A post whose page says no, asked once; GONE may be an address that is blocked, so it is asked for twice.
EXPECTED = {
    Behaviour.SUCCESS: COMPLETED,
    Behaviour.MINIMAL: COMPLETED,
    Behaviour.UNSTEADY: COMPLETED,
    Behaviour.CHALLENGE: COMPLETED,
    Behaviour.MEDIA_CUT_ONCE: COMPLETED,
    Behaviour.PRIVATE: ends(("failed", "auth_needed"), asked_at_most=1),
    Behaviour.PRIVATE_ACCOUNT: ends(("failed", "auth_needed"), asked_at_most=1),
    Behaviour.LOGIN: ends(("failed", "auth_needed"), asked_at_most=1),
    Behaviour.PAGE_404: ends(("failed", "permanent"), asked_at_most=1),
    Behaviour.GONE: ends(("failed", "permanent"), asked_at_most=2),
    Behaviour.SLIDESHOW: ends(("failed", "unsupported"), asked_at_most=1),
    Behaviour.SERVER_ERROR: ends(("failed", "transient"), asked_at_most=4),
    Behaviour.RESET: ends(("failed", "transient"), asked_at_most=4),
    Behaviour.TRUNCATED: ends(("failed", "transient"), asked_at_most=4),
    Behaviour.MEDIA_CUT: ends(("failed", "transient"), asked_at_most=4),
    Behaviour.MEDIA_EMPTY: ends(("failed", "transient"), ("failed", "invalid_media"), asked_at_most=4),
    Behaviour.MEDIA_GARBAGE: ends(("failed", "invalid_media"), asked_at_most=4),
}
#: What the engine does with a video, and how that ends.
POISON = {
    "segv": ends(("failed", "crashed")),
    "kill": ends(("failed", "crashed")),
    "gil": ends(("failed", "crashed")),
    "loop": ends(("failed", "timed_out")),
    "nonsense": ends(("failed", "transient"), ("failed", "crashed"), ("failed", "invalid_media")),
}


class Links:
    """Adds links and remembers what was accepted. Thread-safe."""

    def __init__(self, system: ChaosSystem, seed: int) -> None:
        self._system = system
        self._random = random.Random(seed)
        self._serials = {behaviour: count() for behaviour in Behaviour}
        self._lock = threading.Lock()
        self.accepted: dict[str, Expected] = {}

    def new(self, behaviour: Behaviour, number: int = 1) -> list[Link]:
        """Links that were not there before. The good ones overflow into another kind of good ones."""
        with self._lock:
            serials = [next(self._serials[behaviour]) for _ in range(number)]
        kinds = [Behaviour.MINIMAL if behaviour is Behaviour.SUCCESS and each > 999 else behaviour for each in serials]
        return [
            Link(f"tiktok:{post_id(kind, serial % 1000)}", post_url(kind, serial % 1000), Source.TIKTOK)
            for kind, serial in zip(kinds, serials, strict=True)
        ]

    def add(self, links: Iterable[Link], batch: str, expected: Expected, priority: int | None = None) -> None:
        """Adds them, however often it takes; once it was answered they count as accepted."""
        links = list(links)
        chosen = self._random.randint(1, 5) if priority is None else priority
        end = time.monotonic() + 120
        while True:
            try:
                with self._system.store() as store:
                    store.add_links(links, priority=chosen, batch=batch)
                break
            except BackendAway:
                if time.monotonic() > end:
                    raise
                time.sleep(0.3)
        self.accept(links, expected)

    def accept(self, links: Iterable[Link], expected: Expected) -> None:
        with self._lock:
            self.accepted.update((link.video_id, expected) for link in links)

    def add_some(self, behaviour: Behaviour, number: int, batch: str, priority: int | None = None) -> list[Link]:
        links = self.new(behaviour, number)
        self.add(links, batch, EXPECTED[behaviour], priority)
        return links

    def add_poison(self, order: str, batch: str) -> Link:
        """A good post on which the engine misbehaves."""
        (link,) = self.new(Behaviour.SUCCESS)
        (self._system.places.engine / link.video_id.replace(":", "_")).write_text(order)
        self.add([link], batch, POISON.get(order, COMPLETED))
        return link


class Stream:
    """Keeps some work waiting at all times. A context manager."""

    def __init__(self, system: ChaosSystem, links: Links, depth: int = 8) -> None:
        self._system = system
        self._links = links
        self._depth = depth
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="stream", daemon=True)
        #: The batch that what comes now belongs to.
        self.batch = "calm"

    def __enter__(self) -> "Stream":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(150)

    def _run(self) -> None:
        while not self._stop.wait(0.3):
            with suppress(BackendAway), self._system.store() as store:  # later, when it is back
                self._top_up(store)

    def _top_up(self, store: Store) -> None:
        jobs = store.stats().jobs
        if jobs["pending"] + jobs["downloading"] < self._depth:
            self._links.add_some(Behaviour.SUCCESS, 6, self.batch)
