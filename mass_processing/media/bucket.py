"""How do media lie in a bucket of an S3 service?

An upload appears whole or not at all; that is what S3 promises. Each object carries the SHA-256 of its content, and
what is fetched is compared with it. No message of ours holds a key.
"""

import hashlib
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, Any, cast

from mass_processing.errors import MediaAway, MediaLost
from mass_processing.media.cache import Cache
from mass_processing.media.names import video_of
from mass_processing.media.place import Entry, Opened
from mass_processing.settings import Settings

if TYPE_CHECKING:
    from s3fs import S3FileSystem

log = logging.getLogger(__name__)

#: Types that browsers are told; S3 consoles show them.
_TYPES = {".mp4": "video/mp4", ".jpg": "image/jpeg", ".gz": "application/gzip"}
#: Bytes that are read at a time where only a part is wanted.
_BLOCK = 2**20
#: Seconds until a service that doesn't answer counts as away, and tries until then.
_CONNECT_SECONDS, _READ_SECONDS, _TRIES = 5, 30, 3


@dataclass(frozen=True, slots=True)
class _Facts:
    """What the service says of an object."""

    #: Bytes.
    size: int
    #: Unix time.
    modified: float
    #: Hex; empty for an object that somebody else put there, or a service that drops what it is told.
    sha256: str
    #: The service's own mark of this content.
    etag: str


