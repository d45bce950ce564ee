"""How does a worker keep an engine alive, and hand it videos?

`Engine` owns one long-lived supervisor thread that starts the engine process, reads its socket, enforces deadlines, and
kills and starts it anew. A thread, not the caller, must start the process: it dies with the thread that started it
(PR_SET_PDEATHSIG), so a killed worker leaves no engine behind.
"""

import logging
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from mass_processing.engine_messages import Answer, Beat, Cancel, Ready, Request
from mass_processing.errors import AnalysisFailed, EngineLost, Stopping
from mass_processing.records import FailureClass
from mass_processing.settings import inherited_environment

log = logging.getLogger(__name__)

#: Longest pause before an engine that died is started again, seconds.
_LONGEST_BACKOFF = 60.0
#: Deaths without an answer in between after which the engine counts as broken.
_CRASHES_IN_A_ROW = 3


@dataclass(frozen=True, slots=True)
class EngineConfig:
    """What an engine is started with."""

    #: Index of the card; None runs on the CPU.
    card: int | None
    #: Videos at the same time.
    in_flight: int
    #: Threads one video may use on the CPU.
    threads: int
    #: Folder for what a running analysis spills; emptied at every start.
    scratch: Path
    #: Seconds without a heartbeat after which the engine counts as hung.
    silence_s: float = 10.0
    #: Seconds until a started engine must say that it is ready (imports and models).
    start_s: float = 180.0
    #: What is started; tests put a misbehaving engine here.
    module: str = "mass_processing.engine_process"

    def command(self, fd: int) -> list[str]:
        """The engine's command line."""
        device = "cpu" if self.card is None else "cuda"
        options = {
            "fd": fd,
            "device": device,
            "threads": self.threads,
            "in-flight": self.in_flight,
            "scratch": self.scratch,
        }
        return [sys.executable, "-m", self.module, *(f"--{name}={value}" for name, value in options.items())]

    def environment(self) -> dict[str, str]:
        """Variables for the engine: which card it sees, and that the maths libraries use one thread per call.

        As many analyzers as there are threads already run side by side.
        """
        threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        card = "" if self.card is None else str(self.card)
        return {**threads, "CUDA_VISIBLE_DEVICES": card, "PYTHONUNBUFFERED": "1"}


@dataclass(slots=True)
class _Flight:
    """A video in the engine."""

    request: Request
    future: "Future[dict[str, Any]]"
    #: Seconds it may take once the engine has it.
    time_limit_s: float
    #: Seconds on the monotonic clock; None while it waits for the engine to be ready.
    deadline: float | None = None


