"""What does the database know, and how is it changed?

`Store` is the typed face of the SQL functions in `migrations/`; every state change is one such function. It speaks
through a `Door` (psycopg, or Supabase's Data API), which calls a function by name and answers its rows.
"""

from mass_processing.settings import Settings
from mass_processing.store.door import MAX_ROWS, Door
from mass_processing.store.store import Store

__all__ = ["MAX_ROWS", "Door", "Store", "open_store"]


def open_store(settings: Settings | None = None) -> Store:
    """The store the settings name; it connects at its first call, which raises BackendAway with what to start."""
    from mass_processing.settings import settings as read_settings

    knobs = settings or read_settings()
    return Store(_door(knobs), lease_seconds=knobs.lease_seconds, results_dir=knobs.results_dir)


def _door(settings: Settings) -> Door:
    """Only the libraries of the door that is used are loaded."""
    if settings.over_supabase:
        from mass_processing.store.supabase import SupabaseDoor

        return SupabaseDoor(settings.supabase_url, settings.supabase_key)
    from mass_processing.embedded import database_dsn
    from mass_processing.store.postgres import PostgresDoor

    return PostgresDoor(database_dsn(settings))
