"""What can an operator set, and what leads downloads from outside?"""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mass_processing.errors import Refused
from mass_processing.settings import Settings
from mass_processing.tiktok_downloader import TikTokDownloader
from mass_processing.urls import canonical_link
from tests.standin.behaviours import Behaviour, post_id, post_url
from tests.standin.server import TikTokStandin

PROJECT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(
    "name",
    [
        "exec_cmd", "exec", "postprocessors", "outtmpl", "paths", "cookiefile", "cookiesfrombrowser", "config_location",
        "plugin_dirs", "external_downloader", "external_downloader_args", "ffmpeg_location", "netrc_cmd", "usenetrc",
        "cachedir", "download_archive", "allowed_extractors", "enable_file_urls", "default_search", "js_runtimes",
        "print_to_file", "writeinfojson", "load_info_filename", "proxy", "client_certificate", "no-such-option",
    ],
)  # fmt: skip
def test_options_that_run_programs_or_choose_paths_are_refused_by_name(name: str) -> None:
    with pytest.raises(Refused, match=f"'{name}'"):
        TikTokDownloader(Settings.read({"YTDLP_OPTIONS": json.dumps({name: "x"})}))


@pytest.mark.parametrize("text", ["{", "[1]", '"exec"'])
def test_options_that_are_no_json_object_are_refused(text: str) -> None:
    with pytest.raises(Refused, match="YTDLP_OPTIONS"):
        TikTokDownloader(Settings.read({"YTDLP_OPTIONS": text}))


def test_a_harmless_option_reaches_yt_dlp(set_up: Callable[..., Settings], standin: TikTokStandin) -> None:
    settings = set_up(ytdlp_options='{"http_headers": {"X-Research": "yes"}, "impersonate": "chrome"}')
    TikTokDownloader(settings).fetch(canonical_link(post_url(Behaviour.SUCCESS, 30), settings), proxy=standin.proxy)
    page = next(asked for asked in standin.asked if post_id(Behaviour.SUCCESS, 30) in asked.path)
    assert {name.lower(): value for name, value in page.headers.items()}["x-research"] == "yes"


PROGRAM = """
import json, sys
from mass_processing.tiktok_downloader import TikTokDownloader
print(json.dumps(TikTokDownloader().download_video(sys.argv[1])))
"""


def run_from_outside(url: str, standin: TikTokStandin, var_dir: Path, **environment: str) -> dict[str, Any]:
    """In a process of its own that knows of the stand-in only through the usual variables."""
    variables = {
        "PATH": os.environ["PATH"],
        "VAR_DIR": str(var_dir),
        "HTTPS_PROXY": standin.proxy,
        "NO_PROXY": "127.0.0.1,localhost",
        "SSL_CERT_FILE": str(standin.ca_file),
        "REQUESTS_CA_BUNDLE": str(standin.ca_file),
        "DISK_MIN_FREE_GB": "0",
        "DOWNLOAD_MIN_DELAY": "0",
        "DOWNLOADS_PER_MINUTE": "60000",
        **environment,
    }
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, url], cwd=PROJECT, env=variables, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_the_usual_variables_lead_to_the_stand_in(standin: TikTokStandin, tmp_path: Path) -> None:
    answer = run_from_outside(post_url(Behaviour.SUCCESS, 40), standin, tmp_path / "var")
    assert set(answer) == {"video_path", "video_id", "url", "metadata"}
    assert Path(answer["video_path"]).read_bytes() == standin.served("h264_540p")


def test_no_plugin_is_loaded(standin: TikTokStandin, tmp_path: Path) -> None:
    """yt-dlp runs every Python file in a folder of this name on the import path."""
    plugin = tmp_path / "lib" / "yt_dlp_plugins" / "extractor"
    plugin.mkdir(parents=True)
    (plugin / "spy.py").write_text(f"open({str(tmp_path / 'it ran')!r}, 'w')\n")
    run_from_outside(post_url(Behaviour.SUCCESS, 41), standin, tmp_path / "var", PYTHONPATH=str(tmp_path / "lib"))
    assert not (tmp_path / "it ran").exists()
