"""Does a direct link, after all its redirects, still lie on a host in MEDIA_HOSTS?"""

from urllib.parse import urljoin, urlsplit

from mass_processing.download.options import SOCKET_TIMEOUT
from mass_processing.errors import DownloadFailed
from mass_processing.records import FailureClass
from mass_processing.settings import Settings
from mass_processing.urls import is_media_host

_MOST_REDIRECTS = 5


def final_url(url: str, settings: Settings, proxy: str | None) -> str:
    """Where `url` leads, each step checked before it is asked for. `proxy` as for yt-dlp.

    Raises: DownloadFailed, class permanent, for a step outside MEDIA_HOSTS or a circle.
    """
    import requests

    with requests.Session() as session:
        session.trust_env = proxy is None
        session.proxies = {"all": proxy} if proxy else {}
        session.verify = settings.download_ca_file or True
        patience = min(SOCKET_TIMEOUT, settings.download_time_limit)
        for _ in range(_MOST_REDIRECTS + 1):
            require_media_host(url, settings)
            with session.head(url, allow_redirects=False, timeout=patience) as answer:
                if not answer.is_redirect:
                    return url
                url = urljoin(url, answer.headers["Location"])
    raise DownloadFailed(FailureClass.PERMANENT, f"the link leads through more than {_MOST_REDIRECTS} redirects")


def require_media_host(url: str, settings: Settings) -> None:
    """Raises: DownloadFailed, class permanent, for an address outside MEDIA_HOSTS."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not is_media_host(parts, settings):
        raise DownloadFailed(
            FailureClass.PERMANENT,
            f"the link leads to {parts.hostname or parts.scheme}, which MEDIA_HOSTS does not name",
        )
