"""Is everything here that the system needs, and if not, what mends it?

Each check looks at one thing and answers a value; none of them changes anything or raises.
"""

import importlib.util
import json
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from mass_processing.errors import BackendAway, MassProcessingError
from mass_processing.records import WorkerRow
from mass_processing.settings import PROJECT, Settings
from mass_processing.store.deliveries import DeliveryCounts

#: Free disk, bytes, without which nothing works; DISK_MIN_FREE_GB is where downloads pause.
_DISK_FLOOR = 1_000_000_000
#: TikTok changes several times a year; an older yt-dlp probably can't read it any more.
_YTDLP_AGE = timedelta(days=90)
_SECONDS_FOR_TORCH = 120
#: Asked in a process of its own: a broken CUDA installation may end the process that imports it.
_ASK_TORCH = """
import json, warnings
warnings.simplefilter("ignore")
import torch, torchvision
from torchvision.ops import nms
nms(torch.tensor([[0.0, 0.0, 1.0, 1.0]]), torch.tensor([1.0]), 0.5)
print(json.dumps([torch.__version__, torchvision.__version__, torch.version.cuda, torch.cuda.is_available()]))
"""


class State(StrEnum):
    """How one thing is."""

    OK = "ok"
    #: The system works, but not as well as it could.
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Check:
    """What was looked at and how it is."""

    name: str
    state: State
    #: What was found.
    found: str
    #: What to do; empty when nothing has to be done.
    fix: str = ""
    #: Whether it is the database or Redis that can't be reached.
    backend_away: bool = False


def examine(settings: Settings) -> Iterator[Check]:
    """All checks, one after the other. The slow ones come last."""
    for check in _CHECKS:
        yield from check(settings)


def _python(_: Settings) -> Iterator[Check]:
    number = ".".join(map(str, sys.version_info[:3]))
    fine = sys.version_info >= (3, 11)
    yield Check("python", State.OK if fine else State.FAIL, number, "" if fine else "install Python 3.11 or later")
    own = Path(sys.prefix).resolve() == (PROJECT / ".venv").resolve()
    found = f"{sys.prefix}" if own else f"{sys.prefix} instead of {PROJECT / '.venv'}"
    yield Check(
        "venv", State.OK if own else State.WARN, found, "" if own else "./start_workers.sh makes the project's own"
    )


def _disk(settings: Settings) -> Iterator[Check]:
    folder = settings.var_dir
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    found = f"{free / 1e9:.1f} GB free at {folder}"
    if free < _DISK_FLOOR:
        yield Check("disk", State.FAIL, found, "make room: bulk_processor.py cleanup, or move VAR_DIR")
    elif free < settings.disk_min_free_gb * 1e9:
        fix = f"downloads pause under {settings.disk_min_free_gb:g} GB (DISK_MIN_FREE_GB): bulk_processor.py cleanup"
        yield Check("disk", State.WARN, found, fix)
    else:
        yield Check("disk", State.OK, found)


def _redis(settings: Settings) -> Iterator[Check]:
    import redis

    from mass_processing.redis_link import connect_redis

    client = connect_redis(settings)
    fix = "./start_workers.sh starts it" if settings.embedded_redis else "start it, or correct REDIS_URL"
    try:
        facts = client.info()
    except redis.ResponseError as error:
        fix = "make room on its disk" if "No space left" in str(error) else "./start_workers.sh logs redis shows more"
        yield Check("redis", State.FAIL, f"refuses: {error}", fix, backend_away=True)
        return
    except redis.RedisError as error:
        yield Check("redis", State.FAIL, f"not reachable: {error}", fix, backend_away=True)
        return
    finally:
        client.close()
    policy = str(facts.get("maxmemory_policy", "noeviction"))
    found = f"{facts['redis_version']}, {int(facts['used_memory']) / 1e6:.0f} MB used"
    if policy == "noeviction":
        yield Check("redis", State.OK, found)
    else:
        fix = "set maxmemory-policy noeviction: messages that are dropped come back only after a minute"
        yield Check("redis", State.WARN, f"{found}, drops keys when full ({policy})", fix)


