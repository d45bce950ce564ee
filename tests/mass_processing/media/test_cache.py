"""Does what is used stay, and does the rest go when there is too much?"""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mass_processing.media.cache import Cache
from mass_processing.settings import PROJECT

HOLD = """
import sys
from pathlib import Path
from mass_processing.media.cache import Cache

def fetch(unfinished):
    unfinished.write_bytes(b"x" * 40)
    if sys.argv[2] == "fetch":
        print("fetching", flush=True)
        sys.stdin.read()

with Cache(Path(sys.argv[1]), 100).holding("held.mp4", 40, fetch) as path:
    print("holding", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def writing(content: bytes) -> Callable[[Path], None]:
    def fetch(unfinished: Path) -> None:
        unfinished.write_bytes(content)

    return fetch


def use(cache: Cache, name: str, size: int = 40) -> None:
    with cache.holding(name, size, writing(b"x" * size)):
        pass


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} - {".lock"}


def grow_old(folder: Path, name: str, seconds: int) -> None:
    then = (folder / name).stat().st_mtime - seconds
    os.utime(folder / name, (then, then))


def other_process(folder: Path, what: str) -> "subprocess.Popen[str]":
    """One that holds `held.mp4`, or is about to fetch it; it ends with its input."""
    command = [sys.executable, "-c", HOLD, str(folder), what]
    child = subprocess.Popen(command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline()
    return child


def test_what_is_there_is_not_fetched_again(folder: Path) -> None:
    cache = Cache(folder, 100)
    use(cache, "a.mp4")
    with cache.holding("a.mp4", 40, writing(b"never")) as path:
        assert path.read_bytes() == b"x" * 40


def test_what_was_not_used_for_longest_goes_first(folder: Path) -> None:
    cache = Cache(folder, 100)
    use(cache, "a.mp4")
    use(cache, "b.mp4")
    grow_old(folder, "a.mp4", 20)
    grow_old(folder, "b.mp4", 10)
    use(cache, "a.mp4")
    use(cache, "c.mp4")
    assert names(folder) == {"a.mp4", "c.mp4"}


def test_what_is_in_use_stays_whatever_it_takes(folder: Path) -> None:
    cache = Cache(folder, 50)
    with cache.holding("a.mp4", 40, writing(b"x" * 40)) as a, cache.holding("b.mp4", 40, writing(b"x" * 40)) as b:
        assert a.exists()
        assert b.exists()


def test_what_another_process_uses_stays(folder: Path) -> None:
    with other_process(folder, "hold") as child:
        grow_old(folder, "held.mp4", 100)
        cache = Cache(folder, 50)
        use(cache, "b.mp4")
        use(cache, "c.mp4")
        assert names(folder) == {"held.mp4", "c.mp4"}
        child.communicate("")


def test_what_a_killed_process_used_may_go(folder: Path) -> None:
    with other_process(folder, "hold") as child:
        child.send_signal(signal.SIGKILL)
    grow_old(folder, "held.mp4", 100)
    use(Cache(folder, 50), "b.mp4")
    assert names(folder) == {"b.mp4"}


def test_what_is_being_fetched_counts_with_the_size_it_will_have(folder: Path) -> None:
    cache = Cache(folder, 100)
    use(cache, "a.mp4")
    seen: list[set[str]] = []

    def fetch(unfinished: Path) -> None:
        seen.append(names(folder) - {unfinished.name})
        unfinished.write_bytes(b"x" * 80)

    with cache.holding("b.mp4", 80, fetch):
        assert seen == [set()]


def test_what_a_killed_process_had_half_fetched_is_removed_and_never_taken_for_whole(folder: Path) -> None:
    with other_process(folder, "fetch") as child:
        child.send_signal(signal.SIGKILL)
    assert "held.mp4" not in names(folder)
    use(Cache(folder, 100), "b.mp4")
    assert names(folder) == {"b.mp4"}


def test_a_fetch_that_fails_leaves_nothing(folder: Path) -> None:
    def fetch(unfinished: Path) -> None:
        unfinished.write_bytes(b"half")
        raise ConnectionError

    with pytest.raises(ConnectionError), Cache(folder, 100).holding("a.mp4", 40, fetch):
        pass
    assert names(folder) == set()


def test_a_download_of_this_machine_is_taken_in_without_a_copy(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "download.mp4"
    file.write_bytes(b"whole")
    inode = file.stat().st_ino
    Cache(folder, 100).adopt(file, "a.mp4")
    assert (folder / "a.mp4").stat().st_ino == inode
    assert not file.exists()


def test_what_is_larger_than_the_cache_is_left_where_it_is(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "download.mp4"
    file.write_bytes(b"x" * 200)
    Cache(folder, 100).adopt(file, "a.mp4")
    assert file.exists()
