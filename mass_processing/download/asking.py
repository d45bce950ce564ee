"""What happens around every request that yt-dlp makes?

Each page request waits for its turn. Redirects are followed here, one request after the other, so that each has been
looked at and had its own turn before it is made. And no answer keeps the download from being told to stop.
"""

import functools
import math
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from mass_processing.errors import DownloadFailed
from mass_processing.rate_limit import Asked
from mass_processing.records import FailureClass

#: TikTok's hosts that answer with pages and data; all its others serve media.
_PAGE_HOST = re.compile(r"(?:(?:www|m|vm|vt|us|lite|api[\w.-]*)\.)?tiktokv?\.com", re.IGNORECASE)
#: yt-dlp's ways to ask whose redirects are ours to follow; its others would follow them unseen.
_WAYS = ("Requests", "CurlCFFI")
_REDIRECTS = (301, 302, 303, 307, 308)
_MOST_REDIRECTS = 5
#: Bytes per second under which a page counts as not answering.
_SLOWEST_PAGE = 500

#: One request's turn; the block asks.
Turn = Callable[[], AbstractContextManager[Asked]]


@contextmanager
def asking(ydl: Any, *, turn: Turn, look: Callable[[], None], allow: Callable[[str], None]) -> Iterator[None]:
    """Takes over the requests of one yt-dlp instance, and closes every answer at the end.

    `look` and `allow` raise when the download must end: between two pieces of an answer, before an address is asked.
    """
    _redirect_nothing(ydl)
    with ExitStack() as answers:
        ydl.urlopen = _Requests(ydl.urlopen, turn, look, allow, answers)
        yield


def is_page(url: str) -> bool:
    """Whether the site counts a request as one for a page."""
    return _PAGE_HOST.fullmatch(urlsplit(url).hostname or "") is not None


class _Requests:
    """`YoutubeDL.urlopen`, with what this file is about."""

    def __init__(
        self,
        ask: Callable[[Any], Any],
        turn: Turn,
        look: Callable[[], None],
        allow: Callable[[str], None],
        answers: ExitStack,
    ) -> None:
        self._ask = ask
        self._turn = turn
        self._look = look
        self._allow = allow
        self._answers = answers

    def __call__(self, request: Any) -> Any:
        from yt_dlp.networking.exceptions import HTTPError

        refusal = None
        for _ in range(_MOST_REDIRECTS + 1):
            try:
                return self._one(request)
            except HTTPError as error:
                refusal = error.response
                if (address := _location(error)) is None:
                    raise
                request = _redirected(request, error.status, address)
        raise HTTPError(refusal, redirect_loop=True)

    def leads_to(self, request: Any) -> str | None:
        """Where the answer to one request redirects, without going there; None when it doesn't."""
        from yt_dlp.networking.exceptions import HTTPError

        try:
            self._one(request)
        except HTTPError as error:
            if (address := _location(error)) is None:
                raise
            return address
        return None

    def _one(self, request: Any) -> Any:
        self._look()
        self._allow(request.url)
        if not is_page(request.url):
            return self._kept(request)
        with self._turn() as asked:
            try:
                answer = self._kept(request)
            except Exception as error:
                asked.answered_in = _answered_in(getattr(error, "response", None))
                raise
            asked.answered_in = _answered_in(answer)
        return answer

    def _kept(self, request: Any) -> Any:
        """The answer, closed at the end; yt-dlp leaves those of broken downloads open."""
        try:
            answer = self._ask(request)
        except Exception as error:
            if (refusal := getattr(error, "response", None)) is not None:
                self._answers.callback(refusal.close)
            raise
        self._answers.callback(answer.close)
        if hasattr(answer.fp, "read1"):
            answer.fp.read = functools.partial(self._piece, answer.fp.read1)
        return answer

    def _piece(
        self, read1: Callable[..., bytes], amount: int | None = None, decode_content: bool | None = None
    ) -> bytes:
        """What is there of an answer, rather than `amount` bytes however slowly they come."""
        self._look()
        return read1(amount, decode_content)


def _location(refusal: Any) -> str | None:
    """The address that an answer redirects to; None for any other answer."""
    location = refusal.response.get_header("Location") if refusal.status in _REDIRECTS else None
    return urljoin(refusal.response.url, location) if location else None


def _redirected(request: Any, status: int, address: str) -> Any:
    from yt_dlp.networking._helper import get_redirect_method

    method = get_redirect_method(request.method, status)
    further = request.copy()
    further.url = address
    if method != request.method:
        further.data = None
    further.method = method
    # Those of the jar are chosen anew for each address.
    for private in ("Cookie", "Authorization"):
        further.headers.pop(private, None)
    return further


def _answered_in(answer: Any) -> float:
    """Seconds from the moment a request left to its answer, where curl measured them."""
    try:
        from curl_cffi.const import CurlInfo
    except ImportError:
        return 0.0
    infos = getattr(getattr(getattr(answer, "fp", None), "_response", None), "infos", {})
    left, came = infos.get(CurlInfo.PRETRANSFER_TIME), infos.get(CurlInfo.STARTTRANSFER_TIME)
    return max(0.0, came - left) if left and came else 0.0


def _redirect_nothing(ydl: Any) -> None:
    """Makes yt-dlp's ways to ask answer with redirects instead of following them."""
    ways = ydl._request_director.handlers
    for name in ways.keys() - set(_WAYS):
        ways.pop(name).close()
    for name, way in ways.items():
        make = way._create_instance
        slow = math.ceil(float(ydl.params["socket_timeout"]))
        way._create_instance = _curl_session(slow) if name == "CurlCFFI" else _requests_session(make)


def _requests_session(make: Callable[..., Any]) -> Callable[..., Any]:
    def made(*args: Any, **kwargs: Any) -> Any:
        session = make(*args, **kwargs)
        session.get_redirect_target = lambda _: None
        return session

    return made


def _curl_session(slow_seconds: int) -> Callable[..., Any]:
    def made(cookiejar: Any = None) -> Any:
        from curl_cffi.const import CurlInfo, CurlOpt
        from curl_cffi.requests import Session

        return Session(
            cookies=cookiejar,
            allow_redirects=False,
            curl_infos=[CurlInfo.PRETRANSFER_TIME, CurlInfo.STARTTRANSFER_TIME],
            # curl would wait twice as long for the next byte, and forever if a byte came each second.
            curl_options={CurlOpt.LOW_SPEED_LIMIT: _SLOWEST_PAGE, CurlOpt.LOW_SPEED_TIME: slow_seconds},
        )

    return made


def trust(ydl: Any, ca_file: str) -> None:
    """Makes every way to ask accept the certificates of `ca_file`; yt-dlp has no option for it.

    Raises: DownloadFailed, class local_fault, when there is no such file.
    """
    if not Path(ca_file).is_file():
        raise DownloadFailed(FailureClass.LOCAL_FAULT, f"DOWNLOAD_CA_FILE {ca_file} is not a file")
    for way in ydl._request_director.handlers.values():
        if way.RH_KEY == "CurlCFFI":
            way.verify = ca_file
        else:
            way._make_sslcontext = _with_ca(way._make_sslcontext, ca_file)


def _with_ca(make_context: Any, ca_file: str) -> Any:
    def make(*args: Any, **kwargs: Any) -> Any:
        context = make_context(*args, **kwargs)
        context.load_verify_locations(cafile=ca_file)
        return context

    return make
