"""The API over a real database, with a hand that does what a worker does."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from api import create_app
from mass_processing.records import Job, Stage
from mass_processing.settings import Settings
from mass_processing.settings import settings as settings_of_this_process
from mass_processing.store import Store


@pytest.fixture
def videos(tmp_path: Path) -> Path:
    """A folder in MEDIA_ROOTS."""
    folder = tmp_path / "videos"
    folder.mkdir()
    return folder


@pytest.fixture
def video(videos: Path) -> Path:
    """A file in it; what is in it matters to the engine alone."""
    path = videos / "clip.mp4"
    path.write_bytes(b"some video")
    return path


@pytest.fixture
def knobs(tmp_path: Path, videos: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """Settings of a fresh folder; nothing listens on its Redis address. The process has the same, so that a test never
    reaches a system that runs beside it."""
    environment = {"VAR_DIR": str(tmp_path), "REDIS_URL": "redis://127.0.0.1:1/0", "MEDIA_ROOTS": str(videos)}
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    settings_of_this_process.cache_clear()
    yield Settings.read(environment)
    settings_of_this_process.cache_clear()


@pytest.fixture
def client(knobs: Settings, store: Store) -> FlaskClient:
    return create_app(knobs, store).test_client()


@pytest.fixture
def worker(store: Store) -> Iterator[Callable[[Callable[[Job], object]], None]]:
    """Starts a hand that claims the next analysis and does with it what it is told."""
    over = threading.Event()
    hands: list[threading.Thread] = []

    def start(act: Callable[[Job], object]) -> None:
        store.heartbeat("cpu1@host", "cpu", "running", "host", 4711, {})

        def work() -> None:
            while not over.wait(0.02):
                job = store.claim(Stage.GPU, "cpu1@host")
                if job is not None:
                    act(job)
                    return

        hands.append(threading.Thread(target=work))
        hands[-1].start()

    yield start
    over.set()
    for hand in hands:
        hand.join()
