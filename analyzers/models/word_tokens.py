"""How do words become the numbers a network reads?

As the networks were trained: SigLIP 2 on lower-cased text in Gemma's pieces without a beginning mark, its end mark kept
when the text is too long, padded to a fixed length without a mask; OWLv2 on CLIP's byte pairs between a beginning and
an end mark, padded with zeros that are masked.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]

#: CLIP's rule for what is one word before it is cut into byte pairs.
_CLIP_WORDS = (
    r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"  # as published
)


class GemmaWords:
    """Text for SigLIP 2."""

    def __init__(self, tokenizer_file: Path, length: int) -> None:
        """`tokenizer_file`: the published tokenizer.json. `length`: how many numbers the network reads."""
        from tokenizers import Tokenizer

        self._tokenizer: Any = Tokenizer.from_file(str(tokenizer_file))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self._end, self._pad = _mark(self._tokenizer, "<eos>"), _mark(self._tokenizer, "<pad>")
        self.length = length

    def numbers(self, text: str) -> Numbers:
        """`text` as (length,) numbers."""
        pieces = self._tokenizer.encode(text.lower(), add_special_tokens=False).ids
        return _padded([*pieces[: self.length - 1], self._end], self.length, self._pad)


class ClipWords:
    """Text for OWLv2."""

    def __init__(self, folder: Path, length: int) -> None:
        """`folder`: where vocab.json and merges.txt lie. `length`: how many numbers the network reads."""
        from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers

        pairs = models.BPE.from_file(
            str(folder / "vocab.json"),
            str(folder / "merges.txt"),
            continuing_subword_prefix="",
            end_of_word_suffix="</w>",
            fuse_unk=False,
            unk_token="<|endoftext|>",
        )
        self._tokenizer: Any = Tokenizer(pairs)
        self._tokenizer.normalizer = normalizers.Sequence(
            [normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()]
        )
        self._tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
            [
                pre_tokenizers.Split(Regex(_CLIP_WORDS), behavior="removed", invert=True),
                pre_tokenizers.ByteLevel(add_prefix_space=False),
            ]
        )
        self._begin, self._end = (_mark(self._tokenizer, mark) for mark in ("<|startoftext|>", "<|endoftext|>"))
        self.length = length

    def numbers(self, text: str) -> Numbers:
        """`text` as (length,) numbers; the zeros after the end mark are to be masked."""
        pieces = self._tokenizer.encode(text, add_special_tokens=False).ids
        return _padded([self._begin, *pieces[: self.length - 2], self._end], self.length, 0)


def _mark(tokenizer: Any, name: str) -> int:
    number = tokenizer.token_to_id(name)
    if number is None:
        raise ValueError(f"the tokenizer has no {name}")
    return int(number)


def _padded(pieces: Sequence[int], length: int, pad: int) -> Numbers:
    return np.array([*pieces, *[pad] * (length - len(pieces))], np.int64)
