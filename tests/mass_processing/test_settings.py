from pathlib import Path

import pytest

from mass_processing.errors import Refused
from mass_processing.settings import PROJECT, Settings, documented


def test_the_defaults_write_below_the_project_only() -> None:
    knobs = Settings.read({})
    assert (knobs.var_dir, knobs.results_dir) == (PROJECT / "var", PROJECT / "results")


def test_a_var_dir_takes_results_and_logs_with_it(tmp_path: Path) -> None:
    knobs = Settings.read({"VAR_DIR": str(tmp_path)})
    assert (knobs.results_dir, knobs.log_dir) == (tmp_path / "results", tmp_path / "logs")


def test_everything_listens_on_loopback_and_lets_nothing_in() -> None:
    knobs = Settings.read({})
    assert (knobs.bind_host, knobs.media_hosts, knobs.media_roots) == ("127.0.0.1", (), ())


def test_lists_are_split_at_commas() -> None:
    assert Settings.read({"MEDIA_HOSTS": "a.example, b.example:8080,"}).media_hosts == ("a.example", "b.example:8080")


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("DASHBOARD_PORT", "five", "DASHBOARD_PORT should be a whole number, not 'five'"),
        ("DOWNLOAD_MIN_DELAY", "2s", "DOWNLOAD_MIN_DELAY should be a number, not '2s'"),
        ("FEED_DEPTH", "-1", "FEED_DEPTH should not be negative"),
    ],
    ids=["a word for a port", "a unit in a number", "a negative depth"],
)
def test_a_wrong_value_is_refused_by_name(name: str, value: str, says: str) -> None:
    with pytest.raises(Refused, match=says):
        Settings.read({name: value})


def test_the_sockets_of_a_deep_folder_still_fit(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*["a-rather-long-folder-name"] * 6)
    assert len(str(Settings(var_dir=deep).socket_dir / ".s.PGSQL.5432.lock")) < 108


def test_two_clones_have_sockets_of_their_own(tmp_path: Path) -> None:
    deep = "x" * 100
    assert Settings(var_dir=tmp_path / deep / "a").socket_dir != Settings(var_dir=tmp_path / deep / "b").socket_dir


@pytest.mark.parametrize("url", ["hidden.example/hook", "ftp://hidden", "https://", "data:hidden", "https://é.hidden"])
def test_a_webhook_goes_to_http_addresses_only_and_a_wrong_one_is_not_repeated(url: str) -> None:
    with pytest.raises(Refused, match="WEBHOOK_URL should name addresses like") as refused:
        Settings.read({"WEBHOOK_URL": f"https://example.org/hook,{url}"})
    assert "hidden" not in str(refused.value)


def test_a_webhook_s_secret_is_not_shown_with_the_settings() -> None:
    assert "hidden" not in repr(Settings.read({"WEBHOOK_SECRET": "hidden"}))


def test_links_lead_to_the_dashboard_as_others_reach_it() -> None:
    assert Settings.read({"BIND_HOST": "0.0.0.0"}).pages_address == "http://127.0.0.1:5000"
    assert Settings.read({"DASHBOARD_URL": "https://videos.example/"}).pages_address == "https://videos.example"


def test_every_setting_says_what_it_is() -> None:
    assert all(about for _, _, about in documented())


def test_a_heartbeat_is_never_longer_than_a_third_of_a_lease() -> None:
    assert Settings.read({"LEASE_SECONDS": "6", "HEARTBEAT_SECONDS": "15"}).heartbeat_seconds == 2.0
    assert Settings.read({"LEASE_SECONDS": "60", "HEARTBEAT_SECONDS": "1"}).heartbeat_seconds == 1.0
