"""Which brands are named in what is written on the picture?

Words of `labels/products.toml` among the texts that text_overlay read, whole words, without regard to case.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from analyzers.picture.text_overlay import OverlayText
from analyzers.picture.zero_shot import label_table


@dataclass(frozen=True, slots=True)
class NamedBrand:
    """A brand whose name stands on the picture."""

    #: As `labels/products.toml` writes it, lower case.
    name: str
    #: Seconds, half-open: how long the text stands.
    start: float
    end: float
    #: Confidence of the reading, 0–1.
    score: float


def brands_named(texts: Sequence[OverlayText]) -> tuple[NamedBrand, ...]:
    """The brands in `texts`, in order of time."""
    return tuple(
        NamedBrand(name, text.start, text.end, text.score)
        for text in sorted(texts, key=lambda text: text.start)
        for name in dict.fromkeys(match.group() for match in _pattern().finditer(_plain(text.text)))
    )


@cache
def _pattern() -> re.Pattern[str]:
    brands = sorted((_plain(name) for name in label_table("products")["words"]["brands"]), key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, brands))})(?!\w)")


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().replace("’", "'").split())
