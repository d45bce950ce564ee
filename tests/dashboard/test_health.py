from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from dashboard import create_app
from mass_processing.records import FailureClass
from mass_processing.settings import Settings
from mass_processing.store import Store, open_store
from tests.dashboard.seed import all_workers, failed, pending
from tests.mass_processing.store.acts import webhook_given_up


def test_without_redis_it_is_down_and_says_why(client: FlaskClient, store: Store) -> None:
    all_workers(store)

    answer = client.get("/health")

    assert answer.status_code == 503
    assert answer.json is not None
    assert answer.json["status"] == "down"
    (reason,) = answer.json["reasons"]
    assert reason.startswith("Redis can't be reached")


def test_without_a_database_it_is_down_and_says_why(knobs: Settings) -> None:
    answer = create_app(knobs, open_store(knobs)).test_client().get("/health")

    assert answer.status_code == 503
    assert answer.json is not None
    assert "the database" in answer.json["reasons"][0]


def test_prometheus_reads_the_counts_of_the_database(client: FlaskClient, store: Store) -> None:
    failed(store, 1, FailureClass.PERMANENT)
    pending(store, 2, 3)
    all_workers(store, ("download",))

    families = {family.name: family for family in text_string_to_metric_families(client.get("/metrics").text)}

    by_status = {sample.labels["status"]: sample.value for sample in families["mass_processing_jobs"].samples}
    assert by_status == {"pending": 2, "downloading": 0, "processing": 0, "completed": 0, "failed": 1}
    (age,) = families["mass_processing_worker_heartbeat_age_seconds"].samples
    assert age.labels == {"worker": "download1@host"}
    assert age.value >= 0


def test_prometheus_counts_the_webhooks_that_were_not_sent(client: FlaskClient, store: Store) -> None:
    webhook_given_up(store)

    families = {family.name: family for family in text_string_to_metric_families(client.get("/metrics").text)}

    samples = families["mass_processing_webhooks"].samples
    assert {sample.labels["state"]: sample.value for sample in samples} == {"waiting": 0, "given_up": 1}
