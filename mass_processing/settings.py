"""What can be set, in which unit, and what is the default?

The only reader of the environment. A `.env` file in the project folder is read too; a real variable wins over it.
Every field of `Settings` is the environment variable of the same name in upper case.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from mass_processing.errors import Refused

#: The folder with bulk_processor.py in it.
PROJECT = Path(__file__).resolve().parent.parent
#: Longest path a Unix socket may have, with room for the server's own suffix.
_SOCKET_PATH_LIMIT = 90
#: Characters of an address in WEBHOOK_URL; an index holds it.
_LONGEST_URL = 2000
#: Days; more of them is always.
_LONGEST_KEEP = 36_500


def setting(default: Any, about: str, *, secret: bool = False) -> Any:
    """A field of `Settings` with the sentence that the docs print. A `secret` one isn't shown with the others."""
    return field(default=default, repr=not secret, metadata={"about": about})


@dataclass(frozen=True, slots=True)
class Settings:
    """Every knob. Paths are absolute, lists are split at commas, sizes and times have their unit in the sentence."""

    # --- places ---
    var_dir: Path = setting(PROJECT / "var", "Folder of everything the system writes: sockets, queue, database, media")
    results_dir: Path = setting(
        Path(), "Folder of the result files; `results/`, or `$VAR_DIR/results` when VAR_DIR is set"
    )
    log_dir: Path = setting(
        Path(), "Folder of the logs; `logs/mass_processing/`, or `$VAR_DIR/logs` when VAR_DIR is set"
    )
    database_url: str = setting("", "Postgres to use, `postgresql://…`; empty starts the embedded one")
    supabase_url: str = setting("", "Supabase project to use without DATABASE_URL, `https://<project>.supabase.co`")
    supabase_key: str = setting("", "Its secret key, `sb_secret_…`, or its legacy service_role JWT", secret=True)
    redis_url: str = setting("", "Redis to use, `redis://…`; empty starts the embedded one")

    # --- faces ---
    bind_host: str = setting("127.0.0.1", "Address that dashboard, API and Flower listen on")
    dashboard_port: int = setting(5000, "Port of the dashboard")
    api_port: int = setting(8003, "Port of the API")
    flower_port: int = setting(5555, "Port of Flower")
    flower_basic_auth: str = setting("", "`user:password` that Flower asks for")
    trusted_hosts: tuple[str, ...] = setting(
        (), "Host names, besides loopback, that the dashboard and the API answer to"
    )

    # --- what is let in ---
    media_hosts: tuple[str, ...] = setting(
        (), "Hosts that direct media files may come from: `name` (all its ports) or `name:port`"
    )
    media_roots: tuple[Path, ...] = setting((), "Folders that local files may be named from in lists and over HTTP")
    max_video_bytes: int = setting(2_000_000_000, "Largest video taken, bytes")
    max_video_seconds: float = setting(3600.0, "Longest video taken, seconds")

    # --- where media lie ---
    media_url: str = setting(
        "", "Where downloaded videos lie: `file:///folder` or `s3://bucket/prefix`; empty is `$VAR_DIR/media`"
    )
    media_keep: str = setting(
        "always", "How long a downloaded video stays: `always`, `until_analyzed`, or days after it ended"
    )
    media_cache_gb: float = setting(
        20.0, "Gigabytes of videos from `s3://` kept on this machine; what was not used for longest goes first"
    )
    media_s3_endpoint: str = setting(
        "", "Address of an S3 service, `https://…`; empty uses AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, or AWS itself"
    )
    media_s3_region: str = setting("", "Its region; empty uses AWS_DEFAULT_REGION, or a profile")
    media_s3_key: str = setting("", "Its access key id; empty uses AWS_ACCESS_KEY_ID, a profile, or the machine's role")
    media_s3_secret: str = setting("", "The secret of MEDIA_S3_KEY", secret=True)

    # --- downloads ---
    downloads_per_minute: int = setting(30, "Download starts in any 60 s, over all workers")
    download_min_delay: float = setting(2.0, "Seconds between two download starts")
    download_concurrency: int = setting(2, "Downloads at the same time")
    download_retries: int = setting(3, "Charged failures of a download before the video fails")
    download_retry_base: float = setting(30.0, "Seconds before the first retry; doubles each time, with jitter")
    download_time_limit: float = setting(270.0, "Seconds one download may take")
    download_proxies: tuple[str, ...] = setting((), "Proxies to download through; empty uses HTTPS_PROXY, or none")
    download_ca_file: str = setting("", "CA bundle that downloads trust; empty uses SSL_CERT_FILE, or certifi's")
    download_cookie_file: str = setting(
        "", "Netscape cookie file of your own account; each download gets a private copy"
    )
    ytdlp_options: str = setting(
        "", "More yt-dlp options, a JSON object; those that run programs or choose paths are refused"
    )

    # --- analysis ---
    process_retries: int = setting(3, "Charged failures of an analysis before it goes to the cpu queue, then fails")
    cpu_workers: int = setting(
        0, "Analyses at the same time on the CPU; 0 is 4, or the number of cores where there are fewer"
    )
    gpu_in_flight: int = setting(3, "Videos one GPU works on at the same time")
    gpu_tasks_per_minute: int = setting(10, "Analyses started per minute on one GPU; 0 is no limit")
    analyzer_time_limit: float = setting(120.0, "Seconds one analyzer may take, plus five for every second of video")
    video_time_limit: float = setting(900.0, "Seconds one analysis may take, plus ten for every second of video")

    # --- models ---
    models_dir: Path = setting(Path(), "Folder of the models' weights; `var/models/`, or `$VAR_DIR/models`")
    model_profile: str = setting(
        "", "Models to use: `gpu`, `cpu` or one of MODELS_FILE; empty takes what suits the worker"
    )
    model_choice: tuple[str, ...] = setting(
        (), "Other models for single passes, `pass=model`; `models list` names them"
    )
    models_file: str = setting("", "TOML file of the form of analyzers/models/profiles.toml, laid over it")

    # --- queue ---
    lease_seconds: float = setting(60.0, "Seconds a worker holds a job without a sign of life")
    heartbeat_seconds: float = setting(15.0, "Seconds between two signs of life; at most a third of LEASE_SECONDS")
    feed_depth: int = setting(20, "Messages kept ready in each Redis queue")
    backlog_limit: int = setting(200, "Videos waiting for analysis at which downloads pause")
    disk_min_free_gb: float = setting(5.0, "Free disk, gigabytes, under which downloads pause")
    stop_seconds: float = setting(20.0, "Seconds that running jobs get to finish when the system stops")

    # --- webhooks ---
    webhook_url: tuple[str, ...] = setting((), "Addresses that are told when a video is completed or failed")
    webhook_secret: str = setting("", "What webhooks are signed with; empty leaves them unsigned", secret=True)
    dashboard_url: str = setting(
        "", "Address that others reach the dashboard at, for links; empty is `http://BIND_HOST:DASHBOARD_PORT`"
    )

    # --- tests of reliability ---
    faults: Path = setting(Path(), "Folder of armed fault points, see docs/chaos.md; empty arms none")

    @property
    def media_dir(self) -> Path:
        """Where media lie on this machine: all of them, or, where MEDIA_URL is remote, those at work and the cache."""
        place = urlsplit(self.media_url)
        return Path(unquote(place.path)) if place.scheme == "file" else self.var_dir / "media"

    @property
    def media_is_remote(self) -> bool:
        return self.media_url.startswith("s3://")

    @property
    def media_keep_days(self) -> float | None:
        """Days after its end for which a video's media file stays; None is for ever, 0 until it is analysed."""
        if self.media_keep == "always":
            return None
        return 0.0 if self.media_keep == "until_analyzed" else float(self.media_keep)

    @property
    def socket_dir(self) -> Path:
        """Where the Unix sockets lie: under var_dir, or in a private folder when that path is too long for a socket."""
        inside = self.var_dir / "run"
        if len(str(inside)) <= _SOCKET_PATH_LIMIT - len("/.s.PGSQL.5432.lock"):
            return inside
        # Not TMPDIR, which differs from process to process: all of them must find the same sockets.
        return Path("/tmp") / f"mass-processing-{os.getuid()}-{self.instance}"

    @property
    def temp_dir(self) -> Path:
        """TMPDIR of every process of the system: what a killed one leaves goes when the system stops."""
        return self.var_dir / "tmp"

    @property
    def instance(self) -> str:
        """Short name of this var_dir, so that two clones never meet."""
        return sha256(str(self.var_dir).encode()).hexdigest()[:12]

    @property
    def broker_url(self) -> str:
        """Where Celery's messages go."""
        return self.redis_url or f"redis+socket://{self.socket_dir}/redis.sock"

    @property
    def pages_address(self) -> str:
        """Where the dashboard's pages are, without a slash at the end."""
        everywhere = self.bind_host in ("0.0.0.0", "::", "")
        here = f"http://{'127.0.0.1' if everywhere else self.bind_host}:{self.dashboard_port}"
        return self.dashboard_url.rstrip("/") or here

    @property
    def embedded_redis(self) -> bool:
        return not self.redis_url

    @property
    def embedded_postgres(self) -> bool:
        return not self.database_url and not self.supabase_url

    @property
    def over_supabase(self) -> bool:
        """Whether the database is reached through Supabase's Data API; a connection string is the faster way."""
        return bool(self.supabase_url) and not self.database_url

    @property
    def engines_on_cpu(self) -> int:
        """Analyses at the same time on the CPU."""
        return self.cpu_workers or min(4, os.cpu_count() or 1)

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> "Settings":
        """Settings from environment variables. Raises: Refused, naming the variable and what it should be."""
        values: dict[str, Any] = {}
        for knob in fields(cls):
            raw = environment.get(knob.name.upper(), "").strip()
            if raw:
                values[knob.name] = _parse(knob.name.upper(), raw, knob.default)
        moved = "var_dir" in values
        var_dir = values.get("var_dir", PROJECT / "var")
        values.setdefault("results_dir", var_dir / "results" if moved else PROJECT / "results")
        values.setdefault("models_dir", var_dir / "models")
        values.setdefault("log_dir", var_dir / "logs" if moved else PROJECT / "logs" / "mass_processing")
        ca_file = environment.get("SSL_CERT_FILE") or environment.get("REQUESTS_CA_BUNDLE") or ""
        values.setdefault("download_ca_file", ca_file)
        _check_receivers(values.get("webhook_url", ()))
        read = cls(**values)
        _check_media(read)
        return replace(read, heartbeat_seconds=min(read.heartbeat_seconds, read.lease_seconds / 3))


