"""What does `python -m benchmarks.store` do? It fills a store, measures parts, and prints a table and a JSON line."""

import argparse
import platform
import time
from collections.abc import Callable
from datetime import date

from benchmarks.backends import Backends, backends
from benchmarks.figures import Figure, json_line, show
from benchmarks.store.cleaning import cleaning
from benchmarks.store.exporting import exporting
from benchmarks.store.filling import fill_store
from benchmarks.store.reading import reading
from benchmarks.store.writing import DOORS, writing

_PARTS = ("read", "export", "write", "cleanup")


def main() -> None:
    """Prints the table and the JSON line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.store", description=__doc__)
    parser.add_argument("--parts", default=",".join(_PARTS), help="which, with commas between them (all: %(default)s)")
    parser.add_argument("--size", type=int, default=1_000_000, help="jobs in the queue")
    parser.add_argument("--analyses", type=int, default=50_000, help="how many of them are analysed")
    parser.add_argument("--seconds", type=float, default=30.0, help="how long writing is measured")
    parser.add_argument("--door", default="psycopg", help="what is written through: psycopg, rest or psycopg,rest")
    wanted = parser.parse_args()
    parts: dict[str, Callable[[Backends], list[Figure]]] = {
        "read": lambda at: reading(at, wanted.analyses),
        "export": exporting,
        "write": lambda at: [figure for door in wanted.door.split(",") for figure in writing(at, wanted.seconds, door)],
        "cleanup": cleaning,
    }
    for known, named in ((parts.keys(), wanted.parts), (set(DOORS), wanted.door)):
        if unknown := set(named.split(",")) - known:
            parser.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(sorted(known))}")
    with backends() as at:
        about = f"Python {platform.python_version()}, Postgres {at.value('show server_version')}, {platform.machine()}"
        print(f"{date.today()}, {about}, size {wanted.size:,}, {wanted.analyses:,} analyses", flush=True)
        started = time.monotonic()
        fill_store(at, wanted.size, wanted.analyses)
        figures = [Figure("filling", time.monotonic() - started, "s")]
        show(figures)
        for name in wanted.parts.split(","):
            measured = parts[name](at)
            show(measured)
            figures += measured
    print(json_line("store", figures, size=wanted.size, analyses=wanted.analyses, machine=about))


if __name__ == "__main__":
    main()
