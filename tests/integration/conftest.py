"""One whole system for all integration tests: real processes, real servers, TikTok's stand-in behind HTTPS_PROXY."""

import http.server
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mass_processing.demo.encode import write_clip
from tests.integration.running_system import RunningSystem, free_ports
from tests.standin.clip import make_clip
from tests.standin.server import TikTokStandin


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None: ...


@pytest.fixture(scope="session")
def standin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TikTokStandin]:
    folder = tmp_path_factory.mktemp("standin")
    clip = make_clip(folder / "clip.mp4", seconds=2)
    with TikTokStandin(folder, clip) as running:
        yield running


@pytest.fixture(scope="session")
def videos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Local files: a small clip, an empty file, a text that calls itself a video."""
    folder = tmp_path_factory.mktemp("videos")
    random = np.random.default_rng(0)
    shots = [random.integers(0, 255, (320, 180, 3), np.uint8) for _ in range(3)]
    tone = np.sin(np.arange(3 * 48_000) * 0.05).astype(np.float32) * 0.2
    write_clip(folder / "good.mp4", (shots[index // 30] for index in range(90)), fps=30, sound=tone)
    (folder / "empty.mp4").touch()
    (folder / "text.mp4").write_text("this is not a video\n" * 100)
    return folder


@pytest.fixture(scope="session")
def media_server(videos: Path) -> Iterator[str]:
    """Serves the local files; its `host:port`."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(videos)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def start_system(
    tmp_path_factory: pytest.TempPathFactory, standin: TikTokStandin, videos: Path, media_server: str
) -> Callable[..., AbstractContextManager[RunningSystem]]:
    """`with start_system(21_000, NAME=value, …)`: a running system on ports from there on, ended after the block."""

    @contextmanager
    def start(first_port: int, **settings: str) -> Iterator[RunningSystem]:
        names = ("DASHBOARD_PORT", "API_PORT", "FLOWER_PORT")
        ports = dict(zip(names, free_ports(len(names), first_port), strict=True))
        environment = {
            "VAR_DIR": str(tmp_path_factory.mktemp("system") / "var"),
            "DATABASE_URL": "",
            "REDIS_URL": "",
            "HTTPS_PROXY": standin.proxy,
            "NO_PROXY": "127.0.0.1,localhost",
            "SSL_CERT_FILE": str(standin.ca_file),
            "REQUESTS_CA_BUNDLE": str(standin.ca_file),
            "MEDIA_ROOTS": str(videos),
            "MEDIA_HOSTS": media_server,
            # A pace that a test can wait for.
            "DOWNLOADS_PER_MINUTE": "1200",
            "DOWNLOAD_MIN_DELAY": "0.05",
            "DOWNLOAD_RETRY_BASE": "0.2",
            "LEASE_SECONDS": "6",
            "HEARTBEAT_SECONDS": "1",
            "CPU_WORKERS": "2",
            "STOP_SECONDS": "5",
            "DISK_MIN_FREE_GB": "0.1",
            **{name: str(port) for name, port in ports.items()},
            **settings,
        }
        running = RunningSystem(environment, ports)
        up = running.start_workers("up")
        try:
            assert up.returncode == 0, up.stderr
            yield running
        finally:
            running.start_workers("stop")
            running.erase()

    return start


@pytest.fixture(scope="session")
def system(start_system: Callable[..., AbstractContextManager[RunningSystem]]) -> Iterator[RunningSystem]:
    """The running system."""
    with start_system(21_000) as running:
        yield running
