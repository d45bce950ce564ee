"""Which questions does docs/sql.md ask, and in which words of SQL?"""

import re

from mass_processing.settings import PROJECT

_QUESTION = re.compile(r"^### (\d+)\. (.+?)\n.*?```sql\n(.*?)```", re.DOTALL | re.MULTILINE)


def questions() -> dict[str, str]:
    """The query of each, by number and title, in the order of the page."""
    page = (PROJECT / "docs" / "sql.md").read_text(encoding="utf-8")
    return {f"{number}. {title}": query for number, title, query in _QUESTION.findall(page)}
