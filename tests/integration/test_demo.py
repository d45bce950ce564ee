"""Does the README's first command keep its promise?"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from mass_processing.settings import Settings
from tests.integration.running_system import RunningSystem, free_ports

pytestmark = [pytest.mark.integration, pytest.mark.timeout(500)]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSystem]:
    names = ("DASHBOARD_PORT", "API_PORT", "FLOWER_PORT", "DEMO_MEDIA_PORT")
    ports = {name: str(port) for name, port in zip(names, free_ports(4, 22_000), strict=True)}
    running = RunningSystem({"VAR_DIR": str(tmp_path_factory.mktemp("demo") / "var"), **ports})
    yield running
    running.start_workers("stop")
    RunningSystem({"VAR_DIR": f"{running.environment['VAR_DIR']}/demo"}).erase()


def test_three_clips_complete_with_no_failed_analyzer_and_the_system_stays_up(demo: RunningSystem) -> None:
    done = demo.start_workers("demo", timeout=450)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(re.findall(r"│ [\w-]+ +│ completed", done.stdout)) == 3
    results = Settings.read({"VAR_DIR": f"{demo.environment['VAR_DIR']}/demo"}).results_dir
    assert len(list(results.glob("*.json"))) == 3
    named = [line.strip() for line in done.stdout.splitlines() if line.strip().endswith(".json")]
    assert all(Path(line).is_file() for line in named)
    assert demo.start_workers("status").returncode == 0


def test_stop_ends_the_demo_too(demo: RunningSystem) -> None:
    assert demo.start_workers("stop").returncode == 0
    assert demo.processes() == {}
