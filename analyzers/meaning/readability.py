"""How easy is a text to read?

Flesch's reading ease in the form that each language has: English (Flesch 1948), Spanish (Fernández Huerta 1959),
German (Amstad 1978), French (Kandel & Moles 1958), Portuguese (Martins et al. 1996). All weigh words per sentence and
syllables per word; syllables are counted as groups of vowels, by the rules of each language. 100 is very easy, 0 very
hard; values may lie beyond both.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from analyzers.meaning.folding import folded

#: Words under which the measure means nothing; Flesch took samples of a hundred.
_LEAST_WORDS = 30


@dataclass(frozen=True, slots=True)
class Readability:
    """Reading ease."""

    #: 0 very hard – 100 very easy; may lie beyond both.
    ease: float
    #: Whose formula: "Flesch", "Fernández Huerta", "Amstad", "Kandel & Moles" or "Martins".
    formula: str
    #: Means.
    words_per_sentence: float
    syllables_per_word: float


@dataclass(frozen=True, slots=True)
class _Formula:
    name: str
    base: float
    per_words: float
    per_syllables: float


_FORMULAS = {
    "en": _Formula("Flesch", 206.835, 1.015, 84.6),
    "es": _Formula("Fernández Huerta", 206.84, 1.02, 60.0),
    "de": _Formula("Amstad", 180.0, 1.0, 58.5),
    "fr": _Formula("Kandel & Moles", 207.0, 1.015, 73.6),
    "pt": _Formula("Martins", 248.835, 1.015, 84.6),
}


def readability(sentences: Sequence[Sequence[str]], language: str | None) -> Readability | None:
    """The ease of `sentences` (lists of words); None for other languages and for too little text."""
    formula = _FORMULAS.get(language or "")
    told = [sentence for sentence in sentences if sentence]
    count = sum(map(len, told))
    if formula is None or count < _LEAST_WORDS:
        return None
    return ease_of(told, language or "")


def ease_of(sentences: Sequence[Sequence[str]], language: str) -> Readability:
    """The ease of any number of words of a language that has a formula. Raises: KeyError."""
    formula = _FORMULAS[language]
    count = sum(map(len, sentences))
    long = count / len(sentences)
    heavy = sum(syllables(word, language) for sentence in sentences for word in sentence) / count
    ease = formula.base - formula.per_words * long - formula.per_syllables * heavy
    return Readability(round(ease, 2), formula.name, round(long, 2), round(heavy, 3))


def syllables(word: str, language: str) -> int:
    """How many syllables `word` has, at least one."""
    return max(_COUNTERS[language](folded(word)), 1)


#: Frequent words that the rules get wrong.
_ENGLISH = {
    "every": 2,
    "everyone": 3,
    "everything": 3,
    "business": 2,
    "recipe": 3,
    "recipes": 3,
    "people": 2,
    "area": 3,
}


def _english(word: str) -> int:
    """Groups of vowels, without mute endings (home, homes, named), with vowels that stand apart (video, science)."""
    if word in _ENGLISH:
        return _ENGLISH[word]
    mute = len(re.findall(r"[^aeiouyl]e$|[aeiou]le$|[^aeiouysxzcg]es$(?<![cs]hes)|[^aeiouydt]ed$", word))
    apart = len(
        re.findall(
            r"(?<![tscgx])i(?:[ou]|a(?!n$))|(?<!p)eo(?!p)|ua[lt]|ie(?:nce|n?t)|[aeiouy]ing$|ism$|creat(?!u)|(?<=d)ea$|reall",
            word,
        )
    )
    return len(re.findall(r"[aeiouy]+", word)) - mute + apart


def _spanish(word: str) -> int:
    """Weak vowels (i, u) join a neighbour unless accented; strong ones stand apart; the u of que, gui is mute."""
    bare = re.sub(r"(?<=[qg])u(?=[eiéí])", "", word)
    strong, both = "aeoáéó", "aeoáéóíú"
    return len(
        re.findall(rf"[iuüy]?[{strong}](?:[iuüy](?![{both}]))?|[íú]|[iuü]+|(?<![aeiou])y(?![aeiou{both}])", bare)
    )


def _portuguese(word: str) -> int:
    """Strong vowels with the weak one after them; nasal pairs (ão, õe) are one; the u of que, gua is no vowel."""
    bare = re.sub(r"(?<=[qg])u(?=[aeoiéíêáã])", "", word)
    return len(re.findall(r"ão|ãe|õe|ui|[aeoáéóâêôàãõ][iu]?|[íú]|[iuü]", bare))


def _german(word: str) -> int:
    """Diphthongs and double vowels are one, other neighbours stand apart."""
    bare = re.sub(r"qu", "q", word)
    return len(re.findall(r"ai|ei|au|äu|eu(?!m$)|ie|oo|aa|ee|ui|ay|ey|[aeiouäöüy]", bare))


def _french(word: str) -> int:
    """Groups of vowels, without mute endings (e, es); é stands apart from the vowel after it."""
    bare = re.sub(r"(?<=[qg])ues?$|(?<=[^aeouéèê])es?$|(?<=[aouyéèê])es?$", "", word) if len(word) > 3 else word
    bare = re.sub(r"(?<=[qg])u(?=[aeiouéèê])", "", bare)
    return len(re.findall(r"é|[aeiouyàâäèêëîïôöùûüœ]+", bare))


_COUNTERS: dict[str, Callable[[str], int]] = {
    "en": _english,
    "es": _spanish,
    "pt": _portuguese,
    "de": _german,
    "fr": _french,
}
