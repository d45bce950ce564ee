"""Is doubt cast where the publisher of Whisper casts it?"""

import pytest

from analyzers.models.whisper_doubt import TEMPERATURES, is_doubtful, why_dropped

TEXT = " And so, my fellow Americans, ask not what your country can do for you."
LOOP = " Thank you for watching." * 12


@pytest.mark.parametrize(
    ("text", "mean_logarithm", "no_speech", "doubtful", "dropped"),
    [
        pytest.param(TEXT, -0.2, 0.01, False, "", id="a likely text"),
        pytest.param(TEXT, -1.2, 0.01, True, "", id="a guess"),
        pytest.param(TEXT, -0.2, 0.95, False, "", id="a likely text in spite of a quiet start"),
        pytest.param(TEXT, -1.2, 0.95, False, "nobody seems to speak", id="a guess about silence"),
        pytest.param(LOOP, -0.1, 0.01, True, "its text repeats itself", id="a loop"),
        pytest.param(LOOP, -1.2, 0.95, False, "nobody seems to speak", id="a loop about silence"),
        pytest.param("", -0.5, 0.1, False, "", id="nothing"),
    ],
)
def test_a_text_is_judged_by_its_likelihood_and_its_repetitions(
    text, mean_logarithm, no_speech, doubtful, dropped
) -> None:
    assert is_doubtful(text, mean_logarithm, no_speech) is doubtful
    assert why_dropped(text, mean_logarithm, no_speech) == dropped


def test_the_first_try_is_the_likeliest_text() -> None:
    assert TEMPERATURES[0] == 0
    assert list(TEMPERATURES) == sorted(TEMPERATURES)
