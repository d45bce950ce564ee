"""Which video does this line of text name? Decided without network, so that one post is one job.

Four things are let in: a TikTok post (any of its address forms, or the bare id), a TikTok short link, a direct media
file on a host in MEDIA_HOSTS, and a local file under MEDIA_ROOTS. All else is refused with the reason.
"""

import hashlib
import ipaddress
import os
import re
import stat
import time
from pathlib import Path
from urllib.parse import SplitResult, quote, unquote, urlsplit, urlunsplit

from mass_processing.errors import Refused
from mass_processing.records import Link, Source
from mass_processing.settings import Settings

_LONGEST = 2048
_TIKTOK_HOSTS = frozenset(
    prefix + domain for prefix in ("", "www.", "m.", "us.", "lite.") for domain in ("tiktok.com", "tiktokv.com")
)
_SHORT_LINK_HOSTS = frozenset({"vm.tiktok.com", "vt.tiktok.com"})
_DEFAULT_PORTS = {"http": 80, "https": 443}

_LOCALE = r"(?:/[a-z]{2}(?:-[a-z]{2,4})?)?"
_POST = re.compile(
    _LOCALE
    + r"/(?:@(?P<user>[^/]*)/(?:video|photo)|share/video|embed(?:/v2)?|player/v1|video|v)/(?P<id>\d+)(?:\.html)?/?",
    re.IGNORECASE,
)
_SHORT_PATH = re.compile(r"/t/(?P<code>[A-Za-z0-9_-]+)/?")
_SHORT_CODE = re.compile(r"/(?P<code>[A-Za-z0-9_-]+)/?")
_SAFE_USER = re.compile(r"[A-Za-z0-9_.-]+")
#: The form nearly every line of a long list has; it gets the answer of the general way in a third of the time.
_PLAIN_POST = re.compile(r"https://(?:www\.)?tiktok\.com/@([A-Za-z0-9_.-]*)/video/([0-9]+)/?(?:\?[!-~]*)?")
#: TikTok pages that are not one video, and what to call them.
_OTHER_PAGES = tuple(
    (re.compile(_LOCALE + pattern, re.IGNORECASE), name)
    for pattern, name in (
        (r"/(?:@[^/]*/live|share/live/.*|live(?:/.*)?)/?", "a live broadcast"),
        (r"/@[^/]*/(?:collection|playlist)/.*", "a collection"),
        (r"/@[^/]*/?", "a profile page"),
        (r"/tag/.*", "a hashtag page"),
        (r"/music/.*", "a sound page"),
        (r"/(?:sticker|effect)/.*", "an effect page"),
        (r"/(?:search|discover|explore|foryou)(?:/.*)?", "a search page"),
        (r"/?", "the front page"),
    )
)

#: Upper half of an id: seconds since 1970. TikTok's predecessor started in 2014.
_FIRST_UPLOAD = 1_388_534_400
_CLOCK_SLACK_SECONDS = 86_400


def canonical_link(text: str, settings: Settings) -> Link:
    """The one video that `text` names: TikTok forms and bare ids, short links, media URLs, local paths, file: URLs.

    Raises: Refused, with the reason and the next step.
    """
    text = text.strip()
    _check_text(text)
    if plain := _PLAIN_POST.fullmatch(text):
        return _tiktok_link(plain[2], plain[1])
    if text.isdigit():
        return _tiktok_link(text, "")
    scheme, colon, _ = text.partition("://")
    if colon and scheme.lower() == "file":
        return _local_link(_path_of_file_url(text), settings)
    if colon:
        return _web_link(text, settings)
    if text.partition("/")[0].lower() in _TIKTOK_HOSTS | _SHORT_LINK_HOSTS:
        return _web_link(f"https://{text}", settings)
    # os.path, not Path: it answers False for a name that is too long, and leaves an unknown ~user as it is.
    if text.startswith(("/", "./", "../", "~")) or os.path.exists(text):
        return _local_link(Path(os.path.expanduser(text)), settings)
    raise Refused(f"{_shown(text)} is neither a link (https://…), a TikTok id nor an existing file")


