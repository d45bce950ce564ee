"""Does a text speak well or badly of things?

The polarity of the words, never the mood of a person. English: VADER (MIT; Hutto & Gilbert, "VADER: A parsimonious
rule-based model for sentiment analysis of social media text", 2014), the mean over the sentences. Languages with a
lexicon: its good and bad words, turned by a negation right before them, put on the same scale by VADER's own
normalisation; emoji speak in all languages. Irony is taken at its word.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from analyzers.meaning.folding import folded, without_accents
from analyzers.meaning.lexicon import Lexicon

#: Words under which a text says too little; what a good or bad word weighs (VADER's typical valence); its alpha; how
#: far a negation reaches, in words; from where a text is more than neutral (VADER's own).
_LEAST_WORDS, _VALENCE, _ALPHA, _REACH, _NEUTRAL = 5, 2.0, 15.0, 2, 0.05
#: Characters of one sentence: VADER's time grows with the square.
_LONGEST = 1000
_GOOD = frozenset("❤😍🥰😊😁😄😃😀😂🤣😘🤩🥳👍👏🙌💕💖💗💙💚💛💜🧡🤍🔥✨🎉💯😻🤗😋☺🫶💪🙏😎")
_BAD = frozenset("😡🤬😠👎😢😭💔😞😔😤🤮🤢😩😫😖😣😱😰🙄😒☹💩😾")


@dataclass(frozen=True, slots=True)
class Sentiment:
    """The polarity of a text."""

    #: −1 (bad) … 1 (good).
    polarity: float
    #: "positive", "neutral" or "negative".
    label: str
    #: "VADER" or "lexicon".
    method: str


def sentiment(
    sentences: Sequence[str], words: Sequence[Sequence[str]], language: str | None, lexicon: Lexicon | None
) -> Sentiment | None:
    """The polarity of `sentences`, whose `words` are given beside; None for too few words and unknown languages."""
    if sum(map(len, words)) < _LEAST_WORDS or lexicon is None:
        return None
    if language == "en":
        vader = _vader()
        values = [vader.polarity_scores(sentence[:_LONGEST])["compound"] for sentence in sentences]
        return _told(values, [len(each) for each in words], "VADER")
    values = [_normal(_sum(sentence, each, lexicon)) for sentence, each in zip(sentences, words, strict=True)]
    return _told(values, [len(each) for each in words], "lexicon")


def _told(values: Sequence[float], weights: Sequence[int], method: str) -> Sentiment:
    """The mean over the sentences, by their length."""
    total = sum(weights)
    polarity = sum(value * weight for value, weight in zip(values, weights, strict=True)) / total
    label = "positive" if polarity >= _NEUTRAL else "negative" if polarity <= -_NEUTRAL else "neutral"
    return Sentiment(round(polarity, 3), label, method)


def _normal(total: float) -> float:
    return total / math.sqrt(total * total + _ALPHA)


def _sum(sentence: str, words: Sequence[str], lexicon: Lexicon) -> float:
    signs = sum((each in _GOOD) - (each in _BAD) for each in sentence)
    return _VALENCE * (signs + (_in_words(words, lexicon) if lexicon.spaced else _in_signs(sentence, lexicon)))


def _in_words(words: Sequence[str], lexicon: Lexicon) -> int:
    keys = [without_accents(folded(word)) for word in words]
    total = 0
    for place, key in enumerate(keys):
        value = lexicon.positive.hold(key) - lexicon.negative.hold(key)
        denied = any(before in lexicon.negators for before in keys[max(place - _REACH, 0) : place])
        total += -value if denied else value
    return total


def _in_signs(sentence: str, lexicon: Lexicon) -> int:
    """For scripts that are searched anywhere: longest words first; a negation may stand right before or after."""
    text, total = folded(sentence), 0
    for word, value in _by_length(lexicon):
        while (at := text.find(word)) >= 0:
            before, after = text[max(at - 3, 0) : at], text[at + len(word) : at + len(word) + 4]
            denied = any(before.endswith(no) or (lexicon.language != "zh" and no in after) for no in lexicon.negators)
            total += -value if denied else value
            text = text[:at] + " " * len(word) + text[at + len(word) :]
    return total


def _by_length(lexicon: Lexicon) -> list[tuple[str, int]]:
    words = [(word, 1) for word in lexicon.positive.whole] + [(word, -1) for word in lexicon.negative.whole]
    return sorted(words, key=lambda each: (-len(each[0]), each))


@lru_cache(maxsize=1)
def _vader() -> Any:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    return SentimentIntensityAnalyzer()
