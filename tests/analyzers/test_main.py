"""Can one file be analysed from the command line, without any queue?"""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from analyzers.__main__ import main
from analyzers.catalog import ANALYZERS
from mass_processing.demo.encode import write_clip
from tests.analyzers.clips import greys, tone

ROOT = Path(__file__).parents[2]


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return write_clip(tmp_path / "clip.mp4", greys(25), fps=25, sound=tone(1.0, 0.3))


def call(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_every_analyzer_has_its_line(clip):
    done = call(clip)

    assert done.exit_code == 0
    assert all(analyzer.name in done.stdout for analyzer in ANALYZERS)


def test_only_those_named_run_and_what_they_read_from(clip):
    document = json.loads(call(clip, "--only", "speech_prosody, color_analysis", "--json").stdout)

    assert list(document["analyzer_results"]) == ["speech_prosody", "color_analysis", "voice_activity"]


def test_the_document_is_alone_on_stdout(clip):
    done = call(clip, "--only", "color_analysis", "--json")

    assert json.loads(done.stdout)["analyzer_results"]["color_analysis"]["status"] == "ok"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--only", "tea_leaves"], "there is no analyzer 'tea_leaves'; there are"),
        (["--profile", "tpu"], "there is no profile 'tpu'; there are gpu, cpu"),
        (["--threads", "0"], "0 is not in the range"),
    ],
    ids=["an analyzer there isn't", "a profile there isn't", "no threads"],
)
def test_a_wrong_option_is_named(clip, arguments, told):
    done = call(clip, *arguments)

    assert done.exit_code == 2
    assert told in done.stderr


def test_a_file_that_is_no_video_is_named(tmp_path):
    text = tmp_path / "notes.mp4"
    text.write_text("no video")

    done = call(text)

    assert done.exit_code == 1
    assert str(text) in done.stderr
    assert done.stdout == ""


def test_a_file_that_is_not_there_is_named(tmp_path):
    done = call(tmp_path / "gone.mp4")

    assert done.exit_code == 2
    assert "gone.mp4" in done.stderr


def test_it_runs_as_a_module(clip):
    command = [sys.executable, "-m", "analyzers", str(clip), "--only", "cut_analysis"]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)

    assert "cut_analysis  ok" in done.stdout
    assert "1.0 s of video in" in done.stderr
