"""Does the doctor find out whether media can be put where they should lie?"""

from collections.abc import Callable

import pytest

from mass_processing.doctor import Check, State, examine
from mass_processing.errors import MediaAway
from mass_processing.media import Media
from mass_processing.media.trial import try_out
from mass_processing.settings import Settings

pytestmark = pytest.mark.integration


def media_check(knobs: Settings) -> Check:
    return next(check for check in examine(knobs) if check.name == "media")


def test_a_bucket_that_takes_everything_is_fine_and_nothing_is_left_in_it(host: Callable[..., Settings]) -> None:
    check = media_check(host())
    assert (check.state, check.fix) == (State.OK, "")
    assert "put, fetched and deleted" in check.found
    bucket = Media(host()).place
    assert bucket._files.find(bucket._root) == []


def test_a_bucket_that_is_not_there_is_named_with_what_to_correct(host: Callable[..., Settings]) -> None:
    check = media_check(host(media_url="s3://no-such-bucket/x"))
    assert (check.state, check.found.split(":")[0]) == (State.FAIL, "there is no bucket no-such-bucket")
    assert "MEDIA_URL" in check.fix


def test_a_folder_can_be_tried_too(host: Callable[..., Settings]) -> None:
    assert try_out(host(media_url="")) >= 0


def test_a_service_that_does_not_answer_is_no_crash(host: Callable[..., Settings]) -> None:
    with pytest.raises(MediaAway):
        try_out(host(media_s3_endpoint="http://127.0.0.1:9"))
