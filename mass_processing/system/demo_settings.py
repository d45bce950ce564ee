"""Which folder and ports does the demo's own system have, beside a running one and other clones' demos?"""

from pathlib import Path

from mass_processing.settings import Settings, inherited_environment
from mass_processing.system.bring_up import port_is_free

#: Where the search for a free port starts; a port that the environment names is taken as it is.
_FIRST_PORTS = {"DASHBOARD_PORT": 5100, "API_PORT": 8103, "FLOWER_PORT": 5655, "DEMO_MEDIA_PORT": 8900}


def ports_file(knobs: Settings) -> Path:
    """Where the demo's ports are kept, so that a second demo (and `stop`) finds the first."""
    return knobs.var_dir / "demo" / "ports"


def demo_environment(knobs: Settings) -> dict[str, str]:
    """What the demo's processes are started with; chooses the ports that nobody named at the first call."""
    kept = ports_file(knobs)
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text("".join(f"{name}={_free_port(first)}\n" for name, first in _FIRST_PORTS.items()))
    ports = dict(line.split("=", 1) for line in kept.read_text().split())
    ports |= {name: port for name, port in inherited_environment().items() if name in _FIRST_PORTS and port}
    return {
        "VAR_DIR": str(kept.parent),
        "RESULTS_DIR": "",
        "LOG_DIR": "",
        "DATABASE_URL": "",
        "REDIS_URL": "",
        "MEDIA_HOSTS": f"127.0.0.1:{ports['DEMO_MEDIA_PORT']}",
        **ports,
    }


def demo_settings(knobs: Settings) -> Settings:
    """The settings of this clone's demo system."""
    return Settings.read(inherited_environment() | demo_environment(knobs))


def _free_port(first: int) -> int:
    return next(port for port in range(first, first + 100) if port_is_free("127.0.0.1", port))
