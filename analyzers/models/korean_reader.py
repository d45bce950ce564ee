"""What does a line of Hangul say?

PP-OCRv5 mobile for Korean (Apache-2.0, copyright Baidu), a line recogniser that also knows digits and the Latin
alphabet. It reads only lines that the usual recogniser, which has no Hangul, could not read or read too short.
"""

import unicodedata
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from analyzers.contract import Model, ModelInfo
from analyzers.models import ModelSource
from analyzers.models.line_recogniser import LineRecogniser, ReadText, backend_of, open_network

#: Width of a letter in heights of its line, at least: no line of text is set wider than this allows.
_WIDEST_LETTER, _WIDEST_IDEOGRAPH = 0.75, 1.2
#: How much wider than its text a line must be before letters count as missing.
_TOO_WIDE = 1.5


class KoreanReader(Model):
    """Reads lines that hold Hangul; safe to call from several threads."""

    role: ClassVar[str] = "korean_text"

    def __init__(self, recogniser: LineRecogniser, backend: str, info: ModelInfo) -> None:
        self._recogniser = recogniser
        self.backend, self.info = backend, info

    @classmethod
    def load(cls, source: ModelSource) -> Self:
        """Raises: Unavailable, with the command that fetches the weights."""
        (file,) = source.folder(cls).glob("*.onnx")
        network = open_network(file, source.device)
        return cls(LineRecogniser(network), backend_of(network), source.spec(cls).info)

    def read(self, picture: NDArray[np.uint8], line: NDArray[np.float32], otherwise: ReadText) -> ReadText:
        """What stands in `line`, corners (4, 2) in pixels of `picture`; `otherwise` when there is no Hangul in it."""
        (said,) = self._recogniser.read(picture, [line])
        return said if has_hangul(said.text) else otherwise


def has_hangul(text: str) -> bool:
    """Whether there is a syllable or letter of Hangul in `text`."""
    return any(unicodedata.name(letter, "").startswith("HANGUL") for letter in text)


def lacks_letters(text: str, line: NDArray[np.float32]) -> bool:
    """Whether `line`, corners (4, 2), is much wider than `text` can be: letters in it could not be read."""
    sides = np.linalg.norm(line - np.roll(line, -1, axis=0), axis=1)
    length, height = sorted((float(sides[0] + sides[2]) / 2, float(sides[1] + sides[3]) / 2), reverse=True)
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    letters = _WIDEST_IDEOGRAPH * wide + _WIDEST_LETTER * (len(text) - wide)
    return length > _TOO_WIDE * letters * max(height, 1.0)