@cache
def settings() -> Settings:
    """The settings of this process, read once."""
    from dotenv import dotenv_values

    from_file = {name: value for name, value in dotenv_values(PROJECT / ".env").items() if value is not None}
    return Settings.read({**from_file, **os.environ})


def inherited_environment() -> dict[str, str]:
    """The variables that a process we start gets from us."""
    return dict(os.environ)


def documented() -> list[tuple[str, str, str]]:
    """(variable, default, sentence) of every setting, in order; the README's table."""
    return [(knob.name.upper(), _show(knob.default), knob.metadata["about"]) for knob in fields(Settings)]


def _parse(name: str, raw: str, default: Any) -> Any:
    try:
        match default:
            case int():
                value: Any = int(raw)
            case float():
                value = float(raw)
            case tuple():
                parts = tuple(part.strip() for part in raw.split(",") if part.strip())
                return tuple(Path(part).resolve() for part in parts) if name == "MEDIA_ROOTS" else parts
            case Path():
                return Path(raw).expanduser().resolve()
            case _:
                return raw
    except ValueError:
        kind = "a whole number" if isinstance(default, int) else "a number"
        raise Refused(f"{name} should be {kind}, not {raw!r}") from None
    if isinstance(value, int | float) and value < 0:
        raise Refused(f"{name} should not be negative, but is {raw}")
    return value


