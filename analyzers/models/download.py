"""How does one file get here whole, over connections that break?

It grows in a `.part` file beside its place. After a break, or in another process later, the rest alone is asked for
(HTTP Range, RFC 9110 §14); a server that can't do that, or has another version by now, sends everything anew. What came
is checked by size and SHA-256; nothing takes its place before that.
"""

import errno
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from analyzers.errors import FetchFailed, HostAway, NoRoom, NotAllowed, NotPublished, WrongBytes

if TYPE_CHECKING:
    import httpx2

#: Told how many bytes more are here; negative where a file has to start anew.
Gained = Callable[[int], None]
#: Seconds before each new attempt after one that brought nothing.
PAUSES = (1.0, 2.0, 4.0, 8.0, 15.0)
_CHUNK = 1 << 20
#: Seconds without a byte, and to connect.
_PATIENCE, _CONNECT = 60.0, 20.0
_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")
_BEYOND = re.compile(r"bytes \*/(\d+)")


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """One file as its host publishes it."""

    #: Path below the model's folder.
    name: str
    url: str
    #: Bytes; None when not known beforehand.
    size: int | None = None
    #: In hex; empty when nobody published one.
    sha256: str = ""
    #: What its host wants to be told, such as a token.
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


class _Broken(Exception):
    """The connection ended before the file did, or the server wants to be asked later."""


def open_client() -> "httpx2.Client":
    """A client that follows redirects and the environment's proxies and certificates (HTTPS_PROXY, SSL_CERT_FILE)."""
    import httpx2

    return httpx2.Client(follow_redirects=True, timeout=httpx2.Timeout(_PATIENCE, connect=_CONNECT))


def part_of(target: Path) -> Path:
    """Where the file for `target` grows."""
    return target.with_name(f"{target.name}.part")


def receive(
    client: "httpx2.Client", file: RemoteFile, target: Path, gained: Gained, pauses: Sequence[float] = PAUSES
) -> str:
    """Brings all of `file` into `part_of(target)`; its SHA-256. Raises: FetchFailed."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = _Part(part_of(target), gained)
    while True:
        had = part.size
        _until_whole(client, file, part, pauses)
        digest = part.digest
        if not file.sha256 or digest == file.sha256:
            return digest
        part.start_anew()
        if not had:
            raise WrongBytes(
                f"{file.name} is not what was published: its SHA-256 is {digest}, not {file.sha256}; what came from "
                f"{file.url} was deleted. Try again; if it stays so, something on the way changes it, or the pin in "
                "profiles.toml (MODELS_FILE) is wrong"
            )


def digest_of(path: Path) -> str:
    """The SHA-256 of a file, in hex."""
    digest = sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def refusal(status: int, what: str, host: str) -> FetchFailed:
    """What an answer of `status` means when `what` was asked for."""
    if status in (401, 403):
        return NotAllowed(
            f"{host} does not give {what} to everyone ({status}): it is gated, private, or not there under that name. "
            f"Accept its terms at https://huggingface.co, then set HF_TOKEN"
        )
    if status in (404, 410):
        return NotPublished(f"{host} has no {what} ({status}); check the id, the revision and the files' names")
    return HostAway(f"{host} answers {status} when asked for {what}; try again later")


def away(host: str, error: Exception) -> HostAway:
    """Nobody answers at `host`."""
    return HostAway(
        f"{host} can't be reached: {str(error) or type(error).__name__}. Behind a proxy set HTTPS_PROXY (and "
        "SSL_CERT_FILE for its certificate); HF_ENDPOINT names a mirror of huggingface.co"
    )


@contextmanager
def room_needed(folder: Path) -> Iterator[None]:
    """Names a full disk for what it is. Raises: NoRoom."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise NoRoom(f"the disk of {folder} is full; make room, or move MODELS_DIR; what came so far stays") from error


def host_of(url: str) -> str:
    return urlsplit(url).netloc


class _Part:
    """What of one file is here so far, with the name its server gave that version (an ETag, say)."""

    def __init__(self, path: Path, gained: Gained) -> None:
        self.path = path
        self._tag = path.with_name(f"{path.name}.tag")
        self._gained = gained
        self._digest = sha256()
        self.size = 0
        if path.is_file():
            with path.open("rb") as file:
                while chunk := file.read(_CHUNK):
                    self._count(chunk)

    @property
    def digest(self) -> str:
        return self._digest.hexdigest()

    @property
    def tag(self) -> str:
        """The version it is a part of; empty when the server named none."""
        return self._tag.read_text() if self._tag.is_file() else ""

    def start_anew(self, tag: str = "") -> None:
        """Drops what is here; `tag` is the version that comes now."""
        if self.size:
            self._gained(-self.size)
            self.path.unlink()
        self._digest, self.size = sha256(), 0
        self._tag.unlink(missing_ok=True)
        if tag:
            self._tag.write_text(tag)

    def grow(self, chunks: Iterator[bytes]) -> None:
        with room_needed(self.path.parent), self.path.open("ab", buffering=0) as file:
            for chunk in chunks:
                left = memoryview(chunk)
                while left:
                    written = file.write(left)
                    self._count(left[:written])
                    left = left[written:]
            os.fsync(file.fileno())

    def _count(self, chunk: "bytes | memoryview") -> None:
        self._digest.update(chunk)
        self.size += len(chunk)
        self._gained(len(chunk))


