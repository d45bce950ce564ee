"""From when to when is something there that was seen in some pictures?"""

import numpy as np
import pytest

from analyzers.picture.presence import span_of, stretches


@pytest.mark.parametrize(
    ("seen", "bridged", "expected"),
    [
        ("", 0, []),
        ("....", 2, []),
        ("xxxx", 0, [(0, 3)]),
        (".xx.x", 0, [(1, 2), (4, 4)]),
        (".xx.x", 1, [(1, 4)]),
        ("x..x...x", 2, [(0, 3), (7, 7)]),
    ],
)
def test_a_stretch_goes_on_over_as_many_pictures_as_are_bridged(seen, bridged, expected):
    assert stretches([each == "x" for each in seen], bridged) == expected


@pytest.mark.parametrize(("last", "expected"), [(1, (0.2, 0.9)), (2, (0.2, 1.5))], ids=["inside", "at the end"])
def test_a_span_ends_where_the_next_picture_begins_or_the_video_ends(last, expected):
    assert span_of(0, last, np.array([0.2, 0.5, 0.9]), 1.5) == expected
