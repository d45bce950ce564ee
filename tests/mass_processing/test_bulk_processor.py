"""How do scripts take videos in and get their results?"""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mass_processing.bulk_processor import BulkProcessor
from mass_processing.errors import Refused
from mass_processing.follow import NobodyWorks, NotDoneYet
from mass_processing.records import FailureClass, JobStatus, Link, Stage
from mass_processing.settings import Settings, settings
from mass_processing.store import Store
from tests.mass_processing.store.acts import ANALYSIS, Database, add, claimed, completed, segment, tiktok

POST = "https://www.tiktok.com/@someone/video/7301234567890123456"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, backend_settings: Settings, tmp_path: Path) -> Iterator[None]:
    """The test's own servers; Redis is away, which taking videos in doesn't mind."""
    monkeypatch.setenv("VAR_DIR", str(backend_settings.var_dir))
    monkeypatch.setenv("REDIS_URL", f"redis+socket://{tmp_path}/none.sock")
    settings.cache_clear()
    yield
    settings.cache_clear()


@pytest.fixture
def processor(store: Store, backend_settings: Settings) -> BulkProcessor:
    return BulkProcessor(backend_settings, store)


@pytest.fixture
def cpu_worker(store: Store) -> Iterator[Callable[[str], None]]:
    """Takes every video at once: completes it, or fails those whose file holds b"bad"."""
    store.heartbeat("cpu1@here", "cpu", "running", "here", 7, {})
    over = threading.Event()

    def work() -> None:
        while not over.wait(0.05):
            job = store.claim(Stage.CPU, "cpu1@here")
            if job is None:
                continue
            if job.video_path and Path(job.video_path).read_bytes() == b"bad":
                store.fail(job, FailureClass.INVALID_MEDIA, "no pictures")
            else:
                store.finish_analysis(job, analysis=ANALYSIS, segments=[segment(0.0)])

    worker = threading.Thread(target=work)
    worker.start()
    yield lambda state: store.heartbeat("cpu1@here", "cpu", state, "here", 7, {})
    over.set()
    worker.join()


def test_add_reports_what_became_of_every_line(processor: BulkProcessor) -> None:
    report = processor.add([POST, "", "nonsense", POST], priority=7, batch="spring")
    assert (report.added, report.known) == (1, 1)
    assert [line.line_number for line in report.refused] == [3]
    assert [link.outcome for link in report.links] == ["added", "known"]


def test_add_takes_a_list_larger_than_one_piece(processor: BulkProcessor, store: Store) -> None:
    report = processor.add(str(7301234567890120000 + number) for number in range(1201))
    assert report.added == len(report.links) == store.stats().jobs["total"] == 1201


def test_only_one_piece_is_read_ahead(processor: BulkProcessor, store: Store) -> None:
    in_the_queue = {}

    def links() -> Iterator[Link]:
        for number in range(1, 10_502):
            if number in (500, 10_501):
                in_the_queue[number] = store.stats().jobs["total"]
            yield tiktok(number)

    list(processor.add_in_pieces(links()))
    assert in_the_queue[500] == 0
    assert in_the_queue[10_501] >= 500


def test_a_long_list_answers_for_every_line_in_order(processor: BulkProcessor, store: Store) -> None:
    ids = [7301234567890120000 + number for number in range(11_000)]
    lines = [*map(str, ids), "nonsense", str(ids[0]), str(ids[-1] + 1), str(ids[-1])]
    report = processor.add(lines)
    assert (report.added, report.known) == (11_001, 2)
    assert [line.line_number for line in report.refused] == [11_001]
    assert [link.video_id for link in report.links[-3:]] == [f"tiktok:{n}" for n in (ids[0], ids[-1] + 1, ids[-1])]
    assert [link.outcome for link in report.links[-3:]] == ["known", "added", "known"]


def test_a_long_list_is_counted_without_naming_its_links(processor: BulkProcessor) -> None:
    reports = list(processor.add_in_pieces([tiktok(number) for number in range(1, 2_001)], each=False))
    assert sum(report.added for report in reports) == 2_000
    assert reports[-1].links == ()


@pytest.mark.parametrize("priority", [0, 11])
def test_a_priority_outside_1_to_10_is_refused(processor: BulkProcessor, priority: int) -> None:
    with pytest.raises(Refused, match=f"1 to 10 .* not {priority}"):
        processor.add([POST], priority=priority)


@pytest.mark.parametrize("batch", ["", "x" * 101, "a\nb"], ids=["empty", "too long", "two lines"])
def test_a_batch_label_that_can_not_be_stored_is_refused(processor: BulkProcessor, batch: str) -> None:
    with pytest.raises(Refused, match="batch label"):
        processor.add([POST], batch=batch)


