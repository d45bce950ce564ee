"""Is nothing left behind, and nothing shown before it is whole?"""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from mass_processing.errors import DownloadFailed
from mass_processing.records import FailureClass
from mass_processing.settings import Settings
from mass_processing.storage import (
    attempts_dir,
    private_attempt,
    publish,
    require_free_space,
    sweep_attempts,
)

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.read({"VAR_DIR": str(tmp_path / "var")})


def test_an_attempt_lies_on_the_file_system_of_its_destination(settings: Settings) -> None:
    with private_attempt(settings) as folder:
        assert folder.is_relative_to(settings.media_dir)


def test_an_attempt_is_for_this_user_alone(settings: Settings) -> None:
    with private_attempt(settings) as folder:
        assert folder.stat().st_mode & 0o777 == 0o700


def test_two_attempts_never_share_a_folder(settings: Settings) -> None:
    with private_attempt(settings) as one, private_attempt(settings) as other:
        assert one != other


def test_nothing_is_left_of_an_attempt_that_failed(settings: Settings) -> None:
    def fail() -> None:
        with private_attempt(settings) as folder:
            (folder / "video.mp4.part").write_bytes(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert list(attempts_dir(settings).iterdir()) == []


def test_a_place_where_nothing_can_be_written_is_this_machine_s_fault(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file where the folder should be")
    with pytest.raises(DownloadFailed) as failed, private_attempt(Settings.read({"VAR_DIR": str(tmp_path / "var")})):
        pass
    assert failed.value.failure_class is FailureClass.LOCAL_FAULT


def test_publishing_replaces_an_older_file(settings: Settings) -> None:
    target = settings.media_dir / "tiktok_1.mp4"
    with private_attempt(settings) as folder:
        target.write_bytes(b"old and cut o")
        (folder / "video.mp4").write_bytes(b"new and whole")
        publish(folder / "video.mp4", target)
    assert target.read_bytes() == b"new and whole"


def test_a_sweep_removes_what_a_killed_process_left(settings: Settings) -> None:
    program = (
        "import sys, time\n"
        "from mass_processing.settings import Settings\n"
        "from mass_processing.storage import private_attempt\n"
        "with private_attempt(Settings.read({'VAR_DIR': sys.argv[1]})) as folder:\n"
        "    (folder / 'video.mp4.part').write_bytes(b'half')\n"
        "    print(folder, flush=True)\n"
        "    time.sleep(60)\n"
    )
    command = [sys.executable, "-c", program, str(settings.var_dir)]
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        folder = Path(child.stdout.readline().strip())
        child.send_signal(signal.SIGKILL)
    assert folder.is_dir()
    assert sweep_attempts(settings) == 1
    assert not folder.exists()


def test_a_sweep_leaves_a_running_attempt_alone(settings: Settings) -> None:
    with private_attempt(settings) as folder:
        assert sweep_attempts(settings) == 0
        assert folder.is_dir()


def test_a_sweep_leaves_a_folder_alone_that_has_no_lock_yet(settings: Settings) -> None:
    fresh = attempts_dir(settings) / "new-x"
    fresh.mkdir(parents=True)
    assert sweep_attempts(settings) == 0


def test_a_sweep_before_the_first_download_finds_nothing(settings: Settings) -> None:
    assert sweep_attempts(settings) == 0


def test_too_little_free_disk_is_this_machine_s_fault(tmp_path: Path) -> None:
    settings = Settings.read({"VAR_DIR": str(tmp_path), "DISK_MIN_FREE_GB": "100000000"})
    settings.media_dir.mkdir()
    with pytest.raises(DownloadFailed, match="DISK_MIN_FREE_GB") as failed:
        require_free_space(settings)
    assert failed.value.failure_class is FailureClass.LOCAL_FAULT
