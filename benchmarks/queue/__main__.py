"""What does `python -m benchmarks.queue` do? It measures the parts asked for and prints a table and a JSON line."""

import argparse
import platform
from collections.abc import Callable
from datetime import date

from benchmarks.backends import Backends, backends
from benchmarks.figures import Figure, json_line, show
from benchmarks.queue.adding import adding
from benchmarks.queue.day import day
from benchmarks.queue.feeding import feeding
from benchmarks.queue.life import life, urgent

_PARTS = ("add", "feed", "life", "urgent", "day")


def main() -> None:
    """Prints the table and the JSON line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.queue", description=__doc__)
    parser.add_argument("--parts", default=",".join(_PARTS), help="which, with commas between them (all: %(default)s)")
    parser.add_argument("--size", type=int, default=1_000_000, help="jobs in the queue")
    parser.add_argument("--seconds", type=float, default=30.0, help="how long the pace of whole lives is measured")
    parser.add_argument("--urgent", type=int, default=200, help="how many urgent jobs")
    parser.add_argument("--hours", type=float, default=24.0, help="how much of a day")
    wanted = parser.parse_args()
    parts: dict[str, Callable[[Backends], list[Figure]]] = {
        "add": lambda at: adding(at, wanted.size),
        "feed": lambda at: feeding(at, wanted.size),
        "life": lambda at: life(at, wanted.size, wanted.seconds),
        "urgent": lambda at: urgent(at, wanted.size, wanted.urgent),
        "day": lambda at: day(at, wanted.hours),
    }
    if unknown := set(wanted.parts.split(",")) - parts.keys():
        parser.error(f"there is no part {', '.join(sorted(unknown))}; there are {', '.join(parts)}")
    figures: list[Figure] = []
    with backends() as at:
        postgres, redis = at.value("show server_version"), at.redis.info("server")["redis_version"]
        about = f"Python {platform.python_version()}, Postgres {postgres}, Redis {redis}, {platform.machine()}"
        print(f"{date.today()}, {about}, size {wanted.size:,}", flush=True)
        for name in wanted.parts.split(","):
            measured = parts[name](at)
            show(measured)
            figures += measured
    print(json_line("queue", figures, size=wanted.size, machine=about))


if __name__ == "__main__":
    main()
