import socket
from dataclasses import replace
from pathlib import Path

import pytest

from mass_processing.settings import Settings
from mass_processing.system.bring_up import port_is_free
from mass_processing.system.demo_settings import demo_environment, demo_settings


@pytest.fixture
def knobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name in ("DASHBOARD_PORT", "API_PORT", "FLOWER_PORT", "DEMO_MEDIA_PORT"):
        monkeypatch.delenv(name, raising=False)
    return Settings(var_dir=tmp_path)


def test_the_demo_has_a_folder_and_ports_of_its_own(knobs: Settings) -> None:
    demo = demo_settings(knobs)
    assert demo.var_dir == knobs.var_dir / "demo"
    assert not {demo.dashboard_port, demo.api_port, demo.flower_port} & {5000, 8003, 5555}


def test_a_second_demo_finds_the_ports_of_the_first(knobs: Settings) -> None:
    assert demo_environment(knobs) == demo_environment(knobs)


def test_a_port_in_use_is_not_chosen(knobs: Settings) -> None:
    first = demo_settings(knobs).dashboard_port
    with socket.create_server(("127.0.0.1", first)):
        other = replace(knobs, var_dir=knobs.var_dir / "clone")
        assert demo_settings(other).dashboard_port != first


def test_a_port_that_is_named_is_taken(knobs: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DASHBOARD_PORT", "5999")
    assert demo_settings(knobs).dashboard_port == 5999


def test_a_port_somebody_listens_on_is_not_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert not port_is_free("127.0.0.1", server.getsockname()[1])


OUTSIDE = {
    "DATABASE_URL": "postgresql://production/db",
    "SUPABASE_URL": "https://production.supabase.co",
    "REDIS_URL": "redis://production:6379/0",
    "MEDIA_URL": "s3://production",
    "WEBHOOK_URL": "https://production.example/hook",
}


def test_the_demo_leaves_alone_what_is_configured_about_the_world_outside(
    knobs: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in OUTSIDE.items():
        monkeypatch.setenv(name, value)
    demo = demo_settings(knobs)
    assert (demo.embedded_postgres, demo.embedded_redis) == (True, True)
    assert (demo.media_is_remote, demo.webhook_url) == (False, ())


def test_the_demo_tries_what_is_configured_when_it_is_asked_to(knobs: Settings) -> None:
    assert not OUTSIDE.keys() & demo_environment(knobs, configured=True).keys()


def test_links_of_others_that_it_finds_in_a_configured_database_are_allowed_there_too(knobs: Settings) -> None:
    named = replace(knobs, media_hosts=("media.example",))
    assert demo_environment(named, configured=True)["MEDIA_HOSTS"].endswith(",media.example")
    assert "media.example" not in demo_environment(named)["MEDIA_HOSTS"]
