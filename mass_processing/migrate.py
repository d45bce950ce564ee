"""Which files of `migrations/` does a database still need, and how are they applied?

Each file is one transaction, under a lock, so that two migrations at the same time apply it once. An applied file must
not change: a correction is a new file.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import psycopg

from mass_processing.embedded import database_dsn
from mass_processing.errors import BackendAway, Refused
from mass_processing.settings import PROJECT, Settings
from mass_processing.store import open_store

#: Where the files lie.
MIGRATIONS = PROJECT / "migrations"
#: Names the lock; any number that nobody else takes.
_LOCK = 7_301_234_567
_CONNECT_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Migration:
    """One file, `<version>_<name>.sql`."""

    version: str
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        """SHA-256 of the text."""
        return sha256(self.sql.encode()).hexdigest()


def known_migrations(folder: Path = MIGRATIONS) -> list[Migration]:
    """The files in the order they are applied."""
    found = []
    for path in sorted(folder.glob("[0-9]*_*.sql")):
        version, _, name = path.stem.partition("_")
        found.append(Migration(version, name, path.read_text(encoding="utf-8")))
    return found


def migrate(dsn: str, *, dry_run: bool = False, folder: Path = MIGRATIONS) -> list[str]:
    """Applies what is missing; the versions applied (or, with `dry_run`, that would be), in order.

    Raises: BackendAway when the database can't be reached, Refused when an applied file was changed or a file fails.
    """
    migrations = known_migrations(folder)
    try:
        with psycopg.connect(dsn, connect_timeout=_CONNECT_SECONDS, prepare_threshold=None) as connection:
            if dry_run:
                return [migration.version for migration in _missing(connection, migrations)]
            return [migration.version for migration in migrations if _apply(connection, migration)]
    except psycopg.OperationalError as error:
        raise BackendAway(f"the database can't be reached: {error}") from error


def missing_migrations(settings: Settings) -> list[str]:
    """The versions that the database of `settings` lacks, asked through its own door. Raises: as `migrate`."""
    if not settings.over_supabase:
        return migrate(database_dsn(settings), dry_run=True)
    store = open_store(settings)
    try:
        applied = store.applied_migrations()
    finally:
        store.close()
    return [migration.version for migration in known_migrations() if migration.version not in applied]


def _apply(connection: "psycopg.Connection[tuple[Any, ...]]", migration: Migration) -> bool:
    with connection.transaction():
        # Held until the transaction ends, so it works through a transaction pooler too.
        connection.execute("select pg_advisory_xact_lock(%s)", [_LOCK])
        if not _missing(connection, [migration]):
            return False
        try:
            connection.execute(migration.sql.encode())
            connection.execute(
                "insert into public.schema_migrations (version, name, checksum) values (%s, %s, %s) "
                "on conflict (version) do update set checksum = excluded.checksum",
                [migration.version, migration.name, migration.checksum],
            )
        except (
            psycopg.ProgrammingError,
            psycopg.DataError,
            psycopg.IntegrityError,
            psycopg.NotSupportedError,
        ) as error:
            raise Refused(
                f"migration {migration.version}_{migration.name} failed, nothing of it was kept: {error}"
            ) from error
    return True


def _missing(connection: "psycopg.Connection[tuple[Any, ...]]", migrations: Sequence[Migration]) -> list[Migration]:
    """Those that were not applied. Raises: Refused for one that was changed since."""
    applied: dict[str, str] = {}
    if connection.execute("select to_regclass('public.schema_migrations')").fetchone() != (None,):
        rows = connection.execute("select version, checksum from public.schema_migrations").fetchall()
        applied = {version: checksum for version, checksum in rows}
    for migration in migrations:
        # A file that was pasted or pushed recorded itself, without a checksum.
        if (applied.get(migration.version) or migration.checksum) != migration.checksum:
            raise Refused(
                f"migration {migration.version}_{migration.name} was changed after it was applied to this database; "
                "restore the file and put the correction in a new one"
            )
    return [migration for migration in migrations if migration.version not in applied]