def _postgres(settings: Settings) -> Iterator[Check]:
    from mass_processing.migrate import known_migrations, missing_migrations

    kind = _kind_of_door(settings)
    try:
        pending = missing_migrations(settings)
    except BackendAway as error:
        fix = "./start_workers.sh starts it" if settings.embedded_postgres else f"start it, or correct {kind}"
        yield Check("postgres", State.FAIL, _first_line(error), fix, backend_away=True)
        return
    except MassProcessingError as error:
        yield Check("migrations", State.FAIL, _first_line(error), "the message says what to do")
        return
    yield Check("postgres", State.OK, f"answers ({kind})")
    if pending:
        fix = "bulk_processor.py migrate"
        yield Check("migrations", State.FAIL, f"{len(pending)} not applied: {', '.join(pending)}", fix)
        return
    yield Check("migrations", State.OK, f"all {len(known_migrations())} applied")
    yield from _in_the_store(settings)


def _kind_of_door(settings: Settings) -> str:
    """Which setting says where the database is; never a key, only what kind it is."""
    if settings.over_supabase:
        kind = "secret key" if settings.supabase_key.startswith("sb_secret_") else "legacy JWT"
        return f"SUPABASE_URL with a {kind}"
    return "embedded" if settings.embedded_postgres else "DATABASE_URL"


def _in_the_store(settings: Settings) -> Iterator[Check]:
    from mass_processing.store import open_store

    store = open_store(settings)
    try:
        workers = [worker for worker in store.workers() if worker.status != "stopped"]
        webhooks = store.deliveries.counts()
    except MassProcessingError as error:
        yield Check("workers", State.FAIL, _first_line(error), "bulk_processor.py migrate", backend_away=True)
        return
    finally:
        store.close()
    yield from _workers(workers)
    yield from _webhooks(settings, webhooks)


def _workers(workers: Sequence[WorkerRow]) -> Iterator[Check]:
    from mass_processing.health import missing_workers

    alive = sorted(worker.worker_id for worker in workers if worker.status == "running")
    for sentence in missing_workers(workers):
        what, _, fix = sentence.partition("; ")
        yield Check("workers", State.FAIL, what, fix)
    for worker in workers:
        if worker.status not in ("running", "draining"):
            fix = "./start_workers.sh status shows it, ./start_workers.sh logs why"
            yield Check("workers", State.WARN, f"{worker.worker_id} is {worker.status}", fix)
    if alive:
        yield Check("workers", State.OK, f"{len(alive)} alive: {', '.join(alive)}")


def _webhooks(settings: Settings, counts: DeliveryCounts) -> Iterator[Check]:
    """Nothing where nobody is told."""
    if not settings.webhook_url and not counts.given_up:
        return
    found = f"{len(settings.webhook_url)} told, {counts.waiting:,} deliveries wait, {counts.given_up:,} were given up"
    if counts.given_up:
        fix = "bulk_processor.py webhooks list says why; webhooks test tries, webhooks retry sends them again"
        yield Check("webhooks", State.WARN, found, fix)
    elif not settings.webhook_secret:
        fix = "set WEBHOOK_SECRET: without it receivers can't tell who speaks"
        yield Check("webhooks", State.WARN, f"{found}; not signed", fix)
    else:
        yield Check("webhooks", State.OK, found)


def _media(settings: Settings) -> Iterator[Check]:
    """Where media lie in a folder, `disk` has looked at it."""
    if not settings.media_is_remote:
        return
    from mass_processing.media.trial import try_out

    try:
        seconds = try_out(settings)
    except (MassProcessingError, OSError) as error:
        fix = "correct MEDIA_URL and MEDIA_S3_…; the keys need to list, read, write and delete there"
        yield Check("media", State.FAIL, _first_line(error), fix)
    else:
        yield Check("media", State.OK, f"{settings.media_url}: put, fetched and deleted in {seconds:.1f} s")


def _ports(settings: Settings) -> Iterator[Check]:
    faces = (("dashboard", settings.dashboard_port), ("api", settings.api_port), ("flower", settings.flower_port))
    for name, port in faces:
        variable = f"{name.upper()}_PORT"
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=2):
                found, state, fix = f"something answers on port {port}", State.OK, ""
        except OSError:
            found, state = f"nothing answers on port {port}", State.WARN
            fix = f"./start_workers.sh starts it ({variable} chooses another port)"
        yield Check(name, state, found, fix)


def _downloader(_: Settings) -> Iterator[Check]:
    number = _version("yt-dlp")
    if number is None:
        yield Check("yt-dlp", State.FAIL, "not installed", "./start_workers.sh installs it")
        return
    year, month, day = (int(part) for part in number.split(".")[:3])
    age = datetime.now(UTC) - datetime(year, month, day, tzinfo=UTC)
    old = age > _YTDLP_AGE
    fix = "TikTok changes often: update yt-dlp in requirements.txt and run ./start_workers.sh" if old else ""
    yield Check("yt-dlp", State.WARN if old else State.OK, f"{number}, {age.days} days old", fix)
    yield _impersonation()