class BucketPlace:
    """MEDIA_URL=s3://bucket/prefix. Made before a fork or after; it connects at its first use."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        #: `bucket` or `bucket/prefix`.
        self._root = settings.media_url.removeprefix("s3://").strip("/")
        self._bucket, _, self._prefix = self._root.partition("/")
        self._cache = Cache(settings.media_dir / "cache", int(settings.media_cache_gb * 1e9))

    def location(self, key: str) -> str:
        return f"s3://{self._root}/{key}"

    def key_of(self, location: str) -> str | None:
        start = f"s3://{self._root}/"
        return location.removeprefix(start) if location.startswith(start) else None

    def put(self, file: Path, key: str, *, wanted_here: bool = False) -> None:
        sha256 = _sha256(file)
        kind = _TYPES.get(file.suffix, "application/octet-stream")
        with self._told(key):
            self._files.put_file(str(file), self._path(key), Metadata={"sha256": sha256}, ContentType=kind)
        if wanted_here:
            self._cache.adopt(file, _cached_name(key, sha256))

    @contextmanager
    def at_hand(self, key: str) -> Iterator[Path]:
        facts = self._facts(key)
        if facts is None:
            raise MediaLost(f"the media file is gone: {self.location(key)}")

        def fetch(unfinished: Path) -> None:
            self._fetch(key, facts, unfinished)

        with self._cache.holding(_cached_name(key, facts.sha256 or facts.etag), facts.size, fetch) as path:
            yield path

    def open(self, key: str) -> Opened | None:
        try:
            with self._told(key):
                file = self._files.open(self._path(key), "rb", block_size=_BLOCK, cache_type="readahead")
        except MediaLost:
            return None
        return Opened(cast(IO[bytes], file), file.size)

    def probably_has(self, key: str) -> bool:  # noqa: ARG002  # the service alone knows
        return True

    def entries(self) -> Iterator[Entry]:
        token: Mapping[str, str] = {}
        while True:
            prefix = f"{self._prefix}/" if self._prefix else ""
            with self._told(""):
                page = self._files.call_s3("list_objects_v2", Bucket=self._bucket, Prefix=prefix, **token)
            for each in page.get("Contents", ()):
                key = each["Key"].removeprefix(prefix)
                if video_of(key) is not None:
                    yield Entry(key, each["Size"], _unix(each["LastModified"]))
            if not page.get("IsTruncated"):
                return
            token = {"ContinuationToken": page["NextContinuationToken"]}

    def delete(self, key: str, before: float) -> int:
        facts = self._facts(key)
        if facts is None or facts.modified >= before:
            return 0
        with self._told(key):
            self._files.call_s3("delete_object", Bucket=self._bucket, Key=self._key(key))
        return facts.size

    def _fetch(self, key: str, facts: _Facts, unfinished: Path) -> None:
        """Raises: MediaLost when it is not what was put there, also when asked a second time."""
        for _ in range(2):
            with self._told(key):
                self._files.get_file(self._path(key), str(unfinished), max_concurrency=1)
            found = _sha256(unfinished)
            if unfinished.stat().st_size == facts.size and found == (facts.sha256 or found):
                return
            log.warning("%s came damaged", self.location(key))
        raise MediaLost(
            f"the media file is damaged: {self.location(key)} has {unfinished.stat().st_size} bytes and SHA-256 "
            f"{found[:16]}…, {facts.size} and {facts.sha256[:16] or '?'}… were put there"
        )

    def _facts(self, key: str) -> _Facts | None:
        """None when there is no such object."""
        try:
            with self._told(key):
                head = self._files.call_s3("head_object", Bucket=self._bucket, Key=self._key(key))
        except MediaLost:
            return None
        told = {name.lower(): value for name, value in head.get("Metadata", {}).items()}
        return _Facts(
            size=head["ContentLength"],
            modified=_unix(head["LastModified"]),
            sha256=str(told.get("sha256", "")),
            etag=str(head.get("ETag", "")).strip('"'),
        )

    @cached_property
    def _files(self) -> "S3FileSystem":
        from s3fs import S3FileSystem

        knobs = self._settings
        return S3FileSystem(
            key=knobs.media_s3_key or None,
            secret=knobs.media_s3_secret or None,
            endpoint_url=knobs.media_s3_endpoint or None,
            client_kwargs={"region_name": knobs.media_s3_region} if knobs.media_s3_region else {},
            config_kwargs={
                "connect_timeout": _CONNECT_SECONDS,
                "read_timeout": _READ_SECONDS,
                "retries": {"max_attempts": _TRIES, "mode": "standard"},
                # Services beside AWS have no host name per bucket.
                "s3": {"addressing_style": "path"},
                # Not all of them know AWS' newer checksums; ours is compared with the content itself.
                "request_checksum_calculation": "when_required",
                "response_checksum_validation": "when_required",
            },
            use_listings_cache=False,
            skip_instance_cache=True,
        )

    def _key(self, key: str) -> str:
        return f"{self._prefix}/{key}" if self._prefix else key

    def _path(self, key: str) -> str:
        return f"{self._root}/{key}"

    @contextmanager
    def _told(self, key: str) -> Iterator[None]:
        """Everything that the service or the way to it throws becomes one of ours. Raises: MediaLost, MediaAway."""
        from aiohttp import ClientError as ConnectionBroke
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            yield
        except FileNotFoundError as error:
            if "bucket does not exist" in str(error):
                raise MediaAway(f"there is no bucket {self._bucket}: make it, or correct MEDIA_URL") from error
            raise MediaLost(f"the media file is gone: {self.location(key)}") from error
        except (OSError, TimeoutError, BotoCoreError, ClientError, ConnectionBroke) as error:
            raise MediaAway(f"{self.location(key)} can't be reached: {self._without_keys(error)}") from error

    def _without_keys(self, error: Exception) -> str:
        text = str(error) or type(error).__name__
        for secret in (self._settings.media_s3_secret, self._settings.media_s3_key):
            text = text.replace(secret, "…") if secret else text
        return text


def _cached_name(key: str, mark: str) -> str:
    """One name per content: a video that was downloaded anew is another file."""
    name = PurePosixPath(key)
    return f"{name.stem}.{''.join(letter for letter in mark if letter.isalnum())[:16]}{name.suffix}"


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _unix(moment: Any) -> float:
    assert isinstance(moment, datetime)
    return moment.timestamp()
