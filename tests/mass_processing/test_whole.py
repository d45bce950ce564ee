"""How does a folder of files appear as a whole, or not at all? Files: see test_export."""

import errno
from pathlib import Path

import pytest

from mass_processing.errors import Refused
from mass_processing.whole import whole_folder


def test_the_folder_is_there_with_all_files_when_the_block_ends(tmp_path: Path) -> None:
    target = tmp_path / "out"
    with whole_folder(target) as folder:
        (folder / "a").write_text("1")
        assert not target.exists()
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert (target / "a").read_text() == "1"


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with whole_folder(tmp_path / "out") as folder:
        (folder / "a").write_text("1")
    assert (tmp_path / "out" / "a").exists()


@pytest.mark.parametrize("kind", ["folder with something in it", "file"])
def test_what_is_there_already_is_not_touched(tmp_path: Path, kind: str) -> None:
    target = tmp_path / "out"
    if kind == "file":
        target.write_text("mine")
    else:
        target.mkdir()
        (target / "mine").write_text("")
    with pytest.raises(Refused, match="out is there already"), whole_folder(target):
        pass
    assert target.is_file() or (target / "mine").exists()


def test_a_folder_in_no_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="none is not there"), whole_folder(tmp_path / "none" / "out"):
        pass


def test_a_full_disk_is_said_of_the_name_that_was_given_and_leaves_nothing(tmp_path: Path) -> None:
    def fill() -> None:
        with whole_folder(tmp_path / "out") as folder:
            (folder / "a").write_text("1")
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OSError, match=r"out can't be written: No space left on device"):
        fill()
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_left_is_in_nobody_s_way(tmp_path: Path) -> None:
    with whole_folder(tmp_path / "out") as folder:
        left = folder.name
    (tmp_path / left).mkdir()
    (tmp_path / left / "old").write_text("")
    with whole_folder(tmp_path / "again") as folder:
        pass
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == []
