"""Does every analyzer in the catalog keep the contract?"""

import dataclasses
import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

from analyzers.catalog import ANALYZERS, by_name
from analyzers.catalog_page import field_comments, result_type
from analyzers.contract import Pass, Result
from analyzers.run import with_dependencies

ROOT = Path(__file__).parents[2]

each = pytest.mark.parametrize("analyzer", ANALYZERS, ids=lambda analyzer: analyzer.name)


def test_names_are_unique():
    names = [analyzer.name for analyzer in ANALYZERS]

    assert len(names) == len(set(names)) > 0


def test_none_reads_from_another_that_is_not_in_the_catalog_and_there_is_no_circle():
    assert {step for step in with_dependencies(ANALYZERS) if not issubclass(step, Pass)} == set(ANALYZERS)


def test_picture_comes_before_sound_and_sound_before_meaning():
    kinds = [analyzer.kind for analyzer in ANALYZERS]

    assert kinds == sorted(kinds, key=["picture", "sound", "meaning"].index)


@each
def test_an_analyzer_says_what_it_is(analyzer):
    assert re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", analyzer.name)
    assert analyzer.version
    assert analyzer.summary.endswith(".")
    assert inspect.getdoc(inspect.getmodule(analyzer))


@each
def test_an_analyzer_lies_in_the_file_of_its_name_and_kind(analyzer):
    assert analyzer.__module__ == f"analyzers.{analyzer.kind}.{analyzer.name}"


@each
def test_a_result_is_a_frozen_dataclass_with_a_comment_on_its_fields(analyzer):
    result = result_type(analyzer)

    assert issubclass(result, Result)
    assert dataclasses.is_dataclass(result)
    assert result.__dataclass_params__.frozen
    assert field_comments(result)


@each
def test_an_analyzer_is_found_by_its_name(analyzer):
    assert by_name(analyzer.name) is analyzer


def test_an_unknown_name_is_refused_with_the_names_there_are():
    with pytest.raises(LookupError, match="no analyzer 'tea_leaves'"):
        by_name("tea_leaves")


def test_importing_the_catalog_loads_no_model_library():
    heavy = ["torch", "onnxruntime", "rapidocr", "transformers", "ultralytics", "celery", "flask", "psycopg"]
    code = f"import sys, analyzers.catalog; print([name for name in {heavy} if name in sys.modules])"

    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=ROOT).stdout

    assert loaded.strip() == "[]"
