"""Does no library talk to anybody? Each test imports the real ones in a process of its own and watches its sockets."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

#: The libraries take many seconds to import.
pytestmark = pytest.mark.integration

_PROJECT = Path(__file__).parents[3]
#: Writes down every attempt to find or reach a host; none of them succeeds.
_WATCH = """
import socket, json
attempts = []
def refuse(name):
    def refused(*arguments, **_):
        attempts.append([name, repr(arguments)])
        raise OSError("watched")
    return refused
for name in ("getaddrinfo", "gethostbyname", "create_connection"):
    setattr(socket, name, refuse(name))
class Watched(socket.socket):
    connect = refuse("connect")
    connect_ex = refuse("connect_ex")
    sendto = refuse("sendto")
socket.socket = Watched
"""


def run(code: str, tmp_path: Path, **environment: str) -> dict[str, object]:
    """What the last line of the code prints, as JSON."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ
        | {"HOME": str(tmp_path), "TMPDIR": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
        | environment,
        cwd=_PROJECT,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_the_watch_sees_what_ultralytics_does_without_our_switches(tmp_path: Path) -> None:
    code = f"{_WATCH}\nimport ultralytics\nprint(json.dumps({{'attempts': attempts}}))"
    assert run(code, tmp_path)["attempts"] != []


@pytest.mark.parametrize(
    "use",
    [
        "import transformers; transformers.WhisperForConditionalGeneration, transformers.Siglip2Model",
        "import ultralytics; from ultralytics import YOLO; YOLO('yolo26n.yaml')",
        "import rapidocr, onnxruntime",
    ],
    ids=["transformers", "ultralytics", "rapidocr"],
)
def test_no_library_opens_a_connection(tmp_path: Path, use: str) -> None:
    code = f"{_WATCH}\nfrom analyzers.models.offline import go_offline\ngo_offline()\n{use}\n"
    assert run(f"{code}print(json.dumps({{'attempts': attempts}}))", tmp_path) == {"attempts": []}


def test_a_model_that_is_not_here_is_not_looked_for_elsewhere(tmp_path: Path) -> None:
    code = f"""{_WATCH}
from analyzers.models.offline import go_offline
go_offline()
from transformers import AutoConfig
try:
    AutoConfig.from_pretrained("acme/tiny")
except OSError as error:
    kind = type(error).__name__
print(json.dumps({{"attempts": attempts, "kind": kind}}))"""
    assert run(code, tmp_path) == {"attempts": [], "kind": "OSError"}


def test_ultralytics_reports_nothing(tmp_path: Path) -> None:
    code = """
from analyzers.models.offline import go_offline
go_offline()
import json
from ultralytics.utils import SETTINGS, ONLINE, AUTOINSTALL
from ultralytics.utils.events import events
print(json.dumps([SETTINGS["sync"], SETTINGS["mlflow"], ONLINE, AUTOINSTALL, events.enabled]))"""
    assert run(code, tmp_path) == [False, False, False, False, False]


def test_nobodys_own_settings_of_ultralytics_are_read_or_changed(tmp_path: Path) -> None:
    own = tmp_path / "Ultralytics" / "settings.json"
    own.parent.mkdir()
    own.write_text('{"sync": true}')
    code = """
from analyzers.models.offline import go_offline
go_offline()
import json
from ultralytics.utils import SETTINGS
print(json.dumps(SETTINGS["sync"]))"""
    assert run(code, tmp_path) is False
    assert own.read_text() == '{"sync": true}'


def test_a_folder_that_is_not_ours_is_not_used(tmp_path: Path) -> None:
    (tmp_path / f"quiet-ultralytics-{os.getuid()}").write_text("in the way")
    code = """
import json, os
from analyzers.models.offline import go_offline
go_offline()
print(json.dumps(os.path.isdir(os.environ["YOLO_CONFIG_DIR"])))"""
    assert run(code, tmp_path) is True


def test_the_switches_win_over_what_the_environment_says(tmp_path: Path) -> None:
    code = """
from analyzers.models.offline import go_offline
go_offline()
import json
from huggingface_hub import constants
print(json.dumps([constants.HF_HUB_OFFLINE, constants.HF_HUB_DISABLE_TELEMETRY]))"""
    assert run(code, tmp_path, HF_HUB_OFFLINE="0", HF_HUB_DISABLE_TELEMETRY="0") == [True, True]


def test_silent_leaves_downloads_possible(tmp_path: Path) -> None:
    code = """
from analyzers.models.offline import be_silent
be_silent()
import json
from huggingface_hub import constants
print(json.dumps([constants.HF_HUB_OFFLINE, constants.HF_HUB_DISABLE_TELEMETRY]))"""
    assert run(code, tmp_path) == [False, True]


def test_the_engine_sets_the_switches_before_any_of_these_libraries_is_imported(tmp_path: Path) -> None:
    code = """
import json, sys
import mass_processing.engine_process
heavy = ("torch", "transformers", "huggingface_hub", "ultralytics", "onnxruntime", "rapidocr")
print(json.dumps([name for name in heavy if name in sys.modules]))"""
    assert run(code, tmp_path) == []
