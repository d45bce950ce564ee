from pathlib import Path

import pytest
from flask import Flask, Response

from mass_processing.errors import BackendAway, Refused
from mass_processing.settings import Settings
from mass_processing.web import (
    Problem,
    answer_errors,
    as_problem,
    guard,
    json_object,
    keep_store,
    problem_json,
    the_store,
)


def face(settings: Settings) -> Flask:
    """A small app behind the guard, with one page to read and one to write."""
    app = Flask(__name__)
    guard(app, settings, max_body_bytes=1000)
    answer_errors(app, problem_json)

    @app.get("/read")
    def read() -> str:
        return "read"

    @app.post("/write")
    def write() -> str:
        json_object()
        return "written"

    return app


@pytest.fixture
def app() -> Flask:
    return face(Settings())


@pytest.mark.parametrize("host", ["localhost:5000", "127.0.0.1:5000", "127.0.0.1"])
def test_loopback_names_are_answered(app: Flask, host: str) -> None:
    assert app.test_client().get("/read", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "evil.example:5000", "127.0.0.1.evil.example", "0.0.0.0:5000", ""])
def test_a_foreign_host_name_is_refused(app: Flask, host: str) -> None:
    assert app.test_client().get("/read", headers={"Host": host}).status_code == 400


@pytest.mark.parametrize(
    ("settings", "host"),
    [
        pytest.param(Settings(trusted_hosts=("box.example",)), "box.example:5000", id="a trusted host"),
        pytest.param(Settings(bind_host="192.168.7.7"), "192.168.7.7:5000", id="the address it listens on"),
    ],
)
def test_named_hosts_are_answered_too(settings: Settings, host: str) -> None:
    assert face(settings).test_client().get("/read", headers={"Host": host}).status_code == 200


def test_listening_on_every_interface_trusts_no_further_name() -> None:
    app = face(Settings(bind_host="0.0.0.0"))

    assert app.test_client().get("/read", headers={"Host": "192.168.7.7"}).status_code == 400


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({}, 200, id="a program that says nothing"),
        pytest.param({"Sec-Fetch-Site": "same-origin"}, 200, id="our own page"),
        pytest.param({"Sec-Fetch-Site": "none"}, 200, id="the person themselves"),
        pytest.param({"Sec-Fetch-Site": "cross-site"}, 403, id="another site"),
        pytest.param({"Sec-Fetch-Site": "same-site"}, 403, id="another port of this host"),
        pytest.param({"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"}, 403, id="a forged origin"),
        pytest.param({"Origin": "http://localhost"}, 200, id="an old browser on our page"),
        pytest.param({"Origin": "https://evil.example"}, 403, id="an old browser elsewhere"),
        pytest.param({"Origin": "null"}, 403, id="a sandboxed page"),
    ],
)
def test_writes_are_taken_from_our_own_pages_and_from_programs(
    app: Flask, headers: dict[str, str], status: int
) -> None:
    assert app.test_client().post("/write", json={}, headers=headers).status_code == status


def test_reading_is_allowed_from_a_link_on_another_site(app: Flask) -> None:
    assert app.test_client().get("/read", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200


def test_no_other_site_may_read_the_answers(app: Flask) -> None:
    headers = app.test_client().get("/read", headers={"Origin": "https://evil.example"}).headers

    assert "Access-Control-Allow-Origin" not in headers
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_a_body_over_the_limit_is_a_413_that_names_the_limit(app: Flask) -> None:
    answer = app.test_client().post("/write", json={"x": "y" * 2000})

    assert answer.status_code == 413
    assert "1,000 bytes" in answer.text


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (Refused("priority 11"), 400, "refused"),
        (BackendAway("the database is away"), 503, "backend_away"),
        (Problem(418, "teapot", "no coffee"), 418, "teapot"),
        (ZeroDivisionError("x"), 500, "internal_error"),
    ],
)
def test_an_error_has_its_status_and_code(error: Exception, status: int, code: str) -> None:
    problem = as_problem(error)

    assert (problem.status, problem.code) == (status, code)


def test_what_is_away_says_when_to_come_back(app: Flask) -> None:
    @app.get("/away")
    def away() -> Response:
        raise BackendAway("the database is away")

    answer = app.test_client().get("/away")

    assert answer.headers["Retry-After"] == "5"
    assert answer.json == {"error": {"code": "backend_away", "message": "the database is away", "hint": None}}


def test_the_store_is_opened_once_when_it_is_first_asked_for(tmp_path: Path) -> None:
    app = Flask(__name__)
    keep_store(app, None, Settings(var_dir=tmp_path, database_url="postgresql://nobody@127.0.0.1:1/none"))

    with app.app_context():
        first, second = the_store(), the_store()
        with pytest.raises(BackendAway):
            first.workers()

    assert first is second
