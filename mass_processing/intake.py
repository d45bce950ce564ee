"""Which videos does a list of lines, or a folder, name, and which of its lines can't be taken?

Everything streams: a list of any length is read line by line, and a line that can't be taken doesn't stop the others.
"""

import os
import re
from codecs import getincrementaldecoder
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BufferedReader, RawIOBase, TextIOWrapper
from pathlib import Path
from typing import BinaryIO, cast

from mass_processing.errors import Refused
from mass_processing.records import Link
from mass_processing.settings import Settings
from mass_processing.urls import canonical_link, file_link

#: Files that `video_files` takes, by the end of their name.
VIDEO_SUFFIXES = frozenset(
    {".mp4", ".m4v", ".mov", ".webm", ".mkv", ".avi", ".3gp", ".flv", ".mpg", ".mpeg", ".ts", ".mts", ".wmv", ".ogv"}
)

#: Characters of one line that are read; a link is much shorter, and a file without line ends must not fill the memory.
_LONGEST_LINE = 8192
_SHOWN_CHARACTERS = 200
#: A list may hold a few bytes that are no text (an old comment); with more of them it is no list.
_BINARY_SHARE = 0.1
_TEXT_CONTROLS = frozenset(b"\t\n\r\f")
_WEB_ADDRESS = re.compile(r"[\"']?https?://", re.IGNORECASE)
_COMMENT_BEHIND = re.compile(r"\s#")
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class RefusedLine:
    """A line that can't be taken in."""

    #: From 1, blank lines and comments counted; of a folder, the file's number.
    line_number: int
    #: The line, or the file's path; at most 200 characters.
    text: str
    #: Why, with the next step.
    reason: str


def read_list(stream: BinaryIO, name: str) -> Iterator[str]:
    """The lines of a list: UTF-8 or UTF-16, with or without byte order mark, any line ends. Leaves `stream` open.

    Raises: Refused when it is binary; the message calls it `name`.
    """
    source = stream if isinstance(stream, BufferedReader) else BufferedReader(cast(RawIOBase, stream))
    head = source.peek(_LONGEST_LINE)[:_LONGEST_LINE]
    utf16 = head.startswith(_UTF16_MARKS)
    text = TextIOWrapper(source, encoding="utf-16" if utf16 else "utf-8-sig", errors="replace")
    try:
        if not utf16 and _looks_binary(head):
            raise Refused(f"{name} is a binary file, not a list of links; name a text file with one link per line")
        while line := text.readline(_LONGEST_LINE):
            yield line.rstrip("\n")
            while not line.endswith("\n") and len(line) == _LONGEST_LINE:
                line = text.readline(_LONGEST_LINE)
    finally:
        # Whoever opened the stream may have closed it before the last line was asked for.
        if not source.closed:
            text.detach()
            if source is not stream:
                source.detach()


def find_links(lines: Iterable[str], settings: Settings) -> Iterator[Link | RefusedLine]:
    """What each line names; blank lines and those that start with `#` are passed over.

    After a web address, ` #` starts a comment too. A line that is a link in quotes or with a comma behind, as tables
    are exported, is taken as that link.
    """
    for number, line in enumerate(lines, start=1):
        text = _without_comment(line.lstrip("\ufeff").strip())
        if not text:
            continue
        try:
            if len(line) >= _LONGEST_LINE:
                raise Refused(f"the line has {_LONGEST_LINE:,} characters or more; one link per line is wanted")
            if "\ufffd" in text:
                raise Refused("the line holds bytes that are not UTF-8 text; save the list as UTF-8")
            yield canonical_link(text, settings)
        except Refused as error:
            yield RefusedLine(number, text[:_SHOWN_CHARACTERS], str(error))


def find_files(folder: Path) -> Iterator[Link | RefusedLine]:
    """Every video file below `folder`, named by its content. Raises: Refused when it is no folder that can be read."""
    for number, path in enumerate(video_files(folder), start=1):
        try:
            yield file_link(path)
        except Refused as error:
            yield RefusedLine(number, str(path)[:_SHOWN_CHARACTERS], str(error))


def video_files(folder: Path) -> Iterator[Path]:
    """The video files below `folder`, in order of their paths; hidden ones and links to folders are passed over.

    Raises: Refused when it is no folder that can be read.
    """
    if not folder.is_dir():
        raise Refused(
            f"{folder} is {'not a folder' if folder.exists() else 'not there'}; name a folder with video files"
        )
    try:
        os.scandir(folder).close()
    except OSError as error:
        raise Refused(f"the folder {folder} can't be read: {error.strerror}") from error
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if not name.startswith(".") and Path(name).suffix.lower() in VIDEO_SUFFIXES:
                yield Path(parent, name)


def _looks_binary(head: bytes) -> bool:
    if b"\0" in head:
        return True
    # Incremental: the last character may be cut in two by the end of the piece.
    text = getincrementaldecoder("utf-8")("replace").decode(head)
    odd = sum(character == "\ufffd" or (character < " " and ord(character) not in _TEXT_CONTROLS) for character in text)
    return odd > _BINARY_SHARE * len(text)


def _without_comment(text: str) -> str:
    if text.startswith("#"):
        return ""
    if not _WEB_ADDRESS.match(text):
        return text  # a path may hold any of these characters
    return _COMMENT_BEHIND.split(text, maxsplit=1)[0].rstrip(", \t").strip("\"'")
