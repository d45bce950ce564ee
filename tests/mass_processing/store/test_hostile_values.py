"""Do values that JSON or Postgres can't hold go through both doors, the same or cleaned as documented?"""

import math
from typing import Any

import numpy as np
import pytest

from mass_processing.store import Store
from tests.mass_processing.store.acts import ANALYSIS, add, analysing, claimed, segment, tiktok


def kept(store: Store, value: Any) -> Any:
    """What the database holds of `value` in the metadata of a download and in the result of an analyzer."""
    add(store, [tiktok(1)])
    job = claimed(store)
    store.finish_download(job, video_id=job.video_id, video_path="/media/v.mp4", metadata={"value": value})
    video = store.video("tiktok:1")
    assert video is not None
    return video["metadata"]["value"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (math.nan, None),
        (math.inf, None),
        (-math.inf, None),
        (np.float32(0.5), 0.5),
        (np.int64(2**53 + 1), 2**53 + 1),
        (np.bool_(True), True),
        (np.array([1.0, math.nan]), [1.0, None]),
        ("a\x00b", "ab"),
        ("\u202eright to left\u202c مرحبا", "\u202eright to left\u202c مرحبا"),
        ("🎬" * 10, "🎬" * 10),
        ("x" * 1_000_000, "x" * 1_000_000),
        ({"nested": [{"deep": math.inf}]}, {"nested": [{"deep": None}]}),
        (7_300_000_000_000_000_001, 7_300_000_000_000_000_001),
    ],
    ids=[
        *("not a number", "infinity", "minus infinity", "numpy float", "numpy integer", "numpy bool", "numpy array"),
        *("NUL", "right-to-left marks", "emoji", "a megabyte", "deep inside", "a TikTok id"),
    ],
)
def test_a_value_comes_back_the_same_or_cleaned(store: Store, value: Any, expected: Any) -> None:
    assert kept(store, value) == expected


def test_half_a_character_does_not_stop_a_caption(store: Store) -> None:
    caption = kept(store, "before \ud83d after")
    assert caption.startswith("before ")
    assert caption.endswith(" after")
    caption.encode()


def test_a_hundred_thousand_segments_come_back_in_order(store: Store) -> None:
    job = analysing(store)
    segments = [segment(float(number), text="said\x00") for number in range(100_000)]
    assert store.finish_analysis(job, analysis=ANALYSIS, segments=segments)
    found = store.segments("tiktok:1")
    assert [each["start_s"] for each in found] == [float(number) for number in range(100_000)]
    assert {each["text"] for each in found} == {"said"}
