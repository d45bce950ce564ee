"""How is the next piece of a long list read while one is being stored?"""

from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

P = TypeVar("P")
R = TypeVar("R")


def store_ahead(pieces: Iterable[P], store: Callable[[P], R]) -> Generator[R]:
    """`store(piece)` for each, in order, in a thread; the next piece is read meanwhile, by the caller's.

    Whatever ends it early (Ctrl-C too), the answer of a piece that was stored by then comes first: also to who throws
    in what ended it.
    """
    with ThreadPoolExecutor(1, "store") as thread:
        storing: Future[R] | None = None
        try:
            for piece in pieces:
                if storing is not None:
                    answer, storing = storing.result(), None
                    storing = thread.submit(store, piece)
                    yield answer
                else:
                    storing = thread.submit(store, piece)
            if storing is not None:
                storing.exception()  # waits; what it is comes below
        except GeneratorExit:
            raise
        except BaseException:
            if storing is not None:
                yield storing.result()
            raise
        if storing is not None:
            yield storing.result()