def _impersonation() -> Check:
    """Without it TikTok's pages are fetched as a program, not as a browser, and are refused more often."""
    number = _version("curl_cffi")
    if number is None:
        return Check("curl_cffi", State.WARN, "not installed", "./start_workers.sh installs it")
    try:
        from yt_dlp.networking import _curlcffi  # noqa: F401  # importing it is the question
    except ImportError as error:
        fix = "install the curl_cffi that requirements.txt names: ./start_workers.sh does"
        return Check("curl_cffi", State.WARN, f"{number}, and yt-dlp refuses it: {_first_line(error)}", fix)
    return Check("curl_cffi", State.OK, f"{number}, taken by yt-dlp")


def _torch(_: Settings) -> Iterator[Check]:
    from mass_processing.gpu import cards

    fix = "./start_workers.sh installs torch and torchvision that fit together"
    try:
        command = [sys.executable, "-c", _ASK_TORCH]
        asked = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS_FOR_TORCH, check=False)
    except subprocess.TimeoutExpired:
        yield Check(
            "torch", State.FAIL, f"did not answer within {_SECONDS_FOR_TORCH} s", "see nvidia-smi for a hung card"
        )
        return
    if asked.returncode:
        reason = (asked.stderr.strip().splitlines() or [f"ended with {asked.returncode}"])[-1]
        yield Check("torch", State.FAIL, reason, fix)
        return
    torch, torchvision, cuda, usable = json.loads(asked.stdout.splitlines()[-1])
    yield Check("torch", State.OK, f"{torch}, torchvision {torchvision}, CUDA {cuda or 'not built in'}")
    found = ", ".join(f"{card.name} ({card.memory_total / 1e9:.0f} GB)" for card in cards())
    if found and not usable:
        yield Check("gpu", State.FAIL, f"{found}, but torch can't use it", "update the NVIDIA driver, or " + fix)
    else:
        yield Check("gpu", State.OK, found or "none; analyses run on the CPU")


def _models(settings: Settings) -> Iterator[Check]:
    """Models inside installed packages are loaded once, on the CPU; of the others it is seen whether they are here."""
    from analyzers.catalog import ANALYZERS
    from analyzers.describe import models_of
    from analyzers.errors import Unavailable
    from analyzers.models import Device, ModelShelf
    from mass_processing.model_library import model_library

    try:
        library = model_library(settings, "cpu")
    except MassProcessingError as error:
        yield Check("models", State.FAIL, _first_line(error), "correct the setting")
        return
    shelf = ModelShelf(Device("cpu", 1), library)
    absent: list[str] = []
    used = dict.fromkeys(model for analyzer in ANALYZERS for models in models_of(analyzer) for model in models)
    for model in used:
        spec = library.specs[model.role]
        if spec.needs_fetching:
            absent += [spec.name] if shelf.why_missing(model) else []
            continue
        try:
            loaded = shelf.get(model)
        except Unavailable as error:
            yield Check(spec.info.id, State.WARN, "not available; its analyzers are left out", _first_line(error))
        else:
            yield Check(spec.info.id, State.OK, f"{spec.info.revision}, {loaded.backend}")
    if absent:
        found = f"{len(absent)} of {len(used)} are not here: {', '.join(absent)}"
        yield Check(
            "models",
            State.WARN,
            found,
            "bulk_processor.py models pull; bulk_processor.py analyzers shows what each is for",
        )


def _fonts(_: Settings) -> Iterator[Check]:
    """The demo writes on its clips with the font inside Pillow, which needs FreeType."""
    if importlib.util.find_spec("PIL") is None:
        yield Check("font", State.WARN, "Pillow is not installed: no demo", "./start_workers.sh installs it")
        return
    from PIL import features

    there = bool(features.check("freetype2"))
    fix = "" if there else "install Pillow from its wheel: the demo writes text on its clips"
    yield Check("font", State.OK if there else State.WARN, "FreeType" if there else "Pillow without FreeType", fix)


_CHECKS: tuple[Callable[[Settings], Iterator[Check]], ...] = (
    _python,
    _disk,
    _redis,
    _postgres,
    _media,
    _ports,
    _downloader,
    _fonts,
    _models,
    _torch,
)


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _first_line(error: BaseException) -> str:
    return str(error).strip().split("\n", maxsplit=1)[0]
