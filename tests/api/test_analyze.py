import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from api import create_app
from mass_processing.records import FailureClass, Job
from mass_processing.results import segment_rows
from mass_processing.settings import Settings
from mass_processing.store import Store, open_store
from tests.dashboard.seed import analysis, link, outcome

StartWorker = Callable[[Callable[[Job], object]], None]


def analysed(store: Store) -> Callable[[Job], object]:
    """Finishes a job with two analyzers, one of which failed."""

    def act(job: Job) -> None:
        document = analysis(job, {"cut_analysis": outcome(), "color_analysis": outcome(status="failed", reason="x")})
        assert store.finish_analysis(job, analysis=document, segments=segment_rows(document))

    return act


def code_of(answer: Any) -> str:
    return str(answer.json["error"]["code"])


def test_a_file_is_analysed_and_the_answer_has_its_numbers(
    client: FlaskClient, store: Store, worker: StartWorker, video: Path, backend_settings: Settings
) -> None:
    worker(analysed(store))

    answer = client.post("/analyze", json={"video_path": str(video)})

    assert answer.status_code == 200
    (job,) = store.jobs()
    assert answer.json == {
        "status": "completed",
        "video_id": job.video_id,
        "successful_analyzers": 1,
        "total_analyzers": 2,
        "results_file": str(backend_settings.results_dir / f"{job.video_id.replace(':', '_')}.json"),
        "processing_time": 2.5,
        "realtime_factor": 0.25,
    }


def test_the_video_overtakes_all_others(client: FlaskClient, store: Store, worker: StartWorker, video: Path) -> None:
    worker(analysed(store))

    client.post("/analyze", json={"video_path": str(video)})

    (job,) = store.jobs()
    assert job.priority == 10


def test_a_known_video_is_answered_at_once_and_again_runs_it_anew(
    client: FlaskClient, store: Store, worker: StartWorker, video: Path
) -> None:
    runs: list[int] = []

    def note_and_finish(job: Job) -> None:
        runs.append(job.run)
        analysed(store)(job)

    for _ in range(2):
        worker(note_and_finish)
        answer = client.post("/analyze", json={"video_path": str(video), "again": len(runs) == 1})
        assert answer.status_code == 200
    once_more = client.post("/analyze", json={"video_path": str(video)})

    assert runs == [1, 2]
    assert once_more.status_code == 200


@pytest.mark.parametrize(
    ("kind", "status"),
    [(FailureClass.INVALID_MEDIA, 422), (FailureClass.CRASHED, 502), (FailureClass.TIMED_OUT, 502)],
)
def test_a_failed_video_is_answered_with_class_and_reason(
    client: FlaskClient, store: Store, worker: StartWorker, video: Path, kind: FailureClass, status: int
) -> None:
    worker(lambda job: store.fail(job, kind, "moov atom not found"))

    answer = client.post("/analyze", json={"video_path": str(video)})

    assert answer.status_code == status
    assert answer.json is not None
    assert answer.json["error"]["code"] == kind
    assert answer.json["error"]["message"] == "moov atom not found"
    assert answer.json["video_id"].startswith("file:")


def test_a_file_outside_the_roots_is_refused_whether_it_is_there_or_not(client: FlaskClient, tmp_path: Path) -> None:
    there = tmp_path / "secret.mp4"
    there.write_bytes(b"x")

    answers = [client.post("/analyze", json={"video_path": str(path)}) for path in (there, tmp_path / "nothing.mp4")]

    assert [answer.status_code for answer in answers] == [403, 403]


