"""What does a pull talk to instead of huggingface.co and the hosts of single files?

A server on loopback that speaks the part of the hub's API that lists a repository, sends large files by way of a
redirect as the hub does, and can misbehave: cut a connection, not know Range, send other bytes, refuse.
"""

import json
import re
import threading
from dataclasses import dataclass, field
from hashlib import sha1, sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import unquote, urlsplit

#: Files from this size on are kept as the hub keeps large ones: with their SHA-256, behind a redirect.
LARGE = 10_000
_LISTING = re.compile(r"/api/models/([^/]+/[^/]+)/revision/([^/]+)")
_FILE = re.compile(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)")


@dataclass(frozen=True, slots=True)
class Asked:
    """One request that came."""

    path: str
    #: The headers Range, If-Range and Authorization; empty when not sent.
    range: str
    if_range: str
    authorization: str


@dataclass(slots=True)
class Repository:
    """One model as the hub keeps it."""

    files: dict[str, bytes]
    #: Names of its branches and tags, each with the commit it stands for.
    revisions: dict[str, str] = field(default_factory=dict)
    #: Asks for a token.
    gated: bool = False
    #: Sizes that the list names instead of the true ones.
    listed_sizes: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Knobs:
    """How it misbehaves."""

    #: Bytes after which the connection breaks, one for each answer with a file; after that all goes well.
    cuts: list[int] = field(default_factory=list)
    #: Sends everything whatever range is asked for.
    no_range: bool = False
    #: Sends no ETag.
    no_etag: bool = False
    #: Answers with this instead of a file, one for each request.
    statuses: list[int] = field(default_factory=list)
    #: Sends these bytes instead of the published ones, by file name.
    other_bytes: dict[str, bytes] = field(default_factory=dict)
    #: Answers with files wait for this.
    open: threading.Event = field(default_factory=threading.Event)
    #: Bytes after which an answer waits for `go_on`, one for each answer with a file.
    stalls: list[int] = field(default_factory=list)
    go_on: threading.Event = field(default_factory=threading.Event)


class ModelHub:
    """Serves until the `with` ends."""

    def __init__(self) -> None:
        self.repositories: dict[str, Repository] = {}
        #: Files at plain addresses, by name.
        self.files: dict[str, bytes] = {}
        self.knobs = Knobs()
        self.knobs.open.set()
        self.asked: list[Asked] = []
        self._server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"hub": self}))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def address(self) -> str:
        """What HF_ENDPOINT is set to."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def url_of(self, name: str) -> str:
        """Where a file of `files` is."""
        return f"{self.address}/plain/{name}"

    def ranges(self, name: str) -> list[str]:
        """What was asked of a file that was sent, in order: "" for all of it."""
        return [each.range for each in self.asked if each.path.startswith(("/cdn/", "/plain/")) and name in each.path]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.knobs.open.set()
        self.knobs.go_on.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_: Any) -> None:
        """Whoever asked may be gone."""


class _Handler(BaseHTTPRequestHandler):
    #: Set for each server.
    hub: ModelHub
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path)
        headers = (self.headers.get(name, "") for name in ("Range", "If-Range", "Authorization"))
        self.hub.asked.append(Asked(path, *headers))
        if found := _LISTING.fullmatch(path):
            self._list(*found.groups())
        elif path.startswith("/plain/"):
            self._send_file(path.removeprefix("/plain/"), self.hub.files.get(path.removeprefix("/plain/")))
        elif path.startswith("/cdn/"):
            owner, publisher, name = path.removeprefix("/cdn/").split("/", 2)
            self._send_file(name, self.hub.repositories[f"{owner}/{publisher}"].files[name])
        elif found := _FILE.fullmatch(path):
            self._resolve(*found.groups())
        else:
            self._say(404, b"")

    def _list(self, repository_id: str, revision: str) -> None:
        repository = self.hub.repositories.get(repository_id)
        if repository is None:
            return self._say(401, b"Invalid username or password.", {"X-Error-Code": "RepoNotFound"})
        commit = repository.revisions.get(revision, revision if revision in repository.revisions.values() else "")
        if not commit:
            return self._say(404, b"", {"X-Error-Code": "RevisionNotFound"})
        files = [_listed(name, data, repository) for name, data in repository.files.items()]
        document = {"id": repository_id, "sha": commit, "siblings": files}
        return self._say(200, json.dumps(document).encode(), {"Content-Type": "application/json"})

    def _resolve(self, repository_id: str, commit: str, name: str) -> None:
        repository = self.hub.repositories.get(repository_id)
        if repository is None or commit not in repository.revisions.values() or name not in repository.files:
            return self._say(404, b"", {"X-Error-Code": "EntryNotFound"})
        if repository.gated and not self.headers.get("Authorization"):
            return self._say(401, b"", {"X-Error-Code": "GatedRepo"})
        return self._say(302, b"", {"Location": f"{self.hub.address}/cdn/{repository_id}/{name}"})

    def _send_file(self, name: str, data: bytes | None) -> None:
        self.hub.knobs.open.wait(30)
        if self.hub.knobs.statuses:
            return self._say(self.hub.knobs.statuses.pop(0), b"")
        if data is None:
            return self._say(404, b"")
        data = self.hub.knobs.other_bytes.get(name, data)
        etag = f'"{sha1(data).hexdigest()}"'
        start = self._start(etag)
        if start > len(data) or (start and start == len(data)):
            return self._say(416, b"", {"Content-Range": f"bytes */{len(data)}"})
        headers = {} if self.hub.knobs.no_etag else {"ETag": etag}
        if start:
            headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
        cut = self.hub.knobs.cuts.pop(0) if self.hub.knobs.cuts else None
        return self._say(206 if start else 200, data[start:], headers, cut=cut)

    def _start(self, etag: str) -> int:
        found = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        if not found or self.hub.knobs.no_range or self.headers.get("If-Range", etag) != etag:
            return 0
        return int(found[1])

    def _say(self, status: int, body: bytes, headers: dict[str, str] | None = None, cut: int | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        stall = self.hub.knobs.stalls.pop(0) if len(body) >= LARGE and self.hub.knobs.stalls else 0
        self.wfile.write(body[:stall])
        if stall:
            self.wfile.flush()
            self.hub.knobs.go_on.wait(60)
        self.wfile.write(body[stall:cut])
        if cut is not None:
            self.wfile.flush()
            self.close_connection = True

    def log_message(self, *_: Any) -> None:
        pass


def _listed(name: str, data: bytes, repository: Repository) -> dict[str, Any]:
    size = repository.listed_sizes.get(name, len(data))
    listed: dict[str, Any] = {"rfilename": name, "size": size, "blobId": sha1(data).hexdigest()}
    if len(data) >= LARGE:
        listed["lfs"] = {"sha256": sha256(data).hexdigest(), "size": size, "pointerSize": 134}
    return listed
