"""How is what was said downloaded from a video's page?"""

from flask.testing import FlaskClient

from mass_processing.store import Store
from tests.dashboard.seed import completed, outcome, pending, segment

SAID = outcome(segment(0.5, 2.0, "said", "größer & <b>")) | {
    "result": {"captions": [{"start": 0.5, "end": 2.0, "text": "größer & <b>"}]}
}


def test_the_page_links_to_both_files(client: FlaskClient, store: Store) -> None:
    video_id = completed(store, outcomes={"speech_transcription": SAID})
    page = client.get(f"/videos/{video_id}").text
    assert f'href="/videos/{video_id}/transcript.srt" download' in page
    assert f'href="/videos/{video_id}/transcript.vtt" download' in page


def test_a_page_without_a_transcript_has_no_link(client: FlaskClient, store: Store) -> None:
    assert "transcript." not in client.get(f"/videos/{completed(store)}").text


def test_webvtt_is_a_download_named_by_the_video(client: FlaskClient, store: Store) -> None:
    video_id = completed(store, outcomes={"speech_transcription": SAID})
    answer = client.get(f"/videos/{video_id}/transcript.vtt")
    assert answer.headers["Content-Type"] == "text/vtt; charset=utf-8"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{video_id.replace(":", "_")}.vtt"'
    assert answer.text == "WEBVTT\n\n00:00:00.500 --> 00:00:02.000\ngrößer &amp; &lt;b&gt;\n\n"


def test_subrip_too(client: FlaskClient, store: Store) -> None:
    video_id = completed(store, outcomes={"speech_transcription": SAID})
    answer = client.get(f"/videos/{video_id}/transcript.srt")
    assert answer.headers["Content-Type"] == "application/x-subrip; charset=utf-8"
    assert answer.text.startswith("1\n00:00:00,500 --> 00:00:02,000\n")


def test_what_was_not_transcribed_is_404_with_the_reason(client: FlaskClient, store: Store) -> None:
    (waiting,) = pending(store, 1)
    answer = client.get(f"/videos/{waiting}/transcript.srt", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json["error"]["message"]) == (404, f"{waiting} is pending")


def test_another_ending_is_no_address(client: FlaskClient, store: Store) -> None:
    assert client.get(f"/videos/{completed(store)}/transcript.txt").status_code == 404
