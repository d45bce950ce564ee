import time
from pathlib import Path

from mass_processing.marks import Marks


def test_a_worker_that_was_not_told_to_stop_does_not_drain(tmp_path: Path) -> None:
    assert Marks(tmp_path, "cpu1@host").draining_for() < 0


def test_the_other_processes_of_a_worker_see_that_it_drains(tmp_path: Path) -> None:
    Marks(tmp_path / "run", "download1@host").drain()
    assert Marks(tmp_path / "run", "download1@host").draining_for() >= 0


def test_the_other_processes_of_a_worker_see_why_it_pauses(tmp_path: Path) -> None:
    Marks(tmp_path, "download1@host").pause("the disk\nis full", 60)
    assert Marks(tmp_path, "download1@host").paused() == "the disk is full"


def test_a_pause_ends_by_itself(tmp_path: Path) -> None:
    marks = Marks(tmp_path, "download1@host")
    marks.pause("the disk is full", 0.05)
    time.sleep(0.1)
    assert marks.paused() == ""


def test_one_worker_does_not_pause_another(tmp_path: Path) -> None:
    Marks(tmp_path, "cpu1@host").pause("the disk is full", 60)
    assert Marks(tmp_path, "cpu2@host").paused() == ""


def test_a_mark_that_can_not_be_written_holds_for_the_process_that_made_it(tmp_path: Path) -> None:
    in_the_way = tmp_path / "run"
    in_the_way.touch()
    marks = Marks(in_the_way, "cpu1@host")
    marks.pause("the disk is full", 60)
    marks.drain()
    assert (marks.paused(), marks.draining_for() >= 0) == ("the disk is full", True)


def test_a_new_start_takes_the_marks_off(tmp_path: Path) -> None:
    marks = Marks(tmp_path, "cpu1@host")
    marks.drain()
    marks.pause("the disk is full", 60)
    marks.clear()
    assert (marks.draining_for() < 0, marks.paused()) == (True, "")
