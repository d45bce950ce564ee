import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from dashboard import create_app
from mass_processing.records import FailureClass, JobFilter, JobStatus
from mass_processing.settings import Settings
from mass_processing.store import Store, open_store
from tests.dashboard.seed import all_workers, completed, failed, link, pending


def test_metrics_are_the_document_of_the_status_command(client: FlaskClient, store: Store) -> None:
    failed(store, 1, FailureClass.PERMANENT)
    pending(store, 2)
    all_workers(store)

    document = client.get("/api/metrics").json

    assert document is not None
    assert document["jobs"] == {
        "pending": 1, "downloading": 0, "processing": 0, "completed": 0, "failed": 1, "total": 2,
    }  # fmt: skip
    assert document["failed_by_class"] == {"permanent": 1}
    assert {worker["worker_id"] for worker in document["workers"]} == {"download1@host", "cpu1@host"}
    assert document["throughput_per_hour"] == 0
    assert document["eta_seconds"] is None
    assert isinstance(document["gpus"], list)


def test_history_has_columns_of_equal_length(client: FlaskClient, store: Store) -> None:
    store.record_metrics()

    columns = client.get("/api/metrics/history?hours=1").json

    assert columns is not None
    assert {len(column) for column in columns.values()} == {1}
    assert columns["pending"] == [0]


def test_add_says_what_was_added_known_and_refused(client: FlaskClient, store: Store) -> None:
    urls = [link(1).url, f"https://m.tiktok.com/v/{link(1).video_id[7:]}.html", "https://example.com/a.mp4"]

    answer = client.post("/api/queue/add", json={"urls": urls, "priority": 9, "batch": "spring"})

    assert answer.json is not None
    assert (answer.json["added"], answer.json["known"]) == (1, 1)
    (refused,) = answer.json["refused"]
    assert (refused["line"], refused["text"]) == (3, "https://example.com/a.mp4")
    assert "MEDIA_HOSTS" in refused["reason"]
    (job,) = store.jobs()
    assert (job.priority, job.batch) == (9, "spring")


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({}, id="no urls"),
        pytest.param({"urls": []}, id="no link among the urls"),
        pytest.param({"urls": "https://www.tiktok.com/@a/video/7301234567890123456"}, id="a string for an array"),
        pytest.param({"urls": [1]}, id="a number for a link"),
        pytest.param({"urls": [link().url], "priority": 11}, id="priority 11"),
        pytest.param({"urls": [link().url], "priority": "high"}, id="a word for a priority"),
        pytest.param({"urls": [link().url], "priority": True}, id="a truth for a priority"),
        pytest.param({"urls": [link().url], "batch": 7}, id="a number for a batch"),
        pytest.param([link().url], id="no object"),
    ],
)
def test_a_bad_body_is_refused_and_adds_nothing(client: FlaskClient, store: Store, body: Any) -> None:
    answer = client.post("/api/queue/add", json=body)

    assert answer.status_code == 400
    assert answer.json is not None
    assert answer.json["error"]["message"]
    assert store.jobs() == []


def test_text_that_is_not_json_is_refused(client: FlaskClient) -> None:
    assert client.post("/api/queue/add", data="urls=1").status_code == 415
    assert client.post("/api/queue/add", data="{", content_type="application/json").status_code == 400


def test_a_body_that_is_too_large_is_refused(client: FlaskClient) -> None:
    answer = client.post("/api/queue/add", json={"urls": ["x" * 3_000_000]})

    assert answer.status_code == 413
    assert answer.json is not None
    assert answer.json["error"]["code"] == "too_large"


@pytest.mark.parametrize(
    ("body", "n"),
    [
        pytest.param({"class": "transient"}, 1, id="a class"),
        pytest.param({"batch": "spring"}, 1, id="a batch"),
        pytest.param({"video_ids": [link(1).video_id, link(2).video_id]}, 2, id="names"),
        pytest.param({"video_ids": []}, 0, id="a list without names"),
        pytest.param({}, 3, id="all failed ones"),
    ],
)
def test_requeue_moves_what_is_asked_for(client: FlaskClient, store: Store, body: dict[str, Any], n: int) -> None:
    failed(store, 1, FailureClass.TRANSIENT)
    failed(store, 2, FailureClass.PERMANENT)
    failed(store, 3, FailureClass.PERMANENT, batch="spring")

    answer = client.post("/api/queue/requeue", json=body)

    assert answer.json == {"requeued": n}
    assert len(store.jobs(JobFilter(status=JobStatus.PENDING))) == n


def test_requeue_of_an_unknown_class_is_refused(client: FlaskClient) -> None:
    answer = client.post("/api/queue/requeue", json={"class": "bad"})

    assert answer.status_code == 400
    assert "transient" in answer.text


def test_export_is_one_array_of_all_jobs(client: FlaskClient, store: Store) -> None:
    done = completed(store, 1)
    waiting = pending(store, *range(2, 40))

    rows = json.loads(client.get("/api/export/json").text)

    assert [row["video_id"] for row in rows] == [done, *waiting]
    assert rows[0]["analyzer_results"]["cut_analysis"]["status"] == "ok"


@pytest.mark.parametrize(("query", "n"), [("status=completed", 1), ("batch=spring", 2), ("status=failed", 0)])
def test_export_is_narrowed(client: FlaskClient, store: Store, query: str, n: int) -> None:
    completed(store, 1)
    pending(store, 2, 3, batch="spring")

    assert len(json.loads(client.get(f"/api/export/json?{query}").text)) == n


def test_export_without_a_database_is_a_503_and_not_half_a_file(knobs: Settings) -> None:
    answer = create_app(knobs, open_store(knobs)).test_client().get("/api/export/json")

    assert answer.status_code == 503
    assert answer.json is not None
    assert answer.json["error"]["code"] == "backend_away"
