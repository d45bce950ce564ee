"""Is it said once why an answer is a lesser one?"""

import pytest

from analyzers.picture.lesser import told_once


@pytest.mark.parametrize(
    ("reasons", "told"),
    [
        ([], ""),
        (["", ""], ""),
        (["no weights of x", "steps is unavailable: no weights of x"], "no weights of x"),
        (["one", "other", "one"], "one; other"),
    ],
    ids=["nothing", "empty reasons", "a step without its model", "twice the same"],
)
def test_a_reason_stands_once(reasons, told):
    assert told_once(reasons) == told
