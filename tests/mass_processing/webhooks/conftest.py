"""A receiver, and a database that writes deliveries for it."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from mass_processing.settings import Settings
from mass_processing.store import Store
from mass_processing.webhooks.sending import Sender
from tests.mass_processing.webhooks.receiver import Receiver, receiving

SECRET = "whsec_of_the_tests"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Takes everything, until the test tells it otherwise."""
    with receiving() as running:
        yield running


@pytest.fixture
def announced(store: Store, receiver: Receiver) -> Receiver:
    """The receiver, and the database knows it."""
    store.deliveries.announce_receivers("tests", [receiver.url])
    return receiver


@pytest.fixture
def sender(store: Store, backend_settings: Settings) -> Iterator[Callable[[str], Sender]]:
    """Opens a sender to an address."""
    opened: list[Sender] = []

    def open_sender(url: str) -> Sender:
        opened.append(Sender(store.deliveries, url, replace(backend_settings, webhook_secret=SECRET)))
        return opened[-1]

    yield open_sender
    for each in opened:
        each.__exit__()
