"""Does a running download stop when it must?"""

import shutil
from collections import namedtuple
from pathlib import Path

import pytest

from mass_processing.download.watch import Watch, require_duration, require_size
from mass_processing.errors import DownloadFailed, Stopping
from mass_processing.records import FailureClass
from mass_processing.settings import Settings

Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = Settings.read({"VAR_DIR": str(tmp_path), "DISK_MIN_FREE_GB": "1", "MAX_VIDEO_BYTES": "1000"})
    made.media_dir.mkdir()
    return made


def test_a_download_within_all_limits_goes_on(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**12, 0, 2 * 10**9))
    Watch(settings, lambda: False)({"downloaded_bytes": 1000})


def test_a_disk_that_runs_full_while_writing_is_this_machine_s_fault(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**12, 0, 10**9 - 1))
    with pytest.raises(DownloadFailed) as failed:
        Watch(settings, lambda: False)({"downloaded_bytes": 1})
    assert failed.value.failure_class is FailureClass.LOCAL_FAULT


def test_more_bytes_than_allowed_end_it(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**12, 0, 2 * 10**9))
    with pytest.raises(DownloadFailed, match="MAX_VIDEO_BYTES"):
        Watch(settings, lambda: False)({"downloaded_bytes": 1001})


def test_stopping_comes_before_everything(settings: Settings) -> None:
    with pytest.raises(Stopping):
        Watch(settings, lambda: True)({"downloaded_bytes": 10**9})


def test_unknown_sizes_and_durations_pass(settings: Settings) -> None:
    require_size(settings, None)
    require_duration(settings, None)


def test_too_long_is_permanent(settings: Settings) -> None:
    with pytest.raises(DownloadFailed, match="MAX_VIDEO_SECONDS") as failed:
        require_duration(settings, 3600.5)
    assert failed.value.failure_class is FailureClass.PERMANENT
