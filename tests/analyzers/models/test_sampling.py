"""Does a costly network look at pictures spread over all shots, and at no more than it may?"""

import numpy as np
import pytest

from analyzers.models.sampling import spread

#: Two pictures a second for 30 s.
TIMES = np.arange(60) / 2


def test_a_single_shot_is_looked_at_once_a_second():
    chosen = TIMES[spread(TIMES, [(0.0, 30.0)], 1.0, 240)]

    assert len(chosen) == 30
    np.testing.assert_allclose(np.diff(chosen), 1.0)


def test_every_shot_is_looked_at_however_short():
    shots = [(0.0, 10.0), (10.0, 10.6), (10.6, 30.0)]

    chosen = TIMES[spread(TIMES, shots, 5.0, 240)]

    assert all(((chosen >= start) & (chosen < end)).any() for start, end in shots)


def test_a_shot_is_looked_at_in_its_middle_not_at_its_ends():
    chosen = TIMES[spread(TIMES, [(0.0, 8.0), (8.0, 30.0)], 100.0, 240)]

    assert chosen == pytest.approx([4.0, 19.0], abs=0.5)


def test_a_shot_between_two_pictures_has_none():
    assert spread(TIMES, [(0.0, 10.1), (10.1, 10.4), (10.4, 30.0)], 100.0, 240) == [10, 40]


@pytest.mark.parametrize("shots", [[(0.0, 30.0)], [(float(t), t + 1.0) for t in range(30)]], ids=["one", "thirty"])
def test_it_never_looks_at_more_than_it_may(shots):
    chosen = TIMES[spread(TIMES, shots, 0.5, 8)]

    assert len(chosen) == 8
    assert chosen[0] < 4 < 26 < chosen[-1]


def test_a_single_picture_is_looked_at():
    assert spread(np.array([0.0]), [(0.0, 0.04)], 1.0, 240) == [0]


def test_one_picture_is_looked_at_even_if_no_shot_has_any():
    assert spread(np.array([0.0]), [(0.1, 0.2)], 1.0, 240) == [0]
