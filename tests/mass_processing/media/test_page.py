"""Does the dashboard of one machine show what another one put into the bucket?"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from dashboard import create_app
from mass_processing.media import Media
from mass_processing.media.names import original_key, preview_key
from mass_processing.settings import Settings
from mass_processing.store import Store
from tests.dashboard.seed import completed, link
from tests.mass_processing.store.acts import Database

pytestmark = pytest.mark.integration

VIDEO_ID = link().video_id


@pytest.fixture
def client(host: Callable[..., Settings], store: Store, tmp_path: Path) -> FlaskClient:
    media = Media(host("one"))
    for key, content in ((original_key(VIDEO_ID), b"original"), (preview_key(VIDEO_ID), b"preview")):
        (tmp_path / "made").write_bytes(content)
        media.place.put(tmp_path / "made", key)
    completed(store, path=Path("/put below"))
    return create_app(replace(host("two"), redis_url="redis://127.0.0.1:1/0"), store).test_client()


@pytest.fixture(autouse=True)
def named_by_its_url(client: FlaskClient, database: Database, host: Callable[..., Settings]) -> None:
    location = f"{host().media_url}/{original_key(VIDEO_ID)}"
    database.execute("update processing_queue set video_path = %s", [location])


def test_the_file_is_passed_on_in_ranges(client: FlaskClient) -> None:
    with client.get(f"/videos/{VIDEO_ID}/media", headers={"Range": "bytes=2-4"}) as answer:
        assert (answer.status_code, answer.headers["Content-Range"], answer.data) == (206, "bytes 2-4/8", b"igi")


def test_the_preview_is_passed_on_when_the_file_is_gone(client: FlaskClient, host: Callable[..., Settings]) -> None:
    Media(host()).place.delete(original_key(VIDEO_ID), before=4e9)

    assert client.get(f"/videos/{VIDEO_ID}/media").status_code == 404
    with client.get(f"/videos/{VIDEO_ID}/preview.mp4") as answer:
        assert (answer.status_code, answer.data) == (200, b"preview")


def test_no_page_holds_a_key(client: FlaskClient) -> None:
    page = client.get(f"/videos/{VIDEO_ID}").text
    assert f"/videos/{VIDEO_ID}/preview.mp4" in page
    assert "a-very-secret-key" not in page + client.get(f"/videos/{VIDEO_ID}/result.json").text


def test_a_service_that_is_away_is_a_503_and_the_page_is_there(
    store: Store, client: FlaskClient, host: Callable[..., Settings]
) -> None:
    knobs = replace(host("three"), media_s3_endpoint="http://127.0.0.1:9", redis_url="redis://127.0.0.1:1/0")
    cut_off = create_app(knobs, store).test_client()

    assert cut_off.get(f"/videos/{VIDEO_ID}").status_code == 200
    answer = cut_off.get(f"/videos/{VIDEO_ID}/preview.mp4", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json["error"]["code"]) == (503, "media_away")
