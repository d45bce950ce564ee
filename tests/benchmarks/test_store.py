"""Does the benchmark of the store run, and do its made-up videos have the shape of real ones?"""

import json
import random
import subprocess
import sys
import typing
from pathlib import Path
from typing import Any

import pytest

from analyzers.catalog import ANALYZERS
from analyzers.contract import Analyzer
from analyzers.media import VideoInfo
from analyzers.report import nonsense_in
from benchmarks.store.made_up import made_up
from benchmarks.store.specimens import specimen
from mass_processing.settings import PROJECT
from tests.standin.supabase import PROGRAM


def figures(*options: str) -> dict[str, Any]:
    """The figures of one run."""
    command = [sys.executable, "-m", "benchmarks.store", "--size", "2000", "--analyses", "100", "--seconds", "2"]
    done = subprocess.run([*command, *options], cwd=PROJECT, capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])["figures"]
    return found


@pytest.mark.integration
@pytest.mark.timeout(300)
def test_every_part_is_measured() -> None:
    found = figures()
    assert found["analyses written in a second, 4 writers over psycopg (/s)"] > 0
    assert found["show, median (ms)"] > 0
    assert found["export to parquet, rows ()"] > found["export to ndjson, rows ()"] == 2000
    assert found["export to csv, written (MB)"] > 0
    written = found["cleanup, analyses deleted with them ()"] - 100
    assert written > 0
    assert found["cleanup, jobs deleted ()"] == 100 + 2000 / 20 + written


@pytest.mark.integration
@pytest.mark.timeout(300)
@pytest.mark.skipif(not PROGRAM.is_file(), reason="npm ci --ignore-scripts --prefix tests/postgrest")
def test_writing_is_measured_through_the_data_api_too() -> None:
    assert figures("--parts", "write", "--door", "rest")["analyses written in a second, 4 writers over REST (/s)"] > 0


def test_the_same_number_is_the_same_video() -> None:
    assert specimen(7) == specimen(7)
    assert specimen(7).document != specimen(8).document


def test_an_analysis_has_the_size_of_real_ones() -> None:
    sizes = [len(json.dumps(specimen(number).document, separators=(",", ":"))) for number in range(5)]
    counts = [len(specimen(number).segments) for number in range(5)]
    assert all(55_000 < size < 70_000 for size in sizes)
    assert all(140 < count < 170 for count in counts)


@pytest.mark.parametrize("analyzer", ANALYZERS, ids=lambda analyzer: analyzer.name)
def test_what_is_made_up_would_pass_as_an_answer(analyzer: type[Analyzer[Any]], tmp_path: Path) -> None:
    result = made_up(typing.get_type_hints(analyzer.analyze)["return"], random.Random(1), 30.0)
    assert result.headline()
    wrong = nonsense_in(result, VideoInfo(tmp_path, 30.0, 10, 20, 2.0, 0, "h264", 0, 1, None, 0, 0))
    assert wrong == "" or wrong.startswith("segments are not sorted")  # times of different fields may cross
