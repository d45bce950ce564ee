"""Which words and phrases does a text turn on?

YAKE: Campos et al., "YAKE! Keyword extraction from single documents using multiple local features", Information
Sciences 509 (2020). Five measures of a word (case, place, frequency, company, spread over sentences) make its weight;
phrases of up to three words are weighed by theirs. Own implementation of the paper's formulas, with clauses for
sentences, no stop word inside a phrase, and a phrase left to its word that occurs more than twice as often; words of
Chinese and Japanese phrases have two signs at least and are joined without a space.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

import numpy as np

from analyzers.meaning.folding import folded, without_accents
from analyzers.meaning.text_words import is_ending

#: Words that are looked at.
_MOST_WORDS = 4000
#: Stop words that join two nouns.
_OF = frozenset(("of", "de", "du", "del", "da", "do", "des"))
#: Letters of the shortest keyword, and of the shortest word of a phrase in scripts without spaces.
_SHORTEST, _SHORTEST_UNSPACED = 3, 2


@dataclass(frozen=True, slots=True)
class Keyword:
    """A word or phrase that a text turns on."""

    #: As it is written where it first occurs.
    text: str
    #: 1 for the weightiest of its text; the others relative to it.
    score: float
    #: How often it occurs.
    count: int


@dataclass(slots=True)
class _Term:
    """What is known of one word."""

    frequency: int = 0
    upper: int = 0
    acronym: int = 0
    sentences: tuple[int, ...] = ()
    weight: float = 0.0


def keywords(
    clauses: Sequence[Sequence[str]], stop_words: frozenset[str], *, longest: int, spaced: bool, most: int = 10
) -> tuple[Keyword, ...]:
    """The weightiest of `clauses`, which are lists of words as they are written, up to `longest` words; best first."""
    sentences = _first(clauses)
    terms = _terms(sentences)
    _weigh(terms, _company(sentences, terms), stop_words, len(sentences))
    candidates: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for sentence in sentences:
        for length in range(1, longest + 1):
            for start in range(len(sentence) - length + 1):
                part = sentence[start : start + length]
                key = tuple(_key(word) for word in part)
                if _may_be_one(key, stop_words, spaced):
                    candidates[key].append((" " if spaced else "").join(part))
    weighed = sorted(
        (_phrase_weight([terms[word].weight for word in key if word not in stop_words], len(said)), key)
        for key, said in candidates.items()
        if 2 * len(said) >= max(terms[word].frequency for word in key if word not in stop_words)
    )
    return _best([(weight, candidates[key]) for weight, key in weighed], most)


def _first(sentences: Sequence[Sequence[str]]) -> list[list[str]]:
    kept: list[list[str]] = []
    left = _MOST_WORDS
    for sentence in sentences:
        if left > 0:
            kept.append(list(sentence[:left]))
            left -= len(sentence)
    return kept


def _key(word: str) -> str:
    return without_accents(folded(word))


def _terms(sentences: Sequence[Sequence[str]]) -> dict[str, _Term]:
    terms: dict[str, _Term] = defaultdict(_Term)
    for number, sentence in enumerate(sentences):
        for place, word in enumerate(sentence):
            term = terms[_key(word)]
            term.frequency += 1
            term.upper += place > 0 and word[:1].isupper() and not word.isupper()
            term.acronym += len(word) > 1 and word.isupper()
            if not term.sentences or term.sentences[-1] != number:
                term.sentences = (*term.sentences, number)
    return terms


def _company(sentences: Sequence[Sequence[str]], terms: dict[str, _Term]) -> dict[str, tuple[float, float]]:
    """For each word, how few different neighbours it has to the left and to the right, relative to all of them."""
    left: dict[str, Counter[str]] = defaultdict(Counter)
    right: dict[str, Counter[str]] = defaultdict(Counter)
    for sentence in sentences:
        keys = [_key(word) for word in sentence]
        for before, after in pairwise(keys):
            right[before][after] += 1
            left[after][before] += 1
    return {word: (_spread(left[word]), _spread(right[word])) for word in terms}


def _spread(neighbours: Counter[str]) -> float:
    return len(neighbours) / max(neighbours.total(), 1)


def _weigh(
    terms: dict[str, _Term], company: dict[str, tuple[float, float]], stop_words: frozenset[str], count: int
) -> None:
    """Sets the weight of each term: H(t) of the paper; less is weightier."""
    told = [term.frequency for word, term in terms.items() if word not in stop_words] or [1]
    usual, most = float(np.mean(told) + np.std(told)), max(term.frequency for term in terms.values()) if terms else 1
    for word, term in terms.items():
        case = max(term.upper, term.acronym) / (1 + math.log(term.frequency))
        place = math.log(math.log(3 + median(term.sentences)))
        frequency = term.frequency / usual
        left, right = company[word]
        relatedness = 1 + (left + right) * term.frequency / most
        spread = len(term.sentences) / max(count, 1)
        term.weight = relatedness * max(place, 1e-3) / (case + frequency / relatedness + spread / relatedness)


def _may_be_one(key: tuple[str, ...], stop_words: frozenset[str], spaced: bool) -> bool:
    """Whether no stop word is in it, but for an "of" in the middle, and it is no single short word."""
    telling = [word for word in key if word not in stop_words and not is_ending(word)]
    inside = [word for word in key[1:-1] if word in _OF]
    if len(telling) + len(inside) < len(key):
        return False
    return sum(map(len, key)) >= _SHORTEST if spaced else all(len(word) >= _SHORTEST_UNSPACED for word in key)


def _phrase_weight(weights: Sequence[float], count: int) -> float:
    """S(kw) of the paper over the words that tell something (not the "of" in the middle)."""
    return math.prod(weights) / (count * (1 + sum(weights)))


def _best(weighed: Sequence[tuple[float, list[str]]], most: int) -> tuple[Keyword, ...]:
    """The first `most` that are no part of one before them, nor hold it."""
    kept: list[Keyword] = []
    for weight, said in weighed:
        if len(kept) == most:
            break
        if not any(_same(said[0], other.text) for other in kept):
            score = weighed[0][0] / weight if weight > 0 else 1.0
            kept.append(Keyword(said[0], round(min(score, 1.0), 3), len(said)))
    return tuple(kept)


def _same(one: str, other: str) -> bool:
    """Whether one is a part of the other."""
    first, second = _key(one), _key(other)
    if " " in first + second:
        a, b = set(first.split()), set(second.split())
        return a <= b or b <= a
    return first in second or second in first
