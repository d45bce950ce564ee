"""Are models loaded once, one at a time, and without holding up those that are there?"""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import ClassVar

import pytest

from analyzers.contract import Model, ModelInfo
from analyzers.models import Device, ModelShelf


class Slow(Model):
    """Takes as long to load as the test wants, and counts who loads beside it."""

    info = ModelInfo("slow", "1", "MIT")
    backend = "none"
    begun: ClassVar[threading.Event]
    go_on: ClassVar[threading.Event]
    loading: ClassVar[int]
    most: ClassVar[int]

    @classmethod
    def load(cls, source):
        Slow.loading += 1
        Slow.most = max(Slow.most, Slow.loading)
        Slow.begun.set()
        Slow.go_on.wait(10)
        Slow.loading -= 1
        return cls()


class First(Slow):
    role = "first"


class Second(Slow):
    role = "second"


@pytest.fixture
def shelf() -> ModelShelf:
    Slow.begun, Slow.go_on = threading.Event(), threading.Event()
    Slow.loading = Slow.most = 0
    return ModelShelf(Device())


def test_two_networks_never_load_at_the_same_time(shelf):
    with ThreadPoolExecutor(4) as threads:
        loaded = [threads.submit(shelf.get, model) for model in (First, Second, First, Second)]
        assert Slow.begun.wait(10)
        time.sleep(0.1)  # for the others to begin, if they could
        Slow.go_on.set()
        models = [each.result(10) for each in loaded]

    assert Slow.most == 1
    assert models[0] is models[2]
    assert models[1] is models[3]


def test_one_that_is_there_does_not_wait_for_one_that_is_being_loaded(shelf):
    Slow.go_on.set()
    there = shelf.get(First)
    Slow.begun.clear()
    Slow.go_on.clear()

    with ThreadPoolExecutor(2) as threads:
        loading = threads.submit(shelf.get, Second)
        assert Slow.begun.wait(10)
        assert threads.submit(shelf.get, First).result(10) is there
        Slow.go_on.set()
        assert isinstance(loading.result(10), Second)


def test_one_that_could_not_be_loaded_is_tried_again(shelf, monkeypatch):
    def fail(source):
        raise MemoryError("not now")

    with monkeypatch.context() as patch:
        patch.setattr(First, "load", fail)
        with pytest.raises(MemoryError):
            shelf.get(First)
    Slow.go_on.set()

    assert isinstance(shelf.get(First), First)
