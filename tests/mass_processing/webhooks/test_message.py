"""What does a webhook say, and can its receiver tell that it is ours?"""

import hmac
import json
import re
from hashlib import sha256
from typing import Any

import pytest

from mass_processing.settings import PROJECT
from mass_processing.webhooks.message import Message, sample_message

PAGES = "https://videos.example"
PAYLOAD = {
    "id": "evt_1",
    "type": "video.completed",
    "created": "2026-11-21T22:00:00.000Z",
    "data": {"video_id": "tiktok:1", "status": "completed", "reason": "größer 你好"},
}


def test_the_body_is_the_payload_with_links_to_page_and_result() -> None:
    document = json.loads(Message.of(PAYLOAD, PAGES).body)
    assert document == PAYLOAD | {
        "links": {"page": f"{PAGES}/videos/tiktok:1", "result": f"{PAGES}/videos/tiktok:1/result.json"}
    }


def test_a_failed_video_has_no_result() -> None:
    failed = PAYLOAD | {"data": {"video_id": "tiktok:1", "status": "failed"}}
    assert json.loads(Message.of(failed, PAGES).body)["links"]["result"] is None


def test_the_signature_is_an_hmac_over_time_and_body() -> None:
    """By the standard library's own parts, as Stripe describes its scheme."""
    message = Message.of(PAYLOAD, PAGES)
    expected = hmac.new(b"key", b"1700000000." + message.body, sha256).hexdigest()
    assert message.headers("key", now=1_700_000_000.9)["Webhook-Signature"] == f"t=1700000000,v1={expected}"


def test_without_a_secret_there_is_no_signature() -> None:
    assert "Webhook-Signature" not in Message.of(PAYLOAD, PAGES).headers("")


def test_the_headers_name_the_event() -> None:
    headers = Message.of(PAYLOAD, PAGES).headers("key")
    assert (headers["Webhook-Id"], headers["Content-Type"]) == ("evt_1", "application/json")


def test_the_sample_has_the_fields_of_a_real_one_and_no_video() -> None:
    document = json.loads(sample_message(PAGES).body)
    assert document["type"] == "webhook.test"
    assert set(document) == {*PAYLOAD, "links"}
    assert set(document["data"].values()) == set(document["links"].values()) == {None}


# --- the code that docs/webhooks.md gives to receivers ---
@pytest.fixture(scope="module")
def verified() -> Any:
    page = (PROJECT / "docs" / "webhooks.md").read_text(encoding="utf-8")
    code = re.search(r"```python\n(.*?)```", page, re.DOTALL)
    assert code is not None
    names: dict[str, Any] = {}
    exec(code[1], names)
    return names["verified"]


@pytest.fixture
def signed() -> tuple[bytes, str]:
    """A body and its header, of second 1,700,000,000."""
    message = Message.of(PAYLOAD, PAGES)
    return message.body, message.headers("key", now=1_700_000_000)["Webhook-Signature"]


def test_a_receiver_takes_what_is_ours_and_fresh(verified: Any, signed: tuple[bytes, str]) -> None:
    assert verified(*signed, "key", now=1_700_000_200)


def test_a_receiver_refuses_what_is_five_minutes_old(verified: Any, signed: tuple[bytes, str]) -> None:
    assert not verified(*signed, "key", now=1_700_000_301)


def test_a_receiver_refuses_another_body_time_or_secret(verified: Any, signed: tuple[bytes, str]) -> None:
    body, header = signed
    now = 1_700_000_001
    assert not verified(body + b" ", header, "key", now=now)
    assert not verified(body, header.replace("t=1700000000", "t=1700000001"), "key", now=now)
    assert not verified(body, header, "another key", now=now)


@pytest.mark.parametrize(
    "header", ["", "v1=00", "t=x,v1=00", "t=²,v1=00", "t=1700000000", "nonsense", "v1=é,t=1700000000"]
)
def test_a_receiver_refuses_a_header_that_is_none(verified: Any, signed: tuple[bytes, str], header: str) -> None:
    assert not verified(signed[0], header, "key", now=1_700_000_000)