def test_process_now_again_answers_with_the_new_status(processor: BulkProcessor, store: Store) -> None:
    completed(store, 7301234567890123456)
    link = processor.process_now(POST, again=True)
    assert (link.outcome, link.status) == ("requeued", JobStatus.PROCESSING)


def test_process_directory_answers_one_result_per_video(
    processor: BulkProcessor, cpu_worker: object, tmp_path: Path
) -> None:
    for name, content in {"a.mp4": b"one", "b.mp4": b"bad", "copy of a.mp4": b"one", "notes.txt": b""}.items():
        (tmp_path / name).write_bytes(content)
    done, failed = processor.process_directory(tmp_path, timeout_s=30)
    assert (done["status"], done["video_path"]) == ("completed", str(tmp_path / "a.mp4"))
    assert done["results_file"].endswith(".json")
    assert done["analyzer_results"]["cut_analysis"]["status"] == "ok"
    assert (failed["status"], failed["reason"]) == ("failed", "no pictures")


def test_process_directory_names_a_file_that_can_not_be_read(
    processor: BulkProcessor, cpu_worker: object, tmp_path: Path
) -> None:
    (tmp_path / "empty.mp4").touch()
    (result,) = processor.process_directory(tmp_path)
    assert (result["status"], result["video_path"]) == ("refused", str(tmp_path / "empty.mp4"))
    assert "is empty" in result["reason"]


def test_process_directory_tries_again_what_failed_before_and_keeps_what_is_done(
    processor: BulkProcessor, cpu_worker: object, tmp_path: Path
) -> None:
    for name, content in {"a.mp4": b"one", "b.mp4": b"bad"}.items():
        (tmp_path / name).write_bytes(content)
    processor.process_directory(tmp_path, timeout_s=30)
    done, failed = processor.process_directory(tmp_path, timeout_s=30)
    assert (done["run"], failed["run"]) == (1, 2)


def test_analyze_file_goes_before_all_others(processor: BulkProcessor, cpu_worker: object, tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"one")
    video = processor.analyze_file(tmp_path / "a.mp4", timeout_s=30)
    assert (video["status"], video["priority"]) == ("completed", 10)


def test_analyze_file_again_analyses_a_completed_file_anew(
    processor: BulkProcessor, cpu_worker: object, tmp_path: Path
) -> None:
    (tmp_path / "a.mp4").write_bytes(b"one")
    first = processor.analyze_file(tmp_path / "a.mp4", timeout_s=30)
    same = processor.analyze_file(tmp_path / "a.mp4", timeout_s=30)
    again = processor.analyze_file(tmp_path / "a.mp4", again=True, timeout_s=30)
    assert (same["run"], again["run"]) == (first["run"], first["run"] + 1)


def test_without_a_worker_nothing_is_waited_for(processor: BulkProcessor, store: Store, tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"one")
    with pytest.raises(NobodyWorks, match=r"\./start_workers\.sh"):
        processor.process_directory(tmp_path)
    assert store.stats().jobs["total"] == 0


def test_a_video_that_takes_too_long_stays_in_the_queue(processor: BulkProcessor, store: Store, tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"one")
    store.heartbeat("cpu1@here", "cpu", "running", "here", 7, {})
    with pytest.raises(NotDoneYet, match="1 of 1 videos not done"):
        processor.analyze_file(tmp_path / "a.mp4", timeout_s=0)
    assert store.stats().jobs["processing"] == 1


def test_a_missing_file_is_refused(processor: BulkProcessor, cpu_worker: object, tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"none\.mp4 can't be read"):
        processor.analyze_file(tmp_path / "none.mp4")


def test_a_given_store_stays_open(backend_settings: Settings, store: Store, database: Database) -> None:
    with BulkProcessor(backend_settings, store) as processor:
        processor.add([POST])
    add(store, [tiktok(1)])
    assert claimed(store).video_id == "tiktok:7301234567890123456"


def test_an_analyzer_is_run_again_on_videos_that_have_an_older_answer(processor: BulkProcessor, store: Store) -> None:
    completed(store, 1)
    assert processor.reanalyze(["cut_analysis"], dry_run=True) == 1
    assert processor.reanalyze(["cut_analysis"], videos=["tiktok:404"]) == 0
    assert processor.reanalyze(["cut_analysis"], videos=[]) == 0
    assert processor.reanalyze(["cut_analysis"]) == 1
    assert "cut_analysis" in claimed(store, Stage.CPU).redo


def test_more_videos_are_named_than_one_call_takes(processor: BulkProcessor, store: Store) -> None:
    completed(store, 1)
    names = [f"tiktok:{number}" for number in range(1200, -1, -1)]
    assert processor.reanalyze(["cut_analysis"], videos=names) == 1


def test_running_nothing_again_is_refused(processor: BulkProcessor) -> None:
    with pytest.raises(Refused, match="name at least one analyzer"):
        processor.reanalyze([])
