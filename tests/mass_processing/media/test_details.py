"""Does a row stay small, and is what it lacks where it says?"""

from pathlib import Path
from typing import Any

import pytest

from mass_processing.errors import MediaLost
from mass_processing.media import Media
from mass_processing.media.details import LARGEST_FIELD, put_large_fields_aside, put_large_fields_back, read_details
from mass_processing.settings import Settings

POSES = [{"time": number / 10, "points": [[0.5, 0.5, 0.9]] * 17} for number in range(2000)]
CAPTIONS = [{"start": float(number), "end": number + 1.0, "text": "ça va? " * 10} for number in range(2000)]


@pytest.fixture
def media(tmp_path: Path) -> Media:
    return Media(Settings.read({"VAR_DIR": str(tmp_path)}))


def document(**results: Any) -> dict[str, Any]:
    outcomes = {name: {"status": "ok", "version": "2", "result": result} for name, result in results.items()}
    return {"metadata": {"video_id": "tiktok:1"}, "analyzer_results": outcomes}


def test_a_large_field_lies_beside_the_media_and_comes_back_the_same(media: Media) -> None:
    whole = document(body_pose={"people": POSES, "count": 3}, motion_analysis={"pace": 0.4})
    row = put_large_fields_aside(whole, media)
    outcome = row["analyzer_results"]["body_pose"]
    assert outcome["result"] == {"count": 3}
    assert (outcome["details"]["fields"], outcome["version"]) == (["people"], "2")
    assert outcome["details"]["bytes"] == Path(outcome["details"]["location"]).stat().st_size < LARGEST_FIELD
    assert read_details(outcome, media) == {"people": POSES}
    assert row["analyzer_results"]["motion_analysis"] == whole["analyzer_results"]["motion_analysis"]
    assert whole["analyzer_results"]["body_pose"]["result"]["people"] == POSES


def test_a_row_becomes_the_document_it_was_made_of(media: Media) -> None:
    whole = document(body_pose={"people": POSES, "count": 3}, motion_analysis={"pace": 0.4})
    assert put_large_fields_back(put_large_fields_aside(whole, media), media) == whole


def test_a_row_whose_details_are_gone_stays_as_it_is(media: Media, caplog: pytest.LogCaptureFixture) -> None:
    row = put_large_fields_aside(document(body_pose={"people": POSES}), media)
    Path(row["analyzer_results"]["body_pose"]["details"]["location"]).unlink()
    assert put_large_fields_back(row, media) == row
    assert "body_pose stays without its large fields" in caplog.text


def test_what_is_not_large_stays_in_the_row(media: Media) -> None:
    whole = document(body_pose={"people": POSES[:20]})
    assert put_large_fields_aside(whole, media) is whole
    assert read_details(whole["analyzer_results"]["body_pose"], media) == {}


def test_captions_are_always_in_the_row(media: Media) -> None:
    whole = document(speech_transcription={"captions": CAPTIONS})
    assert put_large_fields_aside(whole, media) is whole


def test_an_analyzer_without_a_result_has_no_details(media: Media) -> None:
    whole = document(body_pose=None)
    assert put_large_fields_aside(whole, media) is whole


@pytest.mark.parametrize("damage", ["gone", "damaged"])
def test_details_that_are_not_what_they_were_are_said_to_be(media: Media, damage: str) -> None:
    outcome = put_large_fields_aside(document(body_pose={"people": POSES}), media)["analyzer_results"]["body_pose"]
    file = Path(outcome["details"]["location"])
    if damage == "gone":
        file.unlink()
    else:
        file.write_bytes(file.read_bytes()[:-9])
    with pytest.raises(MediaLost, match=f"the details are {damage}"):
        read_details(outcome, media)
