"""What does one webhook say, and how does its receiver know that it is ours and fresh?"""

import hmac
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from urllib.parse import quote
from uuid import uuid4

#: Header of the signature: `t=<seconds since 1970>,v1=<hex>`.
SIGNATURE_HEADER = "Webhook-Signature"


@dataclass(frozen=True, slots=True)
class Message:
    """An event as it is posted."""

    event_id: str
    type: str
    #: JSON, UTF-8.
    body: bytes

    @classmethod
    def of(cls, payload: Mapping[str, Any], pages: str) -> "Message":
        """`payload` with links to the video's page and result; `pages` is the address of the dashboard."""
        document = {**payload, "links": _links(payload["data"], pages)}
        body = json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
        return cls(payload["id"], payload["type"], body)

    def headers(self, secret: str, now: float | None = None) -> dict[str, str]:
        """For one try at `now` (seconds since 1970); signed where there is a secret."""
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "tiktok-mass-analysis",
            "Webhook-Id": self.event_id,
        }
        if secret:
            headers[SIGNATURE_HEADER] = signature(secret, int(time.time() if now is None else now), self.body)
        return headers


def signature(secret: str, timestamp: int, body: bytes) -> str:
    """HMAC-SHA256 over `<timestamp>.<body>`, so that neither can be changed without the other."""
    signed = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, sha256).hexdigest()
    return f"t={timestamp},v1={signed}"


def sample_message(pages: str) -> Message:
    """A `webhook.test`: everything that a real one has, about no video."""
    data: dict[str, Any] = dict.fromkeys(
        (
            "video_id",
            "url",
            "batch",
            "status",
            "failure_class",
            "reason",
            "attempts",
            "run",
            "answered_analyzers",
            "total_analyzers",
            "duration_s",
            "processing_time_seconds",
        )
    )
    created = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    payload = {"id": f"evt_{uuid4().hex}", "type": "webhook.test", "created": created, "data": data}
    return Message.of(payload, pages)


def _links(data: Mapping[str, Any], pages: str) -> dict[str, str | None]:
    """To the page, and to the result where there is one."""
    page = f"{pages}/videos/{quote(data['video_id'], safe=':')}" if data["video_id"] else None
    return {"page": page, "result": f"{page}/result.json" if data["status"] == "completed" else None}
