"""A real browser on a real dashboard: gunicorn, Postgres, Redis and Chromium."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from mass_processing.settings import PROJECT, Settings

#: Debian's, or where CHROMIUM says.
CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
#: A container has no sandbox of its own; nothing may phone home.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--mute-audio",
    "--autoplay-policy=no-user-gesture-required",
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Ended with its module: while Playwright runs, the main thread counts as inside an event loop of its own."""
    if not CHROMIUM.exists():
        pytest.skip(f"there is no {CHROMIUM}; install it with: apt-get install -y chromium")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture
def context(browser: Browser, dashboard: str) -> Iterator[BrowserContext]:
    """A desktop window; `page.goto("/")` is the dashboard."""
    opened = browser.new_context(base_url=dashboard, viewport={"width": 1280, "height": 800})
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page that fails its test when the browser complains: a script that threw, a rule of the CSP that was broken."""
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    yield opened
    assert complaints == []


@pytest.fixture(scope="session")
def dashboard(database_url: str, redis_server: str, backend_settings: Settings) -> Iterator[str]:
    """The address of the dashboard, served as it is in production."""
    port = _free_port()
    environment = {
        **os.environ,
        "VAR_DIR": str(backend_settings.var_dir),
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_server,
        "DASHBOARD_PORT": str(port),
    }
    command = [sys.executable, "-m", "gunicorn", "-c", "dashboard/gunicorn.py", "dashboard:create_app()"]
    log = backend_settings.var_dir / "dashboard.log"
    with log.open("wb") as output:
        server = subprocess.Popen(command, cwd=PROJECT, env=environment, stdout=output, stderr=output)
    try:
        _wait_for(f"http://127.0.0.1:{port}/health", server, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(20)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(address: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until and server.poll() is None:
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except urllib.error.HTTPError as answered:
            answered.close()
            return
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"the dashboard did not start: {log.read_text()}")
