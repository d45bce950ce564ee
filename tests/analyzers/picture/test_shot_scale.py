"""Does the height of a face give the shot the name that film grammar gives it?"""

import pytest

from analyzers.picture.shot_scale import shot_scale

#: Heads of a standing person down to each landmark (Loomis 1943), with half a head of room above.
CUT_AT = {"shoulders": 1.5 + 0.4, "chest": 2.5 + 0.5, "waist": 4.0 + 0.5, "knees": 5.75 + 0.5, "soles": 7.5 + 0.5}


@pytest.mark.parametrize(
    ("cut_at", "scale"),
    [("shoulders", "CU"), ("chest", "MCU"), ("waist", "MS"), ("knees", "MLS"), ("soles", "WS")],
)
def test_a_shot_is_named_by_where_it_cuts_a_standing_person(cut_at, scale):
    face_height = 0.75 / CUT_AT[cut_at]

    assert shot_scale(face_height) == scale


def test_a_face_that_fills_the_picture_is_an_extreme_close_up():
    assert shot_scale(0.75) == shot_scale(1.0) == "ECU"


def test_a_speck_of_a_face_is_a_wide_shot():
    assert shot_scale(0.001) == "WS"