def _until_whole(client: "httpx2.Client", file: RemoteFile, part: _Part, pauses: Sequence[float]) -> None:
    """Asks until everything is here; gives up after one attempt for each of `pauses` that brought nothing."""
    left = list(pauses)
    while True:
        before = part.size
        try:
            _ask(client, file, part)
        except _Broken as error:
            if part.size > before:
                left = list(pauses)
            elif not left:
                raise away(host_of(file.url), error) from error
            time.sleep(left.pop(0))
        else:
            return


def _ask(client: "httpx2.Client", file: RemoteFile, part: _Part) -> None:
    """Asks once for what is missing. Raises: _Broken, FetchFailed."""
    import httpx2

    if _unfit(file, part):
        part.start_anew()
    if part.size and part.size == file.size:
        return
    try:
        with client.stream("GET", file.url, headers=_headers(file, part)) as response:
            _take(response, file, part)
    except httpx2.TooManyRedirects as error:
        raise HostAway(f"{file.url} leads in circles") from error
    except (httpx2.InvalidURL, httpx2.UnsupportedProtocol) as error:
        raise NotPublished(f"{file.url} is not an address: {error}") from error
    except httpx2.TransportError as error:
        raise _Broken(str(error) or type(error).__name__) from error
    if file.size is not None and part.size < file.size:
        raise _Broken(f"it ended after {part.size:,} of {file.size:,} bytes")


def _unfit(file: RemoteFile, part: _Part) -> bool:
    """Whether `part` can't be gone on with: too long, or nothing would tell that it belongs to another version."""
    too_long = file.size is not None and part.size > file.size
    return part.size > 0 and (too_long or not (file.sha256 or part.tag))


def _headers(file: RemoteFile, part: _Part) -> dict[str, str]:
    headers = {**file.headers, "Accept-Encoding": "identity"}
    if part.size:
        headers["Range"] = f"bytes={part.size}-"
        if not file.sha256:
            headers["If-Range"] = part.tag
    return headers


def _take(response: "httpx2.Response", file: RemoteFile, part: _Part) -> None:
    """Takes what the server sends: the rest, or everything anew. Raises: _Broken, FetchFailed."""
    status = response.status_code
    if status == 416:
        if _all_there(response, part):
            return
        part.start_anew()
        raise _Broken("it has less than we have")
    if status == 429 or status >= 500:
        raise _Broken(f"it answers {status}")
    if not response.is_success:
        raise refusal(status, file.name, host_of(file.url))
    if status != 206:
        part.start_anew(_version(response))
    elif not _continues(response, part):
        part.start_anew()
        raise _Broken("it sends another part than was asked for")
    _check_length(response, file, part)
    part.grow(response.iter_raw())  # as it comes: a chunk that is gathered first is lost with the connection


def _all_there(response: "httpx2.Response", part: _Part) -> bool:
    """Whether the server has no more than `part`: only the rename was missing."""
    found = _BEYOND.fullmatch(response.headers.get("Content-Range", ""))
    return found is not None and int(found[1]) == part.size


def _continues(response: "httpx2.Response", part: _Part) -> bool:
    found = _RANGE.fullmatch(response.headers.get("Content-Range", ""))
    return found is not None and int(found[1]) == part.size


def _check_length(response: "httpx2.Response", file: RemoteFile, part: _Part) -> None:
    """Raises: WrongBytes, before gigabytes of something else come."""
    comes = response.headers.get("Content-Length", "")
    if file.size is None or not comes.isdigit() or part.size + int(comes) == file.size:
        return
    what = f"{file.name} is {part.size + int(comes):,} bytes at {host_of(file.url)}, not {file.size:,} as published"
    raise WrongBytes(f"{what}; try again later, or another mirror (HF_ENDPOINT)")


def _version(response: "httpx2.Response") -> str:
    """What If-Range may carry: a strong ETag, or else the date of the last change."""
    tag: str = response.headers.get("ETag", "")
    return tag if tag and not tag.startswith("W/") else response.headers.get("Last-Modified", "")
