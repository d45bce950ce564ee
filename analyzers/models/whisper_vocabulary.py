"""Which tokens does a Whisper model speak, and which words do its tokens make?

Everything is read from the files beside the weights: `generation_config.json` says what its special tokens mean,
`tokenizer.json` how text tokens spell. Words begin at spaces; languages without spaces are cut where a token ends a
character, as the publisher does. Punctuation goes with its word.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

#: Languages written without spaces between words.
UNSPACED = frozenset({"zh", "ja", "th", "lo", "my", "yue"})
#: Punctuation that goes with the word after it, and with the word before it.
_BEFORE, _AFTER = "\"'“¿([{-", "\"'.。,，!！?？:：”)]}、"
#: What a token that ends within a character is spelled as.
_UNFINISHED = "\ufffd"


@dataclass(frozen=True, slots=True)
class Spelled:
    """One word and its tokens."""

    #: With the space before it, where there is one.
    text: str
    #: Its tokens: from `first` up to `last`, exclusive.
    first: int
    last: int


class Vocabulary:
    """Text tokens, and those that steer the model."""

    def __init__(self, spelling: Any, config: Mapping[str, Any]) -> None:
        """`spelling`: a `tokenizers.Tokenizer`; `config`: the contents of generation_config.json."""
        self._spelling = spelling
        self.start: int = config["decoder_start_token_id"]
        self.end: int = _first(config["eos_token_id"])
        self.without_times: int = config["no_timestamps_token_id"]
        #: The token for "nobody speaks" stands before it in all published vocabularies.
        self.no_speech: int = self.without_times - 1
        #: ISO codes and their tokens, in one order; empty for a model that knows English alone.
        self.languages = tuple(name.strip("<|>") for name in config.get("lang_to_id", {}))
        self.language_tokens = tuple(config.get("lang_to_id", {}).values())
        self._transcribe: int | None = config.get("task_to_id", {}).get("transcribe")
        #: Tokens that are no words (brackets, notes), never to be written; and those that no text begins with.
        self.unwanted = tuple(config.get("suppress_tokens") or ())
        self.unwanted_first = tuple(config.get("begin_suppress_tokens") or ())
        #: (layer, head) whose attention follows the sound; empty where the publisher named none.
        self.listening_heads = tuple((layer, head) for layer, head in config.get("alignment_heads") or ())

    @classmethod
    def read(cls, folder: Path) -> Self:
        """The vocabulary of the model in `folder`."""
        from tokenizers import Tokenizer

        config = json.loads((folder / "generation_config.json").read_text())
        return cls(Tokenizer.from_file(str(folder / "tokenizer.json")), config)

    def prompt(self, language: str) -> list[int]:
        """What the model reads before it writes `language` down, without times."""
        if not self.languages or self._transcribe is None:
            return [self.start, self.without_times]
        token = self.language_tokens[self.languages.index(language)]
        return [self.start, token, self._transcribe, self.without_times]

    def text(self, tokens: Sequence[int]) -> str:
        """What `tokens` spell, special ones included."""
        return str(self._spelling.decode(list(tokens), skip_special_tokens=False))

    def words(self, tokens: Sequence[int], language: str) -> list[Spelled]:
        """The words that `tokens` spell, in order; every token belongs to one."""
        characters = self._whole_characters(tokens)
        words = characters if language in UNSPACED else _at_spaces(characters)
        return _with_punctuation(words)

    def _whole_characters(self, tokens: Sequence[int]) -> list[Spelled]:
        """The shortest runs of tokens that end where a character does."""
        whole = self.text(tokens)
        runs: list[Spelled] = []
        first = done = 0
        for last in range(1, len(tokens) + 1):
            spelled = self.text(tokens[first:last])
            at = done + spelled.find(_UNFINISHED)
            # A replacement character may also be what the model really wrote, or all that its last tokens make.
            if _UNFINISHED not in spelled or at >= len(whole) or whole[at] == _UNFINISHED or last == len(tokens):
                runs.append(Spelled(spelled, first, last))
                first, done = last, done + len(spelled)
        return runs


def _first(value: int | list[int]) -> int:
    return value[0] if isinstance(value, list) else value


def _at_spaces(parts: Sequence[Spelled]) -> list[Spelled]:
    words: list[Spelled] = []
    for part in parts:
        if words and not part.text.startswith(" "):
            words[-1] = _joined(words[-1], part)
        else:
            words.append(part)
    return words


def _with_punctuation(words: Sequence[Spelled]) -> list[Spelled]:
    """Opening marks joined to the word after them, closing ones to the word before."""
    opened: list[Spelled] = []
    for word in reversed(words):
        mark = word.text.strip()
        if opened and word.text.startswith(" ") and mark and mark in _BEFORE:
            opened[-1] = _joined(word, opened[-1])
        else:
            opened.append(word)
    closed: list[Spelled] = []
    for word in reversed(opened):
        if closed and not closed[-1].text.endswith(" ") and word.text in _AFTER:
            closed[-1] = _joined(closed[-1], word)
        else:
            closed.append(word)
    return closed


def _joined(before: Spelled, after: Spelled) -> Spelled:
    return Spelled(before.text + after.text, before.first, after.last)
