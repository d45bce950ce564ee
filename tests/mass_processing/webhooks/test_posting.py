"""What becomes of one try to post a webhook?"""

import socket
import threading

import pytest

from mass_processing.webhooks import posting
from mass_processing.webhooks.message import Message, sample_message
from mass_processing.webhooks.posting import post_once
from tests.mass_processing.webhooks.receiver import Receiver

MESSAGE: Message = sample_message("https://videos.example")


def free_port() -> int:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return int(server.getsockname()[1])


@pytest.mark.parametrize("status", [200, 202, 204])
def test_any_2xx_is_taken(receiver: Receiver, status: int) -> None:
    receiver.status = status
    answer = post_once(receiver.url, MESSAGE, "key")
    assert (answer.taken, answer.http_status) == (True, status)


def test_it_posts_the_body_as_it_was_signed(receiver: Receiver) -> None:
    post_once(receiver.url, MESSAGE, "key")
    (request,) = receiver.received
    stamp = int(request.headers["Webhook-Signature"].split(",")[0].removeprefix("t="))
    assert request.body == MESSAGE.body
    assert request.headers["Webhook-Signature"] == MESSAGE.headers("key", now=stamp)["Webhook-Signature"]


@pytest.mark.parametrize("status", [400, 404, 500, 503])
def test_anything_else_is_not_taken_and_says_so(receiver: Receiver, status: int) -> None:
    receiver.status = status
    answer = post_once(receiver.url, MESSAGE, "key")
    assert (answer.taken, answer.gone, answer.why_not) == (False, False, f"it answered {status}")


def test_410_says_that_it_is_gone(receiver: Receiver) -> None:
    receiver.status = 410
    assert post_once(receiver.url, MESSAGE, "key").gone


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(receiver: Receiver, status: int) -> None:
    receiver.status = status
    receiver.headers["Location"] = receiver.url.replace("/hook", "/elsewhere")
    answer = post_once(receiver.url, MESSAGE, "key")
    assert (answer.taken, answer.why_not) == (
        False,
        f"it answered {status}; redirects are not followed, set its final address",
    )
    assert [request.path for request in receiver.received] == ["/hook"]


@pytest.mark.parametrize(("header", "seconds"), [("120", 120.0), ("soon", 0.0), ("-5", 0.0), ("²", 0.0)])
def test_how_long_it_wants_to_be_left_alone_is_read(receiver: Receiver, header: str, seconds: float) -> None:
    receiver.status, receiver.headers = 429, {"Retry-After": header}
    assert post_once(receiver.url, MESSAGE, "key").retry_after == seconds


def test_one_that_is_down_is_named(receiver: Receiver) -> None:
    answer = post_once(f"http://127.0.0.1:{free_port()}/hook", MESSAGE, "key")
    assert (answer.taken, answer.http_status) == (False, None)
    assert "ConnectError" in answer.why_not


def test_one_that_hangs_is_left_after_its_time(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting, "SECONDS_PER_TRY", 0.5)
    receiver.hangs.set()
    answer = post_once(receiver.url, MESSAGE, "key")
    assert (answer.taken, answer.http_status, answer.why_not) == (False, None, "no answer within 0.5 s")


def test_one_that_drips_its_headers_is_left_after_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """A limit per read would be kept waiting for ever: every byte comes in time."""
    monkeypatch.setattr(posting, "SECONDS_PER_TRY", 0.5)
    ended = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip() -> None:
            connection, _ = server.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 200 OK\r\nX-Drip: ")
                while not ended.wait(0.05):
                    try:
                        connection.sendall(b".")
                    except OSError:
                        return

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        answer = post_once(f"http://127.0.0.1:{server.getsockname()[1]}/", MESSAGE, "key")
        ended.set()
        thread.join()
    assert answer.why_not == "no answer within 0.5 s"


def test_an_endless_answer_is_taken_by_its_status_alone() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def flood() -> None:
            connection, _ = server.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                try:
                    while True:
                        connection.sendall(b"x" * 65536)
                except OSError:
                    return

        thread = threading.Thread(target=flood, daemon=True)
        thread.start()
        answer = post_once(f"http://127.0.0.1:{server.getsockname()[1]}/", MESSAGE, "key")
        thread.join()
    assert answer.taken


@pytest.mark.parametrize("url", ["http://[::1", "http://", "https://nobody.invalid/hook"])
def test_an_address_that_leads_nowhere_is_an_answer_too(url: str) -> None:
    assert not post_once(url, MESSAGE, "key").taken
