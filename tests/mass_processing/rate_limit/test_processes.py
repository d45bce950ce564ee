"""Seen from the site: do several hosts keep the pace, also when one of them is killed in the middle?"""

import multiprocessing
import os
import signal
import threading
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from mass_processing.rate_limit import Pace
from mass_processing.redis_link import connect_redis
from mass_processing.settings import Settings

_GAP, _CAP, _AT_ONCE, _LEASE = 0.1, 40, 2, 3.0
#: Seconds between two downloads of one thread: longer than the others nap, so that everybody gets a turn.
_BETWEEN = 0.3
#: Seconds that a loaded machine may need for what takes no time.
_PATIENCE = 5.0


@dataclass
class Site:
    """Answers pages at once and media slowly, and notes what it saw on the machine's monotonic clock."""

    pages: list[float] = field(default_factory=list)
    #: Name of a download → when its page was asked for, and when its media ended.
    began: dict[str, float] = field(default_factory=dict)
    ended: dict[str, float] = field(default_factory=dict)
    address: str = ""

    def at_once(self, moment: float) -> int:
        return sum(at <= moment < self.ended.get(name, float("inf")) for name, at in list(self.began.items()))


@pytest.fixture
def site() -> Iterator[Site]:
    seen = Site()

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            now = time.monotonic()
            kind, name = self.path.strip("/").split("/")
            if kind == "page":
                seen.pages.append(now)
                seen.began[name] = now
            else:
                time.sleep(0.4)
                seen.ended[name] = time.monotonic()
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    seen.address = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    yield seen
    server.shutdown()
    server.server_close()


def _host(name: str, settings: Settings, address: str, threads: int, together: Any) -> None:
    """Downloads without an end in several threads, each a page and its media; begins when all hosts can."""
    pace = Pace(connect_redis(settings), settings)
    together.wait(60)

    def work(thread: int) -> None:
        for number in range(1000):
            if permit := pace.acquire("direct", name, 30):
                with permit:
                    download = f"{name}-{thread}-{number}"
                    with permit.turn(lambda: None):
                        urllib.request.urlopen(f"{address}/page/{download}", timeout=10).close()
                    urllib.request.urlopen(f"{address}/media/{download}", timeout=10).close()
            time.sleep(_BETWEEN)

    for thread in range(threads):
        threading.Thread(target=work, args=(thread,)).start()


def wait_until(fact: Any) -> float:
    """When `fact` held; fails the test when it doesn't in good time."""
    give_up = time.monotonic() + 40
    while time.monotonic() < give_up:
        if fact():
            return time.monotonic()
        time.sleep(0.01)
    pytest.fail("it did not come to pass")


def test_two_hosts_keep_the_pace_although_one_is_killed(site: Site, redis_url: str, tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    together, hosts = spawn.Barrier(2), []
    for name, threads in (("a", 2), ("b", 3)):
        variables = {
            "VAR_DIR": str(tmp_path / name),
            "REDIS_URL": redis_url,
            "DOWNLOAD_MIN_DELAY": str(_GAP),
            "DOWNLOADS_PER_MINUTE": str(_CAP),
            "DOWNLOAD_CONCURRENCY": str(_AT_ONCE),
            "LEASE_SECONDS": str(_LEASE),
        }
        host = spawn.Process(target=_host, args=(name, Settings.read(variables), site.address, threads, together))
        host.start()
        hosts.append(host)
    killed = hosts[0]
    try:
        wait_until(lambda: len(site.pages) >= 8)
        wait_until(lambda: any(name.startswith("a") and name not in site.ended for name in list(site.began)))
        assert killed.pid is not None
        os.kill(killed.pid, signal.SIGKILL)
        killed.join()
        killed_at = time.monotonic()
        for name in site.began:
            if name.startswith("a"):
                site.ended.setdefault(name, killed_at)
        back_at = wait_until(lambda: site.at_once(time.monotonic()) == _AT_ONCE)
        # The killed one may have had a turn whose request never came.
        wait_until(lambda: len(site.pages) >= _CAP - 2)
        time.sleep(3)
    finally:
        for host in hosts:
            host.kill()
            host.join()

    assert back_at - killed_at <= _LEASE + _PATIENCE
    assert min(later - earlier for earlier, later in pairwise(site.pages)) >= _GAP - 0.02
    assert len(site.pages) <= _CAP
    assert max(site.at_once(moment) for moment in site.began.values()) <= _AT_ONCE
