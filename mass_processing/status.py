"""What is the state of the queue, as one JSON document?

The same document for `bulk_processor.py status --json`, the dashboard's `/api/metrics` and monitoring.
"""

from typing import Any

from analyzers.jsonable import jsonable
from mass_processing.pauses import present_pauses
from mass_processing.store import Store


def status_document(store: Store, batch: str | None = None) -> dict[str, Any]:
    """Counts of the queue or of one batch, the pace, the workers, what pauses and why, the webhooks that wait or were
    given up. Raises: BackendAway."""
    stats = store.stats(batch)
    workers = store.workers()
    document: dict[str, Any] = jsonable(
        {
            "jobs": stats.jobs,
            "failed_by_class": stats.failed_by_class,
            "workers": workers,
            "pauses": present_pauses(workers),
            "throughput_per_hour": stats.throughput_per_hour,
            "eta_seconds": stats.eta_seconds,
            "oldest_pending_seconds": stats.oldest_pending_seconds,
            "webhooks": store.deliveries.counts(),
        }
    )
    return document
