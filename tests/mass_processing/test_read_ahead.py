"""Is the next piece read while one is stored, and is nothing that was stored left unsaid?"""

import threading
from collections.abc import Iterator

import pytest

from mass_processing.read_ahead import store_ahead


class Interrupted(BaseException):
    """As Ctrl-C."""


def test_answers_come_in_the_order_of_the_pieces() -> None:
    assert list(store_ahead([3, 1, 2], lambda piece: piece * 10)) == [30, 10, 20]


def test_nothing_is_stored_of_nothing() -> None:
    assert list(store_ahead([], str)) == []


def test_the_next_piece_is_read_while_one_is_stored() -> None:
    read = threading.Event()

    def pieces() -> Iterator[int]:
        yield 1
        read.set()
        yield 2

    assert list(store_ahead(pieces(), lambda _: read.wait(30))) == [True, True]


def test_what_was_being_stored_when_reading_was_interrupted_is_answered_first() -> None:
    def pieces() -> Iterator[int]:
        yield from (1, 2)
        raise Interrupted

    answers: list[str] = []
    with pytest.raises(Interrupted):
        answers.extend(store_ahead(pieces(), str))
    assert answers == ["1", "2"]


@pytest.mark.parametrize("bad", [1, 2, 3])
def test_a_piece_that_can_not_be_stored_ends_it_after_the_answers_of_those_before(bad: int) -> None:
    def store(piece: int) -> int:
        if piece == bad:
            raise OSError("full")
        return piece

    answers: list[int] = []
    with pytest.raises(OSError, match="full"):
        answers.extend(store_ahead([1, 2, 3], store))
    assert answers == list(range(1, bad))


def test_a_reader_that_loses_interest_ends_it() -> None:
    stored = []
    answers = store_ahead(iter(range(100)), stored.append)
    next(answers)
    answers.close()
    assert len(stored) <= 2


def test_a_reader_that_was_interrupted_still_hears_of_the_piece_on_its_way() -> None:
    answers = store_ahead(iter(range(100)), str)
    next(answers)
    assert answers.throw(Interrupted()) == "1"
    with pytest.raises(Interrupted):
        next(answers)
