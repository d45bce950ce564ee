"""How does the command line fetch, list and check the models' weights? It asks a stand-in hub."""

import json
import os
import pty
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from analyzers.models.profiles import ModelLibrary
from mass_processing.settings import PROJECT
from tests.analyzers.models.hub import BIG, COMMIT, SMALL, publish
from tests.standin.model_hub import ModelHub

#: Each test starts the command as a process.
pytestmark = pytest.mark.integration

Models = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def hub() -> Iterator[ModelHub]:
    with ModelHub() as hub:
        publish(hub)
        hub.files["alone.onnx"] = BIG[:500_000]
        yield hub


@pytest.fixture
def environment(hub: ModelHub, tmp_path: Path) -> dict[str, str]:
    """A profile "test" whose models are one of the stand-in hub and, as the tagger, one at a plain address."""
    table = f"""
[models.tiny]
id = "acme/tiny"
revision = "main"
licence = "MIT"
roles = ["embedder"]
source = "hub"
files = ["*.json", "model.safetensors"]
size = {len(BIG)}

[models.alone]
id = "alone"
revision = "v1"
licence = "Apache-2.0"
roles = ["tagger"]
source = "url"
files = ["{hub.url_of("alone.onnx")}"]
size = 500_000
sha256 = {{ "alone.onnx" = "{sha256(BIG[:500_000]).hexdigest()}" }}

[profiles.test]
"""
    cpu = ModelLibrary(tmp_path, "cpu").specs.values()
    for role in (spec.role for spec in cpu if spec.needs_fetching):
        table += f'{role} = {{ model = "{"alone" if role == "tagger" else "tiny"}" }}\n'
    (tmp_path / "models.toml").write_text(table)
    return os.environ | {
        "HF_ENDPOINT": hub.address,
        "HF_HOME": str(tmp_path / "hf"),
        "MODELS_DIR": str(tmp_path / "models"),
        "MODELS_FILE": str(tmp_path / "models.toml"),
        "MODEL_PROFILE": "test",
        "VAR_DIR": str(tmp_path / "var"),
    }


@pytest.fixture
def models(environment: dict[str, str]) -> Models:
    """Runs `bulk_processor.py models …` as a person does; `more` are variables."""

    def command(*arguments: str, **more: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "bulk_processor.py", "models", *arguments],
            cwd=PROJECT,
            env=environment | more,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )

    return command


def document(done: "subprocess.CompletedProcess[str]") -> Any:
    assert done.stdout, done.stderr
    return json.loads(done.stdout)


def test_pull_fetches_what_the_profile_uses_and_says_beforehand_how_much(models: Models, tmp_path: Path) -> None:
    done = models("pull")
    assert done.returncode == 0, done.stderr
    assert f"fetching 2 models, 3.5 MB, into {tmp_path / 'models'} (profile test)" in done.stderr
    assert f"tiny: 3.0 MB, MIT, acme/tiny at {COMMIT}" in done.stderr
    assert (tmp_path / "models" / "tiny" / "model.safetensors").read_bytes() == BIG
    assert (tmp_path / "models" / "alone" / "alone.onnx").is_file()
    assert done.stdout == ""


def test_pull_of_one_model_fetches_it_alone(models: Models, tmp_path: Path) -> None:
    assert models("pull", "tiny").returncode == 0
    assert [folder.name for folder in (tmp_path / "models").iterdir()] == ["tiny"]


def test_a_second_pull_finds_everything_here(models: Models, hub: ModelHub) -> None:
    models("pull")
    hub.asked.clear()
    done = models("pull", "--json")
    assert [each["outcome"] for each in document(done)["models"]] == ["here", "here"]
    assert "2 of 2 models are here" in done.stderr
    assert hub.asked == []


def test_json_is_one_document_and_the_progress_stays_off_stdout(models: Models) -> None:
    done = models("pull", "--json")
    assert document(done) == {
        "profile": "test",
        "models": [
            {"name": "tiny", "outcome": "fetched", "bytes": len(BIG) + len(SMALL), "reason": ""},
            {"name": "alone", "outcome": "fetched", "bytes": 500_000, "reason": ""},
        ],
    }
    assert "fetching 2 models" in done.stderr


def test_a_terminal_gets_a_bar(environment: dict[str, str], hub: ModelHub) -> None:
    """A download that stands still after its first third shows so much on a pseudo-terminal."""
    hub.knobs.open.clear()
    terminal, side = pty.openpty()
    command = [sys.executable, "bulk_processor.py", "models", "pull", "tiny"]
    with subprocess.Popen(
        command, cwd=PROJECT, env=environment | {"TERM": "xterm"}, stderr=side, stdout=side
    ) as pulling:
        os.close(side)
        seen = b""
        while "━".encode() not in seen:
            seen += os.read(terminal, 4096)
        hub.knobs.open.set()
        try:
            while os.read(terminal, 4096):
                pass
        except OSError:  # the other side is closed
            pass
        assert pulling.wait(60) == 0
    os.close(terminal)


def test_some_that_fail_exit_3_and_the_others_come(models: Models, hub: ModelHub, tmp_path: Path) -> None:
    hub.files.clear()
    done = models("pull", "--json")
    assert done.returncode == 3
    assert [each["outcome"] for each in document(done)["models"]] == ["fetched", "failed"]
    assert "alone: 127.0.0.1" in done.stderr
    assert (tmp_path / "models" / "tiny" / "manifest.json").is_file()


