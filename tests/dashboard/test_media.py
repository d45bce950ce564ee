"""What of a video is played, and what is said where nothing is left?"""

from pathlib import Path

import pytest
from flask.testing import FlaskClient

from mass_processing.media import Media
from mass_processing.media.details import put_large_fields_aside
from mass_processing.media.names import poster_key, preview_key
from mass_processing.records import Stage
from mass_processing.settings import Settings
from mass_processing.store import Store
from tests.dashboard.seed import analysis, claimed, completed, downloaded, link, outcome

VIDEO_ID = link().video_id
POSES = [{"time": number / 10, "points": [0.5] * 34} for number in range(1000)]


@pytest.fixture
def kept(knobs: Settings, tmp_path: Path) -> None:
    """Poster and preview of the video."""
    for key, content in ((poster_key(VIDEO_ID), b"jpeg"), (preview_key(VIDEO_ID), b"preview")):
        (tmp_path / "made").write_bytes(content)
        Media(knobs).place.put(tmp_path / "made", key)


@pytest.mark.usefixtures("kept")
def test_the_file_is_played_where_it_is_there_and_else_the_preview(
    client: FlaskClient, store: Store, tmp_path: Path
) -> None:
    file = tmp_path / "clip.mp4"
    file.write_bytes(b"original")
    completed(store, path=file)

    page = client.get(f"/videos/{VIDEO_ID}").text
    assert page.index(f"/videos/{VIDEO_ID}/media") < page.index(f"/videos/{VIDEO_ID}/preview.mp4")
    file.unlink()
    page = client.get(f"/videos/{VIDEO_ID}").text
    assert f"/videos/{VIDEO_ID}/media" not in page
    assert f'poster="/videos/{VIDEO_ID}/poster.jpg"' in page
    assert "A preview:" in page


@pytest.mark.usefixtures("kept")
def test_poster_and_preview_are_served(client: FlaskClient, store: Store) -> None:
    completed(store)

    with client.get(f"/videos/{VIDEO_ID}/preview.mp4", headers={"Range": "bytes=3-"}) as answer:
        assert (answer.status_code, answer.data) == (206, b"view")
        assert answer.headers["Content-Type"] == "video/mp4"
    with client.get(f"/videos/{VIDEO_ID}/poster.jpg") as answer:
        assert (answer.status_code, answer.data, answer.headers["Content-Type"]) == (200, b"jpeg", "image/jpeg")


def test_a_still_is_shown_where_nothing_can_be_played(
    client: FlaskClient, store: Store, knobs: Settings, tmp_path: Path
) -> None:
    (tmp_path / "made").write_bytes(b"jpeg")
    Media(knobs).place.put(tmp_path / "made", poster_key(VIDEO_ID))
    completed(store)

    page = client.get(f"/videos/{VIDEO_ID}").text
    assert f'<img src="/videos/{VIDEO_ID}/poster.jpg"' in page
    assert "The media file is no longer on this machine." in page


@pytest.mark.usefixtures("kept")
def test_lists_show_the_stills_that_there_are(client: FlaskClient, store: Store) -> None:
    completed(store, 0)
    completed(store, 1)

    for page in (client.get("/").text, client.get("/jobs").text):
        assert f'<img src="/videos/{VIDEO_ID}/poster.jpg"' in page
        assert page.count("poster.jpg") == 1


@pytest.mark.usefixtures("kept")
def test_a_still_is_found_under_every_name_of_its_video(client: FlaskClient, store: Store) -> None:
    completed(store)

    with client.get(f"/videos/{VIDEO_ID.removeprefix('tiktok:')}/poster.jpg") as answer:
        assert (answer.status_code, answer.data) == (200, b"jpeg")


def test_what_was_never_made_is_a_404(client: FlaskClient, store: Store) -> None:
    downloaded(store)

    for what in ("preview.mp4", "poster.jpg", "details/body_pose.json"):
        assert client.get(f"/videos/{VIDEO_ID}/{what}").status_code == 404


def test_a_large_result_is_named_on_the_page_and_can_be_had(client: FlaskClient, store: Store, knobs: Settings) -> None:
    downloaded(store)
    job = claimed(store, Stage.GPU)
    whole = analysis(job, {"body_pose": outcome() | {"result": {"people": POSES}}})
    store.finish_analysis(job, analysis=put_large_fields_aside(whole, Media(knobs)), segments=[])

    assert f"/videos/{VIDEO_ID}/details/body_pose.json" in client.get(f"/videos/{VIDEO_ID}").text
    assert client.get(f"/videos/{VIDEO_ID}/details/body_pose.json").json == {"people": POSES}
