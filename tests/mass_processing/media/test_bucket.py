"""Does a bucket give back what was put there, or say what is wrong?"""

import logging
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from mass_processing.errors import MediaAway, MediaLost
from mass_processing.media.bucket import BucketPlace
from mass_processing.settings import PROJECT, Settings

pytestmark = pytest.mark.integration

KEY = "tiktok_1.mp4"
FUTURE = 4e9

PUT = """
import os, sys
from pathlib import Path
from mass_processing.media.bucket import BucketPlace
from mass_processing.settings import Settings

BucketPlace(Settings.read(os.environ)).put(Path(sys.argv[1]), "tiktok_1.mp4")
"""


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    file = tmp_path / "clip.mp4"
    file.write_bytes(bytes(range(256)) * 4096)
    return file


def fetched(place: BucketPlace, key: str = KEY) -> bytes:
    with place.at_hand(key) as path:
        return path.read_bytes()


def replace_content(place: BucketPlace, content: bytes, key: str = KEY) -> None:
    """As bit rot would: the object still says what it was."""
    place._files.call_s3(
        "copy_object",
        Bucket=place._bucket,
        Key=place._key("tiktok_2.mp4"),
        CopySource=f"{place._bucket}/{place._key(key)}",
    )
    told = place._files.call_s3("head_object", Bucket=place._bucket, Key=place._key(key))["Metadata"]
    place._files.call_s3("put_object", Bucket=place._bucket, Key=place._key(key), Body=content, Metadata=told)


def test_another_machine_gets_what_was_put(bucket: BucketPlace, host: Callable[..., Settings], clip: Path) -> None:
    content = clip.read_bytes()
    bucket.put(clip, KEY)
    assert fetched(BucketPlace(host("two"))) == content


def test_a_machine_that_downloaded_a_video_does_not_fetch_it(
    bucket: BucketPlace, host: Callable[..., Settings], clip: Path
) -> None:
    inode = clip.stat().st_ino
    bucket.put(clip, KEY, wanted_here=True)
    with bucket.at_hand(KEY) as path:
        assert path.stat().st_ino == inode


def test_a_row_names_the_object_without_keys(bucket: BucketPlace, host: Callable[..., Settings]) -> None:
    location = bucket.location(KEY)
    assert location == f"{host().media_url}/{KEY}"
    assert bucket.key_of(location) == KEY
    assert bucket.key_of("s3://other/" + KEY) is None


def test_what_is_not_there_is_lost(bucket: BucketPlace) -> None:
    with pytest.raises(MediaLost, match="is gone: s3://videos"), bucket.at_hand(KEY):
        pass
    assert bucket.open(KEY) is None


def test_a_damaged_object_is_a_clear_error(bucket: BucketPlace, clip: Path) -> None:
    size = clip.stat().st_size
    bucket.put(clip, KEY)
    replace_content(bucket, b"\0" * size)
    with pytest.raises(MediaLost, match=r"is damaged: s3://videos.*SHA-256"), bucket.at_hand(KEY):
        pass


def test_a_video_that_was_put_anew_is_not_taken_from_the_cache(
    bucket: BucketPlace, host: Callable[..., Settings], tmp_path: Path
) -> None:
    far = BucketPlace(host("two"))
    for content in (b"first", b"second"):
        (tmp_path / "again.mp4").write_bytes(content)
        bucket.put(tmp_path / "again.mp4", KEY)
        assert fetched(far) == content


def test_parts_are_read_without_fetching_the_whole(bucket: BucketPlace, clip: Path, tmp_path: Path) -> None:
    bucket.put(clip, KEY)
    opened = bucket.open(KEY)
    assert opened is not None
    with opened.file:
        opened.file.seek(256 * 1000 + 7)
        assert (opened.size, opened.file.read(3)) == (256 * 4096, bytes([7, 8, 9]))
    assert not (tmp_path / "one/media/cache").exists()


