"""Does a direct link, after all its redirects, still lie on a host in MEDIA_HOSTS?"""

from typing import Any
from urllib.parse import urljoin, urlsplit

from mass_processing.errors import DownloadFailed
from mass_processing.records import FailureClass
from mass_processing.settings import Settings
from mass_processing.urls import is_media_host

_MOST_REDIRECTS = 5
_TIMEOUT_SECONDS = 20.0


def final_url(url: str, settings: Settings, proxy: str | None) -> str:
    """Where `url` leads, each step checked before it is asked for. `proxy` as for yt-dlp.

    Raises: DownloadFailed, class permanent, for a step outside MEDIA_HOSTS or a circle.
    """
    import requests

    with requests.Session() as session:
        session.trust_env = proxy is None
        session.proxies = {"all": proxy} if proxy else {}
        session.verify = settings.download_ca_file or True
        for _ in range(_MOST_REDIRECTS + 1):
            _require_media_host(url, settings)
            answer = session.head(
                url, allow_redirects=False, timeout=min(_TIMEOUT_SECONDS, settings.download_time_limit)
            )
            if not answer.is_redirect:
                return url
            url = urljoin(url, answer.headers["Location"])
    raise DownloadFailed(FailureClass.PERMANENT, f"the link leads through more than {_MOST_REDIRECTS} redirects")


def guard_answers(ydl: Any, settings: Settings) -> None:
    """Lets yt-dlp read only what comes from MEDIA_HOSTS: a server may redirect a GET and not the HEAD before it."""
    ask = ydl.urlopen

    def ask_and_check(request: Any) -> Any:
        answer = ask(request)
        try:
            _require_media_host(answer.url, settings)
        except DownloadFailed:
            answer.close()
            raise
        return answer

    ydl.urlopen = ask_and_check


def _require_media_host(url: str, settings: Settings) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not is_media_host(parts, settings):
        raise DownloadFailed(
            FailureClass.PERMANENT,
            f"the link leads to {parts.hostname or parts.scheme}, which MEDIA_HOSTS does not name",
        )
