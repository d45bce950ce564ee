import json

from mass_processing.records import JobStatus
from mass_processing.status import status_document
from mass_processing.store import Store
from tests.dashboard.seed import all_workers, completed, pending


def test_the_document_is_json_with_all_five_states_and_the_total(store: Store) -> None:
    completed(store, 1)
    pending(store, 2, 3)
    all_workers(store)

    document = json.loads(json.dumps(status_document(store)))

    assert set(document["jobs"]) == {*JobStatus, "total"}
    assert (document["jobs"]["completed"], document["jobs"]["pending"], document["jobs"]["total"]) == (1, 2, 3)
    assert document["throughput_per_hour"] > 0
    assert document["eta_seconds"] > 0
    assert {"worker_id", "kind", "status", "heartbeat_age", "video_ids"} <= set(document["workers"][0])


def test_one_batch_is_counted_alone(store: Store) -> None:
    pending(store, 1, batch="spring")
    pending(store, 2, 3)

    assert status_document(store, "spring")["jobs"]["total"] == 1


def test_what_pauses_stands_there_with_its_reason_until_it_goes_on(store: Store) -> None:
    pause = {"what": "downloads", "why": "the disk is full"}
    store.heartbeat("system1@host", "system", "running", "host", 1, {"pauses": [pause]})
    assert status_document(store)["pauses"] == [pause]

    store.heartbeat("system1@host", "system", "running", "host", 1, {"pauses": []})
    assert status_document(store)["pauses"] == []
