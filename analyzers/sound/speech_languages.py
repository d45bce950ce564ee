"""What is known of a language for measuring how fast it is spoken, and which one is a caption written in?

The table is `speech_languages.toml`, which names its sources.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_TABLE = Path(__file__).with_suffix(".toml")
#: Syllables per word of a language that isn't known: the mean of 17 languages (Trauzettel-Klosinski & Dietz 2012:
#: 370 syllables and 184 words per minute).
USUAL_SYLLABLES_PER_WORD = 2.01
#: What a caption holds that is in no language; letters it must have besides; probability from which it is believed.
_NO_WORDS = re.compile(r"[#@]\S+|https?://\S+|[\W\d_]+")
_LEAST_LETTERS, _SURE = 20, 0.9


@dataclass(frozen=True, slots=True)
class Language:
    """One language."""

    #: Mean over running text.
    syllables_per_word: float
    #: Of a language without spaces, mean over running text; None where there are spaces.
    characters_per_word: float | None
    #: A pattern that matches each spelled syllable once; None where spelling doesn't tell.
    nuclei: re.Pattern[str] | None
    #: What is taken out of a word before its syllables are counted.
    silent: re.Pattern[str]
    #: Words, or several words, in lower case.
    fillers: tuple[str, ...]

    def spelled_syllables(self, word: str) -> int | None:
        """Syllables of one word; None where spelling doesn't tell."""
        if self.nuclei is None:
            return None
        found = len(self.nuclei.findall(self.silent.sub("", word.lower())))
        return found or int(len(word) > 1)  # single consonants are said with their neighbour, as in Polish and Russian


def language(code: str) -> Language | None:
    """What is known of the language with this ISO code; None for nothing."""
    return _languages().get(code)


def caption_language(caption: str) -> str:
    """ISO code of the language a caption is written in; empty when it is too short to tell, or not in the table."""
    words = _NO_WORDS.sub(" ", caption)
    if len(words.replace(" ", "")) < _LEAST_LETTERS:
        return ""
    code, probability = _identifier().classify(words)
    return str(code) if probability >= _SURE else ""


@cache
def _languages() -> Mapping[str, Language]:
    return {code: _language(entry) for code, entry in tomllib.loads(_TABLE.read_text()).items()}


def _language(entry: Mapping[str, Any]) -> Language:
    return Language(
        syllables_per_word=entry["syllables_per_word"],
        characters_per_word=entry.get("characters_per_word"),
        nuclei=re.compile(entry["nuclei"]) if "nuclei" in entry else None,
        silent=re.compile(entry.get("silent", r"(?!)")),
        fillers=tuple(entry["fillers"]),
    )


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier: Any = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages([code for code in _languages() if code in identifier.labels])
    return identifier
