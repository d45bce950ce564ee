"""How does the command line take everything out?"""

import json
from pathlib import Path

from mass_processing.store import Store
from tests.mass_processing.cli.conftest import Cli
from tests.mass_processing.store.acts import add, completed, tiktok


def test_writes_every_video_with_its_analysis(cli: Cli, store: Store, tmp_path: Path) -> None:
    completed(store, 1)
    add(store, [tiktok(2)])
    target = tmp_path / "all.json"
    assert cli("export", "-o", target, "--json").document["videos"] == 2
    first, second = json.loads(target.read_text())
    assert first["analyzer_results"]["cut_analysis"]["status"] == "ok"
    assert (second["video_id"], second["analyzer_results"]) == ("tiktok:2", {})


def test_a_filter_narrows(cli: Cli, store: Store, tmp_path: Path) -> None:
    completed(store, 1)
    add(store, [tiktok(2)])
    cli("export", "-o", tmp_path / "done.ndjson", "--status", "completed")
    assert len((tmp_path / "done.ndjson").read_text().splitlines()) == 1


def test_an_unknown_ending_is_refused_with_the_known_ones(cli: Cli, tmp_path: Path) -> None:
    said = cli("export", "-o", tmp_path / "all.xlsx")
    assert said.code == 1
    assert "should end with one of .json .ndjson .csv .parquet" in said.err


def test_a_folder_that_is_not_there_is_named(cli: Cli, tmp_path: Path) -> None:
    said = cli("export", "-o", tmp_path / "none" / "all.json")
    assert said.code == 1
    assert "none is not there" in said.err
