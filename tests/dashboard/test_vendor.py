import json
from hashlib import sha256
from pathlib import Path

import pytest

from mass_processing.settings import PROJECT

VENDOR = PROJECT / "dashboard/static/vendor"
LISTED = json.loads((VENDOR / "vendor.json").read_text())


@pytest.mark.parametrize("entry", LISTED, ids=[entry["file"] for entry in LISTED])
def test_a_foreign_file_is_the_one_that_was_published(entry: dict[str, str]) -> None:
    assert sha256((VENDOR / entry["file"]).read_bytes()).hexdigest() == entry["sha256"]


@pytest.mark.parametrize("entry", LISTED, ids=[entry["file"] for entry in LISTED])
def test_a_foreign_file_comes_with_its_licence(entry: dict[str, str]) -> None:
    assert "copy" in (VENDOR / entry["licence_file"]).read_text().lower()


def test_every_foreign_file_is_listed() -> None:
    listed = {entry["file"] for entry in LISTED} | {entry["licence_file"] for entry in LISTED} | {"vendor.json"}

    assert {path.name for path in VENDOR.iterdir()} == listed


def test_no_page_or_script_of_ours_names_another_site() -> None:
    ours = [*Path(PROJECT / "dashboard/templates").glob("*.html"), *Path(PROJECT / "dashboard/static").glob("*.*s")]

    loading = ('src="http', "url(http", 'import("http', 'fetch("http', '<link rel="stylesheet" href="http')
    assert ours
    assert not [path.name for path in ours if any(word in path.read_text() for word in loading)]
