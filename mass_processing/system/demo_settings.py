"""Which folder and ports does the demo's own system have, beside a running one and other clones' demos?"""

from pathlib import Path

from mass_processing.errors import Refused
from mass_processing.settings import Settings, inherited_environment
from mass_processing.system.bring_up import port_is_free

#: The ports of one demo, next to each other; a port that the environment names is taken as it is.
_PORTS = ("DASHBOARD_PORT", "API_PORT", "FLOWER_PORT", "DEMO_MEDIA_PORT")
#: Where they may lie: below the ports that the system hands out by itself.
_FIRST_PORT, _GROUPS = 20_000, 2_500


#: What is configured about the world outside; the demo leaves all of it alone, unless it is to be tried.
_OUTSIDE = ("DATABASE_URL", "SUPABASE_URL", "SUPABASE_KEY", "REDIS_URL", "MEDIA_URL", "MEDIA_KEEP", "WEBHOOK_URL")


def ports_file(knobs: Settings) -> Path:
    """Where the demo's ports are kept, so that a second demo (and `stop`) finds the first."""
    return knobs.var_dir / "demo" / "ports"


def demo_environment(knobs: Settings, *, configured: bool = False) -> dict[str, str]:
    """What the demo's processes are started with; chooses the ports that nobody named at the first call.

    `configured`: it works with the database, Redis, bucket and webhooks that are configured, not with its own.
    """
    kept = ports_file(knobs)
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        ports_here = zip(_PORTS, _free_ports(int(knobs.instance, 16)), strict=True)
        kept.write_text("".join(f"{name}={port}\n" for name, port in ports_here))
    ports = dict(line.split("=", 1) for line in kept.read_text().split())
    ports |= {name: port for name, port in inherited_environment().items() if name in _PORTS and port}
    # Its workers may find other links in a configured database.
    media_hosts = [f"127.0.0.1:{ports['DEMO_MEDIA_PORT']}", *(knobs.media_hosts if configured else ())]
    return {
        "VAR_DIR": str(kept.parent),
        "RESULTS_DIR": "",
        "LOG_DIR": "",
        **({} if configured else dict.fromkeys(_OUTSIDE, "")),
        "MEDIA_HOSTS": ",".join(media_hosts),
        **ports,
    }


def demo_settings(knobs: Settings) -> Settings:
    """The settings of this clone's demo system."""
    return Settings.read(inherited_environment() | demo_environment(knobs))


def _free_ports(wish: int) -> range:
    """A group of free ports. Every clone looks elsewhere first, so that two that look at the same time don't meet."""
    for step in range(_GROUPS):
        first = _FIRST_PORT + (wish + step) % _GROUPS * len(_PORTS)
        group = range(first, first + len(_PORTS))
        if all(port_is_free("127.0.0.1", port) for port in group):
            return group
    raise Refused(f"no free ports for the demo; name them: {', '.join(_PORTS)}")
