"""What stands in for the engine where the queue is tested?

It speaks the engine's protocol, opens the file, takes a twentieth of a second, and answers what it read. A file of the
video's name in the folder CHAOS_ENGINE makes it misbehave on that video: segv, kill, loop, gil,
nonsense, slow. With a file `refuse` there it does not start at all.
"""

import argparse
import ctypes
import hashlib
import os
import signal
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from mass_processing import faults
from mass_processing.engine_messages import Answer, Beat, Cancel, Ready, Request
from mass_processing.records import FailureClass

_SECONDS = 0.05
_BEAT = 0.25
_PR_SET_PDEATHSIG = 1


class QuickEngine:
    """Answers requests from a pool of threads."""

    def __init__(self, link: Connection, in_flight: int) -> None:
        self._link = link
        self._lock = threading.Lock()
        self._cancelled: set[int] = set()
        self._pool = ThreadPoolExecutor(in_flight)
        self._orders = Path(os.environ.get("CHAOS_ENGINE", "/nonexistent"))

    def run(self) -> None:
        threading.Thread(target=self._beat, daemon=True).start()
        self._send(Ready(device="quick"))
        while True:
            try:
                message = self._link.recv()
            except (EOFError, OSError):
                return
            if isinstance(message, Cancel):
                self._cancelled.add(message.key)
            else:
                self._pool.submit(self._analyze, message)

    def _analyze(self, request: Request) -> None:
        try:
            self._send(self._answer(request))
        except Exception as error:  # noqa: BLE001  # a video's fault is its own
            self._send(Answer(request.key, failure_class=FailureClass.TRANSIENT, reason=repr(error)))
        self._cancelled.discard(request.key)

    def _answer(self, request: Request) -> Answer:
        faults.hit("P2", request.path)
        data = Path(request.path).read_bytes()
        order = self._orders / Path(request.path).stem
        if order.exists():
            self._misbehave(order.read_text().strip(), request)
        until = time.monotonic() + _SECONDS
        while time.monotonic() < until:
            if request.key in self._cancelled:
                return Answer(request.key, cancelled=True)
            time.sleep(_SECONDS / 5)
        if order.exists() and order.read_text().strip() == "nonsense":
            return Answer(request.key, analysis={"nonsense": [float("nan")]})
        return Answer(request.key, analysis=document(data))

    def _misbehave(self, order: str, request: Request) -> None:
        if order == "segv":
            os.kill(os.getpid(), signal.SIGSEGV)
        elif order == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        elif order == "gil":
            ctypes.PyDLL(None).sleep(3600)  # holds the interpreter lock, so no heartbeat goes out
        elif order == "slow":
            time.sleep(1.0)
        elif order == "loop":
            while request.key not in self._cancelled:
                time.sleep(0.01)

    def _beat(self) -> None:
        while True:
            self._send(Beat(1, 1))
            time.sleep(_BEAT)

    def _send(self, message: Any) -> None:
        with self._lock:
            try:
                self._link.send(message)
            except OSError:
                os._exit(1)


def document(data: bytes) -> dict[str, Any]:
    """An analysis as the engine sends it; it says which bytes it saw, and is told from every other by a number."""
    facts = {"sha256": hashlib.sha256(data).hexdigest(), "nonce": uuid.uuid4().hex}
    outcome = {
        "status": "ok",
        "version": "1",
        "seconds": _SECONDS,
        "headline": "",
        "result": facts,
        "reason": "",
        "segments": [{"start": 0.0, "end": 0.5, "label": "seen", "score": None, "text": None, "data": {}}],
    }
    return {
        "video": {"duration": 0.5},
        "analyzer_results": {"quick": outcome},
        "decode_seconds": 0.0,
        "device": "quick",
        "versions": {},
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    for name in ("fd", "device", "threads", "in-flight", "scratch"):
        parser.add_argument(f"--{name}")
    options = parser.parse_args()
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    for ignored in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ignored, signal.SIG_IGN)
    if (Path(os.environ.get("CHAOS_ENGINE", "/nonexistent")) / "refuse").exists():
        os._exit(1)
    QuickEngine(Connection(int(options.fd)), int(options.in_flight)).run()
    os._exit(0)


if __name__ == "__main__":
    main()
