"""How does a test run the whole system, as a user would, in a folder and on ports of its own?"""

import json
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mass_processing.embedded import remove_data
from mass_processing.settings import PROJECT, Settings, inherited_environment
from mass_processing.system.bring_up import port_is_free


def free_ports(count: int, first: int) -> list[int]:
    """Ports on loopback that nobody listens on."""
    free = (port for port in range(first, first + 1000) if port_is_free("127.0.0.1", port))
    return [next(free) for _ in range(count)]


@dataclass
class RunningSystem:
    """The system of one var_dir; every method is a command that a user types."""

    environment: Mapping[str, str]
    ports: dict[str, int] = field(default_factory=dict)

    @property
    def settings(self) -> Settings:
        return Settings.read(self.environment)

    def start_workers(self, *arguments: str, timeout: float = 240) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "mass_processing.system", *arguments]
        return self._run(command, timeout)

    def bulk_processor(
        self, *arguments: str, stdin: str | None = None, timeout: float = 200
    ) -> "subprocess.CompletedProcess[str]":
        return self._run([sys.executable, "bulk_processor.py", *arguments], timeout, stdin)

    def status(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.bulk_processor("status", "--json").stdout)
        return document

    def jobs(self) -> dict[str, dict[str, Any]]:
        """`list --json` by video id."""
        rows = json.loads(self.bulk_processor("list", "--json", "--limit", "500").stdout)
        return {row["video_id"]: row for row in rows}

    def counts(self, batch: str) -> dict[str, int]:
        """Videos of a batch by state; empty while the database is away."""
        document = json.loads(self.bulk_processor("status", "--batch", batch, "--json").stdout)
        found: dict[str, int] = document.get("jobs", {})
        return found

    def pid(self, program: str) -> int:
        """The process of a program, as `start_workers.sh status` says."""
        said = re.search(rf"^ +{program} +RUNNING +pid (\d+)", self.start_workers("status").stdout, re.MULTILINE)
        assert said, f"{program} does not run"
        return int(said[1])

    def show(self, video_id: str) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.bulk_processor("show", video_id, "--json").stdout)
        return document

    def wait_until_done(self, seconds: float) -> dict[str, Any]:
        """Until every job ended; the last status."""
        wait_for(lambda: not self._unfinished(), seconds, f"all jobs to end, but: {self._unfinished()}")
        return self.status()

    def _unfinished(self) -> dict[str, int]:
        jobs = self.status()["jobs"]
        return {state: jobs[state] for state in ("pending", "downloading", "processing") if jobs[state]}

    def http(self, port: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Status and JSON document of a face."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.ports[port]}{path}", data=data, headers={"Content-Type": "application/json"}
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=120) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())

    def processes(self) -> dict[int, str]:
        """Command lines of every process that has this var_dir in its environment or its command line."""
        var_dir = self.environment["VAR_DIR"]
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                belongs = var_dir in command or var_dir.encode() in (folder / "environ").read_bytes()
            except OSError:  # it ended meanwhile
                continue
            if belongs and "pytest" not in command:
                found[int(folder.name)] = command
        return found

    def erase(self) -> None:
        remove_data(self.settings)

    def _run(self, command: list[str], timeout: float, stdin: str | None = None) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            command,
            cwd=PROJECT,
            env=inherited_environment() | dict(self.environment),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )


def wait_for(happened: Callable[[], object], seconds: float, what: str) -> None:
    """Raises: AssertionError when it did not happen in time."""
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, f"waited {seconds:g} s for {what}"
        time.sleep(0.3)
