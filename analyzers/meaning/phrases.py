"""How is a phrase of a lexicon written, and where does it occur?

A phrase is units with spaces between them, such as "don't forget to … follow/subscribe":

- `a/b`     one of them; `{a/b c}` where they are of several words
- `(a/b c)` one of them or nothing
- `…`       up to four words, or up to eight characters of scripts without spaces
- `word*`   the word with any ending
- `#`       a number, `@` a mention, `^` and `$` the beginning and end of the clause

Accents may be missing in the text (sigueme for sígueme) but none may be added (partagé is not partage); so may
apostrophes (dont) and the spaces between words (followme). A phrase begins and ends where words do; where a script has
no spaces, it is found anywhere.
"""

import re
from collections.abc import Iterable

from analyzers.meaning.folding import folded, without_accents

#: What may stand between two units; nothing, too: readers of pictures lose spaces.
_BETWEEN = r"[\s,\-\"]*"
_GAP, _GAP_UNSPACED = r"(?:[\s,\-\"]+[\w'@$&]+){0,4}?[\s,\-\"]+", r"[^\s,.!?。!?、]{0,8}?"
_UNITS = re.compile(r"\(([^()]*)\)|\{([^{}]*)\}|([^\s(){}]+)")
_NUMBER = r"\d[\d.,]*(?:\s\d{3})*\s?(?:(?:k|m|mil|mille|thousand|tausend|ribu|rb|juta|million)(?!\w))?"
_NUMBER_UNSPACED = r"[\d一二三四五六七八九十百千万萬两兩几数한두세네다섯열백천만]+"
#: Letters that are also written as two.
_AS_TWO = {"ä": "ae", "ö": "oe", "ü": "ue"}


class PhraseError(ValueError):
    """A phrase that can't be understood."""


def pattern_of(phrases: Iterable[str], *, spaced: bool) -> re.Pattern[str]:
    """Finds any of `phrases` in a folded text; nothing when there are none. Raises: PhraseError, naming the phrase."""
    ways = sorted((_way(phrase, spaced) for phrase in phrases), key=len, reverse=True)  # "save it" before "save"
    if not ways:
        return re.compile(r"(?!)")
    both = "|".join(ways)
    return re.compile(rf"(?:(?<!\w)|(?!\w))(?:{both})(?!(?<=\w)\w)" if spaced else both)


def _way(phrase: str, spaced: bool) -> str:
    units = [(optional, group or unit) for optional, group, unit in _UNITS.findall(_folded(phrase))]
    if not any(unit.strip("…* ") for _, unit in units) or re.search(r"[(){}]", _UNITS.sub("", phrase)):
        raise PhraseError(f"{phrase!r} is no phrase")
    way, glue = "", ""
    for optional, unit in units:
        if unit == "…" or optional == "…":
            way, glue = way + (_GAP if spaced else _GAP_UNSPACED), ""
        elif optional:
            way += f"(?:{glue}{_one_of(optional, spaced)})?"
            glue = glue or _BETWEEN
        else:
            way, glue = way + glue + _one_of(unit, spaced), _BETWEEN
    return way


def _folded(phrase: str) -> str:
    """`phrase` folded; its … would become three dots."""
    return "…".join(map(folded, phrase.split("…")))


def _one_of(unit: str, spaced: bool) -> str:
    ways = [_BETWEEN.join(_word(word, spaced) for word in way.split()) for way in unit.split("/")]
    if not all(ways):
        raise PhraseError(f"{unit!r} has an empty alternative")
    return f"(?:{'|'.join(ways)})"


def _word(word: str, spaced: bool) -> str:
    match word:
        case "#":
            return _NUMBER if spaced else _NUMBER_UNSPACED
        case "@":
            return r"@[\w.]+"
        case "^":
            return r"^[^\w]*"
        case "$":
            return r"(?=[^\w]*$)"
    letters = "".join(map(_letter, word.removesuffix("*")))
    return letters + r"\w*" if word.endswith("*") and spaced else letters


def _letter(letter: str) -> str:
    if letter == "'":
        return "'?"
    if letter == "-":
        return r"[\s\-]*"
    plain = without_accents(letter)
    if plain == letter:
        return re.escape(letter)
    two = f"|{_AS_TWO[letter]}" if letter in _AS_TWO else ""
    return f"(?:{letter}|{plain}{two})"
