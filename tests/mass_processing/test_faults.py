"""Does an armed point of fault do what its file says, once, and an unarmed one nothing?"""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from mass_processing import faults
from mass_processing.settings import PROJECT, inherited_environment


def run_hit(folder: Path | None, call: str) -> "subprocess.CompletedProcess[str]":
    environment = inherited_environment() | {"FAULTS": str(folder) if folder else ""}
    code = f"from mass_processing import faults; faults.hit({call}); print(faults.hit.__name__)"
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_without_a_folder_a_point_is_a_function_that_does_nothing() -> None:
    done = run_hit(None, "'D3'")
    assert (done.returncode, done.stdout.strip()) == (0, "_nothing")


@pytest.mark.parametrize(
    ("text", "ends_by"),
    [("", -signal.SIGKILL), ("kill", -signal.SIGKILL), ("segv", -signal.SIGSEGV), ("exit", 1), ("raise", 1)],
    ids=["by SIGKILL when nothing is said", "kill", "segv", "exit", "raise"],
)
def test_an_armed_point_ends_the_process_as_its_file_says(tmp_path: Path, text: str, ends_by: int) -> None:
    (tmp_path / "D3").write_text(text)
    assert run_hit(tmp_path, "'D3'").returncode == ends_by


def test_a_point_fires_once(tmp_path: Path) -> None:
    hit = faults.armed(tmp_path)
    (tmp_path / "P2").write_text("raise")
    with pytest.raises(faults.Fault, match="P2"):
        hit("P2")
    hit("P2")
    assert [file.name.split(".")[:2] for file in tmp_path.iterdir()] == [["P2", "hit"]]


def test_a_point_that_is_always_armed_fires_again(tmp_path: Path) -> None:
    hit = faults.armed(tmp_path)
    (tmp_path / "P2").write_text("raise always")
    for _ in range(2):
        with pytest.raises(faults.Fault):
            hit("P2")


@pytest.mark.parametrize("about", ["tiktok:123", "/var/media/tiktok_123.mp4"], ids=["by its id", "by its file"])
def test_a_point_for_one_video_fires_for_it_alone(tmp_path: Path, about: str) -> None:
    hit = faults.armed(tmp_path)
    (tmp_path / "P2").write_text("raise only tiktok:123")
    hit("P2", "tiktok:999")
    with pytest.raises(faults.Fault):
        hit("P2", about)


def test_another_point_passes(tmp_path: Path) -> None:
    (tmp_path / "D3").write_text("raise")
    faults.armed(tmp_path)("D4")
