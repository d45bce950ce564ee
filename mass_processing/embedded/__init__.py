"""How do the Postgres and the Redis that come with the product run?

Both are programs inside Python wheels, started in the foreground for a supervisor, on Unix sockets in private folders.
Postgres refuses to run as root: started by root, it runs as an unprivileged user that exists, with its program, its
data and its socket under /var/lib/mass-processing, since that user may not be able to enter the project's folder.
"""

from mass_processing.embedded.postgres import (
    database_dsn,
    postgres_command,
    postgres_dsn,
    prepare_postgres,
    remove_data,
    remove_leftovers,
)
from mass_processing.embedded.redis import redis_command

__all__ = [
    "database_dsn",
    "postgres_command",
    "postgres_dsn",
    "prepare_postgres",
    "redis_command",
    "remove_data",
    "remove_leftovers",
]
