"""How do the dashboard and the API keep strangers out, and how do they answer errors?

Loopback services are reachable from any web page the user has open, so: only known host names are answered (DNS
rebinding), a write must come from our own page or from no page at all (CSRF), and no CORS header is ever sent.
"""

import logging
from collections.abc import Callable
from threading import Lock
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, jsonify, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound, SecurityError
from werkzeug.exceptions import RequestEntityTooLarge as TooLarge

from mass_processing.errors import BackendAway, MassProcessingError, MediaAway, Refused
from mass_processing.settings import Settings
from mass_processing.store import Store, open_store

log = logging.getLogger(__name__)

_WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
#: Addresses that mean "every interface": a browser's Host header never honestly names them.
_WILDCARDS = frozenset({"0.0.0.0", "::", "*", ""})
_HEADERS = {
    "Content-Security-Policy": "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data:",
            "media-src 'self'",
            "font-src 'self'",
            "connect-src 'self'",
            "manifest-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


class Problem(MassProcessingError):
    """A request that can't be answered, as people and programs are told."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        hint: str = "",
        *,
        retry_after: int | None = None,
        video_id: str = "",
    ) -> None:
        super().__init__(message)
        #: HTTP status.
        self.status = status
        #: Snake case, for programs.
        self.code = code
        self.message = message
        #: The next step; empty when there is none.
        self.hint = hint
        #: Seconds after which another try makes sense; None when it never does by itself.
        self.retry_after = retry_after
        #: The video the problem is about; empty when it is about none.
        self.video_id = video_id


def guard(app: Flask, settings: Settings, *, max_body_bytes: int) -> None:
    """Installs the host check, the CSRF rule, the size limit and the security headers on `app`."""
    bound = () if settings.bind_host in _WILDCARDS else (settings.bind_host,)
    app.config["TRUSTED_HOSTS"] = ["localhost", "127.0.0.1", *bound, *settings.trusted_hosts]
    app.config["MAX_CONTENT_LENGTH"] = max_body_bytes
    app.config["MAX_FORM_MEMORY_SIZE"] = max_body_bytes
    app.before_request(_refuse_foreign_writes)
    app.after_request(_with_headers)


def answer_errors(app: Flask, show: Callable[[Problem], Response]) -> None:
    """Every error becomes a `Problem` and is answered by `show`; unexpected ones are logged with their traceback."""

    def handle(error: Exception) -> Response:
        problem = as_problem(error)
        if problem.status == 500:
            log.error("%s %s failed", request.method, request.path, exc_info=error)
        response = show(problem)
        response.status_code = problem.status
        if problem.retry_after is not None:
            response.headers["Retry-After"] = str(problem.retry_after)
        if isinstance(error, HTTPException):
            _keep_meaningful_headers(error, response)
        return response

    app.register_error_handler(HTTPException, handle)
    app.register_error_handler(Exception, handle)


def as_problem(error: Exception) -> Problem:
    """What an exception means to the one who asked."""
    match error:
        case Problem():
            return error
        case Refused():
            return Problem(400, "refused", str(error))
        case BackendAway() | MediaAway():
            code, after = ("media_away", 30) if isinstance(error, MediaAway) else ("backend_away", 5)
            return Problem(503, code, str(error), retry_after=after)
        case TooLarge():
            limit = current_app.config["MAX_CONTENT_LENGTH"]
            return Problem(413, "too_large", f"the request is larger than {limit:,} bytes", "Send it in smaller parts")
        case SecurityError():
            return Problem(
                400, "unknown_host", "this host name is not answered", "Add it to TRUSTED_HOSTS if it is yours"
            )
        case NotFound() | MethodNotAllowed():
            name = error.name.lower()
            return Problem(error.code, name.replace(" ", "_"), f"{request.method} {request.path}: {name}")
        case HTTPException():
            name = error.name.lower()
            return Problem(error.code or 500, name.replace(" ", "_"), error.description or name)
    return Problem(500, "internal_error", "something went wrong on our side", "The log has the details")


def problem_json(problem: Problem) -> Response:
    """`{"error": {"code", "message", "hint"}}`, and the video's id where there is one."""
    document: dict[str, object] = {
        "error": {"code": problem.code, "message": problem.message, "hint": problem.hint or None}
    }
    if problem.video_id:
        document["video_id"] = problem.video_id
    return jsonify(document)


def json_object() -> dict[str, object]:
    """The request's body. Raises: Problem (400, 415) when it is not a JSON object."""
    if not request.is_json:
        raise Problem(415, "not_json", "the body has to be JSON", "Send the header Content-Type: application/json")
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise Problem(400, "not_an_object", "the body has to be a JSON object", 'Such as {"key": "value"}')
    return body


def keep_store(app: Flask, store: Store | None, settings: Settings) -> None:
    """Gives `app` its store: this one, or the one the settings name, opened when it is first asked for.

    Opening late lets a face start, and say what is wrong, while the database is away.
    """
    lock = Lock()
    opened = [store] if store is not None else []

    def get() -> Store:
        with lock:
            if not opened:
                opened.append(open_store(settings))
            return opened[0]

    app.extensions["mass_processing_store"] = get


def the_store() -> Store:
    """The store of the app that answers this request. Raises: BackendAway."""
    get: Callable[[], Store] = current_app.extensions["mass_processing_store"]
    return get()


def _refuse_foreign_writes() -> None:
    if request.method in _WRITES and not _from_here():
        raise Problem(403, "cross_site", "writes are taken from our own pages only", "Open the dashboard itself")


def _from_here() -> bool:
    """Browsers say where a request comes from; programs say nothing."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == request.host


def _with_headers(response: Response) -> Response:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def _keep_meaningful_headers(error: HTTPException, response: Response) -> None:
    """405 names the methods that work, 416 the size of the file."""
    for name, value in error.get_headers():
        if name in ("Allow", "Content-Range"):
            response.headers[name] = value
