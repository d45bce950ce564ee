"""What did somebody mean who nearly wrote JSON?

Language models fence it, forget commas, quote like Python, leave quotes inside quotes bare, write comments, and are cut
off in the middle. Everything that can be told is read; nothing is raised.
"""

import re
from typing import Any

#: Levels of brackets that are read; nobody means more.
_DEEPEST = 12
_SKIPPED = re.compile(r"(?:\s|,|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_QUOTES = {'"': '"', "'": "'", "“": "”"}
#: What stands behind a quote that ends a text; a forgotten comma leaves the line's end and the next quote.
_AFTER_QUOTE = re.compile(r"\s*(?:[,}\]:]|$|//)|\s*\n\s*[\"']")
_BARE = re.compile(r"[^,:{}\[\]\n]*")
_KEY = re.compile(r"\s*:\s*(?:/\*.*?\*/\s*)?", re.DOTALL)
_CONSTANTS = {"true": True, "false": False, "null": None, "none": None}
_ESCAPES = {"n": "\n", "t": " ", "r": " ", "b": " ", "f": " "}
#: Ends a text that was cut off.
CUT = "…"


def read_json(text: str) -> Any:
    """The first object or list in `text`, as far as it goes; None when there is none.

    A text in it that was cut off ends with `CUT`.
    """
    start = min((place for place in (text.find("{"), text.find("[")) if place >= 0), default=None)
    return None if start is None else _Reader(text, start).value(0)


class _Reader:
    """Reads on from `at`."""

    def __init__(self, text: str, at: int) -> None:
        self._text, self._at = text, at

    def value(self, depth: int) -> Any:
        opening = self._text[self._at : self._at + 1]
        if depth > _DEEPEST:
            self._at = len(self._text)
            return None
        if opening == "{":
            return self._object(depth)
        if opening == "[":
            return self._list(depth)
        return self._quoted() if opening in _QUOTES and opening else self._bare()

    def _object(self, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        self._at += 1
        while not self._closes("}"):
            key = self._quoted() if self._text[self._at] in _QUOTES else str(self._bare())
            colon = _KEY.match(self._text, self._at)
            if colon and colon.end() < len(self._text):
                self._at = colon.end()
                found.setdefault(key.strip(), self.value(depth + 1))
        return found

    def _list(self, depth: int) -> list[Any]:
        found = []
        self._at += 1
        while not self._closes("]"):
            found.append(self.value(depth + 1))
        return found

    def _closes(self, bracket: str) -> bool:
        """Whether nothing more stands before `bracket`; it is passed over, as are brackets of the wrong kind."""
        while True:
            skipped = _SKIPPED.match(self._text, self._at)
            self._at = skipped.end() if skipped else self._at
            here = self._text[self._at : self._at + 1]
            if here not in ("}", "]", ":"):
                return not here
            self._at += 1
            if here == bracket:
                return True

    def _quoted(self) -> str:
        closing = _QUOTES[self._text[self._at]]
        self._at += 1
        said = []
        while self._at < len(self._text):
            letter = self._text[self._at]
            self._at += 1
            if letter == "\\":
                said.append(self._escaped())
            elif letter == closing and _AFTER_QUOTE.match(self._text, self._at):
                return "".join(said)
            else:
                said.append(letter)
        whole = "".join(said)
        return whole[: max(whole.rfind(" "), 0)].rstrip(" ,;") + CUT

    def _escaped(self) -> str:
        letter = self._text[self._at : self._at + 1]
        self._at += 1
        digits = self._text[self._at : self._at + 4]
        if letter == "u" and re.fullmatch(r"[0-9a-fA-F]{4}", digits):
            self._at += 4
            return chr(int(digits, 16))
        return _ESCAPES.get(letter, letter)

    def _bare(self) -> Any:
        """A number, a constant, or a text without quotes."""
        match = _BARE.match(self._text, self._at)
        said = match.group().strip() if match else ""
        self._at = max(match.end() if match else 0, self._at + (0 if said else 1))
        if said.lower() in _CONSTANTS:
            return _CONSTANTS[said.lower()]
        try:
            return float(said)
        except ValueError:
            return said
