"""What does the database know, and how is it changed?

`Store` is the typed face of the SQL functions in `migrations/`; every state change is one such function. It speaks
through a `Door` (psycopg here), which calls a function by name and answers its rows.
"""

from mass_processing.settings import Settings
from mass_processing.store.door import MAX_ROWS, Door
from mass_processing.store.store import Store

__all__ = ["MAX_ROWS", "Door", "Store", "open_store"]


def open_store(settings: Settings | None = None) -> Store:
    """The store the settings name; it connects at its first call, which raises BackendAway with what to start."""
    from mass_processing.embedded import postgres_dsn
    from mass_processing.settings import settings as read_settings
    from mass_processing.store.postgres import PostgresDoor

    knobs = settings or read_settings()
    door = PostgresDoor(knobs.database_url or postgres_dsn(knobs))
    return Store(door, lease_seconds=knobs.lease_seconds, results_dir=knobs.results_dir)
