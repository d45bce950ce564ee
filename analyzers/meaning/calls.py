"""Where does a text ask its readers to do something?

A text is cut into clauses. In each, phrases of a lexicon are found; those that are side by side ("like, comment and
follow for more") make a row. A row is a call when nothing before it makes it a statement ("I follow her") and one of
these holds: a lead-in comes right before it ("don't forget to"); one of it is an unmistakable phrase; it is all of its
clause, or the first of its list; or it begins its clause and goes on as calls do ("if you agree"). No model.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from operator import attrgetter

from analyzers.meaning.folding import Folded, fold
from analyzers.meaning.lexicon import Lexicon

#: Where one clause ends and the next begins; its sign belongs to the first.
_CLAUSE = re.compile(r"(?:[.!?]+(?=[\s\"')]|$)|[。｡…;|•·\n\r\t]+|(?<=[^\W\d_]):(?=\s)|\s[-/]\s)+")
#: Letters of a clause: more than this without any stop is no sentence, and is parted. Phrases of a type found in it.
_LONGEST, _MOST = 1000, 20
#: Types that are told, not asked for ("I'll post part 2", "my link is below"): nothing before them spoils them.
_TOLD = {"link", "part2"}
#: What a lead-in and a spoiler may be parted by from what they belong to.
_SIGNS, _SPACES = re.compile(r"\W|_"), re.compile(r"[\s\"'*~]")
#: Scores: a phrase, bare words after a lead-in, bare words alone.
_PHRASE, _LED, _BARE = 0.9, 0.8, 0.7


@dataclass(frozen=True, slots=True)
class Found:
    """One call in a text."""

    #: One of lexicon.CALLS.
    type: str
    #: Its words as they were written.
    words: str
    #: Where it stands in the folded original: characters, half-open.
    start: int
    end: int
    #: How sure the wording is, 0–1.
    score: float


@dataclass(frozen=True, slots=True)
class _Hit:
    start: int
    end: int
    type: str
    phrase: bool


def calls_in(text: str, lexicon: Lexicon) -> list[Found]:
    """The calls in `text` after `lexicon`, in order."""
    whole = fold(text)
    found = []
    for start, end in _clauses(whole.text):
        for hit, score in _calls(whole.text[start:end], lexicon):
            found.append(_found(whole, start, hit, score))
    return found


def _found(whole: Folded, offset: int, hit: _Hit, score: float) -> Found:
    start, end = offset + hit.start, offset + hit.end
    return Found(hit.type, whole.source(start, end), whole.origin[start], whole.origin[end - 1] + 1, score)


def _clauses(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for stop in [match.end() for match in _CLAUSE.finditer(text)] + [len(text)]:
        while start < stop:
            end = min(stop, start + _LONGEST)
            yield start, end
            start = end


def _calls(clause: str, lexicon: Lexicon) -> Iterator[tuple[_Hit, float]]:
    gaps = _Gaps(clause, lexicon)
    for row in gaps.rows(_hits(clause, lexicon)):
        score = gaps.score_of(row)
        for hit in row:
            if score:
                yield hit, max(score, _PHRASE if hit.phrase else 0.0)


def _hits(clause: str, lexicon: Lexicon) -> list[_Hit]:
    """Phrases, and bare words that are no part of one, in order."""
    hits: list[_Hit] = []
    for kind, call in lexicon.calls.items():
        never = [match.span() for match in islice(call.never.finditer(clause), _MOST)]
        for phrase, pattern in ((True, call.phrases), (False, call.bare)):
            spans = [match.span() for match in islice(pattern.finditer(clause), _MOST)]
            hits += [_Hit(*span, kind, phrase) for span in spans if not _touches(span, never)]
        phrases = [(hit.start, hit.end) for hit in hits if hit.phrase and hit.type == kind]
        hits = [hit for hit in hits if hit.phrase or hit.type != kind or not _touches((hit.start, hit.end), phrases)]
    return sorted(hits, key=attrgetter("start", "end"))


def _touches(span: tuple[int, int], others: Sequence[tuple[int, int]]) -> bool:
    return any(span[0] < end and start < span[1] for start, end in others)


class _Gaps:
    """What stands before, between and after the hits of one clause."""

    def __init__(self, clause: str, lexicon: Lexicon) -> None:
        self._clause, self._lexicon, grammar = clause, lexicon, lexicon.grammar
        self._fillers, self._tails = grammar.fillers, grammar.tails
        self._lead_ends = {match.end() for match in _all(grammar.lead_ins, clause)}
        self._permit_ends = {match.end() for match in _all(grammar.permits, clause)}
        self._spoiler_ends = {match.end() for match in _all(grammar.spoilers, clause)}

    def rows(self, hits: Sequence[_Hit]) -> list[list[_Hit]]:
        """`hits` that are side by side, together; without those at the front that a spoiler makes a statement."""
        rows: list[list[_Hit]] = []
        for hit in hits:
            end = max(each.end for each in rows[-1]) if rows else 0
            if rows and self._is_filler(end, hit.start) and not self._begins_anew(rows[-1][0], end, hit.start):
                rows[-1].append(hit)
            else:
                rows.append([hit])
        return rows

    def score_of(self, row: Sequence[_Hit]) -> float:
        """How sure the row is a call; 0 when it is none."""
        start, end = row[0].start, max(hit.end for hit in row)
        if self._ends_before(self._lead_ends, start, _SIGNS):
            return _LED
        if all(hit.type in _TOLD for hit in row):
            return _BARE if any(hit.phrase for hit in row) or self._is_alone(start, end) else 0.0
        if self._is_spoiled(start):
            return 0.0
        return _BARE if any(hit.phrase for hit in row) or self._is_alone(start, end) else 0.0

    def _begins_anew(self, first: _Hit, end: int, start: int) -> bool:
        """Whether what begins at `start` is no part of the statement that `first` begins ("I never share, like")."""
        parted = not self._lexicon.spaced or "," in self._clause[end:start]
        return parted and self._is_spoiled(first.start)

    def _is_spoiled(self, start: int) -> bool:
        if self._ends_before(self._permit_ends, start, _SIGNS):
            return False
        return self._ends_before(self._spoiler_ends, start, _SPACES)

    def _is_alone(self, start: int, end: int) -> bool:
        """Whether it begins its clause, and nothing, or (unless it is a stop word) a comma or tail comes after it."""
        if not self._is_filler(0, start):
            return False
        after = self._clause[end:].lstrip()
        if self._is_filler(end, len(self._clause)):
            return True
        is_word = self._clause[start:end] not in self._lexicon.stop_words
        return is_word and (after[:1] in (",", "、") or self._tail_at(end))

    def _is_filler(self, start: int, end: int) -> bool:
        """Whether nothing but fillers and signs stands between two places."""
        between = self._clause[start:end] if start < end else ""
        return not re.search(r"\w", self._fillers.sub("", between))

    def _ends_before(self, ends: set[int], start: int, across: re.Pattern[str]) -> bool:
        """Whether something of `ends` ends right before `start`, but for signs that `across` matches."""
        while start not in ends and start > 0 and across.match(self._clause, start - 1):
            start -= 1
        return start in ends

    def _tail_at(self, end: int) -> bool:
        while end < len(self._clause) and not self._clause[end].isalnum():
            end += 1
        return self._tails.match(self._clause, end) is not None


def _all(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """Matches from every place, overlapping ones too."""
    at = 0
    while (match := pattern.search(text, at)) is not None:
        yield match
        at = match.start() + 1