class Engine:
    """One engine process and the videos in it. Thread-safe."""

    def __init__(self, config: EngineConfig) -> None:
        self._config = config
        self._flights: dict[int, _Flight] = {}
        self._lock = threading.Lock()
        self._room = threading.Condition(self._lock)
        self._solo: int | None = None
        self._stopping = False
        self._wake_reader, self._wake_writer = os.pipe()
        self._process: subprocess.Popen[bytes] | None = None
        self._link: Connection | None = None
        self._ready = threading.Event()
        self._last_sign = 0.0
        self._crashes = 0
        self._crashes_in_a_row = 0
        self._backoff = 0.0
        #: Whether the engine is to be started anew once no video is in it.
        self._worn = False
        self.device = ""
        self.resident_peak = 0
        self._thread = threading.Thread(target=self._supervise, name="engine-supervisor", daemon=True)
        self._thread.start()

    # --- for the pipeline -----------------------------------------------------------------------------------------
    def submit(
        self,
        key: int,
        path: str,
        *,
        time_limit_s: float,
        alone: bool = False,
        caption: str = "",
        analyzers: tuple[str, ...] = (),
    ) -> "Future[dict[str, Any]]":
        """Analyses a video, of which its author wrote `caption`; the future answers its `analysis_document`.

        That has the outcomes of `analyzers` alone, or of all when none is named. The future raises AnalysisFailed,
        EngineLost or Stopping. `alone` waits until no other video is in the engine and keeps others out meanwhile.
        Blocks while the engine is full.
        """
        with self._room:
            self._room.wait_for(lambda: self._stopping or self._has_room(alone))
            if self._stopping:
                raise Stopping("the worker is stopping")
            future: Future[dict[str, Any]] = Future()
            self._flights[key] = _Flight(Request(key, path, caption, analyzers), future, time_limit_s)
            self._solo = key if alone else None
        self._wake()
        return future

    def cancel(self, key: int) -> None:
        """Tells the engine to stop a video; its future raises Stopping when it has."""
        with self._lock:
            flight = self._flights.get(key)
            in_engine = flight is not None and flight.deadline is not None
            if in_engine:
                self._send(Cancel(key))
        if flight is not None and not in_engine and self._remove(key):
            flight.future.set_exception(Stopping("the analysis was cancelled"))

    def cancel_all(self) -> None:
        """Cancels every video (shutdown)."""
        with self._lock:
            keys = list(self._flights)
        for key in keys:
            self.cancel(key)

    @property
    def healthy(self) -> bool:
        """False when the engine died again and again without answering."""
        return self._crashes_in_a_row < _CRASHES_IN_A_ROW

    def status(self) -> dict[str, Any]:
        """What the worker reports of its engine."""
        process = self._process
        return {
            "engine_pid": process.pid if process else None,
            "engine_ready": self._ready.is_set(),
            "engine_crashes": self._crashes,
            "engine_resident_peak": self.resident_peak,
            "device": self.device,
        }

    def stop(self) -> None:
        """Ends the engine; videos still in it raise Stopping."""
        with self._room:
            self._stopping = True
            self._room.notify_all()
        self._wake()
        self._thread.join()
        os.close(self._wake_reader)
        os.close(self._wake_writer)

    # --- the supervisor thread ---------------------------------------------------------------------------------------
    def _supervise(self) -> None:
        while not self._stopping:
            self._start()
            self._serve()
        self._kill()
        with self._lock:
            keys = list(self._flights)
        for key in keys:
            if flight := self._remove(key):
                flight.future.set_exception(Stopping("the worker is stopping"))

    def _start(self) -> None:
        if self._backoff and self._sleep(self._backoff):
            return
        shutil.rmtree(self._config.scratch, ignore_errors=True)
        self._config.scratch.mkdir(parents=True)
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                self._config.command(theirs.fileno()),
                pass_fds=[theirs.fileno()],
                env=inherited_environment() | self._config.environment(),
                stdin=subprocess.DEVNULL,
            )
        self._link = Connection(ours.detach())
        self._last_sign = time.monotonic()

    def _serve(self) -> None:
        """Until the engine must be replaced."""
        while not self._stopping and self._process is not None and self._link is not None:
            self._send_waiting()
            if not self._read(timeout=0.2):
                return self._replace(f"the engine ended by itself (exit {self._process.wait()})")
            overdue = self._overdue()
            if overdue is not None:
                return self._time_out(overdue)
            if self._worn and not self._keys_in_engine():
                return self._renew()
            if self._silent():
                return self._replace("the engine gave no sign of life and was killed")

    def _read(self, timeout: float) -> bool:
        """Handles what came. False when the engine closed the link."""
        assert self._link is not None
        for source in wait([self._link, self._wake_reader], timeout):
            if source is self._link:
                try:
                    self._take(self._link.recv())
                except (EOFError, OSError):
                    return False
            else:
                os.read(self._wake_reader, 4096)
        return True

    def _take(self, message: Any) -> None:
        self._last_sign = time.monotonic()
        match message:
            case Ready():
                self.device = message.device
                self._ready.set()
            case Beat():
                self.resident_peak = message.resident_peak
            case Answer():
                self._backoff = 0.0
                self._crashes_in_a_row = 0
                self._worn = self._worn or bool(message.left_behind)
                flight = self._remove(message.key)
                if flight:
                    _settle(flight.future, message)

    def _send_waiting(self) -> None:
        if not self._ready.is_set() or self._worn:
            return
        with self._lock:
            for flight in self._flights.values():
                if flight.deadline is None:
                    flight.deadline = time.monotonic() + flight.time_limit_s
                    self._send(flight.request)

    def _send(self, message: Request | Cancel) -> None:
        """Under the lock: one writer at a time. A broken link is noticed by the reader."""
        if self._link is not None:
            try:
                self._link.send(message)
            except OSError as error:
                log.debug("not sent: %s", error)

    def _overdue(self) -> _Flight | None:
        now = time.monotonic()
        with self._lock:
            return next((f for f in self._flights.values() if f.deadline is not None and now > f.deadline), None)

    def _silent(self) -> bool:
        limit = self._config.silence_s if self._ready.is_set() else self._config.start_s
        return time.monotonic() - self._last_sign > limit

    def _time_out(self, overdue: _Flight) -> None:
        self._remove(overdue.request.key)
        # Dead before its future is settled: the next video must not be sent to a dying engine.
        self._kill()
        overdue.future.set_exception(AnalysisFailed(FailureClass.TIMED_OUT, "the analysis overran its time limit"))
        self._drop("the engine was killed because another video overran its time limit", blamed=False)

    def _renew(self) -> None:
        """Ends an engine in which something hangs that was given up; no video is lost and none is blamed."""
        log.warning("the engine is started anew: an analyzer in it never ended")
        self._kill()
        self._worn = False

    def _replace(self, reason: str) -> None:
        self._kill()
        log.error("%s", reason)
        self._crashes += 1
        self._crashes_in_a_row += 1
        self._backoff = min(_LONGEST_BACKOFF, self._backoff * 2 or 1.0)
        self._drop(reason, blamed=True)
        if not self.healthy:
            self._turn_away(f"the engine does not start: {reason}")

    def _drop(self, reason: str, *, blamed: bool) -> None:
        """Fails the videos that were in the engine; those still waiting for it stay."""
        keys = self._keys_in_engine()
        for key in keys:
            if flight := self._remove(key):
                flight.future.set_exception(EngineLost(reason, alone=len(keys) == 1, blamed=blamed))

    def _keys_in_engine(self) -> list[int]:
        """The videos that the engine was given and has not answered."""
        with self._lock:
            return [key for key, flight in self._flights.items() if flight.deadline is not None]

    def _turn_away(self, reason: str) -> None:
        """Fails the videos that wait for an engine that dies again and again: another worker may have a better one."""
        with self._lock:
            keys = list(self._flights)
        for key in keys:
            if flight := self._remove(key):
                flight.future.set_exception(AnalysisFailed(FailureClass.LOCAL_FAULT, reason))

    def _kill(self) -> None:
        self._ready.clear()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
        with self._lock:
            if self._link is not None:
                self._link.close()
                self._link = None

    # --- the videos in it ---------------------------------------------------------------------------------------------
    def _has_room(self, alone: bool) -> bool:
        if alone:
            return not self._flights
        return self._solo is None and len(self._flights) < self._config.in_flight

    def _remove(self, key: int) -> _Flight | None:
        with self._room:
            flight = self._flights.pop(key, None)
            if self._solo == key:
                self._solo = None
            self._room.notify_all()
            return flight

    def _sleep(self, seconds: float) -> bool:
        """Waits; True when it was cut short because the worker stops."""
        end = time.monotonic() + seconds
        while not self._stopping and time.monotonic() < end:
            time.sleep(0.05)
        return self._stopping

    def _wake(self) -> None:
        os.write(self._wake_writer, b"w")


def _settle(future: "Future[dict[str, Any]]", answer: Answer) -> None:
    if answer.analysis is not None:
        future.set_result(answer.analysis)
    elif answer.cancelled:
        future.set_exception(Stopping("the analysis was cancelled"))
    else:
        future.set_exception(AnalysisFailed(answer.failure_class or FailureClass.TRANSIENT, answer.reason))