def test_it_is_listed_and_deleted(bucket: BucketPlace, clip: Path) -> None:
    for key in (KEY, "posters/tiktok_1.jpg", "notes.txt"):
        bucket.put(clip, key)
    assert {entry.key for entry in bucket.entries()} == {KEY, "posters/tiktok_1.jpg"}
    assert bucket.delete(KEY, FUTURE) == 256 * 4096
    assert bucket.delete(KEY, FUTURE) == 0
    assert bucket.open(KEY) is None


def test_what_came_after_it_was_decided_is_not_deleted(bucket: BucketPlace, clip: Path) -> None:
    bucket.put(clip, KEY)
    assert bucket.delete(KEY, 1e9) == 0
    assert bucket.open(KEY) is not None


def test_more_than_a_page_of_objects_is_listed(bucket: BucketPlace) -> None:
    for number in range(1003):
        bucket._files.call_s3("put_object", Bucket="videos", Key=bucket._key(f"tiktok_{number}.mp4"), Body=b"")
    assert len(list(bucket.entries())) == 1003


@contextmanager
def stalling(endpoint: str, after: int) -> Iterator[tuple[str, threading.Event]]:
    """A way to the service that stands still after so many bytes, and an event that says so."""
    stalled = threading.Event()
    target = urlsplit(endpoint)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def pass_on() -> None:
            near, _ = server.accept()
            with near, socket.create_connection((target.hostname or "", target.port or 0)) as far:
                back = threading.Thread(target=give_back, args=(far, near))
                back.start()
                passed = 0
                while data := near.recv(65536):
                    if passed < after:
                        far.sendall(data)
                    else:
                        stalled.set()
                    passed += len(data)
                far.shutdown(socket.SHUT_RDWR)
                back.join()

        def give_back(far: socket.socket, near: socket.socket) -> None:
            with suppress(OSError):  # the other side is gone
                while data := far.recv(65536):
                    near.sendall(data)

        thread = threading.Thread(target=pass_on)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}", stalled
        thread.join()


def test_an_upload_that_is_killed_leaves_nothing(
    bucket: BucketPlace, host: Callable[..., Settings], s3_endpoint: str, tmp_path: Path
) -> None:
    file = tmp_path / "large.mp4"
    file.write_bytes(b"x" * 8_000_000)
    with stalling(s3_endpoint, after=1_000_000) as (endpoint, stalled):
        knobs = host(media_s3_endpoint=endpoint)
        command = [sys.executable, "-c", PUT, str(file)]
        with subprocess.Popen(command, cwd=PROJECT, env=as_environment(knobs)) as child:
            reached = stalled.wait(90)
            child.kill()
        assert reached
    assert list(bucket.entries()) == []
    bucket.put(file, KEY)
    assert len(fetched(bucket)) == 8_000_000


def as_environment(knobs: Settings) -> dict[str, str]:
    names = ("var_dir", "media_url", "media_s3_endpoint", "media_s3_region", "media_s3_key", "media_s3_secret")
    return {name.upper(): str(getattr(knobs, name)) for name in names}


@pytest.mark.parametrize(
    ("knob", "value", "says"),
    [
        ("media_s3_endpoint", "http://127.0.0.1:9", "can't be reached"),
        ("media_url", "s3://no-such-bucket/x", "no bucket no-such-bucket"),
    ],
    ids=["nobody listens", "no such bucket"],
)
def test_a_place_that_cannot_be_reached_is_this_machine_s_trouble(
    host: Callable[..., Settings], clip: Path, knob: str, value: str, says: str
) -> None:
    with pytest.raises(MediaAway, match=says):
        BucketPlace(host(**{knob: value})).put(clip, KEY)


def test_no_message_holds_a_key(
    host: Callable[..., Settings], clip: Path, caplog: pytest.LogCaptureFixture, capsys: Any
) -> None:
    caplog.set_level(logging.INFO)
    knobs = host(media_s3_endpoint="http://127.0.0.1:9")
    with pytest.raises(MediaAway) as away:
        BucketPlace(knobs).put(clip, KEY)
    said = f"{away.value} {caplog.text} {knobs!r} {capsys.readouterr()}"
    assert "a-very-secret-key" not in said
