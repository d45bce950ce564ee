"""What do the tests of downloads share: the running stand-in and settings that lead to it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mass_processing.settings import Settings
from mass_processing.tiktok_downloader import Downloaded, TikTokDownloader
from mass_processing.urls import canonical_link
from tests.standin.clip import make_clip
from tests.standin.server import TikTokStandin


@pytest.fixture(scope="module")
def standin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TikTokStandin]:
    folder = tmp_path_factory.mktemp("standin")
    with TikTokStandin(folder, make_clip(folder / "clip.mp4")) as running:
        yield running


@pytest.fixture
def set_up(standin: TikTokStandin, tmp_path: Path) -> Callable[..., Settings]:
    """Settings that lead to the stand-in, with impatient time-outs; more by name."""

    def make(**values: str) -> Settings:
        usual = {
            "VAR_DIR": str(tmp_path / "var"),
            "DOWNLOAD_CA_FILE": str(standin.ca_file),
            "DISK_MIN_FREE_GB": "0",
            "YTDLP_OPTIONS": '{"socket_timeout": 2, "retries": 1}',
        }
        return Settings.read({**usual, **{name.upper(): value for name, value in values.items()}})

    return make


@pytest.fixture
def settings(set_up: Callable[..., Settings]) -> Settings:
    return set_up()


@pytest.fixture
def fetch(standin: TikTokStandin, settings: Settings) -> Callable[[str], Downloaded]:
    def run(url: str) -> Downloaded:
        return TikTokDownloader(settings).fetch(canonical_link(url, settings), proxy=standin.proxy)

    return run
