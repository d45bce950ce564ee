from pathlib import Path

import pytest
from flask.testing import FlaskClient

from mass_processing.records import FailureClass
from mass_processing.store import Store
from tests.dashboard.seed import completed, downloaded, failed, link, outcome, pending, segment

EVIL = '<img src=x onerror="alert(1)">'


@pytest.fixture
def media(tmp_path: Path) -> Path:
    path = tmp_path / "clip.mp4"
    path.write_bytes(bytes(range(256)) * 4)
    return path


def test_the_page_shows_every_analyzer_with_its_status(client: FlaskClient, store: Store) -> None:
    outcomes = {
        "cut_analysis": outcome(segment(2.0, 2.0, "cut"), headline="1 cut, 6 per minute"),
        "music_analysis": outcome(status="skipped", reason="no sound track"),
        "color_analysis": outcome(status="failed", reason="ValueError: zero-size array"),
    }
    video_id = completed(store, outcomes=outcomes)

    page = client.get(f"/videos/{video_id}").text

    for fact in ("1 cut, 6 per minute", "no sound track", "ValueError: zero-size array"):
        assert fact in page
    assert page.index("<h3>color analysis</h3>") < page.index("<h3>music analysis</h3>")


def test_a_segment_is_drawn_at_its_place_and_says_what_it_is(client: FlaskClient, store: Store) -> None:
    outcomes = {"cut_analysis": outcome(segment(2.5, 5.0, "pan", score=0.9))}
    video_id = completed(store, outcomes=outcomes)

    page = client.get(f"/videos/{video_id}").text

    assert '<rect x="25.0%" y="3" width="25.0%"' in page
    assert 'aria-label="pan, 0:02.5 to 0:05.0, 90%" data-seek="2.5"' in page


@pytest.mark.parametrize("where", ["text", "label", "headline", "description", "reason"])
def test_text_of_strangers_is_escaped(client: FlaskClient, store: Store, where: str) -> None:
    evil = {key: EVIL if key == where else "fine" for key in ("text", "label", "headline", "reason")}
    outcomes = {
        "text_overlay": outcome(segment(1.0, 2.0, evil["label"], evil["text"]), headline=evil["headline"]),
        "music_analysis": outcome(status="failed", reason=evil["reason"]),
    }
    video_id = completed(store, outcomes=outcomes, description=EVIL if where == "description" else "fine")

    page = client.get(f"/videos/{video_id}").text

    assert "<img" not in page
    assert "&lt;img src=x" in page


def test_only_web_links_can_be_followed(client: FlaskClient, store: Store) -> None:
    video_id = completed(store, uploader_url="javascript:alert(1)", webpage_url="https://www.tiktok.com/@someone")

    page = client.get(f"/videos/{video_id}").text

    assert 'href="https://www.tiktok.com/@someone"' in page
    assert 'href="javascript:' not in page
    assert "javascript:alert(1)" in page


def test_a_failed_video_shows_class_reason_and_what_happened(client: FlaskClient, store: Store) -> None:
    video_id = failed(store, 1, FailureClass.AUTH_NEEDED, "only its followers may see it")

    page = client.get(f"/videos/{video_id}").text

    assert "auth needed" in page
    assert "only its followers may see it" in page
    assert "downloading → <b>failed</b>" in page
    assert "Requeue</button>" in page


def test_an_unfinished_video_is_followed(client: FlaskClient, store: Store) -> None:
    (video_id,) = pending(store, 1)

    page = client.get(f"/videos/{video_id}").text

    assert "It waits for a download worker." in page
    assert 'hx-trigger="every 2s"' in page


def test_an_unknown_video_is_a_404_with_the_next_step(client: FlaskClient) -> None:
    answer = client.get("/videos/tiktok:1")

    assert answer.status_code == 404
    assert "look for it among the jobs" in answer.text


@pytest.mark.parametrize("form", ["{id}", "tiktok:{id}", "https://www.tiktok.com/@x/video/{id}?is_copy_url=1"])
def test_a_video_is_found_by_any_form_of_its_name(client: FlaskClient, store: Store, form: str) -> None:
    (video_id,) = pending(store, 1)

    answer = client.get("/videos", query_string={"q": form.format(id=video_id.removeprefix("tiktok:"))})

    assert answer.headers["Location"] == f"/videos/{video_id}"


def test_the_media_file_is_served_in_ranges(client: FlaskClient, store: Store, media: Path) -> None:
    video_id = downloaded(store, path=media)

    with client.get(f"/videos/{video_id}/media", headers={"Range": "bytes=256-259"}) as answer:
        assert answer.status_code == 206
        assert answer.headers["Content-Range"] == "bytes 256-259/1024"
        assert answer.headers["Content-Type"] == "video/mp4"
        assert answer.data == bytes([0, 1, 2, 3])


def test_a_range_past_the_end_is_told_the_size(client: FlaskClient, store: Store, media: Path) -> None:
    video_id = downloaded(store, path=media)

    answer = client.get(f"/videos/{video_id}/media", headers={"Range": "bytes=5000-"})

    assert answer.status_code == 416
    assert answer.headers["Content-Range"] == "bytes */1024"


def test_a_missing_media_file_is_said_on_the_page_and_is_a_404(client: FlaskClient, store: Store) -> None:
    video_id = downloaded(store, path=Path("/nowhere/gone.mp4"))

    assert "The media file is no longer on this machine." in client.get(f"/videos/{video_id}").text
    assert client.get(f"/videos/{video_id}/media").status_code == 404


def test_a_file_that_is_no_media_is_never_served_as_a_page(client: FlaskClient, store: Store, tmp_path: Path) -> None:
    page = tmp_path / "evil.html"
    page.write_text("<script>alert(1)</script>")
    video_id = downloaded(store, path=page)

    with client.get(f"/videos/{video_id}/media") as answer:
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_the_result_can_be_downloaded(client: FlaskClient, store: Store) -> None:
    video_id = completed(store)

    answer = client.get(f"/videos/{video_id}/result.json")

    name = link().video_id.replace(":", "_")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}.json"'
    assert answer.json is not None
    assert answer.json["analyzer_results"]["cut_analysis"]["status"] == "ok"
