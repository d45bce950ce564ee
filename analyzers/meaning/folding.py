"""How are texts made alike that people read as the same?

Unicode's NFKC (full-width and styled letters become plain ones), case folded, typographic quotes plain, invisible
characters gone. Accents stay: whoever looks for a phrase decides which of them may be missing (`phrases.py`).
"""

import unicodedata
from dataclasses import dataclass

from analyzers.jsonable import clean_text

#: What typographic characters become; None is dropped (joiners, variation selectors, marks of writing direction).
_PLAIN = {
    **dict.fromkeys(map(ord, "\u2018\u2019\u201a\u2032`\u00b4\u02bc"), "'"),
    **dict.fromkeys(map(ord, "\u201c\u201d\u201e\u00ab\u00bb\u300c\u300d\u300e\u300f\u2033"), '"'),
    **dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212"), "-"),
    **dict.fromkeys([0x00AD, 0x180E, 0xFEFF, *range(0x200B, 0x2010), *range(0x202A, 0x202F), 0x2060]),
    **dict.fromkeys([*range(0x2066, 0x206A), *range(0xFE00, 0xFE10)]),
}


@dataclass(frozen=True, slots=True)
class Folded:
    """A text as people read it, and where each of its characters comes from."""

    #: Case folded.
    text: str
    #: What was folded: NFKC, without NUL and lone surrogates.
    original: str
    #: For each character of `text`, and its end, the index into `original`.
    origin: tuple[int, ...]

    def source(self, start: int, end: int) -> str:
        """What `text[start:end]` was."""
        return self.original[self.origin[start] : self.origin[end - 1] + 1].strip() if end > start else ""


def fold(text: str) -> Folded:
    """`text`, ready to be searched."""
    original = unicodedata.normalize("NFKC", clean_text(text))
    pieces, origin = [], []
    for index, each in enumerate(original):
        plain = each.translate(_PLAIN).casefold()
        pieces.append(plain)
        origin += [index] * len(plain)
    return Folded("".join(pieces), original, (*origin, len(original)))


def folded(text: str) -> str:
    """Only the text of `fold(text)`."""
    return unicodedata.normalize("NFKC", clean_text(text)).translate(_PLAIN).casefold()


def without_accents(text: str) -> str:
    """`text` with the marks taken off its Latin letters; other scripts need theirs (か is not が)."""
    return "".join(map(_bare, text)) if not text.isascii() else text


def _bare(letter: str) -> str:
    if letter.isascii():
        return letter
    parts = unicodedata.normalize("NFD", letter)
    return parts[0] if parts[0].isascii() else letter
