"""Facts that hold for every page."""

from html.parser import HTMLParser

import pytest
from flask import Flask
from flask.testing import FlaskClient

from mass_processing.records import FailureClass
from mass_processing.store import Store
from tests.dashboard.seed import all_workers, completed, failed, link

PAGES = ["/", "/jobs", "/failures", "/workers", "/add", f"/videos/{link(1).video_id}", "/nothing-here"]
#: Elements that HTML closes by itself.
VOID = {"meta", "link", "input", "br", "img"}


class Reader(HTMLParser):
    """Checks that elements nest, that ids are unique, and that nothing inline needs a weaker CSP."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.inline: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = dict(attrs)
        if tag not in VOID:
            self.open.append(tag)
        if names.get("id"):
            self.ids.append(str(names["id"]))
        if "style" in names or tag == "style" or any(name.startswith("on") for name in names):
            self.inline.append(tag)
        if tag == "script" and "src" not in names:
            self.inline.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """SVG elements that close themselves."""

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture(autouse=True)
def rows(store: Store) -> None:
    completed(store, 1)
    failed(store, 2, FailureClass.PERMANENT)
    all_workers(store)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_well_formed_and_has_nothing_inline(client: FlaskClient, path: str) -> None:
    reader = Reader()
    reader.feed(client.get(path).text)

    assert reader.open == []
    assert len(set(reader.ids)) == len(reader.ids)
    assert reader.inline == []


@pytest.mark.parametrize("path", PAGES)
def test_a_page_allows_only_our_own_scripts(client: FlaskClient, path: str) -> None:
    policy = client.get(path).headers["Content-Security-Policy"]

    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy


def test_an_unexpected_fault_is_a_500_without_its_traceback(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    @app.get("/fault")
    def fault() -> str:
        raise RuntimeError("a secret detail")

    answer = app.test_client().get("/fault")

    assert answer.status_code == 500
    assert "a secret detail" not in answer.text
    assert "a secret detail" in caplog.text


@pytest.mark.parametrize("path", ["/api/nothing", "/api/queue/add"])
def test_errors_of_the_api_are_json(client: FlaskClient, path: str) -> None:
    answer = client.get(path)

    assert answer.status_code in (404, 405)
    assert answer.json is not None
    assert answer.json["error"]["message"]


def test_a_method_that_does_not_work_is_told_which_does(client: FlaskClient) -> None:
    assert "POST" in client.get("/api/queue/add").headers["Allow"]
