"""An engine that does what the path it is given says; started by the tests in place of the real one."""

import argparse
import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection

from mass_processing.engine_messages import Answer, Beat, Cancel, Ready
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

    def crash(_: int) -> None:
        os.kill(os.getpid(), signal.SIGSEGV)

    def answer(key: int) -> None:
        link.send(Answer(key, analysis={"pid": os.getpid()}))

    def leave_behind(key: int) -> None:
        link.send(Answer(key, analysis={"pid": os.getpid()}, left_behind=("hangs",)))

    def refuse(key: int) -> None:
        link.send(Answer(key, failure_class=FailureClass.INVALID_MEDIA, reason="not a video"))

    act = {
        "answer": answer,
        "slow answer": lambda key: threading.Timer(0.5, answer, [key]).start(),
        "an analyzer hangs": leave_behind,
        "not a video": refuse,
        "crash": crash,
        "hang": lambda _: frozen.set(),
        "works for ever": lambda _: None,
    }
    threading.Thread(target=beat, daemon=True).start()
    serve(link, act)


def serve(link: Connection, act: dict[str, Callable[[int], object]]) -> None:
    link.send(Ready(device="test"))
    with suppress(EOFError):  # the worker closed the link
        while True:
            message = link.recv()
            if isinstance(message, Cancel):
                link.send(Answer(message.key, cancelled=True))
            else:
                act[message.path](message.key)


if __name__ == "__main__":
    main()