def test_a_link_out_of_the_roots_is_refused(client: FlaskClient, videos: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.mp4"
    secret.write_bytes(b"x")
    (videos / "inside.mp4").symlink_to(secret)

    answer = client.post("/analyze", json={"video_path": str(videos / "inside.mp4")})

    assert answer.status_code == 403


@pytest.mark.parametrize("climb", ["../secret.mp4", "../../etc/passwd"])
def test_climbing_out_of_the_roots_is_refused(client: FlaskClient, videos: Path, climb: str) -> None:
    assert client.post("/analyze", json={"video_path": f"{videos}/{climb}"}).status_code == 403


def test_a_missing_file_is_a_404_with_its_path(client: FlaskClient, videos: Path) -> None:
    answer = client.post("/analyze", json={"video_path": str(videos / "gone.mp4")})

    assert answer.status_code == 404
    assert "gone.mp4" in answer.text


def test_an_empty_file_and_a_folder_are_no_videos(client: FlaskClient, videos: Path) -> None:
    (videos / "empty.mp4").touch()

    answers = [client.post("/analyze", json={"video_path": str(path)}) for path in (videos / "empty.mp4", videos)]

    assert [(answer.status_code, code_of(answer)) for answer in answers] == [(422, "invalid_media")] * 2


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({}, id="nothing named"),
        pytest.param({"video_path": "clip.mp4"}, id="a relative path"),
        pytest.param({"video_path": "/clip\n.mp4"}, id="a control character"),
        pytest.param({"video_path": 7}, id="a number"),
        pytest.param({"video_path": None}, id="null"),
        pytest.param({"video_path": "/a.mp4", "url": "https://a.example/b"}, id="two things named"),
        pytest.param({"video_path": "/a.mp4", "extra": 1}, id="an unknown field"),
        pytest.param({"url": "/etc/passwd"}, id="a path for a link"),
        pytest.param({"url": "https://evil.example/a.mp4"}, id="an unknown host"),
        pytest.param({"video_path": "/a.mp4", "timeout_s": 0}, id="no time"),
        pytest.param(["/a.mp4"], id="no object"),
    ],
)
def test_a_bad_body_is_a_400_with_a_message(client: FlaskClient, store: Store, body: Any) -> None:
    answer = client.post("/analyze", json=body)

    assert answer.status_code == 400
    assert answer.json is not None
    assert answer.json["error"]["message"]
    assert store.jobs() == []


def test_text_that_is_not_json_is_a_415(client: FlaskClient) -> None:
    assert client.post("/analyze", data="video_path=/a.mp4").status_code == 415


def test_without_a_worker_nothing_is_queued_and_it_says_when_to_come_back(
    client: FlaskClient, store: Store, video: Path
) -> None:
    answer = client.post("/analyze", json={"video_path": str(video)})

    assert answer.status_code == 503
    assert code_of(answer) == "no_worker"
    assert answer.headers["Retry-After"] == "30"
    assert store.jobs() == []


def test_a_link_needs_a_download_worker(client: FlaskClient, store: Store) -> None:
    store.heartbeat("cpu1@host", "cpu", "running", "host", 4711, {})

    answer = client.post("/analyze", json={"url": link().url})

    assert answer.status_code == 503
    assert "no download worker" in answer.text


def test_what_is_not_done_in_time_is_a_504_with_its_id_and_goes_on(
    client: FlaskClient, store: Store, video: Path
) -> None:
    store.heartbeat("cpu1@host", "cpu", "running", "host", 4711, {})

    answer = client.post("/analyze", json={"video_path": str(video), "timeout_s": 1})

    assert answer.status_code == 504
    assert answer.json is not None
    (job,) = store.jobs()
    assert answer.json["video_id"] == job.video_id
    assert job.status == "processing"


def test_when_every_place_is_taken_the_next_request_is_sent_away(
    knobs: Settings, store: Store, worker: StartWorker, videos: Path
) -> None:
    app = create_app(knobs, store, max_waiting=1)
    paths = [videos / "a.mp4", videos / "b.mp4"]
    for path in paths:
        path.write_bytes(path.name.encode())
    taken, go_on = threading.Event(), threading.Event()

    def hold(job: Job) -> None:
        taken.set()
        go_on.wait(20)
        analysed(store)(job)

    worker(hold)
    first: list[int] = []
    waiting = threading.Thread(
        target=lambda: first.append(app.test_client().post("/analyze", json={"video_path": str(paths[0])}).status_code)
    )
    waiting.start()
    assert taken.wait(20)
    second = app.test_client().post("/analyze", json={"video_path": str(paths[1])})
    go_on.set()
    waiting.join()

    assert (second.status_code, code_of(second)) == (503, "too_many_waiting")
    assert "Retry-After" in second.headers
    assert first == [200]


def test_a_page_of_another_site_can_not_start_an_analysis(client: FlaskClient, store: Store, video: Path) -> None:
    answer = client.post("/analyze", json={"video_path": str(video)}, headers={"Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 403
    assert store.jobs() == []


def test_without_a_database_it_is_a_503(knobs: Settings, video: Path) -> None:
    answer = create_app(knobs, open_store(knobs)).test_client().post("/analyze", json={"video_path": str(video)})

    assert answer.status_code == 503
    assert code_of(answer) == "backend_away"
