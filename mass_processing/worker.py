"""What does one worker process hold, and how does it start, report, pause and end?"""

import logging
import os
import re
import signal
import socket
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cached_property
from typing import Any

import psutil

from mass_processing.engine import Engine, EngineConfig
from mass_processing.errors import BackendAway
from mass_processing.held_jobs import HeldJobs, folder_of
from mass_processing.leases import LeaseKeeper
from mass_processing.marks import Marks
from mass_processing.pauses import Pause
from mass_processing.pipeline import Pipeline
from mass_processing.records import Stage
from mass_processing.settings import Settings
from mass_processing.silence import started_at
from mass_processing.store import Store, open_store

log = logging.getLogger(__name__)

#: Seconds after STOP_SECONDS at which a job that doesn't react is handed back over its head …
_HAND_BACK_AFTER = 2.0
#: … and at which the process ends, whatever still runs in it.
_END_AFTER = 4.0
#: Seconds that handing back may take; a database that is away may not hold up the end.
_HAND_BACK_SECONDS = 1.5
#: Seconds that a task of a pausing worker waits before it returns its permit.
_REST = 10.0
#: Seconds between two looks at the marks.
_LOOK = 0.25


class Worker:
    """The parts of one worker process, made when first used (never before a fork or spawn)."""

    def __init__(self, name: str, settings: Settings) -> None:
        #: The Celery node name, such as `cpu1@host`; the part before the number is the kind.
        self.name = name
        self.settings = settings
        self._engine: Engine | None = None
        self._marks = Marks(settings.var_dir / "run", name)
        self._status = "starting"
        #: Counts the signs of life; a report with the same number again is none.
        self._signs = 0
        self._pauses: dict[str, tuple[Pause, ...]] = {}
        self._report_now = threading.Event()
        self._ended = threading.Event()
        self._saying = threading.Lock()
        self._engine_ends = threading.Lock()
        #: Whether there is news of what has to move for this process to be alive; beat's schedule, for one.
        self.moves: Callable[[], bool] = lambda: True

    @property
    def kind(self) -> str:
        """`download`, `gpu`, `cpu`, `system`, `beat` or `watchdog`."""
        return re.split(r"[\d@]", self.name, maxsplit=1)[0]

    @cached_property
    def store(self) -> Store:
        return open_store(self.settings)

    @cached_property
    def _keeper(self) -> LeaseKeeper:
        noted = HeldJobs(folder_of(self.settings))
        return LeaseKeeper(self.store, self.name, self.settings.heartbeat_seconds, noted)

    @cached_property
    def pipeline(self) -> Pipeline:
        return Pipeline(self.store, self._keeper, self.name, self.settings, pause=self.pause, stopping=self.must_stop)

    @property
    def engine(self) -> Engine:
        """The engine, started by `ready`."""
        if self._engine is None:
            raise LookupError(f"{self.name} has no engine")
        return self._engine

    # --- life -------------------------------------------------------------------------------------------------------
    def start(self) -> None:
        """In the main process, at once: starts the reports."""
        self._marks.clear()
        threading.Thread(target=self._report, name="heartbeat", daemon=True).start()

    def start_child(self) -> None:
        """In a child of the pool: it sees no signal, and ends with its main process (PR_SET_PDEATHSIG, by Celery)."""
        threading.Thread(target=self._end_child_in_time, name="end-in-time", daemon=True).start()

    def ready(self) -> None:
        """In the main process, once it takes work: starts the engine."""
        if self.kind in (Stage.GPU, Stage.CPU):
            self._engine = Engine(engine_config(self.kind, self.name, self.settings))
        self._status = "running"
        self._report_now.set()

    def drain(self) -> None:
        """At SIGTERM: running jobs get `stop_seconds` to finish, then they are handed back, then the process ends."""
        if self.draining:
            return
        self._marks.drain()
        self._report_now.set()
        threading.Thread(target=self._end_main_in_time, name="end-in-time", daemon=True).start()

    @property
    def draining(self) -> bool:
        """Whether it was told to stop: no new job is begun."""
        return self._marks.draining_for() >= 0

    def must_stop(self) -> bool:
        """Whether the time to finish is over; download children ask this, they see no signal."""
        return self._marks.draining_for() > self.settings.stop_seconds

    def stop(self) -> None:
        """In the main process, when no job runs any more."""
        self._stop_engine()
        self._ended.set()
        self._say("stopped")
        self.store.close()
        self._marks.clear()

    def end_at_once(self, reason: str) -> None:
        """Replaces this process: hands its jobs back and kills it; the supervisor starts it anew."""
        log.critical("%s; this process ends and is started anew", reason)
        self._hand_back("handed back: its worker hung and was replaced")
        os.kill(os.getpid(), signal.SIGKILL)

    # --- pausing ----------------------------------------------------------------------------------------------------
    def pause(self, reason: str, seconds: float) -> None:
        """Takes no job for a while, in none of its processes: something about this machine is wrong."""
        seconds = min(seconds, self.settings.lease_seconds)
        log.warning("pausing for %.0f s: %s", seconds, reason)
        self._marks.pause(reason, seconds)

    def paused(self) -> str:
        """Why it takes no job; empty when it does."""
        return self._marks.paused()

    def rests(self) -> bool:
        """Before a job is claimed: waits while the worker pauses, ten seconds at most. True: claim nothing now."""
        end = time.monotonic() + _REST
        while self.paused() and not self.draining and time.monotonic() < end:
            time.sleep(_LOOK)
        return self.draining or bool(self.paused())

    def show_pauses(self, source: str, pauses: Sequence[Pause]) -> None:
        """What `source` holds back at the moment; reported with the next sign of life, at once when it is news."""
        news = tuple(pauses)
        if {pause.what for pause in news} != {pause.what for pause in self._pauses.get(source, ())}:
            self._report_now.set()
        self._pauses[source] = news

    # --- reports ----------------------------------------------------------------------------------------------------
    def _report(self) -> None:
        while not self._ended.is_set():
            self._report_now.clear()
            written = not self.moves() or self.report()
            # While the database is away more often, so that nobody takes this worker for hung once it is back.
            self._report_now.wait(self.settings.heartbeat_seconds if written else _LOOK)

    def report(self) -> bool:
        """Gives a sign of life. False when it could not be written."""
        self._signs += 1
        return self._say(self._present_status())

    def _present_status(self) -> str:
        if self.draining:
            return "draining"
        engine = self._engine
        if engine is not None and not engine.healthy:
            return "broken"
        return "paused" if self._status == "running" and self.paused() else self._status

    def _say(self, status: str) -> bool:
        with self._saying:
            if self._ended.is_set() and status != "stopped":
                return True  # the last word was said
            try:
                self.store.heartbeat(self.name, self.kind, status, socket.gethostname(), os.getpid(), self._details())
            except BackendAway as error:
                log.warning("heartbeat not written: %s", error)
                return False
            return True

    def _details(self) -> dict[str, Any]:
        pauses = [pause for held_back in self._pauses.values() for pause in held_back]
        details: dict[str, Any] = {
            "signs": self._signs,
            "instance": self.settings.instance,
            "started": started_at(os.getpid()),
            "resident": psutil.Process().memory_info().rss,
            "pause": self.paused(),
            "pauses": [{"what": pause.what, "why": pause.why} for pause in pauses],
            "draining": self.draining,
        }
        engine = self._engine
        return details | (engine.status() if engine else {})

    # --- ending in time -----------------------------------------------------------------------------------------------
    def _end_child_in_time(self) -> None:
        while self._marks.draining_for() < self.settings.stop_seconds + _HAND_BACK_AFTER:
            time.sleep(_LOOK)
        self._hand_back("handed back: the worker was told to stop, and the job did not react")
        os.kill(os.getpid(), signal.SIGKILL)

    def _end_main_in_time(self) -> None:
        # By its own clock: the marks go when the worker says that it stopped, and it may still hang after that.
        end = time.monotonic() + self.settings.stop_seconds
        _sleep_until(end)
        engine = self._engine
        if engine is not None:
            engine.cancel_all()
        _sleep_until(end + _HAND_BACK_AFTER)
        threading.Thread(target=self._stop_engine, name="engine-stop", daemon=True).start()
        self._hand_back("handed back: the worker was told to stop, and the job did not react")
        _sleep_until(end + _END_AFTER)
        log.warning("not ended %g s after it was told to stop; killed", self.settings.stop_seconds + _END_AFTER)
        for child in psutil.Process().children(recursive=True):
            with suppress(psutil.NoSuchProcess):  # it ended meanwhile
                child.kill()
        os.kill(os.getpid(), signal.SIGKILL)

    def _stop_engine(self) -> None:
        with self._engine_ends:
            engine, self._engine = self._engine, None
            if engine is not None:
                engine.stop()

    def _hand_back(self, reason: str) -> None:
        """Gives the leases of this process back, if that is quick; else they run out."""
        if "_keeper" not in self.__dict__:
            return

        def hand_back() -> None:
            with suppress(BackendAway):  # the leases run out
                self._keeper.hand_back(reason)

        handing_back = threading.Thread(target=hand_back, name="hand-back", daemon=True)
        handing_back.start()
        handing_back.join(_HAND_BACK_SECONDS)


def _sleep_until(moment: float) -> None:
    """`moment`: seconds on the monotonic clock."""
    time.sleep(max(0.0, moment - time.monotonic()))


def engine_config(kind: str, name: str, settings: Settings) -> EngineConfig:
    """The engine of a gpu worker `gpu0@host` (card 0) or a cpu worker `cpu1@host`."""
    scratch = settings.var_dir / "scratch" / name.split("@", maxsplit=1)[0]
    cores = os.cpu_count() or 1
    if kind == Stage.GPU:
        card = int(re.findall(r"\d+", name)[0])
        return EngineConfig(card=card, in_flight=settings.gpu_in_flight, threads=max(1, cores // 2), scratch=scratch)
    threads = max(1, cores // settings.engines_on_cpu)
    return EngineConfig(card=None, in_flight=1, threads=threads, scratch=scratch)
