"""Does every value become JSON that Postgres takes?"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum, StrEnum
from pathlib import Path

import numpy as np
import pytest

from analyzers.jsonable import clean_text, jsonable


class Colour(StrEnum):
    RED = "red"


class Level(Enum):
    HIGH = 3


@dataclass(frozen=True, slots=True)
class Pair:
    left: float
    right: "Pair | None" = None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (True, True),
        (np.bool_(True), True),
        (7, 7),
        (np.uint8(255), 255),
        (1.5, 1.5),
        (float("nan"), None),
        (float("-inf"), None),
        (np.float32("nan"), None),
        (Decimal("0.5"), 0.5),
        ("plain", "plain"),
        ("nul\x00inside", "nulinside"),
        ("lone \ud83d surrogate", "lone  surrogate"),
        (Colour.RED, "red"),
        (Level.HIGH, 3),
        (Path("/a/b"), "/a/b"),
        (datetime(2026, 1, 2, tzinfo=UTC), "2026-01-02T00:00:00+00:00"),
        (np.array([[1.0, np.inf]]), [[1.0, None]]),
        ((1, {2}), [1, [2]]),
        ({Colour.RED: 1, 5: "\x00"}, {"red": 1, "5": ""}),
        (Pair(1.0, Pair(float("nan"))), {"left": 1.0, "right": {"left": None, "right": None}}),
    ],
    ids=repr,
)
def test_a_value_becomes_plain_json(value, expected):
    cleaned = jsonable(value)

    assert cleaned == expected
    assert type(cleaned) is type(expected)
    json.dumps(cleaned, allow_nan=False)


@pytest.mark.parametrize("value", [object(), b"bytes", Pair, lambda: None], ids=lambda value: type(value).__name__)
def test_what_has_no_json_form_is_refused(value):
    with pytest.raises(TypeError, match="no JSON form"):
        jsonable({"deep": [value]})


def test_text_keeps_what_is_not_forbidden():
    assert clean_text("naïve 日本語 😀\n\t") == "naïve 日本語 😀\n\t"
