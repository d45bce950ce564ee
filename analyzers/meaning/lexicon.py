"""Which words of a language matter for what is said in a video?

One file per language, `lexicons/<ISO 639-1>.toml`: calls to action by type, openings by type, subjects by name, words
with a sentiment, stop words. Phrases are written as `phrases.py` says. A file that lacks a part, names an unknown one
or says something twice is refused when it is loaded.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from analyzers.meaning.folding import folded, without_accents
from analyzers.meaning.phrases import pattern_of

#: The lexicons that are shipped.
LEXICONS = Path(__file__).with_name("lexicons")

#: What viewers are asked to do.
CALLS = ("follow", "like", "comment", "share", "save", "link", "buy", "part2", "duet")
#: What opening words do.
OPENINGS = ("question", "list", "challenge", "promise", "story")
#: What videos are about, coarsely.
SUBJECTS = (
    *("beauty", "fashion", "food", "fitness", "tech", "gaming", "music", "dance", "travel", "comedy"),
    *("education", "finance", "pets", "home", "sports", "news", "cars", "family", "art"),
)

#: Languages that are read with the lexicon of a very similar one: Malay, Javanese (mixed with Indonesian), Cantonese.
_READ_AS = {"ms": "id", "jv": "id", "jw": "id", "yue": "zh"}

_PARTS = {"name", "spaced", "stop_words", "positive", "negative", "negators", "grammar", "calls", "hooks", "subjects"}
_GRAMMAR = {"lead_ins", "permits", "fillers", "tails", "spoilers"}
_CALL = {"phrases", "bare", "never"}


class LexiconError(ValueError):
    """A lexicon that can't be used; the message names the file and the place."""


@dataclass(frozen=True, slots=True)
class Words:
    """Words and beginnings of words, without accents."""

    whole: frozenset[str]
    beginnings: tuple[str, ...]

    def hold(self, word: str) -> bool:
        """Whether `word`, folded and without accents, is one of them."""
        return word in self.whole or word.startswith(self.beginnings)


@dataclass(frozen=True, slots=True)
class Call:
    """How one type of call is said."""

    #: Is one wherever it stands, unless a spoiler is right before it.
    phrases: re.Pattern[str]
    #: Is one only alone in its clause, in a row with others, or after a lead-in.
    bare: re.Pattern[str]
    #: Is none, whatever else matches there.
    never: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Grammar:
    """What stands around calls."""

    #: Makes what follows a call ("don't forget to").
    lead_ins: re.Pattern[str]
    #: Right before a phrase it takes the effect of spoilers away ("you need to").
    permits: re.Pattern[str]
    #: May stand between two calls in a row ("and").
    fillers: re.Pattern[str]
    #: May follow a bare call that begins its clause ("if you agree").
    tails: re.Pattern[str]
    #: Right before a call it makes it a statement ("I").
    spoilers: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Lexicon:
    """What we know of one language."""

    #: ISO 639-1.
    language: str
    #: In English.
    name: str
    #: Whether spaces part its words.
    spaced: bool
    #: Folded, without accents.
    stop_words: frozenset[str]
    positive: Words
    negative: Words
    #: Turn the sentiment of what follows.
    negators: frozenset[str]
    grammar: Grammar
    #: By type, all of CALLS.
    calls: Mapping[str, Call]
    #: By type, all of OPENINGS.
    openings: Mapping[str, re.Pattern[str]]
    #: By name, all of SUBJECTS.
    subjects: Mapping[str, Words]


def languages() -> tuple[str, ...]:
    """Those there is a lexicon for, sorted."""
    return tuple(sorted(path.stem for path in LEXICONS.glob("*.toml")))


@lru_cache(maxsize=64)
def lexicon(language: str) -> Lexicon | None:
    """What we know of `language` (ISO 639-1), or of one very like it; None when there is no lexicon.

    Raises: LexiconError.
    """
    code = _READ_AS.get(language, language)
    return read_lexicon(LEXICONS / f"{code}.toml") if code in languages() else None


def read_lexicon(path: Path) -> Lexicon:
    """The lexicon in `path`, named for its language. Raises: LexiconError."""
    try:
        return _lexicon(path.stem, tomllib.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise LexiconError(f"{path}: {error}") from error


def _lexicon(language: str, parts: Mapping[str, Any]) -> Lexicon:
    _same("parts", parts, _PARTS)
    _same("grammar", parts["grammar"], _GRAMMAR)
    _same("calls", parts["calls"], CALLS)
    _same("hooks", parts["hooks"], OPENINGS)
    _same("subjects", parts["subjects"], SUBJECTS)
    for kind in CALLS:
        _same(f"calls.{kind}", parts["calls"][kind], _CALL)
    spaced = bool(parts["spaced"])
    _once("phrases of calls", [phrase for kind in CALLS for phrase in parts["calls"][kind]["phrases"]])
    return Lexicon(
        language=language,
        name=parts["name"],
        spaced=spaced,
        stop_words=_whole("stop_words", parts["stop_words"]),
        positive=_words("positive", parts["positive"]),
        negative=_words("negative", parts["negative"]),
        negators=_whole("negators", parts["negators"]),
        grammar=_grammar(parts["grammar"], spaced),
        calls={kind: _call(kind, parts["calls"][kind], spaced) for kind in CALLS},
        openings={kind: pattern_of(_some(kind, parts["hooks"][kind]), spaced=spaced) for kind in OPENINGS},
        subjects={name: _words(name, parts["subjects"][name]) for name in SUBJECTS},
    )


def _grammar(parts: Mapping[str, Any], spaced: bool) -> Grammar:
    return Grammar(**{part: pattern_of(_once(part, parts[part]), spaced=spaced) for part in sorted(_GRAMMAR)})


def _call(kind: str, parts: Mapping[str, Any], spaced: bool) -> Call:
    _some(kind, parts["phrases"])
    return Call(**{part: pattern_of(_once(f"{kind}.{part}", parts[part]), spaced=spaced) for part in sorted(_CALL)})


def _whole(part: str, text: str) -> frozenset[str]:
    return frozenset(_each(part, text))


def _words(part: str, text: str) -> Words:
    words = _each(part, text)
    stems = tuple(word.removesuffix("*") for word in words if word.endswith("*"))
    if "" in stems:
        raise LexiconError(f"{part} holds a lonely *")
    return Words(frozenset(word for word in words if not word.endswith("*")), stems)


def _each(part: str, text: str) -> list[str]:
    words = _some(part, text.split())
    return [without_accents(folded(word)) for word in _once(part, words)]


def _same(part: str, found: Iterable[str], wanted: Iterable[str]) -> None:
    found, wanted = set(found), set(wanted)
    if found != wanted:
        raise LexiconError(f"{part}: missing {sorted(wanted - found)}, unknown {sorted(found - wanted)}")


def _some(part: str, entries: list[str]) -> list[str]:
    if not entries:
        raise LexiconError(f"{part} is empty")
    return _once(part, entries)


def _once(part: str, entries: list[str]) -> list[str]:
    seen: set[str] = set()
    for entry in entries:
        key = folded(entry)
        if key in seen:
            raise LexiconError(f"{part} holds {entry!r} twice")
        seen.add(key)
    return entries
