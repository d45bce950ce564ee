"""Is a box on the picture found where TikTok's screen draws over it, for videos of any shape?"""

import pytest

from analyzers.picture.safe_zones import covered

TALL, SQUARE, WIDE = 9 / 16, 1.0, 16 / 9


@pytest.mark.parametrize(
    ("box", "zone"),
    [
        ((0.3, 0.0, 0.7, 0.05), "tabs"),
        ((0.9, 0.5, 1.0, 0.7), "buttons"),
        ((0.1, 0.85, 0.8, 0.95), "caption"),
    ],
)
def test_a_box_inside_a_zone_is_covered_by_it(box, zone):
    assert covered(box, TALL).share == 1.0
    assert covered(box, TALL).zone == zone


def test_a_box_in_the_middle_is_free():
    assert covered((0.2, 0.3, 0.8, 0.6), TALL).share == 0.0
    assert covered((0.2, 0.3, 0.8, 0.6), TALL).zone == ""


def test_a_box_half_inside_a_zone_is_half_covered():
    assert covered((0.2, 0.74, 0.8, 0.84), TALL).share == pytest.approx(0.5)


def test_the_foot_of_a_wide_video_is_far_from_the_caption():
    """16:9 across a 9:16 screen fills its middle third: 0.342–0.658 of the height."""
    assert covered((0.1, 0.9, 0.8, 1.0), WIDE).share == 0.0


def test_the_right_edge_of_a_wide_video_is_partly_under_the_buttons():
    """Of the height 0.342–0.658 the buttons begin at 0.42: three quarters of it."""
    assert covered((0.95, 0.0, 1.0, 1.0), WIDE).share == pytest.approx((0.658 - 0.42) / 0.3164, abs=0.01)


def test_a_square_video_keeps_its_caption_free():
    """1:1 fills 0.219–0.781 of the height; the caption begins at 0.79."""
    assert covered((0.1, 0.9, 0.8, 1.0), SQUARE).share == 0.0
