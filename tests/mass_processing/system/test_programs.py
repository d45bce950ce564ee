from dataclasses import replace
from pathlib import Path

import pytest

from mass_processing.settings import Settings
from mass_processing.system.programs import Program, programs


def named(settings: Settings, cards: int = 0) -> dict[str, Program]:
    return {program.name: program for program in programs(settings, cards)}


@pytest.fixture
def knobs(tmp_path: Path) -> Settings:
    return Settings(var_dir=tmp_path, cpu_workers=2)


def test_backends_come_first(knobs: Settings) -> None:
    assert [program.group for program in programs(knobs, 0)][:3] == ["backend", "backend", "work"]


def test_a_redis_and_a_postgres_that_are_named_are_not_started(knobs: Settings) -> None:
    named_elsewhere = replace(knobs, redis_url="redis://r:6379/0", database_url="postgresql://p/d")
    assert not {"redis", "postgres"} & named(named_elsewhere).keys()


@pytest.mark.parametrize("cards", [0, 1, 3])
def test_every_card_has_one_gpu_worker(knobs: Settings, cards: int) -> None:
    gpu = [name for name in named(knobs, cards) if name.startswith("gpu")]
    assert gpu == [f"gpu_worker_{card}" for card in range(cards)]


def test_the_number_of_cpu_workers_is_a_setting(knobs: Settings) -> None:
    assert {"cpu_worker_1", "cpu_worker_2"} <= named(knobs).keys()
    assert "cpu_worker_3" not in named(knobs)


def test_downloads_run_in_spawned_processes_with_hard_limits_and_analyses_in_threads(knobs: Settings) -> None:
    found = named(knobs, 1)
    pools = {name: found[name].command[found[name].command.index("-P") + 1] for name in found if "_worker" in name}
    assert pools.pop("download_worker_1") == "prefork"
    assert set(pools.values()) == {"threads"}


def test_a_worker_gets_longer_to_stop_than_its_jobs_get_to_finish(knobs: Settings) -> None:
    assert named(knobs)["cpu_worker_1"].stop_wait > knobs.stop_seconds


def test_logs_have_the_names_that_are_documented(knobs: Settings) -> None:
    logs = {program.log for program in programs(knobs, 1)}
    documented = {
        "download_worker_1.log",
        "gpu_worker_0.log",
        "cpu_worker_1.log",
        "celery_beat.log",
        "flower.log",
        "monitoring_dashboard.log",
        "api.log",
    }
    assert documented <= logs


def test_no_password_stands_on_a_command_line(knobs: Settings) -> None:
    secured = replace(knobs, flower_basic_auth="user:secret", redis_url="redis://:secret@r/0")
    assert not [part for program in programs(secured, 1) for part in program.command if "secret" in part]
