from typing import Any

import pytest

from dashboard.lanes import MAX_BARS, MAX_LANES, MAX_ROWS, describe, spoken_and_shown, timeline


def row(start: float, end: float, label: str = "x", analyzer: str = "a", **more: Any) -> dict[str, Any]:
    return {"analyzer": analyzer, "start_s": start, "end_s": end, "label": label, "score": None, "text": None, **more}


def test_a_segment_lies_at_its_share_of_the_duration() -> None:
    ((lane,),) = timeline([row(5.0, 10.0)], 20.0).lanes.values()

    assert (lane.bars[0].x, lane.bars[0].width) == (25.0, 25.0)


def test_an_instant_at_the_very_end_is_still_seen() -> None:
    ((lane,),) = timeline([row(20.0, 20.0)], 20.0).lanes.values()

    bar = lane.bars[0]
    assert bar.width > 0
    assert bar.x + bar.width <= 100


def test_the_axis_grows_to_a_segment_that_ends_later() -> None:
    assert timeline([row(0.0, 30.0)], 20.0).duration == 30.0


def test_every_label_has_a_lane_in_the_order_of_appearance() -> None:
    lanes = timeline([row(0, 1, "pan"), row(1, 2, "zoom"), row(2, 3, "pan")], 3.0).lanes["a"]

    assert [(lane.label, len(lane.bars)) for lane in lanes] == [("pan", 2), ("zoom", 1)]


def test_overlapping_segments_get_rows_of_their_own() -> None:
    ((lane,),) = timeline([row(0, 4), row(1, 3), row(3, 5)], 5.0).lanes.values()

    assert [bar.row for bar in lane.bars] == [0, 1, 1]
    assert lane.rows == 2


def test_however_many_overlap_the_lane_stays_low() -> None:
    ((lane,),) = timeline([row(0, 5) for _ in range(10)], 5.0).lanes.values()

    assert lane.rows == MAX_ROWS
    assert max(bar.row for bar in lane.bars) == MAX_ROWS - 1


def test_many_labels_share_the_last_lane() -> None:
    lanes = timeline([row(0, 1, f"label {n}") for n in range(40)], 1.0).lanes["a"]

    assert len(lanes) == MAX_LANES
    assert len(lanes[-1].bars) == 40 - MAX_LANES + 1


def test_what_is_not_drawn_is_counted() -> None:
    ((lane,),) = timeline([row(n, n + 0.5) for n in range(MAX_BARS + 7)], 500.0).lanes.values()

    assert len(lane.bars) == MAX_BARS
    assert lane.left_out == 7


@pytest.mark.parametrize(("duration", "second"), [(2.0, "0:00.5"), (16.0, "0:02"), (139.0, "0:15"), (3600.0, "10:00")])
def test_ticks_are_round_and_at_most_eleven(duration: float, second: str) -> None:
    ticks = timeline([], duration).ticks

    assert len(ticks) <= 11
    assert ticks[0][0] == 0
    assert ticks[1][1] == second


def test_a_segment_is_described_with_time_score_and_text() -> None:
    assert describe(row(1.0, 4.5, "speech", score=0.93, text="hello")) == "speech, 0:01.0 to 0:04.5, 93%: hello"
    assert describe(row(61.2, 61.2, "cut")) == "cut, 1:01.2"


def test_texts_are_in_the_order_of_time_and_blank_ones_left_out() -> None:
    rows = [row(3, 4, text="b"), row(1, 2, text="a"), row(2, 3, text=" "), row(0, 1)]

    assert [each["text"] for each in spoken_and_shown(rows)] == ["a", "b"]