def _check_media(read: Settings) -> None:
    place = urlsplit(read.media_url)
    folder = place.scheme == "file" and not place.netloc and len(place.path) > 1
    known = folder or (place.scheme == "s3" and bool(place.netloc))
    if read.media_url and (not known or "@" in place.netloc or place.query or place.fragment):
        # Not repeated: what is wrong with it may be a password.
        raise Refused("MEDIA_URL should be file:///folder or s3://bucket/prefix, without keys (see MEDIA_S3_KEY)")
    endpoint = urlsplit(read.media_s3_endpoint)
    if read.media_s3_endpoint and (endpoint.scheme not in ("http", "https") or "@" in endpoint.netloc):
        raise Refused("MEDIA_S3_ENDPOINT should be http://… or https://…, without keys (see MEDIA_S3_KEY)")
    if bool(read.media_s3_key) != bool(read.media_s3_secret):
        raise Refused("MEDIA_S3_KEY and MEDIA_S3_SECRET go together: set both, or none")
    try:
        days = read.media_keep_days
    except ValueError:
        days = -1.0
    if days is not None and not 0 <= days < _LONGEST_KEEP:
        raise Refused(f"MEDIA_KEEP should be always, until_analyzed or a number of days, not {read.media_keep!r}")


def _check_receivers(urls: Sequence[str]) -> None:
    """Raises: Refused, without the address: it may be as good as a password."""
    for url in urls:
        scheme, _, rest = url.partition("://")
        if scheme.lower() not in ("http", "https") or not rest.strip("/") or not url.isascii():
            raise Refused("WEBHOOK_URL should name addresses like https://example.org/hook, separated by commas")
        if len(url) > _LONGEST_URL:
            raise Refused(f"WEBHOOK_URL has an address of more than {_LONGEST_URL} characters")


def _show(default: Any) -> str:
    if isinstance(default, Path):
        return str(default.relative_to(PROJECT)) + "/" if default.is_relative_to(PROJECT) else ""
    return ",".join(map(str, default)) if isinstance(default, tuple) else str(default)