def file_link(path: Path) -> Link:
    """A local file, named by its content. Raises: Refused when it is missing, empty, unreadable or no regular file."""
    real = Path(os.path.realpath(path))
    try:
        # Non-blocking, so that opening a pipe without a writer doesn't hang.
        with open(os.open(real, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise Refused(f"{path} is not a regular file; name a video file")
            if status.st_size == 0:
                raise Refused(f"{path} is empty (0 bytes)")
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise Refused(f"{path} can't be read: {error.strerror}") from error
    return Link(f"file:{digest[:16]}", str(real), Source.FILE)


def tiktok_id_of(text: str) -> str | None:
    """The id in a bare id or any TikTok post address; None for everything else (short links too)."""
    text = text.strip()
    if not text.isdigit():
        try:
            parts = urlsplit(text if "://" in text else f"https://{text}")
            if (parts.hostname or "") not in _TIKTOK_HOSTS:
                return None
        except ValueError:
            return None
        match = _POST.fullmatch(unquote(parts.path))
        text = match["id"] if match else ""
    try:
        return _checked_id(text)
    except Refused:
        return None


def is_media_host(parts: SplitResult, settings: Settings) -> bool:
    """Whether MEDIA_HOSTS lists the host of an http(s) URL: `name` for every port of it, `name:port` for that one."""
    host, port = (parts.hostname or "").lower(), _port(parts)
    host = f"[{host}]" if ":" in host else host
    allowed = {entry.lower() for entry in settings.media_hosts}
    return host in allowed or f"{host}:{port or _DEFAULT_PORTS.get(parts.scheme)}" in allowed


def _check_text(text: str) -> None:
    if not text:
        raise Refused("the line is empty; name a link or a file")
    if len(text) > _LONGEST:
        raise Refused(f"{_shown(text)} has {len(text)} characters; a link has at most {_LONGEST}")
    if not text.isprintable():
        raise Refused(f"{_shown(text)} holds control characters; is it a text file with one link per line?")


def _web_link(url: str, settings: Settings) -> Link:
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), _port(parts)
    except ValueError as error:
        raise Refused(f"{_shown(url)} is not a valid link: {error}") from None
    if parts.scheme not in _DEFAULT_PORTS:
        raise Refused(f"{_shown(url)} is not an http(s) link: its scheme is {parts.scheme!r}")
    if parts.username is not None or parts.password is not None:
        raise Refused(f"a link to {host or 'nowhere'} names a user before the @ of its host; leave that part out")
    if host in _TIKTOK_HOSTS | _SHORT_LINK_HOSTS:
        if port not in (None, _DEFAULT_PORTS[parts.scheme]):
            raise Refused(f"{_shown(url)} has port {port}; TikTok's links have none")
        return _short_link(host, parts.path) or _post_link(url, parts.path)
    if not is_media_host(parts, settings):
        raise Refused(_why_unknown(url, host, port))
    return _media_link(url, parts)


def _short_link(host: str, path: str) -> Link | None:
    if host in _SHORT_LINK_HOSTS:
        match = _SHORT_CODE.fullmatch(path)
        if match is None:
            raise Refused(f"https://{host}{_shown(path)} holds no short link code; copy the link again")
        return _url_link(f"https://{host}/{match['code']}", Source.TIKTOK)
    match = _SHORT_PATH.fullmatch(path)
    return _url_link(f"https://www.tiktok.com/t/{match['code']}", Source.TIKTOK) if match else None


def _post_link(url: str, path: str) -> Link:
    path = unquote(path)
    match = _POST.fullmatch(path)
    if match:
        return _tiktok_link(match["id"], match["user"] or "")
    for pattern, name in _OTHER_PAGES:
        if pattern.fullmatch(path):
            raise Refused(f"{name}, not a video: {_shown(url)}; add the links of its videos")
    raise Refused(
        f"not a link to a TikTok video: {_shown(url)}; it should look like https://www.tiktok.com/@user/video/ID"
    )


def _tiktok_link(post_id: str, user: str) -> Link:
    # Any user name leads to the post; one that yt-dlp would not take is left out.
    user = user if _SAFE_USER.fullmatch(user) else ""
    post_id = _checked_id(post_id)
    return Link(f"tiktok:{post_id}", f"https://www.tiktok.com/@{user}/video/{post_id}", Source.TIKTOK)


def _checked_id(post_id: str) -> str:
    if not post_id.isascii():
        raise Refused(f"the id {_shown(post_id)} is written with digits other than 0-9")
    if not 15 <= len(post_id) <= 20:
        raise Refused(f"{_shown(post_id)} is no TikTok id: it has {len(post_id)} digits, not 19; copy the link again")
    uploaded = int(post_id) >> 32
    if not _FIRST_UPLOAD <= uploaded <= time.time() + _CLOCK_SLACK_SECONDS:
        when = "before TikTok existed" if uploaded < _FIRST_UPLOAD else "from the future"
        raise Refused(f"{post_id} is no TikTok id: its upload time is {when}; copy the link again")
    return post_id


def _media_link(url: str, parts: SplitResult) -> Link:
    if parts.path in ("", "/"):
        raise Refused(f"{_shown(url)} names no file")
    netloc = parts.netloc.lower().removesuffix(f":{_DEFAULT_PORTS[parts.scheme]}")
    path = quote(parts.path, safe="/%:@!$&'()*+,;=~-._")
    return _url_link(urlunsplit((parts.scheme, netloc, path, parts.query, "")), Source.MEDIA)


def _url_link(url: str, source: Source) -> Link:
    return Link(f"url:{hashlib.sha256(url.encode()).hexdigest()[:16]}", url, source)


def _why_unknown(url: str, host: str, port: int | None) -> str:
    entry = f"[{host}]" if ":" in host else host
    entry = f"{entry}:{port}" if port else entry
    if not host:
        return f"{_shown(url)} names no host"
    if host == "douyin.com" or host.endswith(".douyin.com"):
        return f"{_shown(url)} is on Douyin, which is another site; only TikTok's links can be taken"
    if _is_private(host):
        return f"{host} is a private address; only hosts in MEDIA_HOSTS are fetched from (add {entry} if you trust it)"
    return f"unknown host {_shown(entry)}; only TikTok and hosts named in MEDIA_HOSTS are fetched from"


def _is_private(host: str) -> bool:
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return host == "localhost" or host.endswith((".localhost", ".local", ".internal"))


def _port(parts: SplitResult) -> int | None:
    """Raises: ValueError for a port that is no number below 65536."""
    return parts.port


def _path_of_file_url(url: str) -> Path:
    parts = urlsplit(url)
    if parts.netloc not in ("", "localhost"):
        raise Refused(f"{_shown(url)} names a file on {_shown(parts.netloc)}; only this machine's files can be taken")
    path = unquote(parts.path)
    if not path.isprintable():
        raise Refused(f"{_shown(url)} holds control characters")
    return Path(path)


def _local_link(path: Path, settings: Settings) -> Link:
    real = Path(os.path.realpath(path))
    if not settings.media_roots:
        raise Refused(f"{path} is a local file, and no folder is open for those; name its folder in MEDIA_ROOTS")
    # Symbolic links are followed first, so that one inside a root can't lead out of it.
    if not any(real.is_relative_to(os.path.realpath(root)) for root in settings.media_roots):
        roots = ", ".join(map(str, settings.media_roots))
        raise Refused(f"{path} is outside the folders in MEDIA_ROOTS ({roots}); move it there or add its folder")
    return file_link(real)


def _shown(text: str) -> str:
    """The text for an error message: at most 80 characters, nothing unprintable."""
    text = text if text.isprintable() else ascii(text)
    return text if len(text) <= 80 else text[:79] + "…"
