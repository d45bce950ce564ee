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
        ("MEDIA_KEEP", "for ever", "MEDIA_KEEP should be always, until_analyzed or a number of days, not 'for ever'"),
        ("MEDIA_KEEP", "nan", "MEDIA_KEEP should be"),
        ("MEDIA_S3_SECRET", "x", "MEDIA_S3_KEY and MEDIA_S3_SECRET go together"),
        ("MEDIA_S3_ENDPOINT", "minio:9000", "MEDIA_S3_ENDPOINT should be http"),
    ],
    ids=[
        "a word for a port",
        "a unit in a number",
        "a negative depth",
        "words for days",
        "no number of days",
        "a secret without its key",
        "an endpoint without a scheme",
    ],
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


@pytest.mark.parametrize(
    "url",
    ["/media", "ftp://a/b", "s3://", "s3://key:hunter2@bucket", "s3://bucket?secret=hunter2", "file://host/media"],
)
def test_a_place_for_media_that_is_none_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(Refused, match="MEDIA_URL should be file:///folder or s3://bucket/prefix") as refused:
        Settings.read({"MEDIA_URL": url})
    assert "hunter2" not in str(refused.value)


def test_a_folder_for_media_is_where_they_lie(tmp_path: Path) -> None:
    assert Settings.read({"MEDIA_URL": f"file://{tmp_path}/my%20media"}).media_dir == tmp_path / "my media"


def test_a_bucket_needs_a_folder_for_what_is_at_work(tmp_path: Path) -> None:
    knobs = Settings.read({"VAR_DIR": str(tmp_path), "MEDIA_URL": "s3://videos/tiktok"})
    assert (knobs.media_is_remote, knobs.media_dir) == (True, tmp_path / "media")


@pytest.mark.parametrize(("keep", "days"), [("always", None), ("until_analyzed", 0.0), ("2.5", 2.5)])
def test_media_are_kept_for_ever_until_they_are_analysed_or_for_days(keep: str, days: float | None) -> None:
    assert Settings.read({"MEDIA_KEEP": keep}).media_keep_days == days


def test_settings_that_are_shown_hold_no_secret() -> None:
    assert "hunter2" not in repr(Settings.read({"MEDIA_S3_KEY": "AKIA", "MEDIA_S3_SECRET": "hunter2"}))
