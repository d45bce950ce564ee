"""How are direct media files and local files taken?"""

import functools
import threading
from collections.abc import Callable, Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from mass_processing.records import FailureClass, Link
from mass_processing.settings import Settings
from mass_processing.tiktok_downloader import Downloaded, TikTokDownloader
from mass_processing.urls import canonical_link
from tests.standin.asserting import failure
from tests.standin.server import TikTokStandin


class _Files(SimpleHTTPRequestHandler):
    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        if self.path.startswith("/to/"):
            self.send_response(302)
            self.send_header("Location", self.path.removeprefix("/to/"))
            self.end_headers()
        elif self.path == "/refused.mp4":
            self.send_error(403)
        else:
            super().do_GET()

    def do_HEAD(self) -> None:
        if self.path.startswith("/to/"):
            self.do_GET()
        else:
            super().do_HEAD()

    def log_message(self, *args: Any) -> None: ...


class Site:
    """A server of media files; `asked` are the paths it was asked for."""

    def __init__(self, folder: Path) -> None:
        self.asked: list[str] = []
        handler = type("Files", (_Files,), {"asked": self.asked})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(handler, directory=str(folder)))
        self.host = f"127.0.0.1:{self.server.server_port}"


@pytest.fixture
def sites(tmp_path: Path, standin: TikTokStandin) -> Iterator[tuple[Site, Site]]:
    """The one in MEDIA_HOSTS, and one that is not."""
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "my clip.mp4").write_bytes(standin.clip)
    (folder / "page.mp4").write_text("<html>not a video</html>")
    (folder / "empty.mp4").touch()
    pair = Site(folder), Site(folder)
    for site in pair:
        threading.Thread(target=site.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    yield pair
    for site in pair:
        site.server.shutdown()
        site.server.server_close()


@pytest.fixture
def fetch_media(sites: tuple[Site, Site], set_up: Callable[..., Settings]) -> Callable[[str], Downloaded]:
    settings = set_up(media_hosts=sites[0].host)

    def run(path: str) -> Downloaded:
        return TikTokDownloader(settings).fetch(canonical_link(f"http://{sites[0].host}{path}", settings))

    return run


def test_a_media_file_is_downloaded(fetch_media: Callable[[str], Downloaded], standin: TikTokStandin) -> None:
    got = fetch_media("/my%20clip.mp4")
    assert got.video_path.read_bytes() == standin.clip
    assert got.video_path.name == f"{got.video_id.replace(':', '_')}.mp4"


def test_a_media_file_s_title_is_its_name(fetch_media: Callable[[str], Downloaded]) -> None:
    assert fetch_media("/my%20clip.mp4").metadata["title"] == "my clip"


def test_a_redirect_on_the_same_host_is_followed(
    fetch_media: Callable[[str], Downloaded], standin: TikTokStandin
) -> None:
    assert fetch_media("/to//my%20clip.mp4").video_path.read_bytes() == standin.clip


def test_a_redirect_to_another_host_is_not_followed(
    fetch_media: Callable[[str], Downloaded], sites: tuple[Site, Site]
) -> None:
    failed = failure(lambda: fetch_media(f"/to/http://{sites[1].host}/my%20clip.mp4"))
    assert failed.failure_class is FailureClass.PERMANENT
    assert "MEDIA_HOSTS" in failed.reason
    assert sites[1].asked == []


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/gone.mp4", FailureClass.PERMANENT),
        ("/refused.mp4", FailureClass.AUTH_NEEDED),
        ("/page.mp4", FailureClass.INVALID_MEDIA),
        ("/empty.mp4", FailureClass.TRANSIENT),
    ],
)
def test_a_media_file_s_failure_has_its_class(
    path: str, expected: FailureClass, fetch_media: Callable[[str], Downloaded]
) -> None:
    failed = failure(lambda: fetch_media(path))
    assert failed.failure_class is expected, failed.reason


def test_a_media_server_that_is_down_is_transient(set_up: Callable[..., Settings]) -> None:
    settings = set_up(media_hosts="127.0.0.1:9")
    link = canonical_link("http://127.0.0.1:9/a.mp4", settings)
    assert failure(lambda: TikTokDownloader(settings).fetch(link)).failure_class is FailureClass.TRANSIENT


def local(settings: Settings, path: Path) -> Link:
    return canonical_link(str(path), settings)


def test_a_local_file_stays_where_it_is(
    set_up: Callable[..., Settings], standin: TikTokStandin, tmp_path: Path
) -> None:
    settings = set_up(media_roots=str(tmp_path))
    (tmp_path / "a.mp4").write_bytes(standin.clip)
    got = TikTokDownloader(settings).fetch(local(settings, tmp_path / "a.mp4"))
    assert got.video_path == (tmp_path / "a.mp4").resolve()
    assert not settings.media_dir.exists()


def test_a_text_file_named_mp4_is_invalid_media(set_up: Callable[..., Settings], tmp_path: Path) -> None:
    settings = set_up(media_roots=str(tmp_path))
    (tmp_path / "a.mp4").write_text("hello")
    link = local(settings, tmp_path / "a.mp4")
    assert failure(lambda: TikTokDownloader(settings).fetch(link)).failure_class is FailureClass.INVALID_MEDIA


def test_a_local_file_that_went_away_is_permanent(set_up: Callable[..., Settings], tmp_path: Path) -> None:
    settings = set_up(media_roots=str(tmp_path))
    (tmp_path / "a.mp4").write_text("hello")
    link = local(settings, tmp_path / "a.mp4")
    (tmp_path / "a.mp4").unlink()
    assert failure(lambda: TikTokDownloader(settings).fetch(link)).failure_class is FailureClass.PERMANENT
