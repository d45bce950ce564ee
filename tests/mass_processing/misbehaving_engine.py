"""An engine that does what the path it is given says; started by the tests in place of the real one."""

import argparse
import os
import signal
import threading
import time
from multiprocessing.connection import Connection

from mass_processing.engine_messages import Answer, Beat, Cancel, Ready, Request
from mass_processing.records import FailureClass


def main() -> None:
    parser = argparse.ArgumentParser()
    for name in ("fd", "device", "threads", "in-flight", "scratch"):
        parser.add_argument(f"--{name}")
    link = Connection(int(parser.parse_args().fd))
    frozen = threading.Event()

    def beat() -> None:
        while not frozen.is_set():
            link.send(Beat(resident=1, resident_peak=2))
            time.sleep(0.05)

    threading.Thread(target=beat, daemon=True).start()
    link.send(Ready(device="test"))
    while True:
        try:
            message = link.recv()
        except EOFError:
            os._exit(0)
        match message:
            case Request(key=key, path="answer"):
                link.send(Answer(key, analysis={"pid": os.getpid()}))
            case Request(key=key, path="slow answer"):
                threading.Timer(0.5, link.send, [Answer(key, analysis={"pid": os.getpid()})]).start()
            case Request(key=key, path="not a video"):
                link.send(Answer(key, failure_class=FailureClass.INVALID_MEDIA, reason="not a video"))
            case Request(path="crash"):
                os.kill(os.getpid(), signal.SIGSEGV)
            case Request(path="hang"):
                frozen.set()
            case Request():
                pass  # works for ever
            case Cancel(key=key):
                link.send(Answer(key, cancelled=True))


if __name__ == "__main__":
    main()
