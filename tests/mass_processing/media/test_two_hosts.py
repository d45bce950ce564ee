"""Do machines that share nothing but a bucket and a database download on one and analyse on the other?"""

import itertools
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mass_processing.engine import Engine, EngineConfig
from mass_processing.held_jobs import HeldJobs
from mass_processing.leases import LeaseKeeper
from mass_processing.media import Media
from mass_processing.media.names import original_key, poster_key, preview_key
from mass_processing.media.retention import keep_to_limit
from mass_processing.pipeline import Pipeline
from mass_processing.records import Link, Stage
from mass_processing.settings import Settings
from mass_processing.store import Store
from mass_processing.tiktok_downloader import Downloaded, TikTokDownloader
from mass_processing.urls import canonical_link
from tests.mass_processing.store.acts import Database
from tests.standin.behaviours import Behaviour, post_url
from tests.standin.clip import make_clip
from tests.standin.server import TikTokStandin

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def standin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TikTokStandin]:
    folder = tmp_path_factory.mktemp("standin")
    with TikTokStandin(folder, make_clip(folder / "clip.mp4")) as running:
        yield running


class Downloads:
    """The real downloader, on its way to the stand-in."""

    def __init__(self, settings: Settings, standin: TikTokStandin) -> None:
        self._downloader = TikTokDownloader(settings)
        self._standin = standin

    def fetch(self, link: Link, *, cancelled: Callable[[], bool]) -> Downloaded:
        return self._downloader.fetch(link, cancelled=cancelled, proxy=self._standin.proxy)


@pytest.fixture
def machine(
    host: Callable[..., Settings], standin: TikTokStandin, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Settings]:
    def make(name: str, **values: str) -> Settings:
        # What the engine reads, a process of its own; where files go, every video gets a preview.
        monkeypatch.setenv("VAR_DIR", str(host(name).var_dir))
        monkeypatch.setenv("MEDIA_KEEP", "until_analyzed")
        return host(name, download_ca_file=str(standin.ca_file), disk_min_free_gb="0", **values)

    return make


#: Each worker stands for a process of its own, which holds a lock in its own folder.
_NUMBERS = itertools.count()


@contextmanager
def worker(store: Store, knobs: Settings, name: str) -> Iterator[Pipeline]:
    keeper = LeaseKeeper(store, name, 1.0, HeldJobs(knobs.var_dir / f"held-{next(_NUMBERS)}"))
    yield Pipeline(store, keeper, name, knobs, stopping=lambda: False, pause=lambda _why, _seconds: None)
    keeper.close()


def download(store: Store, knobs: Settings, standin: TikTokStandin) -> str:
    """Where it lies then."""
    with worker(store, knobs, "download1@one") as pipeline:
        assert pipeline.download_one(Downloads(knobs, standin))
    (job,) = store.jobs()
    video = store.video(job.video_id)
    assert video is not None
    assert video["status"] == "processing", video["reason"]
    return str(video["video_path"])


def analyze(store: Store, knobs: Settings) -> dict[str, Any]:
    """What is known of the video then."""
    engine = Engine(EngineConfig(card=None, in_flight=1, threads=2, scratch=knobs.var_dir / "scratch"))
    try:
        with worker(store, knobs, "cpu1@two") as pipeline:
            assert pipeline.analyze_one(Stage.CPU, engine)
    finally:
        engine.stop()
    (job,) = store.jobs()
    video = store.video(job.video_id)
    assert video is not None
    return video


def test_downloaded_on_one_and_analysed_on_the_other(
    store: Store, database: Database, machine: Callable[..., Settings], standin: TikTokStandin
) -> None:
    link = canonical_link(post_url(Behaviour.SUCCESS, 1), machine("one"))
    store.add_links([link], priority=5, batch=None)
    location = download(store, machine("one"), standin)
    assert location == f"{machine('one').media_url}/{original_key(link.video_id)}"
    shutil.rmtree(machine("one").var_dir)

    video = analyze(store, machine("two"))
    assert (video["status"], video["video_path"]) == ("completed", location), video["reason"]
    assert video["analyzer_results"]["cut_analysis"]["status"] == "ok"

    # The file goes, what the pages show of it stays.
    database.execute("update processing_queue set ended_at = now() - interval '1 min'")
    assert keep_to_limit(store, machine("two", media_keep="until_analyzed")) == 1
    left = {entry.key for entry in Media(machine("three")).place.entries()}
    assert left == {poster_key(link.video_id), preview_key(link.video_id)}


def test_a_damaged_object_is_downloaded_again(
    store: Store, machine: Callable[..., Settings], standin: TikTokStandin, tmp_path: Path
) -> None:
    link = canonical_link(post_url(Behaviour.SUCCESS, 2), machine("one"))
    store.add_links([link], priority=5, batch=None)
    download(store, machine("one"), standin)
    (tmp_path / "cut.mp4").write_bytes(b"cut off")
    Media(machine("one")).place.put(tmp_path / "cut.mp4", original_key(link.video_id))

    with worker(store, machine("two"), "cpu1@two") as pipeline:
        assert pipeline.analyze_one(Stage.CPU, engine=NoEngine())
    (job,) = store.jobs()
    assert (job.status, job.failure_class) == ("pending", "transient")
    assert "is damaged: s3://videos/" in (job.reason or "")

    download(store, machine("one"), standin)
    with Media(machine("two")).at_hand(claimed_for_analysis(store)) as path:
        assert path.read_bytes() == standin.served("h264_540p")


def test_a_machine_without_the_bucket_leaves_the_video_to_others(
    store: Store, machine: Callable[..., Settings], standin: TikTokStandin
) -> None:
    store.add_links([canonical_link(post_url(Behaviour.SUCCESS, 3), machine("one"))], priority=5, batch=None)
    download(store, machine("one"), standin)
    for wrong in ({"media_url": ""}, {"media_s3_endpoint": "http://127.0.0.1:9"}):
        knobs = replace(machine("two"), **wrong)
        with worker(store, knobs, "cpu1@two") as pipeline:
            pipeline.analyze_one(Stage.CPU, engine=NoEngine())
    (job,) = store.jobs()
    assert (job.status, job.failure_class) == ("processing", "local_fault")


class NoEngine:
    """None of these videos comes as far."""

    def submit(self, *_: Any, **__: Any) -> Any:
        raise AssertionError("it was sent to the engine")

    def cancel(self, key: int) -> None: ...


def claimed_for_analysis(store: Store) -> Any:
    job = store.claim(Stage.CPU, "cpu1@two")
    assert job is not None
    return job
