"""What runs inside an engine: the process that holds the models and analyses videos?

Started by `engine.py` as `python -m mass_processing.engine_process`, it talks over one socket: requests in, heartbeats
and answers out. It may crash, hang or run out of memory without taking the worker with it, and ends with the worker.
"""

import argparse
import ctypes
import logging
import os
import signal
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from analyzers.catalog import ANALYZERS, by_name
from analyzers.document import analysis_document
from analyzers.errors import Cancelled, InvalidMedia
from analyzers.models import Device, ModelShelf
from analyzers.models.offline import go_offline
from analyzers.preview import make_poster, make_preview
from analyzers.run import Analysis, analyze_video
from mass_processing import faults
from mass_processing.engine_messages import Answer, Beat, Cancel, Ready, Request
from mass_processing.model_library import model_library
from mass_processing.records import FailureClass
from mass_processing.settings import settings

log = logging.getLogger(__name__)

#: Seconds between two heartbeats.
BEAT_SECONDS = 0.5
#: Codecs that every browser plays.
_PLAYED_BY_BROWSERS = frozenset({"h264"})
#: prctl(2): send this signal to the process when the thread that started it ends.
_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one engine does, and for how long."""

    #: Videos at the same time.
    in_flight: int
    #: Seconds one analyzer may take, plus five for every second of video.
    analyzer_seconds: float
    #: Whether every video gets a preview: its file won't stay.
    previews: bool


class EngineProcess:
    """Takes requests from the socket and answers them from a pool of threads, one video each."""

    def __init__(self, link: Connection, shelf: ModelShelf, limits: "Limits", scratch: Path) -> None:
        self._link = link
        self._sending = threading.Lock()
        self._device = shelf.device
        self._shelf = shelf
        self._scratch = scratch
        self._limits = limits
        self._cancelled: set[int] = set()
        self._pool = ThreadPoolExecutor(limits.in_flight, thread_name_prefix="video")

    def run(self) -> None:
        """Serves until the worker closes the link."""
        threading.Thread(target=self._beat, name="heartbeat", daemon=True).start()
        self._send(Ready(device=self._device.full_name()))
        while True:
            try:
                message = self._link.recv()
            except (EOFError, OSError):
                return
            match message:
                case Request():
                    self._pool.submit(self._analyze, message)
                case Cancel():
                    self._cancelled.add(message.key)

    def _analyze(self, request: Request) -> None:
        answer = self._answer(request)
        self._cancelled.discard(request.key)
        self._send(answer)

    def _answer(self, request: Request) -> Answer:
        prefix = f"video-{request.key}-"
        faults.hit("P2", request.path)
        try:
            wanted = [by_name(name) for name in request.analyzers] or ANALYZERS
            with tempfile.TemporaryDirectory(dir=self._scratch, prefix=prefix, ignore_cleanup_errors=True) as scratch:
                analysis = analyze_video(
                    Path(request.path),
                    wanted,
                    self._shelf,
                    scratch=Path(scratch),
                    threads=self._device.threads,
                    caption=request.caption,
                    time_limit=self._limits.analyzer_seconds,
                    cancelled=lambda: request.key in self._cancelled,
                )
        except InvalidMedia as error:
            return Answer(request.key, failure_class=FailureClass.INVALID_MEDIA, reason=str(error))
        except Cancelled:
            return Answer(request.key, cancelled=True)
        except OSError as error:
            return Answer(request.key, failure_class=FailureClass.LOCAL_FAULT, reason=str(error))
        except Exception as error:
            # The fault barrier of one video: the others in this engine go on.
            log.exception("%s could not be analysed", request.path)
            reason = f"{type(error).__name__}: {error}"
            return Answer(request.key, failure_class=FailureClass.TRANSIENT, reason=reason)
        if not request.analyzers and not any(outcome.status.answered for outcome in analysis.outcomes):
            reasons = "; ".join(sorted({outcome.reason for outcome in analysis.outcomes}))
            return Answer(
                request.key, failure_class=FailureClass.INVALID_MEDIA, reason=f"no analyzer answered: {reasons}"
            )
        return Answer(request.key, analysis=self._document(request, analysis), left_behind=analysis.left_behind)

    def _document(self, request: Request, analysis: Analysis) -> dict[str, Any]:
        """What the worker asked for, and of a whole analysis also where its poster and preview lie."""
        if not request.analyzers:
            return analysis_document(analysis, self._device.full_name()) | {"pages": self._pages(request, analysis)}
        # What the named ones read from was their input, no more.
        named = replace(analysis, outcomes=analysis.outcomes[: len(request.analyzers)])
        return analysis_document(named, self._device.full_name())

    def _pages(self, request: Request, analysis: Analysis) -> str:
        """A folder with the poster and, where the file won't do, the preview; who gets the answer removes it."""
        path, folder = Path(request.path), Path(tempfile.mkdtemp(dir=self._scratch, prefix=f"pages-{request.key}-"))
        try:
            if self._limits.previews or analysis.video.video_codec not in _PLAYED_BY_BROWSERS:
                make_preview(
                    path, folder, threads=self._device.threads, cancelled=lambda: request.key in self._cancelled
                )
            else:
                make_poster(path, folder)
        except Exception:
            # The fault barrier of both: the analysis is there without them.
            log.warning("there is no preview of %s", request.path, exc_info=True)
        return str(folder)

    def _beat(self) -> None:
        while True:
            self._send(Beat(*resident_bytes()))
            time.sleep(BEAT_SECONDS)

    def _send(self, message: Any) -> None:
        with self._sending:
            try:
                self._link.send(message)
            except OSError:  # the worker is gone, so nobody needs this engine
                os._exit(1)


def resident_bytes() -> tuple[int, int]:
    """Memory this process holds now and held at most, bytes (Linux: VmRSS and VmHWM)."""
    fields = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines() if ":" in line)
    return int(fields["VmRSS"].split()[0]) * 1024, int(fields["VmHWM"].split()[0]) * 1024


def main() -> None:
    """Reads the command line that engine.py writes, then serves."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fd", type=int, required=True)
    parser.add_argument("--device", choices=("cpu", "cuda"), required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--in-flight", type=int, required=True)
    parser.add_argument("--scratch", type=Path, required=True)
    arguments = parser.parse_args()
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    # Ctrl-C and SIGTERM go to the whole group; the worker decides when its engine ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s engine[%(process)d] %(name)s: %(message)s"
    )
    go_offline()  # before the libraries of the models are imported, which read their switches then
    import cv2

    cv2.setNumThreads(1)  # analyzers already run side by side
    device = Device(kind=arguments.device, threads=arguments.threads)
    shelf = ModelShelf(device, model_library(settings(), device.kind))
    knobs = settings()
    limits = Limits(arguments.in_flight, knobs.analyzer_time_limit, previews=knobs.media_keep_days is not None)
    EngineProcess(Connection(arguments.fd), shelf, limits, arguments.scratch).run()
    os._exit(0)


if __name__ == "__main__":
    main()
