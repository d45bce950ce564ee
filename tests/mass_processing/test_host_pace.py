"""Does one machine know what its own processes started, whatever happened to them?"""

import math
import multiprocessing
import os
import signal
import time
from pathlib import Path

import pytest

from mass_processing.host_pace import LONGEST_ON_ITS_WAY, WINDOW, Book, HostPace


@pytest.fixture
def host(tmp_path: Path) -> HostPace:
    return HostPace(tmp_path / "pace", "way", concurrency=2, longest_pause=1800.0)


def test_what_one_process_wrote_another_reads(host: HostPace, tmp_path: Path) -> None:
    with host.book() as book:
        book.starts["a"] = time.monotonic()
    with HostPace(tmp_path / "pace", "way", 2, 1800.0).book() as read:
        assert set(read.starts) == {"a"}


def test_ways_out_have_books_of_their_own(host: HostPace, tmp_path: Path) -> None:
    with host.book() as book:
        book.starts["a"] = time.monotonic()
    with HostPace(tmp_path / "pace", "other", 2, 1800.0).book() as read:
        assert read.starts == {}


def test_a_start_counts_for_the_gap() -> None:
    assert Book({"a": 100.0}).wait(2.0, 30, 100.5) == pytest.approx(1.5)


def test_a_full_minute_waits_for_its_oldest_start() -> None:
    starts = {str(number): 100.0 + number for number in range(3)}
    assert Book(starts).wait(0.0, 3, 105.0) == pytest.approx(WINDOW - 5.0)


def test_without_a_gap_a_start_on_its_way_holds_nobody() -> None:
    assert Book({"a": 102.0}).wait(0.0, 30, 100.0) <= 0


def test_a_pause_holds() -> None:
    assert Book({}, blocked_until=130.0).wait(0.0, 30, 100.0) == pytest.approx(30.0)


def test_an_empty_book_holds_nobody() -> None:
    assert Book().wait(2.0, 30, 100.0) <= 0
    assert Book().newest == -math.inf


@pytest.mark.parametrize("text", ['{"starts": {"a": 9', "[]", "[1]", '{"starts": 3}', '{"starts": {}}', "null x"])
def test_a_book_that_was_left_half_written_may_hide_a_start(text: str) -> None:
    assert Book.read(text, 100.0).wait(2.0, 30, 100.0) == pytest.approx(2.0)


def test_what_is_over_is_forgotten_but_for_the_newest() -> None:
    text = '{"starts": {"a": 10.0, "b": 20.0}, "blocked_until": 0.0}'
    assert Book.read(text, 1000.0).starts == {"b": 20.0}


def test_starts_from_before_the_machine_was_started_again_are_forgotten() -> None:
    text = f'{{"starts": {{"a": {100.0 + LONGEST_ON_ITS_WAY + 1}}}, "blocked_until": 0.0}}'
    assert Book.read(text, 100.0).starts == {}


def test_no_more_slots_than_allowed_are_held(host: HostPace) -> None:
    held = [host.slot(alone=False) for _ in range(3)]
    assert [slot is not None for slot in held] == [True, True, False]


def test_a_slot_given_back_is_free(host: HostPace) -> None:
    first, _second = host.slot(alone=False), host.slot(alone=False)
    assert first is not None
    first.release()
    assert host.slot(alone=False) is not None


def test_who_must_be_alone_waits_for_all_others(host: HostPace) -> None:
    other = host.slot(alone=False)
    assert other is not None
    assert host.slot(alone=True) is None
    other.release()
    assert host.slot(alone=True) is not None


def test_who_could_not_be_alone_holds_nothing(host: HostPace) -> None:
    _other = host.slot(alone=False)
    host.slot(alone=True)
    assert host.slot(alone=False) is not None


def _hold(folder: Path, taken: "multiprocessing.synchronize.Event") -> None:
    slot = HostPace(folder, "way", 1, 1800.0).slot(alone=False)
    assert slot is not None
    taken.set()
    time.sleep(60)


def test_the_slot_of_a_killed_process_is_free_at_once(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    taken = spawn.Event()
    holder = spawn.Process(target=_hold, args=(tmp_path, taken))
    holder.start()
    assert taken.wait(20)
    host = HostPace(tmp_path, "way", 1, 1800.0)
    assert host.slot(alone=False) is None
    assert holder.pid is not None
    os.kill(holder.pid, signal.SIGKILL)
    holder.join()
    assert host.slot(alone=False) is not None
