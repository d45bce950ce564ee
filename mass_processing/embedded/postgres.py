"""How is the embedded Postgres made, started and removed?"""

import os
import shutil
import subprocess
import sys
from urllib.parse import quote

from mass_processing.embedded.folders import alone, hold, make_folder
from mass_processing.embedded.layout import LIBRARIES, MAJOR, PROGRAM, ROOT_HOME, Home, installed_wheel, postgres_home
from mass_processing.errors import Refused
from mass_processing.settings import Settings

#: Nothing of the caller's may change how the server behaves, nor may its data depend on the machine's locale.
_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
_SETTINGS = {
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
#: Seconds that the processes of a killed server get to notice it.
_ORPHAN_SECONDS = 30.0


def postgres_dsn(settings: Settings) -> str:
    """How the embedded Postgres is reached. Raises: Refused."""
    return f"postgresql://postgres@/postgres?host={quote(str(postgres_home(settings).sockets), safe='')}"


def database_dsn(settings: Settings) -> str:
    """How the Postgres of `settings` is reached with SQL. Raises: Refused where only Supabase's Data API is known."""
    if settings.over_supabase:
        raise Refused(
            "SUPABASE_URL alone reaches Supabase's Data API, which can't change tables; set DATABASE_URL to the "
            "connection string of the project (Connect → Session pooler), or run the files of migrations/ in its SQL "
            "editor, in order"
        )
    return settings.database_url or postgres_dsn(settings)


def postgres_command(settings: Settings) -> list[str]:
    """The embedded Postgres in the foreground; end it with SIGINT (SIGTERM waits for every client). Raises: Refused."""
    postgres_home(settings)
    return [sys.executable, "-m", "mass_processing.embedded", "postgres", str(settings.var_dir)]


def prepare_postgres(settings: Settings) -> None:
    """Makes program, folders and data where they are missing; safe to call again, also at the same time.

    Raises: Refused.
    """
    home = postgres_home(settings)
    if home.account is None:
        make_folder(settings.var_dir)
    else:
        make_folder(ROOT_HOME, mode=0o755)
        make_folder(home.data.parent, mode=0o755)
        _copy_program(home)
    make_folder(home.sockets, mode=0o700, account=home.account)
    with alone(home.data.parent / "prepare.lock"):
        if not home.data.exists():
            _initialise(home)
    found = (home.data / "PG_VERSION").read_text().strip()
    if found != MAJOR:
        raise Refused(
            f"the database in {home.data} was made by Postgres {found}, this is {MAJOR}; "
            "dump it with the version that made it, or move the folder away"
        )


def remove_leftovers(settings: Settings) -> None:
    """Removes the locks of a killed Postgres; they block the next start when its process id is in use again."""
    home = postgres_home(settings)
    if home.data.exists() and (held := hold(home.life_lock)) is not None:
        _remove_locks(home)
        os.close(held)


def remove_data(settings: Settings) -> None:
    """Deletes the embedded database for good. Raises: Refused while it runs."""
    home = postgres_home(settings)
    if not home.data.parent.exists():
        return
    held = hold(home.life_lock)
    if held is None:
        raise Refused(f"the database in {home.data} is running; stop it first")
    shutil.rmtree(home.data, ignore_errors=True)
    if home.account is not None:
        shutil.rmtree(home.data.parent, ignore_errors=True)
    os.close(held)


def run_postgres(settings: Settings) -> None:
    """Becomes the server. Raises: Refused."""
    prepare_postgres(settings)
    home = postgres_home(settings)
    held = hold(home.life_lock, _ORPHAN_SECONDS)
    if held is None:
        raise Refused(f"the database in {home.data} is running already")
    # It stays open over exec and in every process that the server forks, so the lock is free when all of them are gone.
    os.set_inheritable(held, True)
    _remove_locks(home)
    options = [part for name, value in _SETTINGS.items() for part in ("-c", f"{name}={value}")]
    command = [str(home.program / "bin/postgres"), "-D", str(home.data), "-k", str(home.sockets), *options]
    if home.account is not None:
        os.setgroups([])
        os.setgid(home.account.group)
        os.setuid(home.account.user)
    os.chdir("/")
    os.execve(command[0], command, _ENVIRONMENT)


def _remove_locks(home: Home) -> None:
    for lock in (home.data / "postmaster.pid", home.sockets / ".s.PGSQL.5432.lock", home.sockets / ".s.PGSQL.5432"):
        lock.unlink(missing_ok=True)


def _copy_program(home: Home) -> None:
    """Copies the wheel's folders to where the unprivileged user may read them; whole or not at all."""
    target = home.program.parents[1]
    with alone(ROOT_HOME / "program.lock"):
        if target.is_dir():
            return
        unfinished = target.with_name(target.name + ".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        try:
            for part in (PROGRAM, LIBRARIES):
                shutil.copytree(installed_wheel() / part, unfinished / part, symlinks=True)
        except (OSError, shutil.Error) as error:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise Refused(f"Postgres can't be copied to {target}: {error}") from error
        for folder in (unfinished, *(path for path in unfinished.rglob("*") if path.is_dir())):
            folder.chmod(0o755)
        unfinished.rename(target)


def _initialise(home: Home) -> None:
    """Makes the data folder: aside, then renamed, so that an interrupted one is never taken for a whole one."""
    unfinished = home.data.with_name(home.data.name + ".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    make_folder(unfinished, mode=0o700, account=home.account)
    command = [
        *(str(home.program / "bin/initdb"), "-D", str(unfinished), "-U", "postgres", "--encoding=UTF8"),
        *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--no-instructions"),
        # The folder of the socket is private, so whoever reaches it may enter; there is no other way in.
        *("--auth-local=trust", "--auth-host=reject"),
    ]
    account = home.account
    done = subprocess.run(
        command,
        user=account.user if account else None,
        group=account.group if account else None,
        extra_groups=[] if account else None,
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
