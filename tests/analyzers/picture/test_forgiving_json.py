"""Is what nearly is JSON read as it was meant?"""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzers.picture.forgiving_json import read_json

VALUES = st.recursive(
    st.floats(allow_nan=False, allow_infinity=False)
    | st.booleans()
    | st.none()
    | st.text(st.characters(codec="ascii")),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abcxyz_", min_size=1), inner, max_size=4),
    max_leaves=12,
)


def strict(value: object) -> bool:
    """Whether a text in `value` holds what could also be the end of it and the start of something else."""
    return not any(sign in json.dumps(value) for sign in ("\\", "'"))


@given(st.dictionaries(st.text("abc", min_size=1), VALUES, max_size=4).filter(strict))
def test_json_is_read_as_json(value):
    assert read_json(json.dumps(value)) == value


@given(st.text("{}[]\",:\\'“”0 \nab/*", max_size=60))
def test_nothing_is_raised_whatever_it_is(text):
    read_json("{" + text)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ('{"a": [1, 2,], "b": "x",}', {"a": [1, 2], "b": "x"}),
        ("{'a': 'it\\'s', 'b': None, 'c': True}", {"a": "it's", "b": None, "c": True}),
        ('{a: "x", b: y}', {"a": "x", "b": "y"}),
        ('{"a": "says "SALE" in red"}', {"a": 'says "SALE" in red'}),
        ('{"a": "x"\n "b": "y"}', {"a": "x", "b": "y"}),
        ("{“a”: “x”}", {"a": "x"}),
        ('{"a": "x", // why\n "b": /* none */ 2}', {"a": "x", "b": 2}),
        ('Sure! {"a": 1} I hope this helps.', {"a": 1}),
        ('{"a": "\\u00e9\\n"}', {"a": "é\n"}),
    ],
    ids=[
        "trailing commas",
        "Python's quotes",
        "no quotes",
        "quotes inside quotes",
        "a forgotten comma",
        "curly quotes",
        "comments",
        "words around it",
        "escapes",
    ],
)
def test_near_misses(text, meant):
    assert read_json(text) == meant


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ('{"a": "one two thr', {"a": "one two…"}),
        ('{"a": "x", "b": ["y", "z', {"a": "x", "b": ["y", "…"]}),
        ('{"a": "x", "b', {"a": "x"}),
        ('{"a": "x", "b":', {"a": "x"}),
        ('{"a": [{"b": 1', {"a": [{"b": 1}]}),
        ("{", {}),
    ],
    ids=["in a text", "in a list", "in a name", "before a value", "in a number", "at once"],
)
def test_what_was_cut_off_is_read_as_far_as_it_goes(text, meant):
    assert read_json(text) == meant


def test_a_thousand_brackets_are_not_followed_down():
    assert read_json("[" * 5000) is not None


def test_without_brackets_there_is_none():
    assert read_json("a person walks") is None
