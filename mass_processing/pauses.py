"""What is held back at the moment, and why?"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from mass_processing.records import WorkerRow


@dataclass(frozen=True, slots=True)
class Pause:
    """Something waits although there is work; it goes on by itself."""

    #: "downloads", "downloads through 10.0.0.1:8080", or the name of a worker.
    what: str
    #: A reason for people.
    why: str

    def __str__(self) -> str:
        return (
            f"{self.what} pause: {self.why}" if self.what.startswith("downloads") else f"{self.what} pauses: {self.why}"
        )


def present_pauses(workers: Iterable[WorkerRow]) -> list[Pause]:
    """What the living workers say they hold back, each once."""
    found: dict[Pause, None] = {}
    for worker in workers:
        if worker.status in ("stopped", "silent"):
            continue
        for pause in worker.details.get("pauses", ()):
            found[Pause(pause["what"], pause["why"])] = None
        if reason := worker.details.get("pause"):
            found[Pause(worker.worker_id, reason)] = None
    return list(found)


def paused_ways_out(proxies: Sequence[str], paused_for: Callable[[str], float]) -> list[Pause]:
    """The proxies, or the direct way, that nobody may download through now; `paused_for` answers seconds."""
    found = []
    for way in proxies or ("direct",):
        if (seconds := paused_for(way)) > 0:
            what = f"downloads through {_without_password(way)}" if proxies else "downloads"
            found.append(Pause(what, f"TikTok asked us to slow down; they go on in about {seconds:.0f} s"))
    return found


def _without_password(proxy: str) -> str:
    return urlsplit(proxy).netloc.rpartition("@")[2] or "a proxy"
