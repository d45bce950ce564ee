"""What does cleanup delete?"""

import os
import time
from pathlib import Path

from mass_processing.media.names import original_key
from mass_processing.settings import Settings
from mass_processing.store import Store
from tests.mass_processing.cli.conftest import Cli
from tests.mass_processing.store.acts import Database, completed

DAYS = 86_400


def old_completed(store: Store, database: Database, number: int) -> None:
    completed(store, number)
    database.execute("update processing_queue set ended_at = now() - interval '8 days'")


def downloaded_file(settings: Settings, video_id: str, days: float) -> Path:
    path = settings.media_dir / original_key(video_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"video")
    os.utime(path, (time.time() - days * DAYS,) * 2)
    return path


def test_without_a_terminal_it_needs_yes(cli: Cli, store: Store, database: Database) -> None:
    old_completed(store, database, 1)
    said = cli("cleanup")
    assert said.code == 2
    assert "--yes" in said.err
    assert store.stats().jobs["total"] == 1


def test_what_ended_longer_ago_goes_and_the_rest_stays(cli: Cli, store: Store, database: Database) -> None:
    old_completed(store, database, 1)
    completed(store, 2)
    assert cli("cleanup", "--days", 7, "--yes", "--json").document["videos"] == 1
    assert [row.video_id for row in store.jobs()] == ["tiktok:2"]


def test_the_downloaded_file_of_a_deleted_video_goes(
    cli: Cli, store: Store, database: Database, backend_settings: Settings
) -> None:
    old_completed(store, database, 1)
    path = downloaded_file(backend_settings, "tiktok:1", 8)
    assert cli("cleanup", "--yes", "--json").document == {"videos": 1, "files": 1, "bytes": 5}
    assert not path.exists()


def test_the_downloaded_file_of_a_known_video_stays(cli: Cli, store: Store, backend_settings: Settings) -> None:
    completed(store, 2)
    path = downloaded_file(backend_settings, "tiktok:2", 30)
    cli("cleanup", "--yes")
    assert path.exists()
    path.unlink()


def test_a_file_that_has_just_come_stays_even_with_0_days(cli: Cli, backend_settings: Settings) -> None:
    path = downloaded_file(backend_settings, "tiktok:3", 0)
    cli("cleanup", "--days", 0, "--yes")
    assert path.exists()
    path.unlink()


def test_the_result_file_stays(cli: Cli, store: Store, database: Database, backend_settings: Settings) -> None:
    old_completed(store, database, 1)
    result = backend_settings.results_dir / "tiktok_1.json"
    result.parent.mkdir(parents=True, exist_ok=True)
    result.write_text("{}")
    cli("cleanup", "--yes")
    assert result.exists()
    result.unlink()


def test_negative_days_are_a_usage_error(cli: Cli) -> None:
    assert cli("cleanup", "--days", -1, "--yes").code == 2
