"""How is it made sure that no library talks to anybody?

Each of them reads its switches from the environment while it is imported, so they have to be set before. This is the
one place besides settings.py that touches the environment, and it only writes.
"""

import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

#: Nothing is reported to anybody, and nobody's bars are drawn between our lines.
_SILENT = {
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
    "HF_HUB_DISABLE_UPDATE_CHECK": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "YOLO_VERBOSE": "false",
}
#: Nothing is asked for, and nothing is installed on the way.
_OFFLINE = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "YOLO_OFFLINE": "true",
    "YOLO_AUTOINSTALL": "false",
}
#: The part of Ultralytics' settings file that matters: "sync" sends reports, the others look for services.
_YOLO_SETTINGS = '{"sync": false, "clearml": false, "comet": false, "dvc": false, "mlflow": false, "raytune": false}'


def be_silent() -> None:
    """No library that is imported after this reports anything; downloads that are asked for still work."""
    os.environ.update(_SILENT)  # noqa: TID251  # the libraries have no other switch


def go_offline() -> None:
    """No library that is imported after this opens a connection: weights come from MODELS_DIR or not at all."""
    be_silent()
    os.environ.update(_OFFLINE)  # noqa: TID251  # the libraries have no other switch
    os.environ["YOLO_CONFIG_DIR"] = str(_yolo_folder())  # noqa: TID251  # the library has no other switch


def _yolo_folder() -> Path:
    """A folder of this user alone for what Ultralytics writes, so that nobody's own settings are read or changed."""
    folder = Path(tempfile.gettempdir()) / f"quiet-ultralytics-{os.getuid()}"
    with suppress(FileExistsError):  # from an earlier process; whose it is, is looked at below
        folder.mkdir(mode=0o700)
    owner = folder.lstat()
    if not stat.S_ISDIR(owner.st_mode) or owner.st_uid != os.getuid():
        folder = Path(tempfile.mkdtemp(prefix="quiet-ultralytics-"))
    settings = folder / "Ultralytics" / "settings.json"
    if not settings.exists():
        settings.parent.mkdir(exist_ok=True)
        new = settings.with_name(f"settings.{os.getpid()}.new")
        new.write_text(_YOLO_SETTINGS)
        new.replace(settings)
    return folder
