"""In which order does the system start and stop, and what is checked before?"""

import shutil
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from functools import partial

from mass_processing.embedded import database_dsn, prepare_postgres, remove_leftovers
from mass_processing.errors import BackendAway, MassProcessingError, Refused
from mass_processing.feed import free_bytes
from mass_processing.gpu import cards
from mass_processing.migrate import migrate, missing_migrations
from mass_processing.redis_link import connect_redis
from mass_processing.results import sweep_unfinished
from mass_processing.settings import Settings
from mass_processing.storage import sweep_attempts
from mass_processing.store import open_store
from mass_processing.system.orphans import end_orphans
from mass_processing.system.programs import Program, programs
from mass_processing.system.supervise import Supervisor, SupervisorGone

#: Gigabytes without which nothing is started.
_LEAST_FREE_GB = 0.3
#: Seconds that a backend, the workers and the faces may take to come up.
_PATIENCE = 120.0

Say = Callable[[str], None]


def bring_up(settings: Settings, say: Say) -> None:
    """Starts everything that is not running yet. Raises: Refused, MassProcessingError, BackendAway."""
    supervisor = Supervisor(settings)
    wanted = programs(settings, len(cards()))
    if supervisor.running():
        say("the system is running already")
    else:
        if left := end_orphans(settings, wanted):
            say(f"its supervisord was killed; ended what still ran: {', '.join(left)}")
        check_disk(settings, say)
        _check_ports(settings)
        if settings.embedded_postgres:
            prepare_postgres(settings)
        supervisor.start(wanted)
    supervisor.start_programs([program.name for program in wanted if program.group == "backend"])
    say("waiting for the database and Redis")
    _wait_for_backends(settings, supervisor)
    _prepare_tables(settings, say)
    supervisor.start_programs([program.name for program in wanted if program.group == "work"])
    say("waiting for the workers and the pages")
    _wait_for_workers(settings, wanted, supervisor)
    _wait_for_faces(settings, supervisor)


def _prepare_tables(settings: Settings, say: Say) -> None:
    """Applies what the database lacks. Raises: Refused where that can't be done from here."""
    if not settings.over_supabase:
        for version in migrate(database_dsn(settings)):
            say(f"applied migration {version}")
    elif missing := missing_migrations(settings):
        raise Refused(
            f"the database at {settings.supabase_url} lacks the migrations {', '.join(missing)}; run their files of "
            "migrations/ in its SQL editor, in order, or `DATABASE_URL=… bulk_processor.py migrate`"
        )


def bring_down(settings: Settings, say: Say) -> bool:
    """Stops everything; running jobs get `stop_seconds` to finish. False when nothing was running."""
    supervisor = Supervisor(settings)
    if supervisor.running():
        say(f"stopping; running jobs get {settings.stop_seconds:g} s to finish")
        try:
            _end_programs(supervisor)
        except SupervisorGone:
            supervisor.wait_for_end()  # somebody else stopped it too
    elif left := end_orphans(settings, programs(settings, len(cards()))):
        say(f"its supervisord was killed; ended what still ran: {', '.join(left)}")
    else:
        return False
    sweep_attempts(settings, youngest=0.0)
    sweep_unfinished(settings.results_dir, youngest=0.0)
    for folder in (settings.var_dir / "scratch", settings.var_dir / "run", settings.socket_dir, settings.temp_dir):
        shutil.rmtree(folder, ignore_errors=True)
    remove_leftovers(settings)
    return True


def _end_programs(supervisor: Supervisor) -> None:
    names = {process["name"] for process in supervisor.processes()}
    backends = names & {"redis", "postgres"}
    supervisor.stop_programs(sorted(names - backends))
    supervisor.stop_programs(sorted(backends))
    supervisor.shutdown()


def check_disk(settings: Settings, say: Say) -> None:
    """Says that downloads will wait for room. Raises: Refused when there is not enough to start at all."""
    free_gb = free_bytes(settings) / 1e9
    if free_gb < _LEAST_FREE_GB:
        raise Refused(
            f"only {free_gb:.1f} GB of disk is free under {settings.var_dir}; make room: "
            f"the databases and logs alone need {_LEAST_FREE_GB:g} GB"
        )
    if free_gb < settings.disk_min_free_gb:
        say(
            f"only {free_gb:.1f} GB of disk is free under {settings.var_dir}: downloads wait until there is room "
            f"(DISK_MIN_FREE_GB wants {settings.disk_min_free_gb:g}); what was downloaded is analysed"
        )


def _check_ports(settings: Settings) -> None:
    for name in ("dashboard_port", "api_port", "flower_port"):
        port = getattr(settings, name)
        if not port_is_free(settings.bind_host, port):
            raise Refused(f"port {port} on {settings.bind_host} is taken; set {name.upper()} to a free one")


def port_is_free(host: str, port: int) -> bool:
    """Whether a server could listen there."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def _wait_for_backends(settings: Settings, supervisor: Supervisor) -> None:
    _wait_for("Redis", lambda: _redis_answers(settings), supervisor)
    if not settings.over_supabase:
        _wait_for("Postgres", lambda: _postgres_answers(settings), supervisor)


def _redis_answers(settings: Settings) -> bool:
    import redis

    client = connect_redis(settings)
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()


def _postgres_answers(settings: Settings) -> bool:
    import psycopg

    try:
        with psycopg.connect(database_dsn(settings), connect_timeout=5):
            return True
    except psycopg.OperationalError:
        return False


def _wait_for_workers(settings: Settings, wanted: list[Program], supervisor: Supervisor) -> None:
    kinds = {program.name.split("_")[0].replace("monitor", "system") for program in wanted if "_worker" in program.name}
    store = open_store(settings)

    def all_report() -> bool:
        try:
            return kinds <= {worker.kind for worker in store.workers() if worker.status == "running"}
        except BackendAway:
            return False

    try:
        _wait_for("the workers", all_report, supervisor)
    finally:
        store.close()


def _wait_for_faces(settings: Settings, supervisor: Supervisor) -> None:
    for name, port in (("the dashboard", settings.dashboard_port), ("the API", settings.api_port)):
        _wait_for(name, partial(_answers_http, f"http://{settings.bind_host}:{port}/health"), supervisor)
    flower = f"http://{settings.bind_host}:{settings.flower_port}/healthcheck"
    _wait_for("Flower", partial(_answers_http, flower), supervisor)


def _answers_http(url: str) -> bool:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # loopback never goes through a proxy
    try:
        with direct.open(url, timeout=2):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def _wait_for(what: str, happened: Callable[[], bool], supervisor: Supervisor) -> None:
    end = time.monotonic() + _PATIENCE
    while not happened():
        programs_now = supervisor.processes()
        if time.monotonic() > end:
            dead = [p["name"] for p in programs_now if p["statename"] in ("BACKOFF", "FATAL", "EXITED")]
            hint = f" ({', '.join(dead)} keeps ending)" if dead else ""
            raise MassProcessingError(f"{what} did not come up in {_PATIENCE:g} s{hint}; see ./start_workers.sh logs")
        time.sleep(0.2)
