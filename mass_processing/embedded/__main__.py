"""What does `python -m mass_processing.embedded postgres|redis VAR_DIR` do? It becomes that server."""

import sys
from pathlib import Path

from mass_processing.embedded.postgres import run_postgres
from mass_processing.embedded.redis import run_redis
from mass_processing.errors import Refused
from mass_processing.settings import Settings


def main(server: str, var_dir: str) -> None:
    """Becomes the server, or says in one line why it can't."""
    try:
        {"postgres": run_postgres, "redis": run_redis}[server](Settings(var_dir=Path(var_dir)))
    except Refused as error:
        sys.exit(str(error))


main(*sys.argv[1:])
