"""Is the system healthy, for machines that watch it? /health and Prometheus' /metrics."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict

from flask import Blueprint, Response, current_app, jsonify
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from mass_processing.gpu import cards
from mass_processing.health import DOWN, check_health
from mass_processing.store import Store
from mass_processing.web import the_store

blueprint = Blueprint("health", __name__)


@blueprint.get("/health")
def health() -> tuple[Response, int]:
    """{"status", "reasons"}; 503 when down."""
    found = check_health(the_store, current_app.config["MASS_PROCESSING"])
    return jsonify({"status": found.status, "reasons": list(found.reasons)}), 503 if found.status == DOWN else 200


@blueprint.get("/metrics")
def prometheus() -> Response:
    """Everything is read from the database at the scrape, so several processes agree."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Queue(the_store()))
    return Response(generate_latest(registry), mimetype="text/plain; version=0.0.4; charset=utf-8")


class _Queue(Collector):
    """The gauges of one scrape."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def describe(self) -> Iterator[GaugeMetricFamily]:
        return iter(())

    def collect(self) -> Iterator[GaugeMetricFamily]:
        stats = self._store.stats()
        states = {name: n for name, n in stats.jobs.items() if name != "total"}
        yield _gauge("jobs", "Jobs by status", "status", states)
        yield _gauge("jobs_failed", "Failed jobs by class", "class", stats.failed_by_class)
        webhooks = asdict(self._store.deliveries.counts())
        yield _gauge("webhooks", "Webhooks that were not sent, by state", "state", webhooks)
        yield _plain("completed_last_hour", "Videos completed in the last hour", stats.throughput_per_hour)
        yield _plain("oldest_pending_seconds", "Wait of the oldest pending job", stats.oldest_pending_seconds or 0.0)
        ages = {worker.worker_id: worker.heartbeat_age for worker in self._store.workers()}
        yield _gauge("worker_heartbeat_age_seconds", "Seconds since a worker's last heartbeat", "worker", ages)
        used = {str(card.index): card.memory_used for card in cards()}
        yield _gauge("gpu_memory_used_bytes", "Memory in use on a card", "gpu", used)


def _gauge(name: str, about: str, label: str, values: Mapping[str, float]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"mass_processing_{name}", about, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family


def _plain(name: str, about: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"mass_processing_{name}", about, value=value)
