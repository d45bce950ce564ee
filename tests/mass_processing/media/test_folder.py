"""Do media lie in a folder without a copy, and does nothing else in it count?"""

import os
import tempfile
from pathlib import Path

import pytest

from mass_processing.errors import MediaAway, MediaLost
from mass_processing.media.folder import FolderPlace
from mass_processing.settings import Settings

KEY = "tiktok_1.mp4"
FUTURE = 4e9


@pytest.fixture
def place(tmp_path: Path) -> FolderPlace:
    return FolderPlace(Settings.read({"MEDIA_URL": f"file://{tmp_path}/media"}))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "download.mp4"
    made.write_bytes(b"video")
    return made


def test_a_download_is_renamed_to_its_place_and_read_there(place: FolderPlace, file: Path, tmp_path: Path) -> None:
    inode = file.stat().st_ino
    place.put(file, KEY)
    with place.at_hand(KEY) as path:
        assert (path, path.stat().st_ino) == (tmp_path / "media" / KEY, inode)


def test_a_row_names_it_by_its_path(place: FolderPlace, tmp_path: Path) -> None:
    assert place.location(KEY) == str(tmp_path / "media" / KEY)
    assert place.key_of(place.location(KEY)) == KEY
    assert place.key_of("/elsewhere/tiktok_1.mp4") is None


@pytest.mark.skipif(not os.access("/dev/shm", os.W_OK), reason="there is no second file system here")
def test_what_comes_from_another_disk_appears_whole_too(place: FolderPlace, tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        (Path(folder) / "a").write_bytes(b"video")
        place.put(Path(folder) / "a", "previews/tiktok_1.mp4")
    with place.at_hand("previews/tiktok_1.mp4") as path:
        assert path.read_bytes() == b"video"


def test_what_is_gone_is_lost(place: FolderPlace) -> None:
    with pytest.raises(MediaLost, match="is gone"), place.at_hand(KEY):
        pass
    assert place.open(KEY) is None


def test_a_folder_that_cannot_be_written_is_this_machine_s_trouble(
    place: FolderPlace, file: Path, tmp_path: Path
) -> None:
    (tmp_path / "media").write_text("a file where the folder should be")
    with pytest.raises(MediaAway, match="can't be written"):
        place.put(file, KEY)


def test_only_what_is_ours_is_listed(place: FolderPlace, file: Path, tmp_path: Path) -> None:
    place.put(file, KEY)
    (tmp_path / "media/holiday.mp4").write_bytes(b"somebody's own")
    (tmp_path / "media/attempts/x").mkdir(parents=True)
    assert [(entry.key, entry.size) for entry in place.entries()] == [(KEY, 5)]


def test_what_changed_after_it_was_decided_is_not_deleted(place: FolderPlace, file: Path) -> None:
    place.put(file, KEY)
    assert (place.delete(KEY, 1e9), place.delete(KEY, FUTURE), place.delete(KEY, FUTURE)) == (0, 5, 0)
