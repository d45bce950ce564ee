"""What do the first words of a video do to its viewer?

The sentences that begin within the first seconds, said or written on the picture, are searched with the openings of the
lexicons: a list ("three ways to"), a challenge ("try not to laugh"), a question (by its sign, or its first words), a
promise ("how to", "wait for it", "stop doing this"), a story ("POV", "the day I"). The first kind of that order that
fits is told: the rarer it is, the more it says.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from analyzers.meaning.folding import folded
from analyzers.meaning.lexicon import Lexicon, languages, lexicon
from analyzers.meaning.text_language import language_of
from analyzers.meaning.texts import Text

Wording = Literal["list", "challenge", "question", "text_promise", "story", "statement"]

#: Kinds in the order they are tried, by their name in the lexicons.
_KINDS: tuple[tuple[str, Wording], ...] = (
    ("list", "list"),
    ("challenge", "challenge"),
    ("question", "question"),
    ("promise", "text_promise"),
    ("story", "story"),
)
_SENTENCE = re.compile(r"[^.!?…。！？\n]+[.!?…。！？]*")
#: Words before a question's first word ("so guys, did you know"); characters of the opening that is looked at.
_BEFORE, _LONGEST = 2, 300


@dataclass(frozen=True, slots=True)
class Opening:
    """The first words."""

    #: Where they are from: "speech" or "overlay".
    source: str
    #: As they are said or written: whole sentences.
    words: str
    #: Seconds at which they begin.
    start: float
    kind: Wording


def openings(texts: Sequence[Text], seconds: float) -> tuple[Opening, ...]:
    """What is said and written on the picture from sentences that begin in the first `seconds`, by time."""
    found = []
    for text in texts:
        if text.start is not None and text.start < seconds:
            words = _sentences(text, seconds)
            kinds = [_kind(sentence, _lexicons(text)) for sentence in words]
            kind = next((kind for _, kind in _KINDS if kind in kinds), None) or "statement"
            found.append(Opening(text.source, " ".join(words)[:_LONGEST], round(text.start, 3), kind))
    return tuple(sorted(found, key=lambda opening: opening.start))


def strongest(found: Iterable[Opening]) -> Opening | None:
    """The one whose kind is tried first; among equals the earliest."""
    order = [kind for _, kind in _KINDS] + ["statement"]
    return min(found, key=lambda opening: (order.index(opening.kind), opening.start), default=None)


def _sentences(text: Text, seconds: float) -> list[str]:
    """Those of `text` that begin in the first `seconds`."""
    told = []
    for match in _SENTENCE.finditer(text.text):
        start, _ = text.when(match.start(), match.end())
        if start is not None and start >= seconds:
            break
        if match.group().strip():
            told.append(match.group().strip())
    return told


def _kind(sentence: str, lexicons: Sequence[Lexicon]) -> Wording | None:
    plain = folded(sentence)
    for name, kind in _KINDS:
        if any(_does(name, plain, words) for words in lexicons) or (name == "question" and plain.endswith("?")):
            return kind
    return None


def _does(name: str, sentence: str, words: Lexicon) -> bool:
    """Whether the opening called `name` is in `sentence`; questions must begin with it."""
    match = words.openings[name].search(sentence)
    if match is None or name != "question" or not words.spaced:
        return match is not None
    return len(re.findall(r"\w+", sentence[: match.start()])) <= _BEFORE


def _lexicons(text: Text) -> list[Lexicon]:
    """Those of the text's language and English; all where it is too short to tell."""
    told = language_of(text.text) if text.language is None else None
    code = text.language or (told.code if told is not None else None)
    found = [lexicon(each) for each in ((code, "en") if code is not None else languages())]
    return list({each.language: each for each in found if each is not None}.values())
