"""Are the syllables of speech counted in its sound?"""

import numpy as np
import pytest

from analyzers.sound.syllable_nuclei import find_nuclei
from tests.analyzers.sound.hearing import Samples
from tests.analyzers.sound.synthetic import spoken, syllables

RATE = 16_000
#: Spoken by espeak-ng; none of them was used to choose the detector's numbers.
TEXTS = {
    "en-us": "Every morning my neighbour walks her little dog around the park before she drives to work.",
    "en-gb": "Please remember that the library closes early on Saturday, so bring back your books in time.",
    "es": "Mañana por la tarde vamos a visitar el museo con nuestros primos y luego cenamos en casa.",
    "de": "Am Wochenende fahren wir mit dem Fahrrad an den See und nehmen belegte Brote mit.",
    "fr-fr": "Demain matin nous prendrons le premier train pour rendre visite à notre grand-mère.",
    "nl": "Morgen gaan we met de hele familie naar het strand als het weer een beetje meewerkt.",
}


def counted(samples: Samples) -> int:
    return len(find_nuclei(samples, RATE, [(0.0, len(samples) / RATE)]))


@pytest.mark.parametrize("rate", [120, 160, 200, 240])
def test_syllables_of_unseen_sentences_are_counted_to_eight_per_cent(rate: int) -> None:
    said = sum(syllables(text, voice) for voice, text in TEXTS.items())

    heard = sum(counted(spoken(text, voice, rate)) for voice, text in TEXTS.items())

    assert heard == pytest.approx(said, rel=0.08)


@pytest.mark.parametrize("voice", TEXTS)
def test_no_language_is_off_by_more_than_an_eighth(voice: str) -> None:
    said = syllables(TEXTS[voice], voice)

    heard = [counted(spoken(TEXTS[voice], voice + variant, 170)) for variant in ("", "+f3", "+m5")]

    assert np.mean(heard) == pytest.approx(said, rel=0.125)


def test_a_real_speech_has_as_many_syllables_as_its_words(jfk: Samples) -> None:
    """'And so, my fellow Americans, ask not …' has 28."""
    assert counted(jfk) == pytest.approx(28, abs=2)


def test_every_syllable_lies_within_speech(jfk: Samples) -> None:
    speech = [(0.32, 2.22), (3.27, 4.40), (5.37, 7.68), (8.14, 10.60)]

    nuclei = find_nuclei(jfk, RATE, speech)

    assert (np.diff(nuclei) > 0).all()
    assert all(any(start <= at < end for start, end in speech) for at in nuclei)
    assert len(nuclei) == pytest.approx(28, abs=2)


def test_bursts_of_a_vowel_are_counted_where_they_are() -> None:
    middles = np.arange(10) * 0.2 + 0.15
    t = np.arange(round(2.3 * RATE)) / RATE
    loudness = np.sum([np.exp(-(((t - middle) / 0.04) ** 2)) for middle in middles], axis=0)
    sound = (0.2 * loudness * np.sin(2 * np.pi * 600 * t)).astype(np.float32)

    nuclei = find_nuclei(sound, RATE, [(0.0, 2.3)])

    np.testing.assert_allclose(nuclei, middles, atol=0.01)


@pytest.mark.parametrize(
    ("seconds", "speech"),
    [(0.0, []), (1.0, []), (1.0, [(0.0, 1.0)]), (0.01, [(0.0, 0.01)]), (1.0, [(0.99, 1.0)])],
)
def test_silence_and_what_is_too_short_has_no_syllables(seconds: float, speech: list) -> None:
    assert len(find_nuclei(np.zeros(round(seconds * RATE), np.float32), RATE, speech)) == 0
