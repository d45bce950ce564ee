"""Which videos do a list and a folder name?"""

import io
import os
from pathlib import Path

import pytest

from mass_processing.errors import Refused
from mass_processing.intake import RefusedLine, find_files, find_links, read_list, video_files
from mass_processing.records import Link
from mass_processing.settings import Settings

POST = "https://www.tiktok.com/@someone/video/7301234567890123456"
ID = "tiktok:7301234567890123456"


def lines_of(content: bytes) -> list[str]:
    return list(read_list(io.BytesIO(content), "urls.txt"))


def found_in(content: bytes) -> list[Link | RefusedLine]:
    return list(find_links(lines_of(content), Settings()))


@pytest.mark.parametrize(
    "content",
    [
        f"{POST}\n{POST}\n".encode(),
        f"{POST}\r\n{POST}".encode(),
        f"{POST}\r{POST}\r".encode(),
        f"\ufeff{POST}\n{POST}\n".encode(),
        f"{POST}\n{POST}\n".encode("utf-16"),
        f"{POST}\r\n{POST}\r\n".encode("utf-16-le").join([b"\xff\xfe", b""]),
    ],
    ids=["unix", "windows", "old mac", "with byte order mark", "utf-16", "utf-16 of windows"],
)
def test_a_list_is_read_whatever_program_saved_it(content: bytes) -> None:
    assert [link.video_id for link in found_in(content) if isinstance(link, Link)] == [ID, ID]


@pytest.mark.parametrize(
    "line",
    [f"  {POST}\t", f'"{POST}"', f"{POST},", f"{POST}  # seen on Monday", "7301234567890123456"],
    ids=["with spaces around", "in quotes", "with a comma behind", "with a comment behind", "a bare id"],
)
def test_a_link_is_found_as_people_write_it(line: str) -> None:
    (link,) = find_links([line], Settings())
    assert isinstance(link, Link)
    assert link.video_id == ID


def test_blank_lines_and_comments_are_passed_over_but_counted() -> None:
    refused = found_in(b"# mine\n\n   \nnonsense\n")
    assert [line.line_number for line in refused if isinstance(line, RefusedLine)] == [4]
    assert len(refused) == 1


def test_a_path_may_hold_a_space_and_a_hash(tmp_path: Path) -> None:
    clip = tmp_path / "take #1.mp4"
    clip.write_bytes(b"video")
    (link,) = find_links([str(clip)], Settings(media_roots=(tmp_path,)))
    assert isinstance(link, Link)
    assert link.url == str(clip)


@pytest.mark.parametrize(
    "content",
    [b"\x00\x01\x02\x03", b"\x89PNG\r\n\x1a\n" + bytes(range(256)), bytes(range(128, 256)) * 4],
    ids=["NUL bytes", "a picture", "bytes that are no UTF-8"],
)
def test_a_binary_list_is_refused_by_its_name(content: bytes) -> None:
    with pytest.raises(Refused, match=r"urls\.txt is a binary file"):
        lines_of(content)


def test_a_comment_in_an_old_encoding_does_not_make_a_list_binary() -> None:
    content = f"{POST}\n".encode() * 5 + "# Übung\n".encode("latin-1") + f"{POST}\n".encode()
    assert len(found_in(content)) == 6


def test_a_line_that_is_no_utf_8_is_refused_with_its_number() -> None:
    content = f"{POST}\n".encode() * 5 + "Übung\n".encode("latin-1")
    refused = found_in(content)[-1]
    assert isinstance(refused, RefusedLine)
    assert refused.line_number == 6
    assert "not UTF-8" in refused.reason


def test_a_file_without_line_ends_is_one_refused_line() -> None:
    refused, link = found_in(b"x" * 1_000_000 + f"\n{POST}\n".encode())
    assert isinstance(refused, RefusedLine)
    assert len(refused.text) <= 200
    assert isinstance(link, Link)


def test_a_long_line_of_prose_is_refused_like_any_other() -> None:
    """Such a line is no file name: the system takes only 255 bytes for one."""
    (refused,) = find_links(["word " * 100], Settings())
    assert isinstance(refused, RefusedLine)


def test_the_stream_is_left_open() -> None:
    stream = io.BytesIO(b"a\n")
    list(read_list(stream, "urls.txt"))
    assert not stream.closed


def test_an_empty_list_has_no_lines() -> None:
    assert lines_of(b"") == []


def test_lines_come_before_the_end_of_a_pipe() -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as stream, os.fdopen(writing, "wb", buffering=0) as sink:
        sink.write(b"first\n")
        lines = read_list(stream, "stdin")
        assert next(lines) == "first"
        sink.write(b"second\n")
        assert next(lines) == "second"
        lines.close()


def test_video_files_are_found_below_a_folder_in_order(tmp_path: Path) -> None:
    for name in ("b/z.webm", "a.MP4", "b/a.mov", "b/notes.txt", ".cache/c.mp4", "b/.d.mp4"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert [str(path.relative_to(tmp_path)) for path in video_files(tmp_path)] == ["a.MP4", "b/a.mov", "b/z.webm"]


def test_a_link_to_a_folder_above_does_not_lead_in_circles(tmp_path: Path) -> None:
    (tmp_path / "up").symlink_to(tmp_path)
    (tmp_path / "a.mp4").touch()
    assert len(list(video_files(tmp_path))) == 1


def test_a_file_that_can_not_be_taken_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"video")
    (tmp_path / "gone.mp4").symlink_to(tmp_path / "nowhere.mp4")
    link, refused = find_files(tmp_path)
    assert isinstance(link, Link)
    assert isinstance(refused, RefusedLine)
    assert refused.text == str(tmp_path / "gone.mp4")


@pytest.mark.parametrize("name", ["none", "a.mp4"])
def test_what_is_no_folder_is_refused_by_name(tmp_path: Path, name: str) -> None:
    (tmp_path / "a.mp4").touch()
    with pytest.raises(Refused, match=name):
        list(video_files(tmp_path / name))
