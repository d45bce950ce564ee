"""Which processes make up the system, and how is each one started?

Pure: settings in, a list of programs out; `supervise.py` writes them down for supervisord.
"""

import sys
from dataclasses import dataclass

from mass_processing.embedded import postgres_command, redis_command
from mass_processing.settings import PROJECT, Settings

#: Workers need not know each other; the database does.
_QUIET = ("--without-gossip", "--without-mingle")
#: Seconds that supervisord waits beyond `stop_seconds` before it kills; a worker kills itself a second earlier.
_STOP_MARGIN = 5


@dataclass(frozen=True, slots=True)
class Program:
    """One process under supervisord."""

    name: str
    command: tuple[str, ...]
    #: The log file's name in the log folder.
    log: str
    #: "backend" is started first and stopped last; "work" needs it.
    group: str = "work"
    stop_signal: str = "TERM"
    #: Seconds it gets to end before it is killed.
    stop_wait: int = 10


def programs(settings: Settings, cards: int) -> list[Program]:
    """Everything that `up` starts, in order; `cards` is the number of GPUs."""
    return [*_backends(settings), *_workers(settings, cards), *_faces(settings)]


def _backends(settings: Settings) -> list[Program]:
    found = []
    if settings.embedded_redis:
        found.append(Program("redis", tuple(redis_command(settings)), "redis.log", "backend"))
    if settings.embedded_postgres:
        # SIGINT is Postgres' fast shutdown; SIGTERM would wait for every client.
        found.append(
            Program(
                "postgres",
                tuple(postgres_command(settings)),
                "postgres.log",
                "backend",
                stop_signal="INT",
                stop_wait=30,
            )
        )
    return found


def _workers(settings: Settings, cards: int) -> list[Program]:
    stop_wait = int(settings.stop_seconds) + _STOP_MARGIN

    def worker(name: str, node: str, queue: str, pool: str, concurrency: int) -> Program:
        command = _celery("worker", "-n", f"{node}@%%h", "-Q", queue, "-P", pool, "-c", str(concurrency), *_QUIET)
        return Program(name, command, f"{name}.log", stop_wait=stop_wait)

    found = [worker("download_worker_1", "download1", "download", "prefork", settings.download_concurrency)]
    for card in range(cards):
        found.append(worker(f"gpu_worker_{card}", f"gpu{card}", "gpu", "threads", settings.gpu_in_flight))
    for number in range(1, settings.engines_on_cpu + 1):
        found.append(worker(f"cpu_worker_{number}", f"cpu{number}", "cpu", "threads", 1))
    found.append(worker("monitor_worker", "system1", "system", "threads", 2))
    found.append(Program("beat", _celery("beat"), "celery_beat.log"))
    found.append(Program("watchdog", (sys.executable, "-m", "mass_processing.watchdog"), "watchdog.log"))
    return found


def _faces(settings: Settings) -> list[Program]:
    # Flower finds its password in the environment (FLOWER_BASIC_AUTH); a command line is there for everybody to read.
    flower = _celery("flower", f"--address={settings.bind_host}", f"--port={settings.flower_port}", "--max_tasks=5000")
    return [
        Program("flower", flower, "flower.log"),
        Program("dashboard", _gunicorn("dashboard"), "monitoring_dashboard.log"),
        Program("api", _gunicorn("api"), "api.log"),
    ]


def _celery(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "celery", "-A", "mass_processing.celery_config", *arguments)


def _gunicorn(package: str) -> tuple[str, ...]:
    configuration = str(PROJECT / package / "gunicorn.py")
    return (sys.executable, "-m", "gunicorn", "-c", configuration, "--chdir", str(PROJECT), f"{package}:create_app()")
