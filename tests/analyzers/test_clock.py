"""Are the times of pictures right when their stamps are not?"""

from fractions import Fraction
from types import SimpleNamespace

import pytest

from analyzers.clock import PictureClock


def track(**facts):
    usual = {"average_rate": Fraction(10), "guessed_rate": None, "time_base": Fraction(1, 100)}
    return SimpleNamespace(**{**usual, "frames": 0, "duration": None, "start_time": None, **facts})


def times(stamps, **facts):
    clock = PictureClock(track(**facts))
    return [clock.time_of(SimpleNamespace(pts=stamp, dts=None, duration=0)) for stamp in stamps]


def test_times_count_from_the_first_picture():
    assert times([250, 260, 275]) == pytest.approx([0.0, 0.1, 0.25])


def test_a_missing_stamp_continues_the_usual_interval():
    assert times([0, None, 20]) == pytest.approx([0.0, 0.1, 0.2])


def test_a_repeated_stamp_drops_the_picture():
    assert times([0, 10, 10, 20]) == [0.0, 0.1, None, pytest.approx(0.2)]


def test_stamps_in_disorder_drop_the_late_picture():
    assert times([0, 20, 10, 30]) == [0.0, 0.2, None, pytest.approx(0.3)]


def test_a_clock_that_starts_anew_goes_on():
    assert times([1000, 1200, 0, 10]) == pytest.approx([0.0, 2.0, 2.1, 2.2])


@pytest.mark.parametrize(
    ("leap", "header", "believed"),
    [(9.0, 0, True), (30.0, 0, False), (30.0, 40, True), (30.0, 20, False), (5000.0, 9000, False)],
    ids=["short", "long, unexplained", "long, as the header says", "beyond the header", "absurd"],
)
def test_a_leap_forwards_is_believed_when_it_fits(leap, header, believed):
    """A picture may stay up for long; a broken stamp would make hours of it."""
    _, last = times([0, round(leap * 100)], duration=header * 100)

    assert last == pytest.approx(leap if believed else 0.1)


def ended(stamps, last_lasts=0, **facts):
    """A clock that has seen `stamps`, each from a packet of its own."""
    clock = PictureClock(track(**facts))
    for stamp in stamps:
        clock.time_of(SimpleNamespace(pts=stamp, dts=None, duration=last_lasts))
        clock.packets += 1
    return clock


def test_a_whole_file_ends_where_its_header_says():
    clock = ended([0, 10, 20], frames=3, duration=500)

    assert clock.end() == pytest.approx(5.0)
    assert clock.missing() == 0


def test_a_file_that_broke_off_ends_one_interval_after_its_last_picture():
    clock = ended([0, 10, 20], frames=50, duration=500)

    assert clock.end() == pytest.approx(0.3)
    assert clock.missing() == 47


def test_without_a_header_the_last_picture_says_how_long_it_lasts():
    assert ended([0, 10, 20], last_lasts=30).end() == pytest.approx(0.5)


def test_a_single_picture_lasts_the_usual_interval():
    assert ended([0]).end() == pytest.approx(0.1)
