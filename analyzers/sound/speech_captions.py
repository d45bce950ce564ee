"""Which words of a transcript are shown together?

A caption ends with its sentence, before a pause, or when it would be longer than two lines of 42 characters (the usual
limit of subtitles); there it ends after a comma, if it holds one.
"""

from collections.abc import Iterator, Sequence
from typing import Protocol, TypeVar

#: Signs that end a sentence, and those after which a long one is parted.
_ENDS, _PARTS = ".?!。？！…।؟", ",;:，、；："
#: Characters that may follow them in their word.
_CLOSING = "\"'”’»)]}」』"
#: Seconds of silence between two captions; characters of the longest caption (a Chinese one counts twice).
_PAUSE, _LONGEST = 0.8, 84


class Spoken(Protocol):
    """A word with its time."""

    @property
    def text(self) -> str: ...
    @property
    def start(self) -> float: ...
    @property
    def end(self) -> float: ...


W = TypeVar("W", bound=Spoken)


def captions(words: Sequence[W]) -> Iterator[tuple[W, ...]]:
    """`words` in groups, in order."""
    group: list[W] = []
    for word in words:
        if group and word.start - group[-1].end >= _PAUSE:
            yield tuple(group)
            group = []
        group.append(word)
        while _width(group) > _LONGEST and len(group) > 1:
            at = _parting(group)
            yield tuple(group[:at])
            group = group[at:]
        if _ends_with(word.text, _ENDS):
            yield tuple(group)
            group = []
    if group:
        yield tuple(group)


def _parting(group: Sequence[Spoken]) -> int:
    """How many words of a caption that grew too long stay in it."""
    commas = [number for number, word in enumerate(group[:-1], 1) if _ends_with(word.text, _PARTS)]
    return commas[-1] if commas and _width(group[: commas[-1]]) > _LONGEST / 3 else len(group) - 1


def _ends_with(text: str, signs: str) -> bool:
    bare = text.rstrip().rstrip(_CLOSING)
    return bool(bare) and bare[-1] in signs


def _width(group: Sequence[Spoken]) -> int:
    return sum(2 if ord(sign) >= 0x2E80 else 1 for word in group for sign in word.text)
