"""Does a media file stay for as long as MEDIA_KEEP says, and as somebody needs it?"""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mass_processing.media import Media
from mass_processing.media.names import details_key, original_key, poster_key, preview_key
from mass_processing.media.retention import keep_to_limit, remove_unneeded_media
from mass_processing.records import FailureClass, JobFilter, Stage
from mass_processing.settings import Settings
from mass_processing.store import Store
from tests.mass_processing.store.acts import ANALYSIS, Database, add, claimed, tiktok

KEEPS = [("until_analyzed", 0.0), ("2", 3.0)]


@pytest.fixture
def store(store_of_each_door: Store) -> Store:
    """Through each door."""
    return store_of_each_door


@pytest.fixture(autouse=True)
def nothing_leaves(database: Database) -> None:
    database.execute("delete from leaving_media")


@pytest.fixture
def knobs(tmp_path: Path) -> Callable[[str], Settings]:
    return lambda keep: Settings.read({"VAR_DIR": str(tmp_path), "MEDIA_KEEP": keep})


def downloaded(store: Store, knobs: Settings, number: int = 1) -> Path:
    """A video that waits for its analysis, and its file."""
    add(store, [tiktok(number)])
    file = knobs.media_dir / original_key(f"tiktok:{number}")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"video")
    an_hour_ago = time.time() - 3600
    os.utime(file, (an_hour_ago, an_hour_ago))
    job = claimed(store, Stage.DOWNLOAD)
    assert store.finish_download(job, video_id=job.video_id, video_path=str(file), metadata={})
    return file


def completed(store: Store, knobs: Settings, number: int = 1) -> Path:
    file = downloaded(store, knobs, number)
    assert store.finish_analysis(claimed(store, Stage.GPU), analysis=ANALYSIS, segments=[])
    return file


def ended_days_ago(database: Database, days: float) -> None:
    database.execute("update processing_queue set ended_at = now() - make_interval(secs => %s)", [days * 86_400 + 1])


@pytest.mark.parametrize(("keep", "days"), KEEPS)
def test_it_goes_when_it_was_kept_for_long_enough(
    store: Store, database: Database, knobs: Callable[[str], Settings], keep: str, days: float
) -> None:
    file = completed(store, knobs(keep))
    ended_days_ago(database, days)
    assert keep_to_limit(store, knobs(keep)) == 1
    assert not file.exists()
    assert keep_to_limit(store, knobs(keep)) == 0
    assert database.execute("select count(*) as n from leaving_media").fetchone() == {"n": 0}


@pytest.mark.parametrize(("keep", "days"), [("always", 1000.0), ("2", 1.0)])
def test_it_stays_until_then(
    store: Store, database: Database, knobs: Callable[[str], Settings], keep: str, days: float
) -> None:
    file = completed(store, knobs(keep))
    ended_days_ago(database, days)
    assert keep_to_limit(store, knobs(keep)) == 0
    assert file.exists()


@pytest.mark.parametrize("state", ["waits", "runs"])
def test_a_video_that_waits_or_runs_keeps_its_own(store: Store, knobs: Callable[[str], Settings], state: str) -> None:
    file = downloaded(store, knobs("until_analyzed"))
    if state == "runs":
        claimed(store, Stage.GPU)
    assert keep_to_limit(store, knobs("until_analyzed")) == 0
    assert file.exists()


def test_a_video_that_failed_keeps_its_own_until_it_is_analysed(
    store: Store, database: Database, knobs: Callable[[str], Settings]
) -> None:
    file = downloaded(store, knobs("until_analyzed"))
    store.fail(claimed(store, Stage.GPU), FailureClass.CRASHED, "twice")
    ended_days_ago(database, 3)
    assert keep_to_limit(store, knobs("until_analyzed")) == 0
    assert file.exists()
    assert keep_to_limit(store, knobs("2")) == 1


def test_a_local_file_that_was_named_is_never_deleted(
    store: Store, database: Database, knobs: Callable[[str], Settings], tmp_path: Path
) -> None:
    file = completed(store, knobs("until_analyzed"))
    database.execute("update processing_queue set source = 'file'")
    ended_days_ago(database, 1)
    assert keep_to_limit(store, knobs("until_analyzed")) == 0
    assert file.exists()


def test_a_video_whose_file_went_is_downloaded_again_when_it_is_requeued(
    store: Store, database: Database, knobs: Callable[[str], Settings]
) -> None:
    completed(store, knobs("until_analyzed"))
    ended_days_ago(database, 1)
    keep_to_limit(store, knobs("until_analyzed"))
    store.requeue(JobFilter(), again=True)
    assert claimed(store, Stage.DOWNLOAD).video_id == "tiktok:1"


def test_a_file_that_was_downloaded_anew_meanwhile_stays(
    store: Store, database: Database, knobs: Callable[[str], Settings]
) -> None:
    file = completed(store, knobs("until_analyzed"))
    ended_days_ago(database, 1)
    store.leaving_media.dismiss(days=0, failed=False, limit=10)  # by somebody who was killed then
    database.execute("update leaving_media set since = since - interval '20 min', tried_at = now() - interval '20 min'")
    os.utime(file)
    assert keep_to_limit(store, knobs("until_analyzed")) == 1
    assert file.exists()


def test_what_a_killed_process_had_begun_is_gone_on_with(
    store: Store, database: Database, knobs: Callable[[str], Settings]
) -> None:
    file = completed(store, knobs("until_analyzed"))
    ended_days_ago(database, 1)
    store.leaving_media.dismiss(days=0, failed=False, limit=10)
    assert keep_to_limit(store, knobs("until_analyzed")) == 0
    database.execute("update leaving_media set tried_at = now() - interval '20 min'")
    assert keep_to_limit(store, knobs("until_analyzed")) == 1
    assert not file.exists()


def test_cleanup_takes_poster_preview_and_details_of_what_is_not_known_any_more(
    store: Store, knobs: Callable[[str], Settings]
) -> None:
    place = Media(knobs("always")).place
    downloaded(store, knobs("always"), 1)
    keys: Any = [make(f"tiktok:{n}") for n in (1, 2) for make in (original_key, poster_key, preview_key)]
    keys += [details_key(f"tiktok:{n}", "body_pose", "0f3a59c2") for n in (1, 2)]
    root = knobs("always").media_dir
    an_hour_ago = time.time() - 3600
    for key in [*keys, "holiday.mp4"]:
        (root / key).parent.mkdir(parents=True, exist_ok=True)
        (root / key).write_bytes(b"1234")
        os.utime(root / key, (an_hour_ago, an_hour_ago))
    assert remove_unneeded_media(store, knobs("always"), 0) == (4, 16)
    assert {entry.key for entry in place.entries()} == {key for key in keys if "tiktok_1." in key}
    assert (root / "holiday.mp4").exists()
