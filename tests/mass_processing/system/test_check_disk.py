"""What does a start say of a disk that is nearly full?"""

from pathlib import Path

import pytest

from mass_processing.errors import Refused
from mass_processing.settings import Settings
from mass_processing.system import bring_up


@pytest.fixture
def knobs(tmp_path: Path) -> Settings:
    return Settings(var_dir=tmp_path / "var", disk_min_free_gb=5.0)


def said(knobs: Settings, monkeypatch: pytest.MonkeyPatch, free: float) -> list[str]:
    lines: list[str] = []
    monkeypatch.setattr(bring_up, "free_bytes", lambda _: free)
    bring_up.check_disk(knobs, lines.append)
    return lines


def test_with_room_there_is_nothing_to_say(knobs: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    assert said(knobs, monkeypatch, 6e9) == []


def test_under_the_watermark_it_starts_and_says_that_downloads_wait(
    knobs: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    (line,) = said(knobs, monkeypatch, 2e9)
    assert "only 2.0 GB" in line
    assert "DISK_MIN_FREE_GB wants 5" in line


def test_a_full_disk_is_refused(knobs: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Refused, match=r"only 0\.1 GB"):
        said(knobs, monkeypatch, 1e8)
