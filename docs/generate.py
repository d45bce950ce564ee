"""Which parts of the documents are written from the code?

    python docs/generate.py

rewrites docs/analyzers.md and, between their marks, the README's table of settings and its tree, and the retry policy
in docs/guarantees.md. tests/test_docs.py fails when one of them is stale.
"""

import ast
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

from analyzers.catalog_page import page  # noqa: E402  # found through the line above
from mass_processing.policy import TABLE, sentence  # noqa: E402  # found the same way
from mass_processing.settings import Settings, documented  # noqa: E402  # found the same way

README = PROJECT / "README.md"
GUARANTEES = PROJECT / "docs" / "guarantees.md"
#: Folders whose files the tree lists, each with the sentence of its package.
_LISTED = ("analyzers", "mass_processing", "api", "dashboard", "migrations", "benchmarks")


def settings_table() -> str:
    """A row per setting."""
    rows = [f"| `{name}` | {f'`{default}`' if default else ''} | {about} |" for name, default, about in documented()]
    return "\n".join(["| variable | default | what it is |", "|---|---|---|", *rows])


def policy() -> str:
    """A row per case of the retry policy, with the default settings."""
    rows = [f"| {rule.stage} | `{rule.failure}` | {rule.when} | {sentence(rule, Settings())} |" for rule in TABLE]
    return "\n".join(["| stage | class | when | then |", "|---|---|---|---|", *rows])


def tree() -> str:
    """A line per file, with the question it answers."""
    lines = [line for folder in _LISTED for line in _folder(PROJECT / folder, 0)]
    return "\n".join(["```", *lines, "```"])


def _folder(folder: Path, depth: int) -> Iterator[str]:
    package = folder / "__init__.py"
    yield _line(f"{'  ' * depth}{folder.name}/", _sentence(package) if package.exists() else "")
    for entry in sorted(folder.iterdir(), key=lambda entry: (entry.is_dir(), entry.name)):
        if entry.is_dir() and (any(entry.glob("*.py")) or any(entry.glob("*.lua"))) and entry.name != "__pycache__":
            yield from _folder(entry, depth + 1)
        elif entry.suffix in (".py", ".sql", ".lua") and entry.name != "__init__.py":
            yield _line(f"{'  ' * (depth + 1)}{entry.name}", _sentence(entry))


def _line(name: str, about: str) -> str:
    return f"{name:<32} {about}".rstrip()


def _sentence(file: Path) -> str:
    text = file.read_text(encoding="utf-8")
    if file.suffix == ".py":
        return (ast.get_docstring(ast.parse(text)) or "").split("\n")[0]
    return text.split("\n", 1)[0].lstrip("- ")


def readme() -> str:
    """The README as it should be."""
    text = README.read_text(encoding="utf-8")
    for mark, write in (("settings", settings_table), ("tree", tree)):
        text = _between(text, mark, write)
    return text


def guarantees() -> str:
    """docs/guarantees.md as it should be."""
    return _between(GUARANTEES.read_text(encoding="utf-8"), "policy", policy)


def _between(text: str, mark: str, write: Callable[[], str]) -> str:
    start, end = f"<!-- {mark}: written by docs/generate.py -->", f"<!-- /{mark} -->"
    pattern = re.compile(f"({re.escape(start)}\n).*?({re.escape(end)})", re.DOTALL)
    if not pattern.search(text):
        raise LookupError(f"there is no mark {start}")
    return pattern.sub(lambda match: f"{match[1]}\n{write()}\n\n{match[2]}", text)


def main() -> None:
    """Writes the documents."""
    README.write_text(readme(), encoding="utf-8")
    GUARANTEES.write_text(guarantees(), encoding="utf-8")
    (PROJECT / "docs" / "analyzers.md").write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
