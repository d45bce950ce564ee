"""How does a question with pictures become the tokens of Qwen's chat, and how do its tokens become words?

The template is the published one: a line of the system, then the user's, each between <|im_start|> and <|im_end|>; one
<|video_pad|> for every token of pictures. Marks are put in by number: those written in a question are plain text.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

#: The marks of the chat.
START, END, STOP = "<|im_start|>", "<|im_end|>", "<|endoftext|>"
#: The marks around pictures, and the one in place of each of their tokens.
VISION_START, VISION_END, VIDEO = "<|vision_start|>", "<|vision_end|>", "<|video_pad|>"


class ChatTokens:
    """The tokenizer of one publication."""

    def __init__(self, folder: Path) -> None:
        """`folder` holds its tokenizer.json. Raises: ValueError when it lacks one of the marks."""
        from tokenizers import Tokenizer

        self._tokenizer: Any = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.encode_special_tokens = True
        marks = (START, END, STOP, VISION_START, VISION_END, VIDEO)
        known: dict[str, int] = self._tokenizer.get_vocab(with_added_tokens=True)
        missing = [mark for mark in marks if mark not in known]
        if missing:
            raise ValueError(f"{folder / 'tokenizer.json'} has no {', '.join(missing)}")
        self._ids = {mark: known[mark] for mark in marks}
        #: What fills rows up, what ends an answer, and what stands for pictures.
        self.padding = self._ids[STOP]
        self.ends = (self._ids[END], self._ids[STOP])
        self.video = self._ids[VIDEO]

    def prompt(self, system: str, text: str, video: Sequence[tuple[str, int]]) -> list[int]:
        """The tokens up to where the answer begins.

        `video`: what is written before each block of pictures, and the number of its tokens. Without `system`, there is
        no line of it.
        """
        parts: list[str | int] = []
        if system:
            parts += [self._ids[START], f"system\n{system}", self._ids[END], "\n"]
        parts += [self._ids[START], "user\n"]
        for before, tokens in video:
            parts += [before, self._ids[VISION_START], *[self.video] * tokens, self._ids[VISION_END]]
        parts += [text, self._ids[END], "\n", self._ids[START], "assistant\n"]
        return [number for part in _joined(parts) for number in self._encoded(part)]

    def words(self, numbers: Sequence[int]) -> str:
        """The text of an answer, without marks."""
        return str(self._tokenizer.decode(list(numbers), skip_special_tokens=True))

    def _encoded(self, part: str | int) -> list[int]:
        if isinstance(part, int):
            return [part]
        return list(self._tokenizer.encode(part, add_special_tokens=False).ids)


def _joined(parts: Sequence[str | int]) -> Iterator[str | int]:
    """`parts` with neighbouring texts as one, as a tokenizer that reads the whole would see them."""
    text = ""
    for part in parts:
        if isinstance(part, str):
            text += part
            continue
        if text:
            yield text
        text = ""
        yield part
    if text:
        yield text
