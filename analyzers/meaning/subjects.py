"""What is a text about, coarsely?

Nineteen subjects, each with a list of words per language (`lexicons/`). A word found counts once, and half again for
each time it comes back, up to three; a hashtag counts twice, for it is how authors name their subject. The score grows
with the points and saturates (2 points 0.5, 6 points 0.75); a subject must have two points, and a quarter of the
strongest one's.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from analyzers.meaning.folding import folded, without_accents
from analyzers.meaning.lexicon import SUBJECTS, Lexicon, Words

#: Points of a word's first and of each later occurrence, and of a hashtag; points that score one half, which a subject
#: must have; share of the strongest subject's points that another must have; subjects that are told.
_FIRST, _AGAIN, _MOST_AGAIN, _TAGGED = 1.0, 0.5, 3, 2.0
_HALF, _SHARE, _MOST = 2.0, 0.25, 4
#: Letters of a word that may be a part of a hashtag (makeup in #makeuptutorial).
_PART_OF_TAG = 5


@dataclass(frozen=True, slots=True)
class Topic:
    """A subject of a text."""

    #: One of lexicon.SUBJECTS.
    name: str
    #: How much speaks for it, 0–1.
    score: float
    #: The words that do, weightiest first, hashtags with their sign.
    because: tuple[str, ...]


def topics(
    text: str, words: Iterable[str], tags: Iterable[str], lexicon: Lexicon | None, of_tags: Sequence[Lexicon]
) -> tuple[Topic, ...]:
    """What `text`, cut into `words`, is about after `lexicon`, and its hashtags after `of_tags`; strongest first."""
    points: dict[str, dict[str, float]] = defaultdict(dict)
    if lexicon is not None:
        for word, count in _said(text, words, lexicon).items():
            for name in (name for name in SUBJECTS if lexicon.subjects[name].hold(word)):
                points[name][word] = _FIRST + _AGAIN * min(count - 1, _MOST_AGAIN)
    for tag in tags:
        for name in _subjects_of_tag(without_accents(tag), of_tags):
            points[name][f"#{tag}"] = _TAGGED
    return _strongest(points)


def _said(text: str, words: Iterable[str], lexicon: Lexicon) -> Counter[str]:
    """How often each word occurs; for scripts that are searched anywhere, each word of the lists."""
    counts = Counter(without_accents(folded(word)) for word in words)
    if not lexicon.spaced:
        plain = folded(text)
        listed = {word for name in SUBJECTS for word in lexicon.subjects[name].whole if word not in counts}
        inside = {word: plain.count(word) for word in listed if _may_be_inside(word)}
        counts.update({word: count for word, count in inside.items() if count})
    return counts


def _may_be_inside(word: str) -> bool:
    """Whether `word` is long enough to be found within others: two signs, but not of the Latin alphabet."""
    return len(word) > 1 and not word.isascii()


def _subjects_of_tag(tag: str, lexicons: Sequence[Lexicon]) -> list[str]:
    return [name for name in SUBJECTS if any(_in_tag(tag, lexicon.subjects[name]) for lexicon in lexicons)]


def _in_tag(tag: str, words: Words) -> bool:
    parts = (*words.whole, *words.beginnings)
    return words.hold(tag) or any(word in tag for word in parts if len(word) >= _PART_OF_TAG or _may_be_inside(word))


def _strongest(points: Mapping[str, Mapping[str, float]]) -> tuple[Topic, ...]:
    totals = {name: sum(because.values()) for name, because in points.items()}
    least = max(_HALF, _SHARE * max(totals.values(), default=0.0))
    told = sorted((name for name in totals if totals[name] >= least), key=lambda name: (-totals[name], name))
    return tuple(
        Topic(
            name,
            round(totals[name] / (totals[name] + _HALF), 3),
            tuple(sorted(points[name], key=lambda word: (-points[name][word], word))[:8]),
        )
        for name in told[:_MOST]
    )
