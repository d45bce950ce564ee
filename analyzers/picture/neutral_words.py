"""How is a sentence told without anyone's gender, age, looks, origin, health or feelings?

A small rule for English: words for people become "person" or "people" and pronouns follow; adjectives that tell of a
person go where they stand before a word for one; so do smiles and adverbs of feeling. What still tells is dropped with
its part of the sentence (between commas), or with the whole sentence when that is its first part: better less than
more. Limits: names of people are not recognised, nor is any other language.
"""

import re
from itertools import pairwise

from analyzers.picture.person_words import (
    ANIMALS,
    EITHER,
    FEELINGLY,
    FOLLOWERS,
    LEFT_OVER,
    ONE,
    PEOPLE,
    SEVERAL,
    STOPS,
    TELLING,
    TRADES,
)

#: A word, with its hyphens and apostrophes, or a sign; each with the space before it.
_TOKEN = re.compile(r"\s*(?:\w+(?:[-']\w+)*|[^\w\s])")
_YEARS = re.compile(r"\b(\w+)[ -]years?[ -]old\b", re.IGNORECASE)
#: Smiles and enjoyment that a sentence can do without, and what is said instead.
_SMILES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), instead)
    for pattern, instead in (
        (r",? with (?:an? )?(?:\w+ )?(?:smiles?|grin|frown|laugh|expressions?)(?: on (?:his|her|their|the) \w+)?", ""),
        (r"\b(?:smile|laugh|grin)s (?:\w+ly )?(at|towards?|into)\b", r"looks \1"),
        (r"\b(?:smiling|laughing|grinning) (?:\w+ly )?(at|towards?|into)\b", r"looking \1"),
        (r"\b(?:smiles|laughs|grins|smiling|laughing|grinning) (?:and|while) ", ""),
        (r",? (?:and|while) (?:smiles|laughs|grins|smiling|laughing|grinning)\b", ""),
        (r"\benjoys\b", "has"),
        (r"\benjoying\b", "having"),
        (r"\benjoy\b", "have"),
    )
)
_PRONOUNS = {
    "he": "the person",
    "she": "the person",
    "him": "them",
    "his": "their",
    "hers": "theirs",
    "himself": "themselves",
    "herself": "themselves",
    "he's": "the person is",
    "she's": "the person is",
}
#: Two persons named one by one, and several lots of people.
_PAIR = re.compile(r"\b(?:a |one |the )?person and (?:a |another |the |one )?person\b", re.IGNORECASE)
_CROWD = re.compile(r"\bpeople(?:,? (?:and )?people)+\b", re.IGNORECASE)
_SENTENCES = re.compile(r"(?<=[.!?])\s+")
#: How a part of a sentence begins that its neighbours stand around.
_INSERTED = ("who ", "which ", "with ", "while ", "looking ", "appearing ", "seeming ", "seemingly ")


def neutral(text: str) -> str:
    """`text` told neutrally; empty when nothing of it can be told."""
    sentences = (_sentence(each) for each in _SENTENCES.split(text.strip()))
    return " ".join(each for each in sentences if each)


def _sentence(text: str) -> str:
    text = _YEARS.sub(r"\1-year-old", text.replace("’", "'"))
    for pattern, instead in _SMILES:
        text = pattern.sub(instead, text)
    told = "".join(_articles(_described(_named(_TOKEN.findall(text))), text)).strip()
    told = _whole(_CROWD.sub("people", _PAIR.sub("two people", told)))
    return told[:1].upper() + told[1:] if text[:1].isupper() else told


def _named(words: list[str]) -> list[str]:
    """Words for people and pronouns, made neutral."""
    told = []
    for place, word in enumerate(words):
        said = _said(_bare(word), _bare(words[place + 1]) if place + 1 < len(words) else "")
        gap = word[: len(word) - len(word.lstrip())]
        if said == _bare(word):
            told.append(word)
        elif said:
            told.append(gap + (said.capitalize() if word.strip()[0].isupper() else said))
    return told


def _bare(word: str) -> str:
    return word.strip().lower()


def _said(word: str, following: str) -> str:
    """What is said instead of `word` before `following`; empty for nothing."""
    base, possessive = (word[:-2], "'s") if word.endswith("'s") else (word, "")
    if possessive and base in SEVERAL and following.isalpha() and following not in FOLLOWERS:
        return ""  # "women's shoes" are shoes
    if base in ONE or base in SEVERAL:
        return ("person" if base in ONE else "people") + possessive
    if word == "her":
        return "them" if not following.isalpha() or following in FOLLOWERS else "their"
    if word in EITHER:
        return _either(word, following)
    return _PRONOUNS.get(word) or TRADES.get(word) or ("" if word in FEELINGLY else word)


def _either(word: str, following: str) -> str:
    """`word` as a noun, as an adjective of a person (empty), or as it is where it tells of no person."""
    if following in ANIMALS:
        return word
    if following in PEOPLE | ONE | SEVERAL | EITHER | TELLING:
        return ""
    noun = not following.isalpha() or following in FOLLOWERS or following.endswith(("s", "ing"))
    return "person" if noun else ("" if word in ("female", "male") else word)


def _described(words: list[str]) -> list[str]:
    """`words` without the telling adjectives that stand up to a few words before a word for people."""
    told: list[str] = []
    for word in words:
        base = _bare(word).removesuffix("'s")
        if base in PEOPLE:
            _strip_adjectives(told)
            if base == "person" and told and told[-1] == ",":
                told.pop()  # "a tall, young woman": before one person a comma stood between adjectives
        told.append(word)
    return told


def _strip_adjectives(told: list[str]) -> None:
    """Takes telling adjectives off the end of `told`, past two others at most."""
    place, passed = len(told) - 1, 0
    while place >= 0 and passed <= 2:
        word = _bare(told[place])
        joins = word in (",", "and") and place > 0 and _tells(told[place - 1])
        if _tells(word) or joins:
            del told[place]
        elif word in STOPS or not (word[0].isalpha() or word == ","):
            return
        else:
            passed += word != ","
        place -= 1


def _tells(word: str) -> bool:
    return _bare(word) in TELLING or _bare(word).endswith(("-year-old", "-skinned"))


def _articles(words: list[str], before: str) -> list[str]:
    """`words` with a or an as their new neighbours need it; "their person" is another one."""
    told, lower = list(words), before.lower()
    for place, (word, following) in enumerate(pairwise(words)):
        if _bare(word) in ("a", "an") and _bare(word + following) not in lower:
            told[place] = word.rstrip("n") + ("n" if _bare(following)[0] in "aeiou" else "")
        if _bare(word) == "their" and _bare(following) in ("person", "people"):
            other = "another" if _bare(following) == "person" else "other"
            told[place] = word.replace("their", other).replace("Their", other.capitalize())
    return told


def _whole(sentence: str) -> str:
    """`sentence` without the parts that still tell; empty when its first part does."""
    if LEFT_OVER.search(sentence):
        body = sentence.rstrip(".!?")
        first, *others = re.split(r"[,;]\s+", body)
        if LEFT_OVER.search(first):
            return ""
        comma = ", "
        for part in others:
            if LEFT_OVER.search(part):
                comma = " " if part.startswith(_INSERTED) else ", "
            else:
                first, comma = first + comma + part, ", "
        sentence = first + sentence[len(body) :]
    sentence = sentence.strip(" ,;")
    return sentence if any(each.isalnum() for each in sentence) else ""
