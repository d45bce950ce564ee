"""Which words and sentences does a text hold?

Words are runs of letters; Chinese is cut by jieba (MIT, its small dictionary), Japanese into runs of one script, where
hiragana alone (endings and particles) parts the words. Korean and all others are cut at spaces.
"""

import re
import warnings
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

#: Addresses, mentions and hashtags, which are no words of the text.
_ASIDE = re.compile(r"https?://\S+|www\.\S+|[@#＠＃][^\s#@＠＃]*")
#: Where sentences end.
_SENTENCE = re.compile(r"[.!?…]+(?=[\s\"')\]]|$)|[。！？｡]+|[\n\r]+")
#: Signs between which words belong together.
_PAUSE = re.compile(r"[,;:()\[\]\"“”«»„|/•·–—、，；：（）「」『』]+|\s-\s")
#: Words with their apostrophes and hyphens.
_WORD = re.compile(r"[^\W\d_]+(?:['’\-][^\W\d_]+)*")
#: Runs of Chinese characters; for Japanese, runs of kanji and of katakana, and the Latin ones between them.
_HAN = re.compile(r"[\u3400-\u9fff]+|[^\W\d_]+")
_JAPANESE = re.compile(r"[\u3400-\u9fff々]+|[\u30a0-\u30ff]{2,}|[A-Za-z]{2,}|[\u3040-\u309f]+")
_HIRAGANA = re.compile(r"[\u3040-\u309f]+")


def without_asides(text: str) -> str:
    """`text` without addresses, mentions and hashtags."""
    return _ASIDE.sub(" ", text)


def sentences(text: str) -> list[str]:
    """Those of `text` that hold any letter."""
    return [part.strip() for part in _SENTENCE.split(text) if re.search(r"[^\W\d_]", part)]


def clauses(sentence: str) -> list[str]:
    """Parts of `sentence` between which a reader pauses."""
    return [part for part in _PAUSE.split(sentence) if part and not part.isspace()]


def words(sentence: str, language: str | None) -> list[str]:
    """The words of one sentence of `language` (ISO 639-1), as they are written, in order."""
    if language == "zh":
        return list(_chinese(sentence))
    if language == "ja":
        return _JAPANESE.findall(sentence)
    return _WORD.findall(sentence)


def is_ending(word: str) -> bool:
    """Whether `word` is hiragana alone: in Japanese an ending or a particle rather than a name of something."""
    return _HIRAGANA.fullmatch(word) is not None


def _chinese(sentence: str) -> Iterator[str]:
    for run in _HAN.findall(sentence):
        yield from [run] if run.isascii() else _cutter().lcut(run)


@lru_cache(maxsize=1)
def _cutter() -> Any:
    """jieba's, without its log and without the cache file that it would leave in the folder for temporary files."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its patterns are no raw strings
        import jieba
    cutter = jieba.Tokenizer()
    cutter.FREQ, cutter.total = cutter.gen_pfdict(cutter.get_dict_file())
    cutter.initialized = True
    return cutter
