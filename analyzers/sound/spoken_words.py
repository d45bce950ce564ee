"""How many words and syllables does a transcript have, and which of its words only fill a pause?

Words are counted as they are written; in a language without spaces, by its characters per word. Syllables are counted
by the rules of spelling where the table of languages has them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from analyzers.sound.speech_languages import Language
from analyzers.sound.speech_transcription import Word


@dataclass(frozen=True, slots=True)
class Filler:
    """Something said while looking for words."""

    #: As the table of languages writes it.
    text: str
    #: Seconds, start <= end.
    start: float
    end: float


def count_words(words: Sequence[Word], spoken: Language | None) -> float:
    """How many words are said."""
    if spoken is None or spoken.characters_per_word is None:
        return sum(any(sign.isalnum() for sign in word.word) for word in words)
    return sum(len(_bare(word.word)) for word in words) / spoken.characters_per_word


def count_syllables(words: Sequence[Word], spoken: Language | None) -> int | None:
    """How many syllables are said; None where spelling doesn't tell."""
    if spoken is None or spoken.nuclei is None:
        return None
    counts = [spoken.spelled_syllables(part) for word in words for part in _parts(word.word)]
    return sum(count for count in counts if count is not None)


def find_fillers(words: Sequence[Word], spoken: Language | None) -> Iterator[Filler]:
    """The fillers among `words`, in order; those of several words are found whole."""
    if spoken is None:
        return
    spaced = spoken.characters_per_word is None
    wanted = {tuple(filler.split()) if spaced else tuple(filler): filler for filler in spoken.fillers}
    longest = max(map(len, wanted))
    units = [(unit, word) for word in words for unit in ([_bare(word.word)] if spaced else _bare(word.word))]
    at = 0
    while at < len(units):
        for length in range(longest, 0, -1):
            said = tuple(unit for unit, _ in units[at : at + length])
            if len(said) == length and said in wanted:
                yield Filler(wanted[said], units[at][1].start, units[at + length - 1][1].end)
                at += length - 1
                break
        at += 1


def _bare(word: str) -> str:
    """`word` in lower case without signs."""
    return "".join(sign for sign in word.lower() if sign.isalnum() or sign in "'’").strip("'’")


def _parts(word: str) -> Iterator[str]:
    """The parts of `word` between hyphens and slashes that hold a letter."""
    for part in word.replace("-", " ").replace("/", " ").replace("–", " ").split():
        if any(sign.isalpha() for sign in part):
            yield _bare(part)
