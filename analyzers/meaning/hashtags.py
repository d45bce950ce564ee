"""Which hashtags does a text hold?

After Unicode's UAX #31 as platforms use it: a number sign before letters, digits and underscores of any script, with at
least one letter; signs in a row make one tag each (#a#b).
"""

import re
from collections.abc import Iterable

_TAG = re.compile(r"[#＃]([^\W]+)")
#: Tags that are kept, and letters of the longest: more is no tag.
_MOST, _LONGEST = 100, 100


def hashtags(texts: Iterable[str]) -> tuple[str, ...]:
    """Those of `texts` without their sign, in lower case, each once, in order."""
    tags: dict[str, None] = {}
    for text in texts:
        for tag in _TAG.findall(text):
            if any(map(str.isalpha, tag)) and len(tag) <= _LONGEST:
                tags[tag.casefold()] = None
    return tuple(tags)[:_MOST]