def test_when_all_fail_it_exits_1_and_says_what_may_help(models: Models) -> None:
    done = models("pull", "tiny", HF_ENDPOINT="http://127.0.0.1:1")
    assert done.returncode == 1
    assert "HF_ENDPOINT names a mirror" in done.stderr


def test_a_pull_that_is_killed_is_gone_on_with(models: Models, environment: dict[str, str], hub: ModelHub) -> None:
    hub.knobs.stalls = [1_000_000]
    command = [sys.executable, "bulk_processor.py", "models", "pull", "tiny"]
    part = Path(environment["MODELS_DIR"]) / "tiny" / "model.safetensors.part"
    with subprocess.Popen(command, cwd=PROJECT, env=environment, stderr=subprocess.DEVNULL) as pulling:
        while not part.is_file() or part.stat().st_size < 1_000_000:
            time.sleep(0.01)
        pulling.kill()
    hub.knobs.go_on.set()
    assert models("pull", "tiny").returncode == 0
    assert hub.ranges("model.safetensors") == ["", "bytes=1000000-"]


@pytest.mark.parametrize("arguments", [["pull", "nope"], ["verify", "nope"]], ids=["pull", "verify"])
def test_an_unknown_model_is_a_usage_error_that_names_those_there_are(models: Models, arguments: list[str]) -> None:
    done = models(*arguments)
    assert done.returncode == 2
    assert "there is no model 'nope'; there are " in done.stderr
    assert "tiny, alone" in done.stderr


def test_a_model_inside_a_package_needs_no_pull(models: Models) -> None:
    done = models("pull", "silero-vad", "--json")
    assert (done.returncode, document(done)["error"]["code"]) == (2, "usage")


def test_an_unknown_profile_is_a_usage_error(models: Models) -> None:
    done = models("pull", "--profile", "tpu")
    assert done.returncode == 2
    assert "there is no profile 'tpu'; there are gpu, cpu, test" in done.stderr


def test_the_profile_of_the_settings_can_be_overruled(models: Models) -> None:
    assert document(models("list", "--profile", "cpu", "--json"))["profile"] == "cpu"


def test_a_choice_that_can_not_be_is_refused_with_those_that_can(models: Models) -> None:
    done = models("list", MODEL_CHOICE="embedder=alone")
    assert done.returncode == 1
    assert "'alone' can't be the embedder; these can: siglip2" in done.stderr


def test_a_model_chosen_by_a_setting_is_what_pull_fetches(models: Models, tmp_path: Path) -> None:
    done = models("list", "--profile", "cpu", "--json", MODEL_CHOICE="embedder=tiny")
    (tiny,) = (each for each in document(done)["models"] if each["name"] == "tiny")
    assert (tiny["needed"], tiny["plays"]["cpu"], tiny["plays"]["gpu"]) == (True, ["embedder"], [])


def test_list_tells_what_is_here_how_large_under_which_licence_and_for_what(models: Models) -> None:
    models("pull", "alone")
    facts = {each["name"]: each for each in document(models("list", "--json"))["models"]}
    assert facts["alone"] | {"used_by": None} == {
        "name": "alone",
        "id": "alone",
        "revision": "v1",
        "state": "here",
        "on_disk": 500_000,
        "to_fetch": 0,
        "licence": "Apache-2.0",
        "can_be": ["tagger"],
        "plays": {"gpu": [], "cpu": [], "test": ["tagger"]},
        "needed": True,
        "used_by": None,
    }
    assert (facts["tiny"]["state"], facts["tiny"]["to_fetch"]) == ("absent", len(BIG))
    assert (facts["silero-vad"]["state"], facts["silero-vad"]["to_fetch"]) == ("installed", 0)
    assert "voice_activity" in facts["silero-vad"]["used_by"]


def test_list_is_lines_of_cells_for_other_programs(models: Models) -> None:
    rows = [line.split("\t") for line in models("list").stdout.splitlines()]
    assert ["alone", "absent", "", "500 kB", "Apache-2.0", "tagger (test)"] in [row[:6] for row in rows]


def test_verify_finds_everything_whole(models: Models) -> None:
    models("pull")
    done = models("verify", "--json")
    assert done.returncode == 0
    assert {each["name"]: each["outcome"] for each in document(done)["models"]} == {"tiny": "whole", "alone": "whole"}


def test_verify_finds_one_flipped_byte_and_the_command_it_names_mends_it(models: Models, tmp_path: Path) -> None:
    models("pull")
    path = tmp_path / "models" / "tiny" / "model.safetensors"
    path.write_bytes(BIG[:-1] + bytes([BIG[-1] ^ 1]))
    done = models("verify")
    assert done.returncode == 3
    assert "tiny: model.safetensors has other bytes" in done.stderr
    assert "run: bulk_processor.py models pull --again tiny" in done.stderr
    assert models("pull", "--again", "tiny").returncode == 0
    assert models("verify").returncode == 0


def test_verify_of_a_model_that_is_not_here_names_the_command(models: Models) -> None:
    done = models("verify", "tiny")
    assert done.returncode == 1
    assert "run: bulk_processor.py models pull tiny" in done.stderr


def test_verify_without_any_weights_says_so(models: Models) -> None:
    done = models("verify")
    assert done.returncode == 0
    assert "bulk_processor.py models pull" in done.stderr


def test_help_imports_no_library_of_models() -> None:
    code = (
        "import sys; sys.argv = ['bulk_processor.py', 'models', 'pull', '--help']\n"
        "from mass_processing.cli.app import run\n"
        "run(sys.argv[1:])\n"
        "print([name for name in ('numpy', 'httpx2', 'huggingface_hub', 'rich', 'torch') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
