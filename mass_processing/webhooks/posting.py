"""How is one webhook posted, and what did its receiver say?

Never waits longer than ten seconds in all, whatever the receiver does; follows no redirect; reads no answer's body.
"""

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mass_processing.webhooks.message import Message

if TYPE_CHECKING:
    import httpx2

#: Seconds for one try, from the look-up of the name to the answer's headers.
SECONDS_PER_TRY = 10.0
_GONE = 410


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one try."""

    #: None when nobody answered.
    http_status: int | None
    #: Why it was in vain; empty when the receiver took it.
    why_not: str = ""
    #: Seconds that the receiver wants to be left alone.
    retry_after: float = 0.0

    @property
    def taken(self) -> bool:
        return not self.why_not

    @property
    def gone(self) -> bool:
        """The receiver says that it will never take it."""
        return self.http_status == _GONE


def open_client() -> "httpx2.AsyncClient":
    """What posts; an async context manager. It goes through HTTPS_PROXY, where that is set."""
    import httpx2

    return httpx2.AsyncClient(follow_redirects=False, timeout=None)


async def post(client: "httpx2.AsyncClient", url: str, message: Message, secret: str) -> Answer:
    """One try, signed now."""
    import httpx2

    try:
        async with (
            asyncio.timeout(SECONDS_PER_TRY),
            client.stream("POST", url, content=message.body, headers=message.headers(secret)) as response,
        ):
            return _answer(response)
    except TimeoutError:
        return Answer(None, f"no answer within {SECONDS_PER_TRY:g} s")
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError, ValueError) as error:
        return Answer(None, f"{type(error).__name__}: {str(error) or 'the connection failed'}")


def post_once(url: str, message: Message, secret: str) -> Answer:
    """The same, for somebody who posts a single one."""

    async def once() -> Answer:
        async with open_client() as client:
            return await post(client, url, message, secret)

    return asyncio.run(once())


def _answer(response: "httpx2.Response") -> Answer:
    status = response.status_code
    if 200 <= status < 300:
        return Answer(status)
    if 300 <= status < 400:
        return Answer(status, f"it answered {status}; redirects are not followed, set its final address")
    wait = response.headers.get("Retry-After", "")
    return Answer(status, f"it answered {status}", float(wait) if wait.isascii() and wait.isdigit() else 0.0)
