"""Which analyzers are there?

One visible list. Adding an analyzer is its file, its test, and one line here.
"""

from typing import Any

from analyzers.contract import Analyzer

#: All analyzers: picture, sound, meaning; in the order lists and pages show them.
ANALYZERS: tuple[type[Analyzer[Any]], ...] = ()


def by_name(name: str) -> type[Analyzer[Any]]:
    """The analyzer called `name`. Raises: LookupError, naming those there are."""
    for analyzer in ANALYZERS:
        if analyzer.name == name:
            return analyzer
    raise LookupError(f"there is no analyzer {name!r}; there are {', '.join(each.name for each in ANALYZERS)}")
