"""Is what was appended there again, from memory or from a file?"""

import mmap
from pathlib import Path

import numpy as np
import pytest

from analyzers.growing import GrowingArray, forget_pages


def filled(scratch, limit: int, count: int) -> GrowingArray:
    array = GrowingArray((2,), np.int32, limit, scratch)
    for number in range(count):
        array.append(np.array([[number, -number]], np.int32))
    return array


@pytest.mark.parametrize("limit", [0, 1, 5, 10, 11], ids=lambda limit: f"{limit} of 10 fit in memory")
def test_all_items_come_back_in_order(scratch, limit):
    items = filled(scratch, limit, 10).finish()

    assert items.tolist() == [[n, -n] for n in range(10)]


@pytest.mark.parametrize(("limit", "spilled"), [(9, True), (10, False)], ids=["too many", "just enough"])
def test_a_file_is_used_only_past_the_limit(scratch, limit, spilled):
    array = filled(scratch, limit, 10)

    assert array.spilled is spilled
    array.close()


@pytest.mark.parametrize("limit", [0, 20], ids=["in a file", "in memory"])
def test_what_comes_back_is_read_only(scratch, limit):
    with pytest.raises(ValueError, match="read-only"):
        filled(scratch, limit, 3).finish()[0] = 1


def test_nothing_appended_is_an_empty_array(scratch):
    assert filled(scratch, 0, 0).finish().shape == (0, 2)


@pytest.mark.parametrize("limit", [0, 20], ids=["in a file", "in memory"])
@pytest.mark.parametrize(("count", "kept"), [(1, [0]), (2, [0]), (5, [0, 2, 4]), (6, [0, 2, 4])], ids=str)
def test_halving_keeps_every_second_item_and_the_first(scratch, limit, count, kept):
    array = filled(scratch, limit, count)

    array.halve()

    assert array.finish()[:, 0].tolist() == kept


@pytest.mark.parametrize("limit", [0, 20], ids=["in a file", "in memory"])
def test_what_is_appended_after_halving_comes_next(scratch, limit):
    array = filled(scratch, limit, 6)

    array.halve()
    array.append(np.array([[7, 7]], np.int32))

    assert array.finish()[:, 0].tolist() == [0, 2, 4, 7]


@pytest.mark.parametrize("limit", [0, 20], ids=["in a file", "in memory"])
def test_items_are_still_there_after_their_pages_were_forgotten(scratch, limit):
    items = filled(scratch, limit, 10).finish()

    forget_pages(items)

    assert items[:, 0].tolist() == list(range(10))


def test_forgotten_pages_of_a_file_take_no_memory(scratch):
    array = GrowingArray((2**20,), np.uint8, 0, scratch)
    for _ in range(64):
        array.append(np.ones((1, 2**20), np.uint8))
    items = array.finish()
    assert items.sum() == 64 * 2**20
    before = resident_bytes()

    forget_pages(items[10:])

    assert before - resident_bytes() > 48 * 2**20


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * mmap.PAGESIZE


def test_a_file_has_no_name(scratch):
    array = filled(scratch, 0, 10)

    assert array.spilled
    assert list(scratch.iterdir()) == []
    array.close()
