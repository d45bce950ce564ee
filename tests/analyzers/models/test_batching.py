"""Do items of several callers share batches, and does a lack of memory cost no item?"""

import gc
import threading
import time
import weakref
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from analyzers.models.batching import Batcher, Lanes, OutOfMemory


class Doubler:
    """A network that doubles numbers, notes its batches, and has room for so many at once."""

    def __init__(self, room: int = 1000) -> None:
        self.room = room
        self.batches: list[list[int]] = []
        self.threads: set[int] = set()

    def __call__(self, items: Sequence[int]) -> list[int]:
        self.threads.add(threading.get_ident())
        if len(items) > self.room:
            raise OutOfMemory(f"{len(items)} items")
        self.batches.append(list(items))
        return [2 * item for item in items]


@pytest.fixture
def line() -> Callable[..., Batcher[int, int]]:
    """`line(network, max_batch=…)`: a line in front of `network` on a lane of its own."""

    def made(network: Callable[[Sequence[int]], Sequence[int]], **options: object) -> Batcher[int, int]:
        given = {"max_batch": 4, "shape": lambda item: item < 0, **options}
        return Batcher(Lanes().get("vision"), network, **given)

    return made


def test_answers_come_in_the_order_of_the_items(line):
    assert line(Doubler()).submit([3, 1, 2, 5, 4, 6]) == [6, 2, 4, 10, 8, 12]


def test_nothing_asked_is_nothing_answered(line):
    assert line(Doubler()).submit([]) == []


def test_no_batch_is_larger_than_the_limit(line):
    network = Doubler()

    line(network, max_batch=4).submit(list(range(10)))

    assert sorted(item for batch in network.batches for item in batch) == list(range(10))
    assert max(map(len, network.batches)) == 4


def test_items_of_one_batch_have_one_shape(line):
    network = Doubler()

    assert line(network, max_batch=8).submit([1, -1, 2, -2]) == [2, -2, 4, -4]
    assert all(len({item < 0 for item in batch}) == 1 for batch in network.batches)


def test_items_of_several_callers_share_a_batch(line):
    network = Doubler()
    batcher = line(network, max_batch=8)
    together = threading.Barrier(8)

    def ask(number: int) -> list[int]:
        together.wait(10)
        return batcher.submit([number])

    with ThreadPoolExecutor(8) as callers:
        answers = list(callers.map(ask, range(8)))

    assert answers == [[2 * number] for number in range(8)]
    assert len(network.batches) < 8


def test_all_lines_of_a_lane_run_on_its_one_thread():
    lane, networks = Lanes().get("vision"), [Doubler(), Doubler()]
    lines = [Batcher(lane, network, max_batch=2, shape=lambda item: None) for network in networks]

    with ThreadPoolExecutor(4) as callers:
        list(callers.map(lambda number: lines[number % 2].submit([number]), range(20)))

    assert len(networks[0].threads | networks[1].threads) == 1
    assert threading.get_ident() not in networks[0].threads


def test_a_lane_works_in_its_context():
    entered: list[str] = []

    class Around:
        def __init__(self, name: str) -> None:
            self.name = name

        def __enter__(self) -> None:
            entered.append(f"{self.name} {threading.current_thread().name}")

        def __exit__(self, *_: object) -> None: ...

    lanes = Lanes(Around)
    Batcher(lanes.get("language"), Doubler(), max_batch=2, shape=lambda item: None).submit([1])

    assert entered == ["language lane-language"]
    assert lanes.get("language") is lanes.get("language") is not lanes.get("vision")


def test_a_batch_that_does_not_fit_is_halved_and_every_item_answered(line, caplog):
    network = Doubler(room=3)

    assert line(network, max_batch=16).submit(list(range(16))) == [2 * number for number in range(16)]
    assert max(map(len, network.batches)) <= 3
    assert "do not fit into the card's memory" in caplog.text


def test_after_a_lack_of_memory_smaller_batches_are_tried_first(line, caplog):
    network = Doubler(room=4)
    batcher = line(network, max_batch=8)
    batcher.submit(list(range(8)))
    network.room = 1000

    batcher.submit(list(range(8)))

    assert max(map(len, network.batches[2:])) == 4


def test_the_limit_grows_back_after_clean_batches(line, caplog):
    network = Doubler(room=2)
    batcher = line(network, max_batch=4)
    batcher.submit(list(range(4)))
    network.room = 1000

    for _ in range(110):
        batcher.submit([1, 2])
    network.batches.clear()
    batcher.submit([1, 2, 3, 4])

    assert max(map(len, network.batches)) == 4


def test_an_item_that_does_not_fit_alone_runs_on_the_processor(line, caplog):
    on_processor: list[int] = []

    def processor(items: Sequence[int]) -> list[int]:
        on_processor.extend(items)
        return [2 * item for item in items]

    assert line(Doubler(room=0), run_on_processor=processor).submit([7, 8]) == [14, 16]
    assert on_processor == [7, 8]


def test_without_a_processor_to_fall_back_to_the_lack_of_memory_is_the_answer(line, caplog):
    with pytest.raises(OutOfMemory):
        line(Doubler(room=0)).submit([7])


def test_a_fault_of_the_network_costs_its_batch_only(line):
    def fails_on_odd(items: Sequence[int]) -> list[int]:
        if any(item % 2 for item in items):
            raise ValueError("odd")
        return [2 * item for item in items]

    batcher = line(fails_on_odd, max_batch=1)

    with pytest.raises(ValueError, match="odd"):
        batcher.submit([1])
    assert batcher.submit([2]) == [4]


def test_a_network_that_answers_too_little_is_a_fault_and_nobody_waits_for_ever(line):
    with pytest.raises(ValueError, match=r"shorter|longer"):
        line(lambda items: items[:-1]).submit([1, 2, 3])


def test_it_knows_how_much_it_worked(line):
    batcher = line(Doubler())
    batcher.submit([1, 2, 3])

    assert batcher.answered == 3
    assert batcher.busy_seconds > 0


def test_a_line_that_everybody_forgot_is_gone_with_its_network_after_a_while(line):
    network = Doubler()
    gone = weakref.ref(network)
    line(network).submit([1])
    del network

    assert wait_until(lambda: gc.collect() is not None and gone() is None, seconds=20)


def test_after_a_rest_the_lane_works_again(line):
    network = Doubler()
    batcher = line(network)
    batcher.submit([1])
    (first,) = network.threads
    assert wait_until(lambda: first not in {thread.ident for thread in threading.enumerate()}, seconds=20)

    assert batcher.submit([2]) == [4]


def wait_until(happened: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not happened() and time.monotonic() < end:
        time.sleep(0.05)
    return happened()
