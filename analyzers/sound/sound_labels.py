"""Which of AudioSet's labels do we tell, and under which name?

They name sounds, and those stay: laughter and sobbing too are sounds, not feelings. But some tell the gender or the age
of whoever makes the sound; these are told as the sound alone, or not at all.
"""

import re

#: Labels that are told under another one.
_MERGED = {
    "Male speech, man speaking": "Speech",
    "Female speech, woman speaking": "Speech",
    "Child speech, kid speaking": "Speech",
    "Babbling": "Speech",
    "Male singing": "Singing",
    "Female singing": "Singing",
    "Child singing": "Singing",
    "Children shouting": "Shout",
    "Baby laughter": "Laughter",
    "Baby cry, infant cry": "Crying, sobbing",
}
#: Any other label with one of these words is not told.
_TELLING = re.compile(
    r"\b(fe)?males?\b|\b(wo)?m[ae]n\b|\b(boy|girl|kid|bab(y|ie)|infant|toddler|adult|child(ren)?)s?\b", re.I
)


def told_as(label: str) -> str:
    """The label under which `label` is told; empty when it isn't."""
    if label in _MERGED:
        return _MERGED[label]
    return "" if _TELLING.search(label) else label
