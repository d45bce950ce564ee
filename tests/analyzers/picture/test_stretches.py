"""Is a video cut at its cuts, and long takes into equal parts?"""

import pytest

from analyzers.picture.stretches import parts_of


@pytest.mark.parametrize(
    ("shots", "parts"),
    [
        ([(0.0, 4.0)], [(0.0, 4.0)]),
        ([(0.0, 9.0)], [(0.0, 3.0), (3.0, 6.0), (6.0, 9.0)]),
        ([(0.0, 1.0), (1.0, 7.0)], [(0.0, 1.0), (1.0, 4.0), (4.0, 7.0)]),
        ([(0.0, 0.02)], [(0.0, 0.02)]),
    ],
    ids=["as long as allowed", "longer", "after a cut", "one picture"],
)
def test_no_part_is_longer_than_allowed_and_none_is_missing(shots, parts):
    assert parts_of(shots, 4.0) == parts
