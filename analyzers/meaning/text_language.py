"""In which language is a text?

Scripts that one language uses tell it at once (kana, Hangul); else py3langid (BSD-3, a naive Bayes classifier; Lui &
Baldwin, "langid.py", 2012) chooses among the languages that short videos are mostly in. Too little text has none.
"""

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from analyzers.jsonable import clean_text

#: The languages it chooses among, ISO 639-1 (tl: Filipino); small neighbours of large ones only cost certainty.
_PLAUSIBLE = (
    "ar bg bn cs da de el en es et fa fi fr he hi hr hu id it ja km ko lt lv ml mr ms my ne nl no pa pl pt ro ru sk sl "
    "sq sr sv sw ta te th tl tr uk ur uz vi zh"
)

#: Letters looked at; least letters (one Chinese or Japanese letter says as much as three of others); least certainty.
_LONGEST, _LEAST_LETTERS, _PER_IDEOGRAPH, _LEAST_SURE = 2000, 12, 3, 0.5
#: Share of its letters in a script from which a text is in that script's language; Japanese mixes kana with Chinese.
_SCRIPTS = {"HIRAGANA": ("ja", 0.1), "KATAKANA": ("ja", 0.4), "HANGUL": ("ko", 0.4)}


@dataclass(frozen=True, slots=True)
class Language:
    """The language of a text."""

    #: ISO 639-1.
    code: str
    #: How sure that is, 0–1.
    score: float


def language_of(text: str) -> Language | None:
    """The language of `text`; None when it is too short to tell, or like none in particular."""
    letters = [each for each in clean_text(text[:_LONGEST]) if each.isalpha()]
    scripts = [unicodedata.name(each, "").split(" ")[0].split("-")[0] for each in letters]
    for script, (code, share) in _SCRIPTS.items():
        if letters and scripts.count(script) / len(letters) >= share:
            return Language(code, 1.0)
    if len(letters) + (_PER_IDEOGRAPH - 1) * scripts.count("CJK") < _LEAST_LETTERS:
        return None
    code, score = _identifier().classify(clean_text(text[:_LONGEST]))
    return Language(str(code), round(float(score), 3)) if score >= _LEAST_SURE else None


@lru_cache(maxsize=1)
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(_PLAUSIBLE.split())
    return identifier
