"""What does one worker process hold, and how does it start, report and end?"""

import logging
import os
import re
import socket
import threading
import time
from functools import cached_property
from pathlib import Path
from typing import Any

import psutil

from mass_processing.engine import Engine, EngineConfig
from mass_processing.errors import BackendAway
from mass_processing.leases import LeaseKeeper
from mass_processing.pipeline import Pipeline
from mass_processing.records import Stage
from mass_processing.settings import Settings
from mass_processing.store import Store, open_store

log = logging.getLogger(__name__)


class Worker:
    """The parts of one worker process, made when first used (never before a fork or spawn)."""

    def __init__(self, name: str, settings: Settings) -> None:
        #: The Celery node name, such as `cpu1@host`; the part before the number is the kind.
        self.name = name
        self.settings = settings
        self._engine: Engine | None = None
        self._ended = threading.Event()

    @property
    def kind(self) -> str:
        """`download`, `gpu`, `cpu` or `system`."""
        return re.split(r"[\d@]", self.name, maxsplit=1)[0]

    @cached_property
    def store(self) -> Store:
        return open_store(self.settings)

    @cached_property
    def pipeline(self) -> Pipeline:
        keeper = LeaseKeeper(self.store, self.name, self.settings.heartbeat_seconds)
        return Pipeline(self.store, keeper, self.name, self.settings, stopping=self.must_stop, pause=self.pause)

    @property
    def engine(self) -> Engine:
        """The engine, started by `start`."""
        if self._engine is None:
            raise LookupError(f"{self.name} has no engine")
        return self._engine

    # --- life -------------------------------------------------------------------------------------------------------
    def start(self) -> None:
        """In the main process, once it takes work: starts the engine and the reports."""
        self._draining_mark.unlink(missing_ok=True)
        if self.kind in (Stage.GPU, Stage.CPU):
            self._engine = Engine(engine_config(self.kind, self.name, self.settings))
        threading.Thread(target=self._report, name="heartbeat", daemon=True).start()

    def drain(self) -> None:
        """At SIGTERM: running jobs get `stop_seconds` to finish, then they are handed back."""
        self._draining_mark.parent.mkdir(parents=True, exist_ok=True)
        self._draining_mark.touch()
        self._say("draining")
        if self._engine is not None:
            timer = threading.Timer(self.settings.stop_seconds, self._engine.cancel_all)
            timer.daemon = True
            timer.start()

    def must_stop(self) -> bool:
        """Whether the time to finish is over; download children ask this, they see no signal."""
        try:
            return time.time() - self._draining_mark.stat().st_mtime > self.settings.stop_seconds
        except OSError:
            return False

    def pause(self, reason: str, seconds: float) -> None:
        """Says that something about this machine is wrong."""
        log.warning("should pause for %.0f s: %s", seconds, reason)

    def stop(self) -> None:
        """In the main process, when no job runs any more."""
        self._ended.set()
        if self._engine is not None:
            self._engine.stop()
        self._say("stopped")
        self.store.close()
        self._draining_mark.unlink(missing_ok=True)

    # --- reports ----------------------------------------------------------------------------------------------------
    def _report(self) -> None:
        while not self._ended.is_set():
            self._say("running" if self._engine is None or self._engine.healthy else "broken")
            self._ended.wait(self.settings.heartbeat_seconds)

    def _say(self, status: str) -> None:
        try:
            self.store.heartbeat(self.name, self.kind, status, socket.gethostname(), os.getpid(), self._details())
        except BackendAway as error:
            log.warning("heartbeat not written: %s", error)

    def _details(self) -> dict[str, Any]:
        details: dict[str, Any] = {"resident": psutil.Process().memory_info().rss}
        return details | (self._engine.status() if self._engine else {})

    @property
    def _draining_mark(self) -> Path:
        return self.settings.var_dir / "run" / f"{self.name}.draining"


def engine_config(kind: str, name: str, settings: Settings) -> EngineConfig:
    """The engine of a gpu worker `gpu0@host` (card 0) or a cpu worker `cpu1@host`."""
    scratch = settings.var_dir / "scratch" / name.split("@", maxsplit=1)[0]
    cores = os.cpu_count() or 1
    if kind == Stage.GPU:
        card = int(re.findall(r"\d+", name)[0])
        return EngineConfig(card=card, in_flight=settings.gpu_in_flight, threads=max(1, cores // 2), scratch=scratch)
    threads = max(1, cores // settings.engines_on_cpu)
    return EngineConfig(card=None, in_flight=1, threads=threads, scratch=scratch)
